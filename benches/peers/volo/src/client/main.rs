//! Checks a server of EchoServer with Volo's client, one protocol per run.
//!
//! Prints `ok NAME`, `skipped NAME: why` or `FAILED NAME: why` per check and exits with 1 when one failed.

mod checks;
mod link;

use clap::{Parser, ValueEnum};

use crate::checks::{CHECKS, Outcome};

#[derive(Parser)]
pub(crate) struct Options {
    /// HOST:PORT or unix:PATH of the server.
    #[arg(long)]
    pub(crate) addr: String,
    /// What goes on the wire.
    #[arg(long, value_enum, default_value_t = Protocol::Framed)]
    pub(crate) protocol: Protocol,
    /// Whose manners the server is held to.
    #[arg(long, value_enum, default_value_t = Peer::Kittiwake)]
    pub(crate) peer: Peer,
}

#[derive(Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum Protocol {
    Buffered,
    Framed,
    /// A header, then a framed message: all that Volo sends with a header.
    TtheaderFramed,
}

#[derive(Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum Peer {
    Kitex,
    Kittiwake,
}

#[tokio::main(flavor = "current_thread")]
async fn main() {
    let options = Options::parse();
    let mut passed = true;
    for (name, check) in CHECKS {
        match check(&options).await {
            Ok(Outcome::Passed) => println!("ok {name}"),
            Ok(Outcome::Skipped(reason)) => println!("skipped {name}: {reason}"),
            Err(failure) => {
                // Volo's errors print all they know, several times over.
                let said: String = format!("{failure:#}")
                    .chars()
                    .take(FAILURE_CHARS_MAX)
                    .collect();
                println!("FAILED {name}: {said}");
                passed = false;
            }
        }
    }
    std::process::exit(if passed { 0 } else { 1 });
}

const FAILURE_CHARS_MAX: usize = 300;
