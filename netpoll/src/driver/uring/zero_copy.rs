//! Zero-copy sends: the kernel reads the bytes straight from our memory, also after it has reported the result.
//!
//! Such a send completes twice: first with its result, flagged that more follows, then with a notification that the
//! memory is free (`io_uring_prep_send_zc(3)`). The result is reported at once, so that the next send of the connection
//! need not wait for the peer's acknowledgement; the slot and the bytes stay until every notification has come.

use netpoll_buffer::LinkBuffer;

use super::UringDriver;
use crate::driver::OpKey;
use crate::driver::op::Op;

/// Memory of a zero-copy send that the kernel may still read.
#[derive(Debug, Default)]
pub(super) struct Kept {
    bytes: LinkBuffer,
    /// Notifications that have not come.
    notifications: u32,
    /// The operation was reported; only the memory is left of it.
    reported: bool,
}

impl Kept {
    /// Keeps bytes that are sent.
    pub(super) fn keep(&mut self, mut bytes: LinkBuffer) {
        self.bytes.append(&mut bytes);
    }
}

impl UringDriver {
    /// A result came that promises more. Returns whether that means a notification, and counts it.
    pub(super) fn promises_notification(&mut self, key: OpKey) -> bool {
        let flight = self.in_flight.get_mut(key);
        match flight.and_then(|flight| flight.extra.kept.as_mut()) {
            Some(kept) => {
                kept.notifications += 1;
                true
            }
            None => false,
        }
    }

    /// The operation is about to be reported for the last time. Returns whether its slot must stay for its memory.
    #[inline]
    pub(super) fn keeps_memory(&mut self, key: OpKey) -> bool {
        let Some(flight) = self.in_flight.get_mut(key) else {
            return false;
        };
        let Some(kept) = &mut flight.extra.kept else {
            return false;
        };
        if let Op::Send { output, .. } = &mut flight.op {
            // After a failure: what was not sent may have been under way all the same.
            kept.bytes.append(output);
        }
        kept.reported = kept.notifications > 0;
        kept.reported
    }

    /// The kernel has let go of the memory of one send.
    pub(super) fn let_go(&mut self, key: OpKey) {
        let Some(flight) = self.in_flight.get_mut(key) else {
            return;
        };
        let Some(kept) = &mut flight.extra.kept else {
            return;
        };
        kept.notifications -= 1;
        if kept.notifications == 0 && kept.reported {
            let flight = self.in_flight.finish(key);
            self.recycle(flight.and_then(|flight| flight.extra.gather));
        }
    }
}
