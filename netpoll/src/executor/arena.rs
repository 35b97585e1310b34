//! An arena of tasks of one type, in recycled memory at stable addresses.
//!
//! [`TaskArena::run`] is the hot path: it puts a future into a free slot, polls it at once, and when the future is
//! ready the slot is free again: nothing was allocated, queued or woken. A future that waits is parked in its slot and
//! polled again when its waker says so. Slots are allocated one by one as they are needed and kept.
//!
//! Invariant: a slot is in exactly one place: in `free`, in `parked` at its own index, or in the hands of `poll`. A slot whose
//! waker is marked as queued has an entry in the core's queue or mailbox, which takes the mark away.

use std::cell::{Cell, RefCell};
use std::future::Future;
use std::pin::Pin;
use std::rc::Rc;
use std::sync::Arc;
use std::task::{Context, Waker};

use pin_project_lite::pin_project;

use super::waker::SlotWaker;
use super::{PollSlot, TaskRef};
use crate::guard::guard;
use crate::reactor::Core;

/// An arena of tasks of the type `F`, bound to the core it was made on. Dropping it drops its tasks.
pub struct TaskArena<F: Future<Output = ()> + 'static> {
    slots: Rc<Slots<F>>,
}

/// The arena of boxed futures behind `spawn_local`.
pub(crate) type LocalArena = TaskArena<Pin<Box<dyn Future<Output = ()>>>>;

struct Slots<F> {
    id: u32,
    free: RefCell<Vec<Pinned<F>>>,
    parked: RefCell<Vec<Option<Pinned<F>>>>,
    /// The wakers' side of each slot.
    wakes: RefCell<Vec<Arc<SlotWaker>>>,
    /// Tasks that are parked now.
    waiting: Cell<usize>,
    cleared: Cell<bool>,
}

/// A slot, wherever it is.
type Pinned<F> = Pin<Box<Slot<F>>>;

pin_project! {
    /// Where a task lives, with its waker: one allocation, and one step from the list to the future.
    struct Slot<F> {
        index: u32,
        waker: Waker,
        #[pin]
        future: Option<F>,
    }
}

impl<F: Future<Output = ()> + 'static> TaskArena<F> {
    /// An empty arena on the current core.
    ///
    /// # Panics
    /// Outside of a core's thread.
    pub fn new() -> Self {
        Core::with(|core| Self::on(core))
    }

    pub(crate) fn on(core: &Core) -> Self {
        let slots = core.executor().register(|id| {
            Rc::new(Slots {
                id,
                free: RefCell::default(),
                parked: RefCell::default(),
                wakes: RefCell::default(),
                waiting: Cell::new(0),
                cleared: Cell::new(false),
            })
        });
        TaskArena { slots }
    }

    /// Polls `future` at once, and parks it if it waits for something. Returns whether it was ready.
    ///
    /// # Panics
    /// When the future does in this first poll. When it does later, the panic is logged and the task is over.
    #[inline]
    pub fn run(&self, future: F) -> bool {
        let free = self.slots.free.borrow_mut().pop();
        let mut slot = free.unwrap_or_else(|| self.slots.new_slot());
        slot.as_mut().project().future.set(Some(future));
        // No wake-up is lost: one that is marked as queued, for whoever had the slot before, is still to come.
        self.slots
            .poll(slot, |future, cx| future.poll(cx).is_ready())
    }

    /// Starts `future` with the next turn of the loop instead of at once.
    pub(crate) fn queue(&self, future: F) {
        let free = self.slots.free.borrow_mut().pop();
        let mut slot = free.unwrap_or_else(|| self.slots.new_slot());
        slot.as_mut().project().future.set(Some(future));
        let waker = slot.waker.clone();
        self.slots.park(slot);
        waker.wake();
    }

    /// Number of tasks that wait for something.
    pub fn waiting(&self) -> usize {
        self.slots.waiting.get()
    }
}

impl<F: Future<Output = ()> + 'static> Slots<F> {
    #[inline(always)]
    fn poll(
        &self,
        mut slot: Pinned<F>,
        poll: impl FnOnce(Pin<&mut F>, &mut Context<'_>) -> bool,
    ) -> bool {
        let ready = {
            let slot = slot.as_mut().project();
            let mut cx = Context::from_waker(slot.waker);
            match slot.future.as_pin_mut() {
                Some(future) => poll(future, &mut cx),
                None => true,
            }
        };
        match (ready, self.cleared.get()) {
            (false, false) => self.park(slot),
            _ => {
                guard("the end of a task", || {
                    slot.as_mut().project().future.set(None);
                });
                self.free.borrow_mut().push(slot);
            }
        }
        ready
    }

    fn park(&self, slot: Pinned<F>) {
        let index = slot.index as usize;
        self.parked.borrow_mut()[index] = Some(slot);
        self.waiting.set(self.waiting.get() + 1);
    }

    fn unpark(&self, index: u32) -> Option<Pinned<F>> {
        let slot = self.parked.borrow_mut().get_mut(index as usize)?.take()?;
        self.waiting.set(self.waiting.get() - 1);
        Some(slot)
    }

    #[cold]
    fn new_slot(&self) -> Pinned<F> {
        let mut parked = self.parked.borrow_mut();
        let index = parked.len() as u32;
        parked.push(None);
        let task = TaskRef {
            arena: self.id,
            slot: index,
        };
        let wakes = Core::with(|core| SlotWaker::new(task, core.token(), core.mailbox().clone()));
        let waker = wakes.waker();
        self.wakes.borrow_mut().push(wakes);
        Box::pin(Slot {
            index,
            waker,
            future: None,
        })
    }
}

impl<F: Future<Output = ()> + 'static> PollSlot for Slots<F> {
    fn poll_slot(&self, slot: u32) {
        if let Some(wakes) = self.wakes.borrow().get(slot as usize) {
            // Also where the task is gone: the next one in the slot must be wakeable.
            wakes.about_to_poll();
        }
        if let Some(slot) = self.unpark(slot) {
            // A future that panics is dropped as one that is done.
            self.poll(slot, |future, cx| {
                guard("a task", || future.poll(cx).is_ready()).unwrap_or(true)
            });
        }
    }

    fn clear(&self) {
        self.cleared.set(true);
        let count = self.parked.borrow().len() as u32;
        for index in 0..count {
            // Dropped outside of the borrow: a future's destructor may start or wake other tasks.
            drop(self.unpark(index));
        }
    }
}

impl<F: Future<Output = ()> + 'static> Default for TaskArena<F> {
    fn default() -> Self {
        Self::new()
    }
}

impl<F: Future<Output = ()> + 'static> Drop for TaskArena<F> {
    fn drop(&mut self) {
        self.slots.clear();
    }
}

impl<F: Future<Output = ()> + 'static> std::fmt::Debug for TaskArena<F> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("TaskArena")
            .field("id", &self.slots.id)
            .field("waiting", &self.waiting())
            .finish()
    }
}
