//! Operation → system call → outcome, every errno named.
//!
//! Unsafe code of this driver: handing uninitialised memory of a block to `recv`, and making a view of what the kernel
//! filled.

use std::io::{self, IoSlice};
use std::mem::MaybeUninit;
use std::os::fd::OwnedFd;

use netpoll_buffer::View;
use rustix::io::Errno;
use rustix::net::{RecvFlags, SendAncillaryBuffer, SendFlags, SocketFlags};

use super::{EpollDriver, RECEIVE_BYTES_MIN, Socket, SocketId, queue};
use crate::driver::OpKey;
use crate::driver::op::{Completion, Op, Outcome};

/// What one system call came to.
enum Step {
    /// The operation goes on: report this and, if the socket may have more, try again.
    Report(Outcome),
    /// The operation is over.
    Finish(Outcome),
    /// The socket must become ready first.
    Wait,
    /// Try again.
    Again,
}

impl EpollDriver {
    /// Performs the accept or receive of a socket until the socket is drained or its budget for this turn is used up.
    pub(super) fn perform_input(&mut self, id: SocketId, done: &mut Vec<Completion>) {
        let mut budget = self.receive_bytes_per_turn_max;
        loop {
            let Some(socket) = self.sockets.get_mut(id.0 as usize) else {
                return;
            };
            let Some(key) = socket.input else { return };
            if !socket.readable {
                return;
            }
            if budget == 0 {
                queue(&mut self.ready, socket, id);
                return;
            }
            match self.step_input(id, key, &mut budget) {
                Step::Report(outcome) => self.report(key, outcome, done),
                Step::Finish(outcome) => return self.finish(key, outcome, done),
                Step::Wait => {
                    if let Some(socket) = self.sockets.get_mut(id.0 as usize) {
                        socket.readable = false;
                    }
                    return;
                }
                Step::Again => {}
            }
        }
    }

    /// Performs the send or connect of a socket.
    pub(super) fn perform_output(&mut self, id: SocketId, done: &mut Vec<Completion>) {
        loop {
            let Some(socket) = self.sockets.get_mut(id.0 as usize) else {
                return;
            };
            let Some(key) = socket.output else { return };
            if !socket.writable {
                return;
            }
            match self.step_output(id, key) {
                Step::Report(_) | Step::Again => {}
                Step::Finish(outcome) => return self.finish(key, outcome, done),
                Step::Wait => {
                    if let Some(socket) = self.sockets.get_mut(id.0 as usize) {
                        socket.writable = false;
                    }
                    return;
                }
            }
        }
    }

    fn report(&mut self, key: OpKey, outcome: Outcome, done: &mut Vec<Completion>) {
        if let Some(flight) = self.in_flight.get_mut(key) {
            done.push(Completion {
                token: flight.token,
                outcome,
                more: true,
            });
        }
    }

    fn step_input(&mut self, id: SocketId, key: OpKey, budget: &mut usize) -> Step {
        let Some(flight) = self.in_flight.get_mut(key) else {
            return Step::Wait;
        };
        let Some(socket) = self.sockets.get_mut(id.0 as usize) else {
            return Step::Wait;
        };
        self.counters.syscalls.add(1);
        match &mut flight.op {
            Op::Accept { .. } => {
                *budget = budget.saturating_sub(ACCEPT_COST_BYTES);
                let accepted = rustix::net::accept_with(&socket.fd, SocketFlags::CLOEXEC);
                self.accepted(accepted)
            }
            Op::Receive => self.receive(id, budget),
            Op::ReceiveExact(exact) => {
                let (address, bytes) = exact.room();
                // SAFETY: the operation owns this memory, and nobody else looks at it.
                let room = unsafe {
                    std::slice::from_raw_parts_mut(address.cast::<MaybeUninit<u8>>(), bytes)
                };
                match rustix::net::recv(&socket.fd, room, RecvFlags::empty()) {
                    Ok((_, bytes)) => {
                        // SAFETY: the kernel has just written these bytes.
                        unsafe { exact.advance(bytes) };
                        *budget = budget.saturating_sub(bytes);
                        // The block moves into the outcome when the operation is taken out of the table.
                        if bytes == 0 || exact.is_full() {
                            Step::Finish(Outcome::EndOfStream)
                        } else {
                            Step::Again
                        }
                    }
                    Err(errno) => failure(errno),
                }
            }
            Op::Send { .. } | Op::Connect { .. } => Step::Wait,
        }
    }

    fn accepted(&mut self, accepted: Result<OwnedFd, Errno>) -> Step {
        match accepted.map_err(failure).and_then(|fd| {
            self.register(fd)
                .map_err(|error| Step::Report(Outcome::Failed(error)))
        }) {
            Ok(socket) => Step::Report(Outcome::Accepted(socket)),
            // The peer gave up before it was accepted; the next one waits.
            Err(Step::Finish(Outcome::Failed(error)))
                if error.raw_os_error() == Some(libc::ECONNABORTED) =>
            {
                Step::Again
            }
            Err(step) => step,
        }
    }

    fn receive(&mut self, id: SocketId, budget: &mut usize) -> Step {
        let Some(socket) = self.sockets.get_mut(id.0 as usize) else {
            return Step::Wait;
        };
        let Some((block, at)) = self.tail.room() else {
            return Step::Finish(Outcome::Starved);
        };
        let room_bytes = (block.capacity() - at).min((*budget).max(RECEIVE_BYTES_MIN));
        // SAFETY: `at + room_bytes` lies within the block, and no view covers bytes at or behind `at`.
        let room = unsafe {
            std::slice::from_raw_parts_mut(
                block.as_ptr().add(at).cast::<MaybeUninit<u8>>(),
                room_bytes,
            )
        };
        match rustix::net::recv(&socket.fd, room, RecvFlags::empty()) {
            Ok((_, 0)) => Step::Finish(Outcome::EndOfStream),
            Ok((_, bytes)) => {
                // SAFETY: the kernel filled these bytes just now, and the tail goes on behind them.
                let view: View = unsafe { block.view(at, bytes) };
                note_drained(socket, bytes < room_bytes);
                self.tail.at = at + bytes;
                *budget = budget.saturating_sub(bytes);
                Step::Report(Outcome::Received(view))
            }
            Err(errno) => failure(errno),
        }
    }

    fn step_output(&mut self, id: SocketId, key: OpKey) -> Step {
        let Some(flight) = self.in_flight.get_mut(key) else {
            return Step::Wait;
        };
        let Some(socket) = self.sockets.get_mut(id.0 as usize) else {
            return Step::Wait;
        };
        self.counters.syscalls.add(1);
        match &mut flight.op {
            Op::Send { output, .. } => {
                let mut pieces = [IoSlice::new(&[]); PIECES_MAX];
                let count = output.gather(&mut pieces);
                let mut control = SendAncillaryBuffer::default();
                match rustix::net::sendmsg(
                    &socket.fd,
                    &pieces[..count],
                    &mut control,
                    SendFlags::NOSIGNAL,
                ) {
                    Ok(bytes) => {
                        output.skip(bytes);
                        flight.sent += bytes;
                        if output.is_empty() {
                            Step::Finish(Outcome::Sent { bytes: flight.sent })
                        } else {
                            Step::Again
                        }
                    }
                    Err(errno) => failure(errno),
                }
            }
            Op::Connect { address } => connect(socket, address),
            Op::Accept { .. } | Op::Receive | Op::ReceiveExact(_) => Step::Wait,
        }
    }
}

/// A receive that got less than it asked for has drained the socket, unless the end of the stream is behind it.
#[inline]
fn note_drained(socket: &mut Socket, short: bool) {
    if short && !socket.hung_up {
        socket.readable = false;
    }
}

/// The first call starts a connection attempt, the calls after it ask how it went.
fn connect(socket: &Socket, address: &socket2::SockAddr) -> Step {
    let result = socket2::SockRef::from(&socket.fd).connect(address);
    match result {
        Ok(()) => Step::Finish(Outcome::Connected),
        Err(error) => match error.raw_os_error() {
            Some(libc::EISCONN) => Step::Finish(Outcome::Connected),
            // A Unix socket whose accept queue is full says EAGAIN and cannot be waited for: that is a refusal.
            Some(libc::EINPROGRESS | libc::EALREADY) => Step::Wait,
            Some(libc::EINTR) => Step::Again,
            _ => Step::Finish(Outcome::Failed(error)),
        },
    }
}

fn failure(errno: Errno) -> Step {
    match errno {
        Errno::AGAIN => Step::Wait,
        Errno::INTR => Step::Again,
        errno => Step::Finish(Outcome::Failed(io::Error::from(errno))),
    }
}

/// Pieces of one gathered send; the rest of a longer output follows at once.
const PIECES_MAX: usize = 64;
/// What an accept takes of a turn's budget.
const ACCEPT_COST_BYTES: usize = 4 << 10;
