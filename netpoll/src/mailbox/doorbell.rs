//! The doorbell: wakes a core that sleeps in the kernel, and costs nothing when it is awake.
//!
//! ```text
//! core                                  other thread
//! sleeping = true                       put message
//! look into the mailbox: empty?         sleeping == true? then set it false and write the eventfd
//! sleep in the kernel
//! sleeping = false
//! ```
//!
//! Both sides write first and look afterwards, with a sequentially consistent fence between: at least one of them sees
//! the other, so no message waits for a core that sleeps.

use std::io;
use std::os::fd::{AsFd, BorrowedFd, OwnedFd};

use rustix::event::EventfdFlags;

use crate::sync::{AtomicBool, Ordering, fence};

/// The doorbell of one core.
#[derive(Debug)]
pub(crate) struct Doorbell {
    sleeping: AtomicBool,
    event: OwnedFd,
}

impl Doorbell {
    pub(crate) fn new() -> io::Result<Doorbell> {
        let event = rustix::event::eventfd(0, EventfdFlags::CLOEXEC | EventfdFlags::NONBLOCK)?;
        Ok(Doorbell {
            sleeping: AtomicBool::new(false),
            event,
        })
    }

    /// Wakes the core if it sleeps or is about to. To be called after the message was put in.
    pub(crate) fn ring(&self) {
        fence(Ordering::SeqCst);
        if self.sleeping.load(Ordering::Relaxed) && self.sleeping.swap(false, Ordering::AcqRel) {
            // Can fail only when the counter is about to overflow, and then the descriptor is readable anyway.
            let _ = rustix::io::write(&self.event, &1u64.to_ne_bytes());
        }
    }

    /// The core is about to sleep. It must look into its mailbox once more after this call.
    pub(crate) fn going_to_sleep(&self) {
        self.sleeping.store(true, Ordering::Relaxed);
        fence(Ordering::SeqCst);
    }

    /// The core is awake.
    pub(crate) fn awake(&self) {
        self.sleeping.store(false, Ordering::Relaxed);
    }
}

impl AsFd for Doorbell {
    fn as_fd(&self) -> BorrowedFd<'_> {
        self.event.as_fd()
    }
}
