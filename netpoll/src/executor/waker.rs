//! The waker of a slot: made once per slot and used for every task that lives there.

use std::sync::Arc;
use std::task::{Wake, Waker};

use super::TaskRef;
use super::queued_flag::QueuedFlag;
use crate::mailbox::Mailbox;
use crate::reactor::Core;

/// Wakes the task in one slot of one core. A late wake-up polls whichever task lives in the slot by then, which is
/// allowed and harmless.
#[derive(Debug)]
pub(crate) struct SlotWaker {
    task: TaskRef,
    core: usize,
    mailbox: Mailbox,
    queued: QueuedFlag,
}

impl SlotWaker {
    pub(crate) fn new(task: TaskRef, core: usize, mailbox: Mailbox) -> Arc<SlotWaker> {
        Arc::new(SlotWaker {
            task,
            core,
            mailbox,
            queued: QueuedFlag::new(),
        })
    }

    pub(crate) fn waker(self: &Arc<Self>) -> Waker {
        Waker::from(Arc::clone(self))
    }

    /// To be called before the task is polled: wake-ups from now on queue it again.
    #[inline]
    pub(crate) fn about_to_poll(&self) {
        self.queued.about_to_poll();
    }
}

impl Wake for SlotWaker {
    fn wake(self: Arc<Self>) {
        self.wake_by_ref();
    }

    fn wake_by_ref(self: &Arc<Self>) {
        if !self.queued.must_queue() {
            return;
        }
        let local = Core::try_with(|core| {
            let same = core.token() == self.core;
            if same {
                core.executor().push_ready(self.task);
            }
            same
        });
        if local != Some(true) {
            self.mailbox.wake(self.task);
        }
    }
}
