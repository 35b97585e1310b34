//! What the tests share: a small service written by hand, a server of it on each transport, and a raw client.

pub(crate) mod birds;
pub(crate) mod raw;
pub(crate) mod wire;

use std::time::Duration;

use netpoll::DriverChoice;
use rpc::{Config, Running, Server, ServerBuilder, Services, Transport};

use birds::Birds;

/// A transport to run a test on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum On {
    Std,
    Epoll,
    Uring,
}

impl On {
    /// A configuration for one server on a port of its own.
    pub(crate) fn config(self) -> Config {
        let (transport, driver) = match self {
            On::Std => (Transport::Std, DriverChoice::Auto),
            On::Epoll => (Transport::Netpoll, DriverChoice::Epoll),
            On::Uring => (Transport::Netpoll, DriverChoice::Uring),
        };
        Config {
            transport,
            driver,
            cores: 1,
            notice: Duration::from_millis(20),
            drain: Duration::from_secs(3),
            ..Config::listen("127.0.0.1:0".parse().unwrap())
        }
    }

    /// A server of [`Birds`].
    pub(crate) fn start(self) -> Running {
        self.start_with(|config| config)
    }

    pub(crate) fn start_with(self, change: impl FnOnce(Config) -> Config) -> Running {
        start(
            Server::builder().service(Birds::default),
            &change(self.config()),
        )
    }
}

pub(crate) fn start<L: Send + Sync + 'static>(
    builder: ServerBuilder<L, Services>,
    config: &Config,
) -> Running {
    builder.build().unwrap().start(config).unwrap()
}

/// Makes of each function one test per transport.
macro_rules! on_every_transport {
    ($($(#[$attribute:meta])* fn $name:ident($on:ident) $body:block)+) => {
        $(
            $(#[$attribute])*
            mod $name {
                use super::*;
                use crate::support::On;

                fn run($on: On) $body

                #[test]
                fn on_std() {
                    run(On::Std);
                }

                #[test]
                fn on_epoll() {
                    run(On::Epoll);
                }

                #[test]
                fn on_uring() {
                    run(On::Uring);
                }
            }
        )+
    };
}
pub(crate) use on_every_transport;
