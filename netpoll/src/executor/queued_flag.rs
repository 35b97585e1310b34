//! Whether a task waits in a queue already, so that many wake-ups cost one poll.
//!
//! ```text
//! core                                    other thread
//! take the task from the queue            make what the task waits for
//! swap queued to false                    swap queued to true: was it false? then queue the task
//! poll the task
//! ```
//!
//! Invariant: the flag is set only while the task is in a queue, or about to be put there. Both sides use read-modify-writes:
//! a wake-up that finds the flag set, and so does nothing, comes before the core's swap, and what it made is seen by the
//! poll after it. With a plain store instead the poll could run ahead of the store, and the wake-up be lost;
//! `tests/loom.rs` checks the interleavings.

use crate::sync::{AtomicBool, Ordering};

/// Set while a task waits in a queue.
#[derive(Debug)]
pub(crate) struct QueuedFlag(AtomicBool);

impl QueuedFlag {
    /// The flag of a task that is in no queue.
    pub(crate) fn new() -> QueuedFlag {
        QueuedFlag(AtomicBool::new(false))
    }

    /// A wake-up: whether the caller must queue the task.
    pub(crate) fn must_queue(&self) -> bool {
        !self.0.swap(true, Ordering::AcqRel)
    }

    /// To be called before the task is polled: wake-ups from now on queue it again.
    #[inline]
    pub(crate) fn about_to_poll(&self) {
        // A task that nobody woke, as most are when they are polled for the first time, costs no locked instruction. A
        // wake-up that this load does not see yet has queued the task, and is seen when it is taken from there.
        if self.0.load(Ordering::Relaxed) {
            self.0.swap(false, Ordering::AcqRel);
        }
    }
}
