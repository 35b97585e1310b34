//! A client of `EchoServer` or `EchoPb`: makes calls and says how long they took, or checks that a server behaves.

mod checks;
mod payload;
mod samples;

use std::process::ExitCode;
use std::time::Duration;

use clap::{Parser, ValueEnum};
use codec::frame::Framing;
use netpoll::{Address, DriverChoice, Runtime};
use payload::Payload;
use rpc::{Client, ClientBuilder, Status};

/// Calls EchoServer, or EchoPb.
#[derive(Clone, Debug, Parser)]
struct Arguments {
    /// Where the server is: HOST:PORT or unix:PATH.
    #[arg(long, default_value = "127.0.0.1:8888")]
    addr: Address,
    /// What is around each message.
    #[arg(long, value_enum, default_value_t = Protocol::Framed)]
    protocol: Protocol,
    /// What the messages are written in. Protobuf has a length before each message whatever the protocol.
    #[arg(long, value_enum, default_value_t = Payload::Thrift)]
    payload: Payload,
    /// Send many calls at once over one connection; needs a ttheader protocol.
    #[arg(long)]
    multiplex: bool,
    /// Check what the server does instead of counting calls; exits with 1 when something is wrong.
    #[arg(long)]
    check: bool,
    /// Whose manners the server is held to where they differ.
    #[arg(long, value_enum, default_value_t = Peer::Kittiwake)]
    peer: Peer,
    /// Number of calls to make, one after the other.
    #[arg(long, default_value_t = 10_000)]
    count: u32,
    /// Driver: auto, uring or epoll.
    #[arg(long, default_value = "auto")]
    driver: DriverChoice,
    /// How long the client polls before it sleeps, microseconds.
    #[arg(long, default_value_t = 0)]
    spin_us: u64,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum Protocol {
    Buffered,
    Framed,
    Ttheader,
    TtheaderFramed,
}

/// An implementation of the server.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum Peer {
    Kitex,
    Kittiwake,
}

impl Arguments {
    fn framing(&self) -> Framing {
        match self.protocol {
            Protocol::Buffered => Framing::Buffered,
            Protocol::Framed => Framing::Framed,
            Protocol::Ttheader => Framing::TtHeader,
            Protocol::TtheaderFramed => Framing::TtHeaderFramed,
        }
    }

    /// A client in the protocol asked for.
    fn client(&self) -> ClientBuilder {
        let builder = Client::builder(self.addr.clone())
            .framing(self.framing())
            .caller("echo-client")
            .call_timeout(Duration::from_secs(30));
        if self.multiplex {
            builder.multiplexed(1)
        } else {
            builder
        }
    }
}

fn main() -> ExitCode {
    let arguments = Arguments::parse();
    if arguments.multiplex && !arguments.framing().has_ttheader() {
        eprintln!("echo-client: --multiplex needs --protocol ttheader or ttheader-framed");
        return ExitCode::from(2);
    }
    let runtime = Runtime::builder()
        .cores(1)
        .driver(arguments.driver)
        .spin(Duration::from_micros(arguments.spin_us))
        .start();
    let runtime = match runtime {
        Ok(runtime) => runtime,
        Err(error) => {
            eprintln!("echo-client: {error}");
            return ExitCode::FAILURE;
        }
    };
    let succeeded = runtime.block_on(0, move || async move {
        if arguments.check {
            return checks::run(&arguments).await;
        }
        match count_calls(&arguments).await {
            Ok(()) => true,
            Err(status) => {
                eprintln!("echo-client: {status}");
                false
            }
        }
    });
    if succeeded {
        ExitCode::SUCCESS
    } else {
        ExitCode::FAILURE
    }
}

/// Makes calls one after the other and prints the mean time of one.
async fn count_calls(arguments: &Arguments) -> Result<(), Status> {
    let client = arguments.client().build();
    let call = async || {
        let is_same = arguments.payload.echo(&client, "echo", "hello").await?;
        assert!(is_same, "the text came back changed");
        Ok::<_, Status>(())
    };
    call().await?;
    let begin = std::time::Instant::now();
    for _ in 0..arguments.count {
        call().await?;
    }
    let mean = begin.elapsed() / arguments.count.max(1);
    println!("{} calls, {mean:?} each", arguments.count);
    Ok(())
}
