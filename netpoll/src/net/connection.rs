//! A connection: the struct, its handle, and writing.
//!
//! ```text
//!            close()                output sent                 all operations over
//!   Open ───────────► Draining ───────────────────► Ending ─────────────────────────► Closed
//!     └───────────── abort(), error, deadline ────────┘ (on_inactive runs here)
//! ```
//!
//! Invariants: at most one send is in flight and what is written meanwhile waits in `output`, so bytes never
//! reorder; the socket is given back only when no operation on it is in flight; `on_inactive` runs once.

use std::cell::{Cell, RefCell};
use std::fmt;
use std::rc::Rc;
use std::time::Instant;

use netpoll_buffer::{LinkBuffer, Writer};

use super::Protocol;
use super::waiting::Waiting;
use crate::address::Address;
use crate::driver::{End, OpKey, SocketId};
use crate::error::CloseReason;
use crate::guard::guard;
use crate::reactor::Core;
use crate::timer::{TimerKey, TimerTarget, after};

/// A handle of a connection; cheap to clone, bound to the connection's core.
#[derive(Clone)]
pub struct Connection {
    pub(super) inner: Rc<Inner>,
}

pub(super) struct Inner {
    pub(super) core: Rc<Core>,
    pub(super) index: u32,
    pub(super) id: u64,
    pub(super) socket: SocketId,
    pub(super) stage: Cell<Stage>,
    pub(super) input: RefCell<LinkBuffer>,
    pub(super) output: RefCell<LinkBuffer>,
    /// Output of earlier turns, behind the send in flight.
    pub(super) waiting: RefCell<Waiting>,
    pub(super) protocol: RefCell<Option<Box<dyn Protocol>>>,
    pub(super) receive: Cell<Receive>,
    pub(super) send: Cell<Option<OpKey>>,
    /// Bytes of the send in flight.
    pub(super) sending_bytes: Cell<usize>,
    /// On the core's list of connections with output.
    pub(super) dirty: Cell<bool>,
    /// Reading pauses: the peer does not take its replies.
    pub(super) congested: Cell<bool>,
    /// Reading pauses: the protocol wants no more for now.
    pub(super) paused: Cell<bool>,
    /// A task is about to deliver the input.
    pub(super) delivery_due: Cell<bool>,
    /// The stream is over, and the protocol learns it when it has seen the input before.
    pub(super) end_due: Cell<bool>,
    /// Length of the frame that the input begins with, when the protocol knows it.
    pub(super) expected_bytes: Cell<usize>,
    /// Whether the peer is reached over a network, once somebody asked.
    pub(super) remote: Cell<Option<bool>>,
    pub(super) last_active: Cell<Instant>,
    /// Since when a part of a frame waits for its rest.
    pub(super) partial_since: Cell<Option<Instant>>,
    pub(super) timer: Cell<Option<(TimerKey, Instant)>>,
}

/// Where a connection stands in its life.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Stage {
    Open,
    /// No more is read; ends when the output is sent.
    Draining(CloseReason),
    /// `on_inactive` is due.
    Ending(CloseReason),
    /// `on_inactive` has run; the last operations are on their way out.
    Leaving,
    Closed,
}

/// What the connection's receive is doing.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Receive {
    Idle,
    /// Into blocks of the pool, until further notice.
    Armed(OpKey),
    /// Into the block of one large frame.
    Exact(OpKey),
    /// Cancelled; its last completion is on its way.
    Ending(OpKey),
    /// On the core's list of those that found no memory.
    Starved,
    /// The peer sends no more.
    Over,
}

/// Names a connection for logs; unique within the process.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct ConnectionId(u64);

impl fmt::Display for ConnectionId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "{}.{}",
            self.0 >> CORE_SHIFT,
            self.0 & ((1 << CORE_SHIFT) - 1)
        )
    }
}

impl Connection {
    /// Puts a connected socket into the core's table, makes its protocol and starts reading.
    pub(crate) fn activate(
        core: &Rc<Core>,
        socket: SocketId,
        make: impl FnOnce(&Connection) -> Box<dyn Protocol>,
    ) -> Connection {
        let connection = {
            let mut table = core.connections.borrow_mut();
            let entry = table.vacant_entry();
            let inner = Rc::new(Inner {
                core: Rc::clone(core),
                index: entry.key() as u32,
                id: core.next_connection_id(),
                socket,
                stage: Cell::new(Stage::Open),
                input: RefCell::default(),
                output: RefCell::default(),
                waiting: RefCell::default(),
                protocol: RefCell::new(None),
                receive: Cell::new(Receive::Idle),
                send: Cell::new(None),
                sending_bytes: Cell::new(0),
                dirty: Cell::new(false),
                congested: Cell::new(false),
                paused: Cell::new(false),
                delivery_due: Cell::new(false),
                end_due: Cell::new(false),
                expected_bytes: Cell::new(0),
                remote: Cell::new(None),
                last_active: Cell::new(core.now()),
                partial_since: Cell::new(None),
                timer: Cell::new(None),
            });
            entry.insert(Connection { inner }).clone()
        };
        core.note_connections();
        match guard("on_active", || make(&connection)) {
            Some(protocol) => *connection.inner.protocol.borrow_mut() = Some(protocol),
            None => connection.end(CloseReason::Panicked),
        }
        connection.arm_idle_timer();
        connection.arm_receive();
        if core.stop_at().is_some() {
            connection.handle_shutdown();
        }
        connection
    }

    /// Name of the connection for logs.
    pub fn id(&self) -> ConnectionId {
        ConnectionId(self.inner.id)
    }

    /// Address of the peer, asked of the kernel at each call; `None` when the connection is over.
    pub fn peer(&self) -> Option<Address> {
        self.address(End::Peer)
    }

    /// Address of this side, asked of the kernel at each call; `None` when the connection is over.
    pub fn local(&self) -> Option<Address> {
        self.address(End::Local)
    }

    fn address(&self, end: End) -> Option<Address> {
        let inner = &*self.inner;
        if inner.stage.get() == Stage::Closed {
            return None;
        }
        inner.core.address(inner.socket, end)
    }

    /// Writes behind everything written before. The bytes leave at the end of the turn in one send with everything
    /// else of this connection. On a connection that is over they are dropped.
    ///
    /// # Panics
    /// When `f` uses this connection's output in another way than through its writer.
    #[inline]
    pub fn write<R>(&self, f: impl FnOnce(&mut Writer<'_>) -> R) -> R {
        let inner = &*self.inner;
        let mut output = inner.output.borrow_mut();
        let mut writer = output.writer(&inner.core.pool);
        let result = f(&mut writer);
        writer.commit();
        drop(writer);
        drop(output);
        self.mark_dirty();
        result
    }

    /// Appends all of `bytes` without copying, and empties it.
    pub fn send(&self, bytes: &mut LinkBuffer) {
        self.inner.output.borrow_mut().append(bytes);
        self.mark_dirty();
    }

    /// Bytes that were written and not yet taken by the kernel.
    pub fn output_len(&self) -> usize {
        self.unsent_len() + self.inner.sending_bytes.get()
    }

    /// Bytes that are not part of the send in flight.
    pub(super) fn unsent_len(&self) -> usize {
        self.inner.output.borrow().len() + self.inner.waiting.borrow().len()
    }

    /// Whether the unsent output is above the high-water mark. The core stops reading then; a protocol that has more
    /// requests in hand should leave them in its input, `on_read` is called again when the output has drained.
    pub fn is_congested(&self) -> bool {
        self.output_len() > self.inner.core.config.output_high_water_bytes
    }

    /// Whether the connection is over or about to be: nothing will be read any more.
    pub fn is_closed(&self) -> bool {
        self.inner.stage.get() != Stage::Open
    }

    /// The pool of the connection's core.
    pub fn pool(&self) -> &netpoll_buffer::Pool {
        &self.inner.core.pool
    }

    /// Runs a callback of the protocol. A panic in it ends this connection and nothing else.
    #[inline]
    pub(super) fn with_protocol<R>(
        &self,
        what: &'static str,
        f: impl FnOnce(&mut dyn Protocol) -> R,
    ) -> Option<R> {
        let mut protocol = self.inner.protocol.borrow_mut();
        let protocol = protocol.as_deref_mut()?;
        let result = guard(what, || f(protocol));
        if result.is_none() {
            self.end(CloseReason::Panicked);
        }
        result
    }

    #[inline]
    pub(super) fn mark_dirty(&self) {
        if !self.inner.dirty.replace(true) {
            self.inner.core.push_dirty(self);
        }
    }

    fn arm_idle_timer(&self) {
        let timeout = self.inner.core.config.idle_timeout;
        if !timeout.is_zero() {
            self.arm_timer(after(self.inner.core.now(), timeout));
        }
    }

    /// Makes sure that the deadlines are looked at no later than `deadline`.
    pub(super) fn arm_timer(&self, deadline: Instant) {
        let inner = &*self.inner;
        if let Some((key, armed)) = inner.timer.get() {
            if armed <= deadline {
                return;
            }
            inner.core.cancel_timer(key);
        }
        let key = inner
            .core
            .insert_timer(deadline, TimerTarget::Connection(inner.index));
        inner.timer.set(Some((key, deadline)));
    }
}

impl PartialEq for Connection {
    fn eq(&self, other: &Self) -> bool {
        Rc::ptr_eq(&self.inner, &other.inner)
    }
}

impl Eq for Connection {}

impl fmt::Debug for Connection {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Connection")
            .field("id", &format_args!("{}", self.id()))
            .field("stage", &self.inner.stage.get())
            .field("output_len", &self.output_len())
            .finish_non_exhaustive()
    }
}

impl Core {
    /// An id whose upper bits are the core's number.
    fn next_connection_id(&self) -> u64 {
        let serial = self.counters.accepted.get() + self.counters.connected.get();
        ((self.index() as u64) << CORE_SHIFT) | (serial & ((1 << CORE_SHIFT) - 1))
    }

    pub(super) fn note_connections(&self) {
        self.counters
            .connections
            .set(self.connections.borrow().len() as u64);
    }
}

const CORE_SHIFT: u32 = 48;
