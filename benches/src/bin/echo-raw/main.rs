//! `echo-raw`: sends back every byte, as cheaply as the kernel allows. No RPC, no frames.
//!
//! What it costs per message is the price of the kernel's sockets; tables give every other server as
//! a multiple of it.

mod epoll;
mod uring;

use std::process::ExitCode;

use anyhow::Context;
use benches::address::{Address, Listener};
use benches::{program, sys};
use clap::{Parser, ValueEnum};

/// Raw echo server.
#[derive(Debug, Parser)]
struct Arguments {
    /// Kernel interface.
    #[arg(long, value_enum)]
    driver: Driver,
    /// Where to listen: HOST:PORT (port 0: any) or unix:PATH.
    #[arg(long, default_value = "127.0.0.1:0")]
    addr: Address,
    /// CPU to run on.
    #[arg(long)]
    pin: Option<usize>,
    /// Never sleep: ask for events in a loop.
    #[arg(long)]
    spin: bool,
}

#[derive(Clone, Copy, Debug, ValueEnum)]
enum Driver {
    Epoll,
    Uring,
}

fn main() -> ExitCode {
    program::run(serve)
}

fn serve() -> anyhow::Result<ExitCode> {
    let arguments = Arguments::parse();
    if let Some(cpu) = arguments.pin {
        sys::pin_to_cpu(cpu).with_context(|| format!("cannot run on CPU {cpu}"))?;
    }
    sys::raise_open_files().context("cannot raise the limit of open files")?;
    let listener = Listener::bind(&arguments.addr)
        .with_context(|| format!("cannot listen on {}", arguments.addr))?;
    let address = listener.address()?;
    let announce = |driver: &str| println!("listening on {address} driver={driver} cores=1");
    match arguments.driver {
        Driver::Epoll => {
            let mut server = epoll::Server::new(listener, arguments.spin)?;
            announce("epoll");
            server.run()
        }
        Driver::Uring => {
            let mut server = uring::Server::new(&listener, arguments.spin)?;
            announce("uring");
            server.run()
        }
    }
}
