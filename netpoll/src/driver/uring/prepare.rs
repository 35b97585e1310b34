//! Operation → submission queue entry. Read beside `complete.rs`.

use std::os::fd::RawFd;
use std::ptr;

use io_uring::opcode;
use io_uring::squeue::{Entry, Flags};
use io_uring::types::{CancelBuilder, Fd};
use netpoll_buffer::LinkBuffer;

use super::buf_ring::GROUP;
use super::sockets::Descriptor;
use crate::driver::op::Op;

/// The gather list of one send; boxed so that its address is stable until the kernel has copied it.
#[derive(Debug)]
pub(super) struct Gather {
    header: libc::msghdr,
    pieces: [libc::iovec; PIECES_MAX],
}

impl Gather {
    pub(super) fn new() -> Box<Gather> {
        // SAFETY: both are plain C structs for which all zeroes is a valid value.
        Box::new(unsafe { std::mem::zeroed() })
    }

    /// Lists the first pieces of `output`; what does not fit is sent after them.
    fn fill(&mut self, output: &LinkBuffer) {
        let mut count = 0;
        for (piece, chunk) in self.pieces.iter_mut().zip(output.chunks()) {
            *piece = libc::iovec {
                iov_base: chunk.as_ptr().cast_mut().cast(),
                iov_len: chunk.len(),
            };
            count += 1;
        }
        self.header.msg_iov = self.pieces.as_mut_ptr();
        self.header.msg_iovlen = count;
    }
}

/// The entry for `op` on a socket. A send of several pieces needs a gather list; `accept_direct` says whether accepted
/// sockets go into the ring's own table.
#[inline]
pub(super) fn entry(
    socket: Descriptor,
    op: &Op,
    gather: Option<&mut Gather>,
    accept_direct: bool,
) -> Entry {
    match socket {
        Descriptor::Process(fd) => entry_on(Fd(fd), op, gather, accept_direct),
        // The same field holds the index, and a flag says so.
        Descriptor::Direct(index) => {
            entry_on(Fd(index as RawFd), op, gather, accept_direct).flags(Flags::FIXED_FILE)
        }
    }
}

#[inline]
fn entry_on(fd: Fd, op: &Op, gather: Option<&mut Gather>, accept_direct: bool) -> Entry {
    match op {
        Op::Accept { hand_over: false } if accept_direct => opcode::AcceptMulti::new(fd)
            .allocate_file_index(true)
            .build(),
        Op::Accept { .. } => opcode::AcceptMulti::new(fd)
            .flags(libc::SOCK_CLOEXEC)
            .build(),
        Op::Receive => opcode::RecvMulti::new(fd, GROUP).build(),
        Op::ReceiveExact(exact) => {
            let (address, bytes) = exact.room();
            opcode::Recv::new(fd, address, bytes as u32)
                .flags(libc::MSG_WAITALL)
                .build()
        }
        Op::Send {
            output,
            zero_copy: false,
        } => send_entry(fd, output, gather),
        Op::Send {
            output,
            zero_copy: true,
        } => zero_copy_entry(fd, output, gather),
        Op::Connect { address } => {
            opcode::Connect::new(fd, address.as_ptr().cast(), address.len()).build()
        }
    }
}

/// One piece goes out with `send`, several with `sendmsg`. `MSG_WAITALL` makes the kernel go on after a short send.
fn send_entry(fd: Fd, output: &LinkBuffer, gather: Option<&mut Gather>) -> Entry {
    match gather {
        Some(gather) => {
            gather.fill(output);
            opcode::SendMsg::new(fd, ptr::from_ref(&gather.header))
                .flags(SEND_FLAGS as u32)
                .build()
        }
        None => {
            let piece = output.first();
            opcode::Send::new(fd, piece.as_ptr(), piece.len() as u32)
                .flags(SEND_FLAGS)
                .build()
        }
    }
}

fn zero_copy_entry(fd: Fd, output: &LinkBuffer, gather: Option<&mut Gather>) -> Entry {
    match gather {
        Some(gather) => {
            gather.fill(output);
            opcode::SendMsgZc::new(fd, ptr::from_ref(&gather.header))
                .flags(SEND_FLAGS as u32)
                .build()
        }
        None => {
            let piece = output.first();
            opcode::SendZc::new(fd, piece.as_ptr(), piece.len() as u32)
                .flags(SEND_FLAGS)
                .build()
        }
    }
}

/// Readiness of the doorbell: every ring of it is one completion, so it is never read.
pub(super) fn doorbell_entry(fd: RawFd) -> Entry {
    opcode::PollAdd::new(Fd(fd), libc::POLLIN as u32)
        .multi(true)
        .build()
        .user_data(DOORBELL)
}

pub(super) fn cancel_entry(target: u64) -> Entry {
    opcode::AsyncCancel2::new(CancelBuilder::user_data(target))
        .build()
        .user_data(CANCEL)
}

/// User data of entries that are no operation; above every operation's (see `in_flight::GENERATION_END`).
pub(super) const DOORBELL: u64 = u64::MAX;
pub(super) const CANCEL: u64 = u64::MAX - 1;
pub(super) const CLOSE: u64 = u64::MAX - 2;
pub(super) const INSTALL: u64 = u64::MAX - 3;

const SEND_FLAGS: i32 = libc::MSG_NOSIGNAL | libc::MSG_WAITALL;

/// Pieces of one gathered send; the rest of a longer output follows when they are sent.
const PIECES_MAX: usize = 64;
