//! Completion queue entry → outcome, every errno named. Read beside `prepare.rs`.

use std::io;
use std::os::fd::{FromRawFd, OwnedFd};

use io_uring::cqueue;

use super::UringDriver;
use super::prepare::{CANCEL, CLOSE, DOORBELL, INSTALL};
use crate::driver::OpKey;
use crate::driver::op::{Completion, Op, Outcome};

/// The parts of a completion queue entry that matter here.
#[derive(Clone, Copy, Debug)]
pub(super) struct Cqe {
    user_data: u64,
    result: i32,
    flags: u32,
}

impl From<cqueue::Entry> for Cqe {
    #[inline]
    fn from(entry: cqueue::Entry) -> Self {
        Cqe {
            user_data: entry.user_data(),
            result: entry.result(),
            flags: entry.flags(),
        }
    }
}

impl Cqe {
    /// The descriptor, if this is the completion of an installation.
    pub(super) fn installed(self) -> Option<io::Result<OwnedFd>> {
        if self.user_data != INSTALL {
            return None;
        }
        if self.result < 0 {
            return Some(Err(io::Error::from_raw_os_error(-self.result)));
        }
        // SAFETY: the kernel made this descriptor for this completion; nobody else knows it.
        Some(Ok(unsafe { OwnedFd::from_raw_fd(self.result) }))
    }
}

/// What becomes of the operation behind a completion.
enum Next {
    /// Report it.
    Report(Outcome),
    /// The kernel gave up half-way for a passing reason: hand it in again.
    Again,
}

impl UringDriver {
    #[inline]
    pub(super) fn complete(&mut self, cqe: Cqe, done: &mut Vec<Completion>) {
        match cqe.user_data {
            // Its own result says nothing that the target's completion does not say.
            CANCEL | CLOSE => return,
            DOORBELL => return self.doorbell_rang(cqe),
            _ => {}
        }
        let key = OpKey::from_user_data(cqe.user_data);
        if cqueue::notif(cqe.flags) {
            return self.let_go(key);
        }
        // A zero-copy send that promises more means the notification, not another result.
        let more = cqueue::more(cqe.flags) && !self.promises_notification(key);
        let Some(next) = self.outcome(key, cqe) else {
            debug_assert!(
                false,
                "a completion for an operation that is not in flight: {cqe:?}"
            );
            return;
        };
        match self.unless_cancelled(key, next) {
            Next::Again => self.resubmit(key),
            Next::Report(mut outcome) => {
                let token = if more || self.keeps_memory(key) {
                    self.in_flight.get_mut(key).map(|flight| flight.token)
                } else {
                    self.in_flight.finish(key).map(|flight| {
                        self.recycle(flight.extra.gather);
                        if let (Op::ReceiveExact(exact), Outcome::EndOfStream) =
                            (flight.op, &outcome)
                        {
                            outcome = Outcome::Filled(exact);
                        }
                        flight.token
                    })
                };
                if let Some(token) = token {
                    done.push(Completion {
                        token,
                        outcome,
                        more,
                    });
                }
            }
        }
    }

    /// An operation that was cancelled is not handed in again, also when it had done a part of its work.
    #[inline]
    fn unless_cancelled(&mut self, key: OpKey, next: Next) -> Next {
        match next {
            Next::Again
                if self
                    .in_flight
                    .get_mut(key)
                    .is_some_and(|flight| flight.cancelled) =>
            {
                Next::Report(Outcome::Cancelled)
            }
            next => next,
        }
    }

    fn doorbell_rang(&mut self, cqe: Cqe) {
        if !cqueue::more(cqe.flags) {
            self.arm_doorbell();
        }
    }

    #[inline]
    fn outcome(&mut self, key: OpKey, cqe: Cqe) -> Option<Next> {
        let flight = self.in_flight.get_mut(key)?;
        if cqe.result < 0 {
            return Some(failure(-cqe.result, &mut flight.op));
        }
        let bytes = cqe.result as usize;
        let outcome = match &mut flight.op {
            Op::Accept { hand_over } => {
                let direct = !*hand_over && self.sockets.direct_max() > 0;
                return Some(Next::Report(self.accepted(cqe.result, direct)));
            }
            Op::Receive => return Some(Next::Report(self.received(cqe))),
            Op::ReceiveExact(exact) => {
                // SAFETY: the kernel has just reported these bytes for this operation.
                unsafe { exact.advance(bytes) };
                if bytes > 0 && !exact.is_full() {
                    return Some(Next::Again);
                }
                // The block moves into the outcome when the operation is taken out of the table.
                Outcome::EndOfStream
            }
            Op::Send { output, .. } => {
                match &mut flight.extra.kept {
                    Some(kept) => kept.keep(output.split_to(bytes)),
                    None => output.skip(bytes),
                }
                flight.sent += bytes;
                if !output.is_empty() {
                    return Some(Next::Again);
                }
                Outcome::Sent { bytes: flight.sent }
            }
            Op::Connect { .. } => Outcome::Connected,
        };
        Some(Next::Report(outcome))
    }

    fn accepted(&mut self, fd: i32, direct: bool) -> Outcome {
        if direct {
            return Outcome::Accepted(self.sockets.insert_direct(fd as u32));
        }
        // SAFETY: the kernel made this descriptor for this completion; nobody else knows it.
        let fd = unsafe { OwnedFd::from_raw_fd(fd) };
        Outcome::Accepted(self.sockets.insert_process(fd))
    }

    #[inline]
    fn received(&mut self, cqe: Cqe) -> Outcome {
        let Some(id) = cqueue::buffer_select(cqe.flags) else {
            return Outcome::EndOfStream;
        };
        let bytes = cqe.result as usize;
        if bytes == 0 {
            // Nothing was consumed: the buffer stays the kernel's.
            return Outcome::EndOfStream;
        }
        match self
            .buf_ring
            .take(id, bytes, cqueue::buffer_more(cqe.flags))
        {
            Some(view) => Outcome::Received(view),
            None => Outcome::Failed(io::Error::other(
                "the kernel named a buffer that it was not given",
            )),
        }
    }
}

fn failure(errno: i32, op: &mut Op) -> Next {
    Next::Report(match (errno, op) {
        // A cancellation (`unless_cancelled` knows whether somebody asked for it), a signal, a spurious poll wake-up.
        (libc::ECANCELED | libc::EINTR | libc::EAGAIN, _) => return Next::Again,
        // The peer gave up before it was accepted; the next one waits.
        (libc::ECONNABORTED, Op::Accept { .. }) => return Next::Again,
        (libc::ENOBUFS, Op::Receive) => Outcome::Starved,
        // The limit of locked memory (`RLIMIT_MEMLOCK`) or of the socket's option memory is reached, or this kind of
        // socket sends by copy alone.
        (libc::ENOMEM | libc::ENOBUFS | libc::EOPNOTSUPP, Op::Send { zero_copy, .. })
            if *zero_copy =>
        {
            *zero_copy = false;
            return Next::Again;
        }
        (errno, _) => Outcome::Failed(io::Error::from_raw_os_error(errno)),
    })
}
