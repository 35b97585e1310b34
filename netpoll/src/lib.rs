//! A thread-per-core network runtime over io_uring and epoll.
//!
//! Each core is a thread with an event loop of its own. A connection lives on the core that accepted or made it:
//! its bytes are received into blocks of that core's pool, its callbacks run there as soon as bytes arrive, and
//! everything written during one turn of the loop leaves in one send. Nothing on the way of a request is shared
//! between threads.
//!
//! ```no_run
//! use std::rc::Rc;
//! use std::time::Duration;
//! use netpoll::{Acceptor, Connection, LinkBuffer, Protocol, Runtime};
//!
//! struct Echo;
//!
//! impl Protocol for Echo {
//!     fn on_read(&mut self, connection: &Connection, input: &mut LinkBuffer) {
//!         connection.send(input);
//!     }
//! }
//!
//! let runtime = Runtime::builder().cores(1).start()?;
//! let listener = runtime.listen(&"127.0.0.1:0".parse()?, |_core| {
//!     Rc::new(|_: &Connection| Box::new(Echo) as Box<dyn Protocol>) as Rc<dyn Acceptor>
//! })?;
//! println!("listening on {}", listener.address());
//! runtime.shutdown(Duration::from_secs(5));
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! | module | what it is |
//! |---|---|
//! | `runtime` | starts, reaches and stops the cores |
//! | `reactor` | one core's state and one turn of its loop |
//! | `net` | listeners and connections |
//! | `executor`, `timer` | tasks, `sleep`, `timeout` |
//! | `mailbox`, `blocking` | the ways in from other threads |
//! | `driver` | io_uring and epoll behind one contract |

mod address;
mod blocking;
mod config;
mod counters;
mod driver;
mod error;
mod executor;
mod guard;
mod mailbox;
mod net;
mod reactor;
mod runtime;
mod sync;
mod time;
mod timer;

pub use address::{Address, AddressError};
pub use blocking::{BlockingError, blocking};
pub use config::Config;
pub use counters::{Counter, Counters, CountersSnapshot};
pub use driver::{DriverChoice, DriverChoiceError, DriverKind};
pub use error::{CloseReason, StartError};
pub use executor::{JoinError, JoinHandle, TaskArena, spawn_local};
pub use mailbox::MailboxError;
pub use net::{Acceptor, Balance, Connection, ConnectionId, Protocol, bind, connect};
pub use netpoll_buffer as buffer;
pub use netpoll_buffer::{LinkBuffer, Pool, View, Writer};
pub use runtime::{Builder, ListenerHandle, Runtime};
pub use timer::{Elapsed, Sleep, Timeout, sleep, sleep_until, timeout};

/// A network in memory, seeded, in which everything goes wrong that can: for tests of what is built on this crate.
#[cfg(feature = "sim")]
pub mod sim {
    pub use crate::driver::sim::{Faults, Random, Sim, Stream, connect};
}

use std::time::Instant;

/// The time at the start of the core's current turn: one reading of the clock for everything that happens in a turn.
///
/// # Panics
/// Outside of a core's thread.
pub fn now() -> Instant {
    reactor::Core::with(|core| core.now())
}

/// The pool of the current core.
///
/// # Panics
/// Outside of a core's thread.
pub fn pool() -> Pool {
    reactor::Core::with(|core| core.pool.clone())
}

/// Index of the current core among the cores of its runtime, or `None` outside of a core's thread.
pub fn core_index() -> Option<usize> {
    reactor::Core::try_with(|core| core.index())
}
