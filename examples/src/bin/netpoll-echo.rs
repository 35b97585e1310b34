//! A byte echo on the netpoll runtime, without RPC: the smallest program on it, and what the comparison measures the
//! runtime alone with.

use std::rc::Rc;
use std::time::Duration;

use anyhow::Result;
use clap::Parser;
use netpoll::{Acceptor, Address, Connection, DriverChoice, LinkBuffer, Protocol, Runtime};

/// Sends back every byte it receives.
#[derive(Debug, Parser)]
struct Arguments {
    /// Where to listen: HOST:PORT or unix:PATH.
    #[arg(long, default_value = "127.0.0.1:8888")]
    addr: Address,
    /// Number of cores.
    #[arg(long, default_value_t = 1)]
    cores: usize,
    /// CPUs to pin the cores to.
    #[arg(long, value_delimiter = ',')]
    pin: Vec<usize>,
    /// auto, uring or epoll.
    #[arg(long, default_value = "auto")]
    driver: DriverChoice,
    /// Microseconds that a core polls before it sleeps.
    #[arg(long, default_value_t = 0)]
    spin_us: u64,
}

struct Echo;

impl Protocol for Echo {
    fn on_read(&mut self, connection: &Connection, input: &mut LinkBuffer) {
        connection.send(input);
    }
}

fn main() -> Result<()> {
    let arguments = Arguments::parse();
    let runtime = Runtime::builder()
        .cores(arguments.cores)
        .pin(arguments.pin)
        .driver(arguments.driver)
        .spin(Duration::from_micros(arguments.spin_us))
        .start()?;
    let listener = runtime.listen(&arguments.addr, |_core| {
        Rc::new(|_: &Connection| Box::new(Echo) as Box<dyn Protocol>) as Rc<dyn Acceptor>
    })?;
    println!(
        "listening on {} driver={} cores={}",
        listener.address(),
        runtime.driver(),
        runtime.cores()
    );
    loop {
        std::thread::park();
    }
}
