//! The two sides of Apache Thrift's cross tests, with the flags that its suite gives to the programs of every language.
//!
//! The client exits as Apache's does: 0, or the sum of what failed: 1 plain values, 2 structs, 4 containers, 8 exceptions; 64 when
//! there is no server.

mod client;
mod samples;
mod server;

use std::path::PathBuf;
use std::process::ExitCode;

use clap::{Args, Parser, Subcommand, ValueEnum};
use netpoll::{Address, DriverChoice};

/// Serves or calls the service ThriftTest of Apache Thrift's cross tests.
#[derive(Debug, Parser)]
struct Arguments {
    #[command(subcommand)]
    side: Side,
}

#[derive(Debug, Subcommand)]
enum Side {
    /// Serves until SIGINT or SIGTERM; tells the transport and the protocol of each message by its bytes.
    Server(server::Options),
    /// Makes every call and checks what comes back.
    Client(client::Options),
}

/// The flags of both sides.
#[derive(Debug, Args)]
struct Common {
    /// Port on the loopback interface; 0 lets the kernel choose.
    #[arg(long, default_value_t = 9090)]
    port: u16,
    /// A Unix socket instead of a port.
    #[arg(long, value_name = "PATH")]
    domain_socket: Option<PathBuf>,
    /// What is around each message.
    #[arg(long, value_enum, default_value_t = Transport::Buffered)]
    transport: Transport,
    /// How messages are encoded.
    #[arg(long, value_enum, default_value_t = Protocol::Binary)]
    protocol: Protocol,
    /// Driver: auto, uring or epoll.
    #[arg(long, default_value = "auto")]
    driver: DriverChoice,
}

#[derive(Clone, Copy, Debug, ValueEnum)]
enum Transport {
    Buffered,
    Framed,
}

#[derive(Clone, Copy, Debug, ValueEnum)]
enum Protocol {
    Binary,
    Compact,
}

impl Common {
    fn address(&self) -> Address {
        match &self.domain_socket {
            Some(path) => Address::Unix(path.clone()),
            None => Address::Tcp(([127, 0, 0, 1], self.port).into()),
        }
    }
}

fn main() -> ExitCode {
    let outcome = match Arguments::parse().side {
        Side::Server(options) => server::run(options).map(|()| ExitCode::SUCCESS),
        Side::Client(options) => client::run(options),
    };
    outcome.unwrap_or_else(|error| {
        eprintln!("cross-test: {error:#}");
        ExitCode::from(client::UNKNOWN)
    })
}
