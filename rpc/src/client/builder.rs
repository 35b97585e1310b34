//! Describes a client.

use std::cell::Cell;
use std::rc::Rc;
use std::time::Duration;

use codec::Limits;
use codec::frame::Framing;
use codec::thrift::Protocol;
use netpoll::Address;

use super::Client;

/// Describes a [`Client`].
#[derive(Clone, Debug)]
pub struct ClientBuilder {
    options: Options,
}

/// Options and limits of a client.
#[derive(Clone, Debug)]
pub(super) struct Options {
    pub(super) address: Address,
    pub(super) framing: Framing,
    pub(super) protocol: Protocol,
    pub(super) caller: String,
    pub(super) connect_timeout: Duration,
    pub(super) call_timeout: Option<Duration>,
    pub(super) retries_stale: bool,
    pub(super) idle_connections_max: usize,
    pub(super) idle_timeout: Duration,
    /// Number of multiplexed connections; zero for one call per connection.
    pub(super) multiplexed: usize,
    pub(super) in_flight_max: usize,
    pub(super) frame: Limits,
}

/// What a client is for: its options, and what it has counted. Shared by everything below it.
#[derive(Debug)]
pub(super) struct Target {
    pub(super) options: Options,
    pub(super) connected: Cell<u64>,
    pub(super) refused: Cell<u64>,
    pub(super) reused: Cell<u64>,
    pub(super) retried: Cell<u64>,
}

impl Target {
    pub(super) fn new(options: Options) -> Rc<Target> {
        let [connected, refused, reused, retried] = [const { Cell::new(0) }; 4];
        Rc::new(Target {
            options,
            connected,
            refused,
            reused,
            retried,
        })
    }

    pub(super) fn counters(&self) -> ClientCounters {
        ClientCounters {
            connected: self.connected.get(),
            refused: self.refused.get(),
            reused: self.reused.get(),
            retried: self.retried.get(),
        }
    }
}

/// What a client has counted since it was built.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct ClientCounters {
    /// Connections that were made.
    pub connected: u64,
    /// Attempts to connect that failed.
    pub refused: u64,
    /// Calls that went over a connection which was there already.
    pub reused: u64,
    /// Calls that were sent once more because a kept connection had been closed.
    pub retried: u64,
}

/// Adds one.
pub(super) fn count(counter: &Cell<u64>) {
    counter.set(counter.get() + 1);
}

impl ClientBuilder {
    pub(super) fn new(address: Address) -> ClientBuilder {
        ClientBuilder {
            options: Options {
                address,
                framing: Framing::Framed,
                protocol: Protocol::Binary,
                caller: String::new(),
                connect_timeout: Duration::from_secs(1),
                call_timeout: Some(Duration::from_secs(5)),
                retries_stale: true,
                idle_connections_max: 256,
                idle_timeout: Duration::from_secs(60),
                multiplexed: 0,
                in_flight_max: 4_096,
                frame: Limits::default(),
            },
        }
    }

    /// What is around each message. Default [`Framing::Framed`], as Kitex's clients; metadata, deadlines, service names and
    /// business status need a TTHeader.
    pub fn framing(mut self, framing: Framing) -> Self {
        self.options.framing = framing;
        self
    }

    /// How messages are encoded. Default binary, the one that Kitex speaks.
    pub fn protocol(mut self, protocol: Protocol) -> Self {
        self.options.protocol = protocol;
        self
    }

    /// Name of the calling service, told with each request in a TTHeader. Default none.
    pub fn caller(mut self, name: impl Into<String>) -> Self {
        self.options.caller = name.into();
        self
    }

    /// How long a connection may take to be made. Default 1 s; Kitex's 50 ms fail on the first lost packet.
    pub fn connect_timeout(mut self, timeout: Duration) -> Self {
        self.options.connect_timeout = timeout;
        self
    }

    /// How long a call may take in all, connecting included. A server behind a TTHeader is told. Default 5 s.
    pub fn call_timeout(mut self, timeout: Duration) -> Self {
        self.options.call_timeout = Some(timeout);
        self
    }

    /// Waits for replies for ever.
    pub fn no_call_timeout(mut self) -> Self {
        self.options.call_timeout = None;
        self
    }

    /// Whether a call is sent once more, over a new connection, when a connection that was kept from earlier calls closes before
    /// the first byte of the reply. Nearly always the server had closed it as idle; if it crashed in the middle of the call
    /// instead, the call is made twice. Default true.
    pub fn retry_stale(mut self, retry: bool) -> Self {
        self.options.retries_stale = retry;
        self
    }

    /// Connections kept for later calls; those that come back above it are closed. Default 256.
    pub fn idle_connections_max(mut self, count: usize) -> Self {
        self.options.idle_connections_max = count;
        self
    }

    /// How long a kept connection may wait for its next call. Default 1 min, as Kitex.
    pub fn idle_timeout(mut self, timeout: Duration) -> Self {
        self.options.idle_timeout = timeout;
        self
    }

    /// Sends any number of calls at once over each of `connections` connections, whose replies may come in any order. Needs a
    /// TTHeader, so a framing without one becomes [`Framing::TtHeader`]. Kitex's servers want their mux mode for it.
    pub fn multiplexed(mut self, connections: usize) -> Self {
        self.options.multiplexed = connections.max(1);
        self
    }

    /// Calls under way on one multiplexed connection; above it a call fails at once. At most 65,535; default 4,096.
    pub fn in_flight_max(mut self, calls: usize) -> Self {
        self.options.in_flight_max = calls;
        self
    }

    /// How large a frame and what is in it may be, in both directions.
    pub fn frame_limits(mut self, limits: Limits) -> Self {
        self.options.frame = limits;
        self
    }

    /// The client. Nothing is connected before the first call.
    pub fn build(mut self) -> Client {
        if self.options.multiplexed > 0 && !self.options.framing.has_ttheader() {
            self.options.framing = Framing::TtHeader;
        }
        Client::new(self.options)
    }
}
