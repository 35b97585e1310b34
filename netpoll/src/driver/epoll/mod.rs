//! The epoll driver: readiness turned into completions.
//!
//! Every socket is registered once, edge-triggered, for both directions; the driver remembers what it was told
//! (`readable`, `writable`) and performs operations when they can make progress. A receive that stopped short of what
//! it asked for has drained the socket, so one system call serves one request. Sends are tried once per turn before
//! the driver waits; a send that the socket does not take entirely goes on when it is writable again.
//!
//! Invariant: a socket is in `ready` exactly when its flag `queued` is set; an operation that can make progress is
//! always either performed in this turn or queued for the next one.

mod perform;

use std::io;
use std::os::fd::{AsFd, OwnedFd};
use std::sync::Arc;
use std::time::Duration;

use netpoll_buffer::{Block, Pool};
use rustix::event::Timespec;
use rustix::event::epoll::{self, CreateFlags, EventData, EventFlags};
use slab::Slab;

use super::in_flight::InFlight;
use super::op::{Completion, Op, Outcome, Token};
use super::{DriverParts, End, OpKey, RawSocket, SocketId, Wait};
use crate::address::Address;
use crate::config::Config;
use crate::counters::Counters;
use crate::mailbox::Doorbell;
use crate::net::open_client;

/// The driver.
#[derive(Debug)]
pub(crate) struct EpollDriver {
    epoll: OwnedFd,
    sockets: Slab<Socket>,
    in_flight: InFlight<SocketId>,
    /// Sockets whose operations may make progress without waiting.
    ready: Vec<SocketId>,
    /// Operations that were cancelled; reported by the next turn.
    cancelled: Vec<OpKey>,
    events: Events,
    tail: ReceiveTail,
    receive_bytes_per_turn_max: usize,
    counters: Arc<Counters>,
    /// Kept for its descriptor, which is registered.
    _doorbell: Arc<Doorbell>,
}

/// A socket, what epoll said of it, and the operations that wait for it.
#[derive(Debug)]
struct Socket {
    fd: OwnedFd,
    readable: bool,
    writable: bool,
    /// The peer hung up: a short receive does not mean that the socket is drained, the end of the stream follows.
    hung_up: bool,
    queued: bool,
    input: Option<OpKey>,
    output: Option<OpKey>,
}

/// The array that epoll fills; its element has no `Debug`.
struct Events(Vec<epoll::Event>);

impl std::fmt::Debug for Events {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Events")
            .field("capacity", &self.0.capacity())
            .finish()
    }
}

/// The block that receives go into, one behind the other, shared by all connections of the core.
#[derive(Debug)]
struct ReceiveTail {
    pool: Pool,
    block: Option<Block>,
    at: usize,
}

impl EpollDriver {
    pub(crate) fn start(config: &Config, parts: DriverParts) -> io::Result<EpollDriver> {
        let epoll = epoll::create(CreateFlags::CLOEXEC)?;
        // Edge-triggered: every ring of the doorbell is an event, so it is never read.
        let flags = EventFlags::IN | EventFlags::ET;
        epoll::add(
            &epoll,
            parts.doorbell.as_fd(),
            EventData::new_u64(DOORBELL),
            flags,
        )?;
        Ok(EpollDriver {
            epoll,
            sockets: Slab::new(),
            in_flight: InFlight::new(),
            ready: Vec::new(),
            cancelled: Vec::new(),
            events: Events(Vec::with_capacity(EVENTS_MAX)),
            tail: ReceiveTail {
                pool: parts.pool,
                block: None,
                at: 0,
            },
            receive_bytes_per_turn_max: config.receive_bytes_per_turn_max,
            counters: parts.counters,
            _doorbell: parts.doorbell,
        })
    }

    pub(crate) fn capabilities(&self) -> String {
        format!("epoll: edge-triggered, {EVENTS_MAX} events per call")
    }

    pub(crate) fn attach(&mut self, socket: RawSocket) -> io::Result<SocketId> {
        self.register(socket.into_descriptor()?)
    }

    pub(crate) fn open_client(&mut self, address: &Address) -> io::Result<SocketId> {
        self.register(open_client(address)?)
    }

    fn register(&mut self, fd: OwnedFd) -> io::Result<SocketId> {
        rustix::io::ioctl_fionbio(&fd, true)?;
        let entry = self.sockets.vacant_entry();
        let id = SocketId(entry.key() as u32);
        let flags = EventFlags::IN | EventFlags::OUT | EventFlags::RDHUP | EventFlags::ET;
        self.counters.syscalls.add(2);
        epoll::add(&self.epoll, &fd, EventData::new_u64(u64::from(id.0)), flags)?;
        // A fresh socket is taken to be writable; the first receive waits for its event.
        entry.insert(Socket {
            fd,
            readable: false,
            writable: true,
            hung_up: false,
            queued: false,
            input: None,
            output: None,
        });
        Ok(id)
    }

    pub(crate) fn detach(&mut self, id: SocketId) {
        if let Some(socket) = self.sockets.try_remove(id.0 as usize) {
            debug_assert!(
                socket.input.is_none() && socket.output.is_none(),
                "detached with operations in flight"
            );
            if socket.queued {
                self.ready.retain(|other| *other != id);
            }
            self.counters.syscalls.add(1);
        }
    }

    /// Gives up a socket whose descriptor goes elsewhere. No operation may be in flight for it.
    pub(crate) fn release(&mut self, id: SocketId) -> Option<RawSocket> {
        let socket = self.sockets.try_remove(id.0 as usize)?;
        if socket.queued {
            self.ready.retain(|other| *other != id);
        }
        self.counters.syscalls.add(1);
        // The other core registers the same open file with its own epoll, so it must leave this one.
        if let Err(error) = epoll::delete(&self.epoll, &socket.fd) {
            tracing::error!(%error, "a socket cannot be taken out of epoll");
            return None;
        }
        Some(RawSocket::from(socket.fd))
    }

    pub(crate) fn address(&self, id: SocketId, end: End) -> Option<Address> {
        let socket = self.sockets.get(id.0 as usize)?;
        end.address_of(socket.fd.as_fd())
    }

    #[inline]
    pub(crate) fn submit(&mut self, id: SocketId, op: Op, token: Token) -> OpKey {
        self.counters.submissions.add(1);
        let is_input = matches!(op, Op::Accept { .. } | Op::Receive | Op::ReceiveExact(_));
        let connects = matches!(op, Op::Connect { .. });
        let key = self.in_flight.insert(token, op, id);
        if let Some(socket) = self.sockets.get_mut(id.0 as usize) {
            let side = if is_input {
                &mut socket.input
            } else {
                &mut socket.output
            };
            debug_assert!(side.is_none(), "one operation per direction and socket");
            *side = Some(key);
            if connects
                || if is_input {
                    socket.readable
                } else {
                    socket.writable
                }
            {
                queue(&mut self.ready, socket, id);
            }
        }
        key
    }

    pub(crate) fn cancel(&mut self, key: OpKey) {
        if let Some(flight) = self.in_flight.get_mut(key)
            && !std::mem::replace(&mut flight.cancelled, true)
        {
            self.cancelled.push(key);
        }
    }

    pub(crate) fn turn(&mut self, wait: Wait, done: &mut Vec<Completion>) -> io::Result<()> {
        self.report_cancelled(done);
        self.perform_ready(done);
        let wait = if done.is_empty() && self.ready.is_empty() {
            wait
        } else {
            Wait::Poll
        };
        self.fetch_events(wait)?;
        self.perform_ready(done);
        Ok(())
    }

    pub(crate) fn in_flight(&self) -> usize {
        self.in_flight.len()
    }

    fn report_cancelled(&mut self, done: &mut Vec<Completion>) {
        for key in std::mem::take(&mut self.cancelled) {
            self.finish(key, Outcome::Cancelled, done);
        }
    }

    /// Waits for events and notes what they say of the sockets.
    fn fetch_events(&mut self, wait: Wait) -> io::Result<()> {
        let timeout = match wait {
            Wait::Poll => Some(Duration::ZERO),
            Wait::For(time) => Some(time),
            Wait::Forever => None,
        };
        let timeout = timeout.and_then(|time| Timespec::try_from(time).ok());
        self.counters.enters.add(1);
        self.counters.syscalls.add(1);
        self.events.0.clear();
        match epoll::wait(
            &self.epoll,
            rustix::buffer::spare_capacity(&mut self.events.0),
            timeout.as_ref(),
        ) {
            Ok(_) | Err(rustix::io::Errno::INTR) => {}
            Err(errno) => return Err(errno.into()),
        }
        for event in self.events.0.drain(..) {
            let data = event.data.u64();
            if data == DOORBELL {
                continue;
            }
            let Some(socket) = self.sockets.get_mut(data as usize) else {
                continue;
            };
            let flags = event.flags;
            let over = flags.intersects(EventFlags::RDHUP | EventFlags::HUP | EventFlags::ERR);
            socket.hung_up |= over;
            socket.readable |= over || flags.contains(EventFlags::IN);
            socket.writable |= over || flags.contains(EventFlags::OUT);
            if (socket.readable && socket.input.is_some())
                || (socket.writable && socket.output.is_some())
            {
                queue(&mut self.ready, socket, SocketId(data as u32));
            }
        }
        Ok(())
    }

    /// Performs what can make progress; what is left over (a budget was used up) stays queued for the next turn.
    fn perform_ready(&mut self, done: &mut Vec<Completion>) {
        let ready = std::mem::take(&mut self.ready);
        for &id in &ready {
            if let Some(socket) = self.sockets.get_mut(id.0 as usize) {
                socket.queued = false;
                self.perform_output(id, done);
                self.perform_input(id, done);
            }
        }
        if self.ready.is_empty() {
            self.ready = ready;
            self.ready.clear();
        }
    }

    /// Reports the last completion of an operation.
    fn finish(&mut self, key: OpKey, mut outcome: Outcome, done: &mut Vec<Completion>) {
        let Some(flight) = self.in_flight.finish(key) else {
            return;
        };
        if let Some(socket) = self.sockets.get_mut(flight.extra.0 as usize) {
            if socket.input == Some(key) {
                socket.input = None;
            } else if socket.output == Some(key) {
                socket.output = None;
            }
        }
        if let (Op::ReceiveExact(exact), Outcome::EndOfStream) = (flight.op, &outcome) {
            outcome = Outcome::Filled(exact);
        }
        done.push(Completion {
            token: flight.token,
            outcome,
            more: false,
        });
    }
}

impl ReceiveTail {
    /// A block with at least [`RECEIVE_BYTES_MIN`] bytes of room and where they begin; `None` when the pool is empty.
    fn room(&mut self) -> Option<(&Block, usize)> {
        let fits = match &self.block {
            Some(block) if block.is_unique() => {
                // Nobody looks at the bytes any more: go on at the start, where the cache is warm.
                self.at = 0;
                true
            }
            Some(block) => block.capacity() - self.at >= RECEIVE_BYTES_MIN,
            None => false,
        };
        if !fits {
            self.block = Some(self.pool.try_block()?);
            self.at = 0;
        }
        self.block.as_ref().map(|block| (block, self.at))
    }
}

#[inline]
fn queue(ready: &mut Vec<SocketId>, socket: &mut Socket, id: SocketId) {
    if !std::mem::replace(&mut socket.queued, true) {
        ready.push(id);
    }
}

const EVENTS_MAX: usize = 512;
const DOORBELL: u64 = u64::MAX;
/// A receive is not begun with less room than this.
const RECEIVE_BYTES_MIN: usize = 8 << 10;
