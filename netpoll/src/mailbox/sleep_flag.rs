//! Whether a core sleeps, so that waking it costs a system call only then.
//!
//! ```text
//! core                                    other thread
//! swap sleeping to true                   put message
//! look into the mailbox: empty?           swap sleeping to false: was it true? then ring
//! sleep in the kernel
//! swap sleeping to false
//! ```
//!
//! Invariant: every access is a read-modify-write, so all of them have one order and each sees what came before the earlier
//! ones. A sender that comes before the core's first swap has its message seen by the core's look; one that comes after
//! finds the flag set. No message waits for a core that sleeps; `tests/loom.rs` checks the interleavings.

use crate::sync::{AtomicBool, Ordering};

/// Set while a core sleeps or is about to.
#[derive(Debug)]
pub(crate) struct SleepFlag(AtomicBool);

impl SleepFlag {
    /// The flag of a core that is awake.
    pub(crate) fn new() -> SleepFlag {
        SleepFlag(AtomicBool::new(false))
    }

    /// Whether the core must be rung awake; of several callers one is told so. To be called after the message was put in.
    pub(crate) fn must_ring(&self) -> bool {
        self.0.swap(false, Ordering::AcqRel)
    }

    /// The core is about to sleep. It must look into its mailbox once more after this call.
    pub(crate) fn going_to_sleep(&self) {
        self.0.swap(true, Ordering::AcqRel);
    }

    /// The core is awake.
    pub(crate) fn awake(&self) {
        self.0.swap(false, Ordering::AcqRel);
    }
}
