//! The doorbell: wakes a core that sleeps in the kernel, and costs nothing when it is awake.
//!
//! An eventfd that the core's driver watches, behind the flag that says whether anybody would hear it
//! (`sleep_flag.rs`).

use std::io;
use std::os::fd::{AsFd, BorrowedFd, OwnedFd};

use rustix::event::EventfdFlags;

use super::sleep_flag::SleepFlag;

/// The doorbell of one core.
#[derive(Debug)]
pub(crate) struct Doorbell {
    flag: SleepFlag,
    event: OwnedFd,
}

impl Doorbell {
    pub(crate) fn new() -> io::Result<Doorbell> {
        let event = rustix::event::eventfd(0, EventfdFlags::CLOEXEC | EventfdFlags::NONBLOCK)?;
        let flag = SleepFlag::new();
        Ok(Doorbell { flag, event })
    }

    /// Wakes the core if it sleeps or is about to. To be called after the message was put in.
    pub(crate) fn ring(&self) {
        if self.flag.must_ring() {
            // Can fail only when the counter is about to overflow, and then the descriptor is readable anyway.
            let _ = rustix::io::write(&self.event, &1u64.to_ne_bytes());
        }
    }

    /// The core is about to sleep. It must look into its mailbox once more after this call.
    pub(crate) fn going_to_sleep(&self) {
        self.flag.going_to_sleep();
    }

    /// The core is awake.
    pub(crate) fn awake(&self) {
        self.flag.awake();
    }
}

impl AsFd for Doorbell {
    fn as_fd(&self) -> BorrowedFd<'_> {
        self.event.as_fd()
    }
}
