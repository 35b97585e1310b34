//! `load`: sends echo requests, checks every reply and reports throughput, latency and server CPU.

use std::process::ExitCode;
use std::time::Duration;

use anyhow::Context;
use benches::address::Address;
use benches::frames::Protocol;
use benches::load::{self, Plan};
use benches::{program, sys};
use clap::Parser;

/// Load generator for EchoServer.Echo. Exits with 1 when any reply was wrong or missing.
#[derive(Debug, Parser)]
struct Arguments {
    /// The server: HOST:PORT or unix:PATH.
    #[arg(long)]
    addr: Address,
    /// How requests travel; raw is for servers that send back every byte.
    #[arg(long, value_enum, default_value = "ttheader")]
    protocol: Protocol,
    /// Number of connections.
    #[arg(long, default_value_t = 100)]
    connections: usize,
    /// Requests in flight per connection.
    #[arg(long, default_value_t = 1)]
    depth: usize,
    /// Bytes of the message's text; with --protocol raw of the whole frame.
    #[arg(long, default_value_t = 1024)]
    payload: usize,
    /// Seconds measured.
    #[arg(long, default_value_t = 5.0, value_parser = seconds)]
    seconds: f64,
    /// Seconds before measuring begins.
    #[arg(long, default_value_t = 0.5, value_parser = seconds)]
    warmup: f64,
    /// CPU to run on.
    #[arg(long)]
    pin: Option<usize>,
    /// Process whose CPU time is divided by the requests.
    #[arg(long)]
    server_pid: Option<u32>,
    /// Print one line of JSON.
    #[arg(long)]
    json: bool,
    /// Never sleep: ask for events in a loop.
    #[arg(long)]
    spin: bool,
    /// Open loop: requests per second, latency counted from when each was due.
    #[arg(long)]
    rate: Option<f64>,
    /// Let the server answer in any order (TTHeader flag 0x01).
    #[arg(long)]
    out_of_order: bool,
}

fn main() -> ExitCode {
    program::run(run)
}

fn run() -> anyhow::Result<ExitCode> {
    let arguments = Arguments::parse();
    if let Some(cpu) = arguments.pin {
        sys::pin_to_cpu(cpu).with_context(|| format!("cannot run on CPU {cpu}"))?;
    }
    let report = load::run(&Plan {
        address: arguments.addr,
        protocol: arguments.protocol,
        connections: arguments.connections,
        depth: arguments.depth,
        payload_bytes: arguments.payload,
        warm_up: Duration::from_secs_f64(arguments.warmup),
        measured: Duration::from_secs_f64(arguments.seconds),
        spin: arguments.spin,
        rate: arguments.rate,
        out_of_order: arguments.out_of_order,
        server_pid: arguments.server_pid,
    })?;
    if arguments.json {
        println!("{}", serde_json::to_string(&report)?);
    } else {
        println!("{report}");
    }
    Ok(if report.errors == 0 {
        ExitCode::SUCCESS
    } else {
        ExitCode::FAILURE
    })
}

/// A time in seconds that makes sense for a run: up to one hour.
fn seconds(text: &str) -> Result<f64, String> {
    match text.parse::<f64>() {
        Ok(seconds) if (0.0..=3600.0).contains(&seconds) => Ok(seconds),
        _ => Err("must be a number of seconds from 0 to 3600".to_owned()),
    }
}
