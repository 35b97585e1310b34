//! Every option and limit of a running server, with its default and what happens when it is reached.

use std::time::Duration;

use netpoll::{Address, DriverChoice};

/// How and within which limits a server runs.
///
/// ```
/// use std::time::Duration;
///
/// let config = rpc::Config { drain: Duration::from_secs(20), ..rpc::Config::listen("127.0.0.1:9999".parse()?) };
/// assert_eq!(config.pending_calls_max, 1_024);
/// # Ok::<(), rpc::AddressError>(())
/// ```
#[derive(Clone, Debug)]
pub struct Config {
    /// Where to listen; all services answer on each. Default `0.0.0.0:8888`.
    pub addresses: Vec<Address>,
    /// What carries the bytes. Default netpoll.
    pub transport: Transport,
    /// Number of cores, each with a thread and an instance of every service. Zero, the default, means one for each CPU in
    /// [`pin`](Self::pin), or for each CPU this process may use.
    pub cores: usize,
    /// CPUs to pin the cores to, in order. Default: not pinned.
    pub pin: Vec<usize>,
    /// The driver of netpoll. Default: io_uring where the kernel gives it, else epoll.
    pub driver: DriverChoice,
    /// Requests of one connection that are at work or wait for their turn to be answered. At this number the connection is
    /// not read until one is answered. Default 1,024.
    pub pending_calls_max: usize,
    /// How large a frame and what is in it may be. A connection that sends a larger frame is closed; arguments over another
    /// limit are answered with an exception.
    pub frame: codec::Limits,
    /// How long a stopping server waits for the calls that are at work. Default 5 s, as Kitex.
    pub drain: Duration,
    /// How long a stopping server still takes requests on open connections, so that its answers can tell the callers to
    /// go elsewhere (TTHeader's `crrst`). A part of [`drain`](Self::drain). Default 100 ms, as Kitex.
    pub notice: Duration,
    /// The limits of a core and of its connections. The blocking transport keeps to those that are about connections.
    pub runtime: netpoll::Config,
}

impl Config {
    /// The defaults, listening on `address`.
    pub fn listen(address: Address) -> Config {
        Config {
            addresses: vec![address],
            ..Config::default()
        }
    }
}

impl Default for Config {
    fn default() -> Self {
        Config {
            addresses: vec![Address::Tcp(([0, 0, 0, 0], PORT).into())],
            transport: Transport::Netpoll,
            cores: 0,
            pin: vec![],
            driver: DriverChoice::default(),
            pending_calls_max: 1_024,
            frame: codec::Limits::default(),
            drain: Duration::from_secs(5),
            notice: Duration::from_millis(100),
            runtime: netpoll::Config::default(),
        }
    }
}

/// What carries the bytes of a server.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum Transport {
    /// The netpoll runtime: an event loop per core.
    #[default]
    Netpoll,
    /// Blocking sockets and a thread per connection: simple, and the baseline to compare with. Every connection has its
    /// own instance of every service; `connections_max` counts for the whole server.
    Std,
}

impl std::str::FromStr for Transport {
    type Err = String;

    fn from_str(name: &str) -> Result<Self, Self::Err> {
        match name {
            "netpoll" => Ok(Transport::Netpoll),
            "std" => Ok(Transport::Std),
            _ => Err(format!("unknown transport `{name}`: write netpoll or std")),
        }
    }
}

impl std::fmt::Display for Transport {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            Transport::Netpoll => "netpoll",
            Transport::Std => "std",
        })
    }
}

/// Kitex's default port.
const PORT: u16 = 8_888;
