//! The simulated driver: a network in memory that does, seeded, everything that a kernel may do to a driver's user.
//!
//! Operations are performed in random order and in random portions; receives find no memory, end early or are cancelled
//! for no reason; descriptors run out; connections break. What happens depends on the seed, and with virtual time on
//! nothing else: then the clock stands still while there is something to do, and leaps to the next timer or delayed
//! operation when there is not.
//!
//! The driver also watches its user: an operation on a socket that was closed, a second one in the same direction, a
//! socket that is closed under an operation, and anything left at the end are panics.
//!
//! | file | what it is |
//! |---|---|
//! | `faults.rs` | the options |
//! | `network.rs`, `link.rs` | listeners and connections in memory |
//! | `perform.rs` | one step of an operation |
//! | `stream.rs` | a peer for tests |

mod faults;
mod link;
mod network;
mod perform;
mod random;
mod stream;

pub use faults::{Faults, Sim};
pub(crate) use network::{SimSocket, listen};
pub use random::Random;
pub use stream::{Stream, connect};

use std::io;
use std::os::fd::AsFd;
use std::sync::Arc;
use std::time::{Duration, Instant};

use netpoll_buffer::Pool;
use rustix::event::{PollFd, PollFlags, Timespec};
use slab::Slab;

use self::link::LinkEnd;
use self::network::Listener;
use super::in_flight::InFlight;
use super::op::{Completion, Op, Token};
use super::{DriverParts, End, OpKey, RawSocket, SocketId, Wait};
use crate::address::Address;
use crate::counters::Counters;
use crate::mailbox::Doorbell;
use crate::time;
use crate::timer::after;

/// The driver.
#[derive(Debug)]
pub(crate) struct SimDriver {
    sim: Sim,
    random: Random,
    sockets: Slab<Socket>,
    in_flight: InFlight<Extra>,
    pool: Pool,
    counters: Arc<Counters>,
    doorbell: Arc<Doorbell>,
}

/// A socket and the operations on it.
#[derive(Debug)]
struct Socket {
    kind: Kind,
    input: Option<OpKey>,
    output: Option<OpKey>,
}

#[derive(Debug)]
enum Kind {
    Listener(Arc<Listener>),
    Stream(LinkEnd),
    Unconnected,
}

/// What the driver keeps beside an operation.
#[derive(Debug)]
struct Extra {
    socket: SocketId,
    /// When it may go on.
    ready_at: Instant,
    /// It was delayed since it made progress the last time.
    was_delayed: bool,
}

impl SimDriver {
    pub(crate) fn start(sim: Sim, parts: DriverParts) -> SimDriver {
        if sim.virtual_time {
            time::set_virtual(Some(time::clock()));
        }
        SimDriver {
            sim,
            random: Random::new(sim.seed),
            sockets: Slab::new(),
            in_flight: InFlight::new(),
            pool: parts.pool,
            counters: parts.counters,
            doorbell: parts.doorbell,
        }
    }

    pub(crate) fn capabilities(&self) -> String {
        format!(
            "simulation: seed {}, {} time",
            self.sim.seed,
            if self.sim.virtual_time {
                "virtual"
            } else {
                "real"
            }
        )
    }

    pub(crate) fn attach(&mut self, socket: RawSocket) -> io::Result<SocketId> {
        let kind = match socket {
            RawSocket::Simulated(SimSocket::Listener(listener)) => {
                listener.set_bell(&self.doorbell);
                Kind::Listener(listener)
            }
            RawSocket::Simulated(SimSocket::Stream(end)) => self.adopt(end),
            RawSocket::Descriptor(_) => {
                return Err(io::Error::other(
                    "a descriptor is no socket of the simulated network",
                ));
            }
        };
        Ok(self.insert(kind))
    }

    pub(crate) fn open_client(&mut self, _address: &Address) -> io::Result<SocketId> {
        Ok(self.insert(Kind::Unconnected))
    }

    pub(crate) fn detach(&mut self, id: SocketId) {
        drop(self.remove(id));
    }

    pub(crate) fn release(&mut self, id: SocketId) -> Option<RawSocket> {
        match self.remove(id) {
            Kind::Stream(end) => Some(RawSocket::Simulated(SimSocket::Stream(end))),
            Kind::Listener(_) | Kind::Unconnected => None,
        }
    }

    pub(crate) fn address(&self, id: SocketId, end: End) -> Option<Address> {
        match &self.sockets.get(id.0 as usize)?.kind {
            Kind::Stream(link) => Some(link.address(end).clone()),
            Kind::Listener(_) | Kind::Unconnected => None,
        }
    }

    pub(crate) fn submit(&mut self, id: SocketId, op: Op, token: Token) -> OpKey {
        self.counters.submissions.add(1);
        let is_input = matches!(op, Op::Accept { .. } | Op::Receive | Op::ReceiveExact(_));
        let extra = Extra {
            socket: id,
            ready_at: time::clock(),
            was_delayed: false,
        };
        let name = format!("{op:?}");
        let key = self.in_flight.insert(token, op, extra);
        let Some(socket) = self.sockets.get_mut(id.0 as usize) else {
            panic!("{name} on a socket that was closed");
        };
        let side = if is_input {
            &mut socket.input
        } else {
            &mut socket.output
        };
        assert!(side.is_none(), "{name} beside another on the same socket");
        *side = Some(key);
        key
    }

    pub(crate) fn cancel(&mut self, key: OpKey) {
        if let Some(flight) = self.in_flight.get_mut(key) {
            flight.cancelled = true;
            flight.extra.ready_at = time::clock();
        }
    }

    pub(crate) fn turn(&mut self, wait: Wait, done: &mut Vec<Completion>) -> io::Result<()> {
        self.counters.enters.add(1);
        let begin = time::clock();
        let deadline = match wait {
            Wait::Poll => Some(begin),
            Wait::For(time) => Some(after(begin, time)),
            Wait::Forever => None,
        };
        loop {
            let is_busy = self.perform(done);
            let now = time::clock();
            if !done.is_empty() || deadline.is_some_and(|deadline| deadline <= now) {
                return Ok(());
            }
            if is_busy {
                // Something could go on and chose not to.
                continue;
            }
            let until = self.next_ready().into_iter().chain(deadline).min();
            if self.sleep(now, until)? {
                return Ok(());
            }
        }
    }

    pub(crate) fn in_flight(&self) -> usize {
        self.in_flight.len()
    }

    /// Sleeps until `until` or until the doorbell rings; says whether it rang.
    fn sleep(&mut self, now: Instant, until: Option<Instant>) -> io::Result<bool> {
        let timeout = match until {
            Some(until) if self.sim.virtual_time => {
                time::set_virtual(Some(until.max(now)));
                return Ok(false);
            }
            until => until.map(|until| until.saturating_duration_since(now)),
        };
        let timeout = timeout.and_then(|time| Timespec::try_from(time).ok());
        let mut fds = [PollFd::new(&self.doorbell, PollFlags::IN)];
        match rustix::event::poll(&mut fds, timeout.as_ref()) {
            Ok(0) | Err(rustix::io::Errno::INTR) => Ok(false),
            Ok(_) => {
                rustix::io::read(self.doorbell.as_fd(), &mut [0; 8])?;
                Ok(true)
            }
            Err(errno) => Err(errno.into()),
        }
    }

    fn adopt(&mut self, end: LinkEnd) -> Kind {
        end.set_bell(&self.doorbell);
        Kind::Stream(end)
    }

    fn insert(&mut self, kind: Kind) -> SocketId {
        SocketId(self.sockets.insert(Socket {
            kind,
            input: None,
            output: None,
        }) as u32)
    }

    fn remove(&mut self, id: SocketId) -> Kind {
        let Some(socket) = self.sockets.try_remove(id.0 as usize) else {
            panic!("a socket was closed twice");
        };
        assert!(
            socket.input.is_none() && socket.output.is_none(),
            "a socket was closed under an operation"
        );
        socket.kind
    }
}

impl Drop for SimDriver {
    fn drop(&mut self) {
        if self.sim.virtual_time {
            time::set_virtual(None);
        }
        if !std::thread::panicking() {
            assert_eq!(self.in_flight.len(), 0, "operations are left at the end");
            assert!(self.sockets.is_empty(), "sockets are left at the end");
        }
    }
}

/// The longest delay of an operation.
const DELAY_MAX_VIRTUAL: Duration = Duration::from_millis(50);
const DELAY_MAX_REAL: Duration = Duration::from_millis(1);
