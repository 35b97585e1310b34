//! Every operation a driver performs, as data, and what it reports.
//!
//! An operation owns the memory that the kernel may touch while it is in flight; it is kept in the in-flight table
//! until its last completion was reported, whatever happens to the connection that asked for it.

use std::io;

use netpoll_buffer::{LinkBuffer, View};
use socket2::SockAddr;

use super::{ExactBlock, SocketId};

/// What the reactor wants back with a completion to know whom it concerns.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Token {
    /// Accepts of the listener with this index.
    Accept(u32),
    /// Receives of the connection with this index.
    Receive(u32),
    /// The send of the connection with this index.
    Send(u32),
    /// The connect of the connection attempt with this index.
    Connect(u32),
}

/// An operation on a socket.
#[derive(Debug)]
pub(crate) enum Op {
    /// Accept connections until cancelled: many completions.
    Accept {
        /// Accepted sockets may go to another core, so they must be descriptors of the process.
        hand_over: bool,
    },
    /// Receive into blocks of the core's pool until cancelled or ended: many completions.
    Receive,
    /// Receive until the block is full: one completion, with a block that is not full only at the end of the stream.
    ReceiveExact(ExactBlock),
    /// Send all of `output` in order: one completion.
    Send {
        /// The bytes; taken by the operation until it completes.
        output: LinkBuffer,
        /// The kernel may send straight from this memory, without a copy. The bytes are then kept until it has let go
        /// of them, which may be after the completion.
        zero_copy: bool,
    },
    /// Connect to `address`: one completion.
    Connect {
        /// The peer.
        address: Box<SockAddr>,
    },
}

/// What an operation came to.
#[derive(Debug)]
pub(crate) enum Outcome {
    /// A connection was accepted.
    Accepted(SocketId),
    /// Bytes arrived.
    Received(View),
    /// An exact receive is over.
    Filled(ExactBlock),
    /// The peer will send no more.
    EndOfStream,
    /// Everything was sent.
    Sent {
        /// How much it was.
        bytes: usize,
    },
    /// The connection to the peer stands.
    Connected,
    /// No memory of the pool was free for a receive; arm it again when there is.
    Starved,
    /// The operation was cancelled.
    Cancelled,
    /// The kernel refused or failed it.
    Failed(io::Error),
}

/// One completion.
#[derive(Debug)]
pub(crate) struct Completion {
    /// Whom it concerns.
    pub(crate) token: Token,
    /// What happened.
    pub(crate) outcome: Outcome,
    /// Whether the operation goes on and will report again.
    pub(crate) more: bool,
}
