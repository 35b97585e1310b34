//! A server of `EchoServer`, in Thrift, and of `EchoPb`, in protobuf, on one port: sends back what it gets.
//!
//! The action `error` makes the handler fail, `biz` makes it answer with a business status and `panic` makes it panic, for
//! clients that want to see what comes of it.

use std::process::ExitCode;
use std::time::Duration;

use clap::Parser;
use examples::echo::{
    ComplexRequest, ComplexResponse, EchoServer, EchoServerServer, Request, Response,
};
use examples::echo_pb::{self, Complex, EchoPb, EchoPbServer};
use netpoll::{Address, DriverChoice};
use rpc::{Config, Context, Server, Status, Transport};

/// Serves EchoServer and EchoPb until SIGINT or SIGTERM.
#[derive(Debug, Parser)]
struct Arguments {
    /// Where to listen: HOST:PORT or unix:PATH. Port 0 lets the kernel choose.
    #[arg(long, default_value = "127.0.0.1:8888")]
    addr: Address,
    /// Number of cores; 0 means one for each CPU in --pin, or of the machine.
    #[arg(long, default_value_t = 0)]
    cores: usize,
    /// CPUs to pin the cores to, such as 0,1.
    #[arg(long, value_delimiter = ',')]
    pin: Vec<usize>,
    /// Driver of the netpoll transport: auto, uring or epoll.
    #[arg(long, default_value = "auto")]
    driver: DriverChoice,
    /// Transport: netpoll or std.
    #[arg(long, default_value_t = Transport::Netpoll)]
    transport: Transport,
    /// How long a core polls before it sleeps, microseconds.
    #[arg(long, default_value_t = 0)]
    spin_us: u64,
}

/// The handler of both services.
struct Echo;

impl EchoServer for Echo {
    async fn echo<'a>(&self, _cx: &mut Context, req: Request<'a>) -> Result<Response<'a>, Status> {
        obey(&req.action)?;
        Ok(Response {
            action: req.action,
            msg: req.msg,
        })
    }

    async fn echo_complex<'a>(
        &self,
        _cx: &mut Context,
        req: ComplexRequest<'a>,
    ) -> Result<ComplexResponse<'a>, Status> {
        if let Some(cost) = &req.mock_cost {
            rpc::time::sleep(parse_duration(cost)?).await;
        }
        Ok(ComplexResponse {
            action: req.action,
            msg: req.msg,
            msg_map: req.msg_map,
            sub_msgs: req.sub_msgs,
            msg_set: req.msg_set,
            flag_msg: req.flag_msg,
        })
    }
}

impl EchoPb for Echo {
    async fn send<'a>(
        &self,
        _cx: &mut Context,
        request: echo_pb::Request<'a>,
    ) -> Result<echo_pb::Response<'a>, Status> {
        obey(&request.action)?;
        Ok(echo_pb::Response {
            action: request.action,
            msg: request.msg,
            ..echo_pb::Response::default()
        })
    }

    async fn send_complex<'a>(
        &self,
        _cx: &mut Context,
        request: Complex<'a>,
    ) -> Result<Complex<'a>, Status> {
        Ok(request)
    }
}

/// Does what is asked for instead of an answer.
fn obey(action: &str) -> Result<(), Status> {
    match action {
        "biz" => {
            let extra = ("bird".to_owned(), "dodo".to_owned());
            Err(Status::biz(404, "no such bird", [extra]))
        }
        "error" => Err(Status::new("failed as asked")),
        "panic" => panic!("panicked as asked"),
        _ => Ok(()),
    }
}

fn main() -> ExitCode {
    match run(Arguments::parse()) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("echo-server: {error}");
            ExitCode::FAILURE
        }
    }
}

fn run(arguments: Arguments) -> anyhow::Result<()> {
    let server = Server::builder()
        .service(|| EchoServerServer::new(Echo))
        .service(|| EchoPbServer::new(Echo))
        .build()?;
    let mut config = Config {
        transport: arguments.transport,
        cores: arguments.cores,
        pin: arguments.pin,
        driver: arguments.driver,
        ..Config::listen(arguments.addr)
    };
    config.runtime.spin = Duration::from_micros(arguments.spin_us);
    server.run_with(&config, |running| {
        println!(
            "listening on {} {}",
            running.addresses()[0],
            running.describe()
        );
    })?;
    Ok(())
}

/// A duration as Go writes simple ones: `5ms`, `20us`, `1s`.
fn parse_duration(text: &str) -> Result<Duration, Status> {
    let digits = text
        .find(|c: char| !c.is_ascii_digit())
        .unwrap_or(text.len());
    let (number, unit) = text.split_at(digits);
    let number: Option<u32> = number.parse().ok();
    let duration = number.and_then(|number| match unit {
        "us" | "µs" => Some(Duration::from_micros(number.into())),
        "ms" => Some(Duration::from_millis(number.into())),
        "s" => Some(Duration::from_secs(number.into())),
        _ => None,
    });
    duration.ok_or_else(|| Status::new(format!("`{text}` is no duration such as 5ms")))
}
