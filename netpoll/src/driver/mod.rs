//! Drivers: how operations reach the kernel and completions come back.
//!
//! Upward there is one contract, the completion model, for both kernels' interfaces. A driver takes operations
//! ([`op::Op`]), performs them during [`Driver::turn`], and reports each completion exactly once, never from inside
//! `submit`. The drivers are chosen at run time; an enum and not a type parameter, because a parameter would reach
//! every connection, server and generated type.
//!
//! | file | what it is |
//! |---|---|
//! | `op.rs` | operations and outcomes as data |
//! | `in_flight.rs` | the life of an operation |
//! | `socket.rs` | a socket outside of any driver |
//! | `exact.rs` | the block that a large frame is received into |
//! | `uring/` | io_uring: submission entries, completions, the ring of provided buffers |
//! | `epoll/` | epoll: readiness turned into completions |
//! | `sim/` | a network in memory, for tests: whatever may happen happens |

pub(crate) mod epoll;
mod exact;
pub(crate) mod in_flight;
pub(crate) mod op;
#[cfg(feature = "sim")]
pub(crate) mod sim;
mod socket;
pub(crate) mod uring;

use std::fmt;
use std::io;
use std::str::FromStr;
use std::sync::Arc;
use std::time::Duration;

use netpoll_buffer::Pool;

use crate::address::Address;
use crate::config::Config;
use crate::counters::Counters;
use crate::mailbox::Doorbell;
pub(crate) use exact::ExactBlock;
pub(crate) use in_flight::OpKey;
pub(crate) use op::{Completion, Op, Outcome, Token};
pub(crate) use socket::{End, RawSocket};

/// Names a socket that belongs to a driver.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct SocketId(pub(crate) u32);

/// How long a turn may wait for the kernel.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Wait {
    /// Not at all.
    Poll,
    /// At most so long.
    For(Duration),
    /// Until something happens.
    Forever,
}

/// What every driver of a core is given.
#[derive(Clone, Debug)]
pub(crate) struct DriverParts {
    pub(crate) pool: Pool,
    pub(crate) counters: Arc<Counters>,
    pub(crate) doorbell: Arc<Doorbell>,
}

/// The same expression on whichever driver it is.
macro_rules! each {
    ($self:ident, $driver:ident => $call:expr) => {
        match $self {
            Driver::Uring($driver) => $call,
            Driver::Epoll($driver) => $call,
            #[cfg(feature = "sim")]
            Driver::Sim($driver) => $call,
        }
    };
}

/// The driver of one core.
#[derive(Debug)]
pub(crate) enum Driver {
    Uring(Box<uring::UringDriver>),
    Epoll(Box<epoll::EpollDriver>),
    #[cfg(feature = "sim")]
    Sim(Box<sim::SimDriver>),
}

impl Driver {
    /// Starts the driver that was chosen on the calling thread, which becomes its owner.
    pub(crate) fn start(
        choice: DriverChoice,
        config: &Config,
        parts: DriverParts,
    ) -> Result<Driver, (DriverKind, io::Error)> {
        let uring = |parts| {
            uring::UringDriver::start(config, parts).map(|driver| Driver::Uring(Box::new(driver)))
        };
        let epoll = |parts| {
            epoll::EpollDriver::start(config, parts).map(|driver| Driver::Epoll(Box::new(driver)))
        };
        match choice {
            DriverChoice::Uring => uring(parts).map_err(|error| (DriverKind::Uring, error)),
            DriverChoice::Epoll => epoll(parts).map_err(|error| (DriverKind::Epoll, error)),
            #[cfg(feature = "sim")]
            DriverChoice::Sim(sim) => Ok(Driver::Sim(Box::new(sim::SimDriver::start(sim, parts)))),
            DriverChoice::Auto => uring(parts.clone()).or_else(|refused| {
                tracing::info!(cause = %refused, "io_uring is not to be had; using epoll");
                epoll(parts).map_err(|error| (DriverKind::Epoll, error))
            }),
        }
    }

    pub(crate) fn kind(&self) -> DriverKind {
        match self {
            Driver::Uring(_) => DriverKind::Uring,
            Driver::Epoll(_) => DriverKind::Epoll,
            #[cfg(feature = "sim")]
            Driver::Sim(_) => DriverKind::Sim,
        }
    }

    /// What this kernel gives and what of it is used, in one line.
    pub(crate) fn capabilities(&self) -> String {
        each!(self, driver => driver.capabilities())
    }

    /// Makes a socket the driver's own.
    pub(crate) fn attach(&mut self, socket: RawSocket) -> io::Result<SocketId> {
        each!(self, driver => driver.attach(socket))
    }

    /// Opens a socket that is to be connected to `address`.
    pub(crate) fn open_client(&mut self, address: &Address) -> io::Result<SocketId> {
        each!(self, driver => driver.open_client(address))
    }

    /// Closes a socket. No operation may be in flight for it.
    pub(crate) fn detach(&mut self, socket: SocketId) {
        each!(self, driver => driver.detach(socket))
    }

    /// Gives up a socket, for another core. No operation may be in flight for it.
    pub(crate) fn release(&mut self, socket: SocketId) -> Option<RawSocket> {
        each!(self, driver => driver.release(socket))
    }

    /// The address of one end of a connection.
    pub(crate) fn address(&mut self, socket: SocketId, end: End) -> Option<Address> {
        each!(self, driver => driver.address(socket, end))
    }

    /// Takes an operation; it is performed during a later `turn`.
    #[inline]
    pub(crate) fn submit(&mut self, socket: SocketId, op: Op, token: Token) -> OpKey {
        each!(self, driver => driver.submit(socket, op, token))
    }

    /// Asks for the end of an operation. Its last completion is still reported; a stale key does nothing.
    pub(crate) fn cancel(&mut self, key: OpKey) {
        each!(self, driver => driver.cancel(key))
    }

    /// Hands queued operations to the kernel, waits as told, and appends what completed to `done`.
    ///
    /// # Errors
    /// Only what makes the driver unusable; errors of operations are outcomes.
    pub(crate) fn turn(&mut self, wait: Wait, done: &mut Vec<Completion>) -> io::Result<()> {
        each!(self, driver => driver.turn(wait, done))
    }

    /// Operations in flight.
    pub(crate) fn in_flight(&self) -> usize {
        each!(self, driver => driver.in_flight())
    }
}

/// Which driver is asked for.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum DriverChoice {
    /// io_uring where the kernel gives it, else epoll.
    #[default]
    Auto,
    /// io_uring, or an error.
    Uring,
    /// epoll, or an error.
    Epoll,
    /// The simulated network. The environment does not replace it.
    #[cfg(feature = "sim")]
    Sim(sim::Sim),
}

impl DriverChoice {
    /// The driver named by the environment variable `NETPOLL_DRIVER`, if it is set.
    ///
    /// # Errors
    /// When the variable names no driver.
    pub fn from_environment() -> Result<Option<DriverChoice>, DriverChoiceError> {
        match std::env::var(ENVIRONMENT) {
            Ok(name) => name.parse().map(Some),
            Err(_) => Ok(None),
        }
    }
}

impl DriverChoice {
    /// What is to be started when a program asks for `chosen`: the environment goes before it, save for a simulation.
    pub(crate) fn resolve(chosen: Option<DriverChoice>) -> Result<DriverChoice, DriverChoiceError> {
        #[cfg(feature = "sim")]
        if let Some(sim @ DriverChoice::Sim(_)) = chosen {
            return Ok(sim);
        }
        let named = DriverChoice::from_environment()?;
        Ok(named.or(chosen).unwrap_or_default())
    }
}

impl FromStr for DriverChoice {
    type Err = DriverChoiceError;

    fn from_str(name: &str) -> Result<Self, Self::Err> {
        match name {
            "auto" => Ok(DriverChoice::Auto),
            "uring" => Ok(DriverChoice::Uring),
            "epoll" => Ok(DriverChoice::Epoll),
            _ => Err(DriverChoiceError(name.to_owned())),
        }
    }
}

/// A name that is no driver's.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DriverChoiceError(String);

impl fmt::Display for DriverChoiceError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "no driver is called `{}`; write auto, uring or epoll",
            self.0
        )
    }
}

impl std::error::Error for DriverChoiceError {}

/// The driver that runs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum DriverKind {
    /// io_uring.
    Uring,
    /// epoll.
    Epoll,
    /// The simulated network.
    #[cfg(feature = "sim")]
    Sim,
}

impl DriverKind {
    /// Its name: `uring`, `epoll` or `sim`.
    pub fn name(self) -> &'static str {
        match self {
            DriverKind::Uring => "uring",
            DriverKind::Epoll => "epoll",
            #[cfg(feature = "sim")]
            DriverKind::Sim => "sim",
        }
    }
}

impl fmt::Display for DriverKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

const ENVIRONMENT: &str = "NETPOLL_DRIVER";
