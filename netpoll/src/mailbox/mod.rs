//! Messages from other threads to a core: control and wake-ups only, never the bytes of a request.
//!
//! A bounded channel carries closures, a second one the names of tasks to wake (at most one entry per parked task, so
//! it is bounded by the number of tasks). After a message was put in, the doorbell is rung; it costs a system call only
//! when the core sleeps.

mod doorbell;
mod sleep_flag;

pub(crate) use doorbell::Doorbell;

use std::fmt;
use std::sync::Arc;

use crossbeam_channel::{Receiver, Sender, TrySendError};

use crate::executor::TaskRef;

/// A closure that another thread wants run on this core.
pub(crate) type Job = Box<dyn FnOnce() + Send>;

/// The sending side, shared by everyone who knows the core.
#[derive(Clone)]
pub(crate) struct Mailbox {
    jobs: Sender<Job>,
    wakes: Sender<TaskRef>,
    doorbell: Arc<Doorbell>,
}

/// The receiving side, owned by the core.
pub(crate) struct Inbox {
    jobs: Receiver<Job>,
    wakes: Receiver<TaskRef>,
}

/// The two sides of a new mailbox that holds at most `jobs_max` closures.
pub(crate) fn mailbox(jobs_max: usize, doorbell: Arc<Doorbell>) -> (Mailbox, Inbox) {
    let (jobs_in, jobs_out) = crossbeam_channel::bounded(jobs_max);
    let (wakes_in, wakes_out) = crossbeam_channel::unbounded();
    (
        Mailbox {
            jobs: jobs_in,
            wakes: wakes_in,
            doorbell,
        },
        Inbox {
            jobs: jobs_out,
            wakes: wakes_out,
        },
    )
}

impl Mailbox {
    /// Has `job` run on the core.
    ///
    /// # Errors
    /// [`MailboxError`] when the mailbox is full or the core has stopped.
    pub(crate) fn run(&self, job: Job) -> Result<(), MailboxError> {
        self.jobs.try_send(job).map_err(|error| match error {
            TrySendError::Full(_) => MailboxError::Full,
            TrySendError::Disconnected(_) => MailboxError::Stopped,
        })?;
        self.doorbell.ring();
        Ok(())
    }

    /// Has the core poll a task. A core that has stopped has no tasks, so that is no error.
    pub(crate) fn wake(&self, task: TaskRef) {
        if self.wakes.send(task).is_ok() {
            self.doorbell.ring();
        }
    }
}

impl Inbox {
    #[inline]
    pub(crate) fn is_empty(&self) -> bool {
        self.jobs.is_empty() && self.wakes.is_empty()
    }

    pub(crate) fn next_job(&self) -> Option<Job> {
        self.jobs.try_recv().ok()
    }

    pub(crate) fn next_wake(&self) -> Option<TaskRef> {
        self.wakes.try_recv().ok()
    }
}

impl fmt::Debug for Mailbox {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Mailbox")
            .field("jobs", &self.jobs.len())
            .field("wakes", &self.wakes.len())
            .finish()
    }
}

impl fmt::Debug for Inbox {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Inbox")
            .field("jobs", &self.jobs.len())
            .field("wakes", &self.wakes.len())
            .finish()
    }
}

/// Why a core did not take a message.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum MailboxError {
    /// `mailbox_max` messages wait already.
    Full,
    /// The core has stopped.
    Stopped,
}

impl fmt::Display for MailboxError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            MailboxError::Full => "the core's mailbox is full; send less or raise mailbox_max",
            MailboxError::Stopped => "the core has stopped",
        })
    }
}

impl std::error::Error for MailboxError {}
