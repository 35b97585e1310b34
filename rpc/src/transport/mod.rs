//! From bytes to calls and back, on one of two carriers.
//!
//! `connection.rs` is the protocol of a connection without any I/O: bytes in, calls out, replies in, bytes out; `route.rs` is where requests go, `reply_queue.rs`
//! keeps its replies in order, `reply.rs` encodes them. The carriers move the bytes: `netpoll.rs` on the event loops of the runtime, `thread/` with
//! blocking sockets and a thread per connection.

mod connection;
pub(crate) mod frames;
mod netpoll;
mod reply;
mod reply_queue;
mod route;
mod thread;

use std::sync::Arc;
use std::time::Duration;

use ::netpoll::Address;

pub(crate) use connection::ConnectionState;
pub(crate) use reply::{Nothing, Place, Reply};
pub(crate) use route::Route;

use crate::server::{CountersSnapshot, Shared, StartError, Transport};

/// Starts what the configuration asks for.
pub(crate) fn start(shared: &Arc<Shared>) -> Result<Carrier, StartError> {
    match shared.config.transport {
        Transport::Netpoll => netpoll::NetpollCarrier::start(shared)
            .map(|carrier| Carrier::Netpoll(Box::new(carrier))),
        Transport::Std => thread::ThreadCarrier::start(shared).map(Carrier::Thread),
    }
}

/// A carrier that runs.
pub(crate) enum Carrier {
    Netpoll(Box<netpoll::NetpollCarrier>),
    Thread(thread::ThreadCarrier),
}

impl Carrier {
    pub(crate) fn addresses(&self) -> &[Address] {
        match self {
            Carrier::Netpoll(carrier) => carrier.addresses(),
            Carrier::Thread(carrier) => carrier.addresses(),
        }
    }

    pub(crate) fn describe(&self) -> String {
        match self {
            Carrier::Netpoll(carrier) => carrier.describe(),
            Carrier::Thread(carrier) => carrier.describe(),
        }
    }

    pub(crate) fn counters(&self) -> CountersSnapshot {
        match self {
            Carrier::Netpoll(carrier) => carrier.counters(),
            Carrier::Thread(carrier) => carrier.counters(),
        }
    }

    pub(crate) fn has_connections(&self) -> bool {
        let counters = self.counters();
        counters.connections_opened > counters.connections_closed
    }

    /// Ends accepting; connections that are open stay.
    pub(crate) fn stop_accepting(&self) {
        match self {
            Carrier::Netpoll(carrier) => carrier.stop_accepting(),
            Carrier::Thread(carrier) => carrier.stop_accepting(),
        }
    }

    /// Closes each connection when its calls are answered, and cuts off what is left after `drain`.
    pub(crate) fn stop(self, drain: Duration) -> CountersSnapshot {
        match self {
            Carrier::Netpoll(carrier) => carrier.stop(drain),
            Carrier::Thread(carrier) => carrier.stop(drain),
        }
    }
}
