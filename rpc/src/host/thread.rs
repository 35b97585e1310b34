//! The host of a blocking connection: a handful of tasks and timers on the connection's own thread.
//!
//! The connection's loop (`transport/thread/connection.rs`) drives it: it polls what is ready, and before it sleeps asks for
//! the earliest timer and for the doorbell, a file descriptor that wakes it when another thread has woken a task.
//!
//! Invariant: a wake-up is never lost. It is pushed to the ready queue before the doorbell rings, and the loop looks at
//! the queue after it made the doorbell and before it sleeps.

use std::cell::{Cell, RefCell};
use std::collections::BTreeMap;
use std::fmt;
use std::future::Future;
use std::io;
use std::os::fd::{AsFd, BorrowedFd, OwnedFd};
use std::pin::Pin;
use std::rc::Rc;
use std::sync::{Arc, Mutex, OnceLock, PoisonError};
use std::task::{Context, Poll, Wake, Waker};
use std::time::Instant;

use rustix::event::{EventfdFlags, eventfd};
use slab::Slab;

type Task = Pin<Box<dyn Future<Output = ()>>>;

/// The tasks and timers of one thread.
#[derive(Default)]
pub(crate) struct ThreadHost {
    /// A slot is empty while its task is polled.
    tasks: RefCell<Slab<Option<Task>>>,
    ready: Arc<Ready>,
    timers: RefCell<BTreeMap<TimerKey, Waker>>,
    timers_made: Cell<u64>,
}

/// Names a timer: when it fires, and a number that tells it from others of the same moment.
pub(crate) type TimerKey = (Instant, u64);

thread_local! {
    static CURRENT: RefCell<Option<Rc<ThreadHost>>> = const { RefCell::new(None) };
}

impl ThreadHost {
    /// Makes a host and makes it the current thread's until the guard is dropped.
    pub(crate) fn enter() -> (Rc<ThreadHost>, HostGuard) {
        let host = Rc::new(ThreadHost::default());
        CURRENT.with(|current| current.replace(Some(Rc::clone(&host))));
        (host, HostGuard(()))
    }

    /// The current thread's host, if it is the thread of a blocking connection.
    #[inline]
    pub(crate) fn current() -> Option<Rc<ThreadHost>> {
        CURRENT
            .try_with(|current| current.borrow().clone())
            .ok()
            .flatten()
    }

    /// Reads the clock.
    #[allow(
        clippy::disallowed_methods,
        reason = "this host has no turns; it reads the clock when asked"
    )]
    pub(crate) fn now(&self) -> Instant {
        Instant::now()
    }

    /// Polls a task at once and keeps it if it waits.
    pub(crate) fn run(&self, task: Task) {
        let slot = self.tasks.borrow_mut().insert(None);
        self.poll(slot, task);
    }

    /// Polls the tasks that were woken. Returns whether there were any.
    pub(crate) fn poll_ready(&self) -> bool {
        let woken = std::mem::take(&mut *self.ready.lock());
        for &slot in &woken {
            let task = self.tasks.borrow_mut().get_mut(slot).and_then(Option::take);
            if let Some(task) = task {
                self.poll(slot, task);
            }
        }
        !woken.is_empty()
    }

    /// Wakes the tasks whose timers are due.
    pub(crate) fn fire_timers(&self) {
        let now = self.now();
        loop {
            let due = {
                let mut timers = self.timers.borrow_mut();
                match timers.first_entry() {
                    Some(entry) if entry.key().0 <= now => entry.remove(),
                    _ => return,
                }
            };
            due.wake();
        }
    }

    /// When the next timer fires.
    pub(crate) fn next_timer(&self) -> Option<Instant> {
        self.timers
            .borrow()
            .first_key_value()
            .map(|((at, _), _)| *at)
    }

    /// Whether any task waits.
    pub(crate) fn has_tasks(&self) -> bool {
        !self.tasks.borrow().is_empty()
    }

    /// Whether a task was woken and not polled since.
    pub(crate) fn has_ready(&self) -> bool {
        !self.ready.lock().is_empty()
    }

    /// Becomes readable when another thread wakes a task.
    ///
    /// # Errors
    /// When no file descriptor is to be had.
    pub(crate) fn doorbell(&self) -> io::Result<BorrowedFd<'_>> {
        let doorbell = &self.ready.doorbell;
        if doorbell.get().is_none() {
            let fd = eventfd(0, EventfdFlags::CLOEXEC | EventfdFlags::NONBLOCK)?;
            // Only this thread sets it, so it is not set yet.
            let _ = doorbell.set(fd);
        }
        doorbell
            .get()
            .map(AsFd::as_fd)
            .ok_or_else(|| io::Error::other("no doorbell"))
    }

    /// Takes back the ring of the doorbell.
    pub(crate) fn quiet_doorbell(&self) {
        if let Some(doorbell) = self.ready.doorbell.get() {
            // Not rung: the read would block, and there is nothing to take back.
            let _ = rustix::io::read(doorbell, &mut [0_u8; 8]);
        }
    }

    /// Sets a timer.
    pub(crate) fn insert_timer(&self, at: Instant, waker: Waker) -> TimerKey {
        let key = (at, self.timers_made.get());
        self.timers_made.set(key.1 + 1);
        self.timers.borrow_mut().insert(key, waker);
        key
    }

    /// Takes a timer back.
    pub(crate) fn cancel_timer(&self, key: TimerKey) {
        let waker = self.timers.borrow_mut().remove(&key);
        drop(waker);
    }

    fn poll(&self, slot: usize, mut task: Task) {
        let waker = Waker::from(Arc::new(SlotWaker {
            slot,
            ready: Arc::clone(&self.ready),
        }));
        match task.as_mut().poll(&mut Context::from_waker(&waker)) {
            Poll::Ready(()) => {
                self.tasks.borrow_mut().try_remove(slot);
            }
            Poll::Pending => {
                if let Some(place) = self.tasks.borrow_mut().get_mut(slot) {
                    *place = Some(task);
                }
            }
        }
    }

    /// Drops every task.
    fn clear(&self) {
        let tasks = self.tasks.take();
        drop(tasks);
    }
}

impl fmt::Debug for ThreadHost {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ThreadHost")
            .field("tasks", &self.tasks.borrow().len())
            .field("timers", &self.timers.borrow().len())
            .finish()
    }
}

/// While it lives, the current thread has a host. Its end drops the tasks that are left.
#[derive(Debug)]
pub(crate) struct HostGuard(());

impl Drop for HostGuard {
    fn drop(&mut self) {
        if let Some(host) = CURRENT.with(|current| current.replace(None)) {
            host.clear();
        }
    }
}

/// The slots that were woken.
#[derive(Debug, Default)]
struct Ready {
    slots: Mutex<Vec<usize>>,
    doorbell: OnceLock<OwnedFd>,
}

impl Ready {
    fn lock(&self) -> std::sync::MutexGuard<'_, Vec<usize>> {
        self.slots.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Wakes the task in one slot; when that one is done, whichever lives there by then, which is harmless.
struct SlotWaker {
    slot: usize,
    ready: Arc<Ready>,
}

impl Wake for SlotWaker {
    fn wake(self: Arc<Self>) {
        self.wake_by_ref();
    }

    fn wake_by_ref(self: &Arc<Self>) {
        {
            let mut slots = self.ready.lock();
            if slots.contains(&self.slot) {
                return;
            }
            slots.push(self.slot);
        }
        if let Some(doorbell) = self.ready.doorbell.get() {
            // Full means that it has rung already.
            let _ = rustix::io::write(doorbell, &1_u64.to_ne_bytes());
        }
    }
}

#[cfg(test)]
mod tests;
