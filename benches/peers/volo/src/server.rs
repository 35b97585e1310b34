//! A Volo echo server, in the two shapes people run Tokio in: one runtime over all threads, or one single-threaded
//! runtime per core with a listener of its own (`--per-core`), which is what a thread-per-core server is to be compared to.

use std::{
    future::Future,
    net::{SocketAddr, TcpListener},
    thread,
};

use anyhow::{Context, bail};
use clap::Parser;
use socket2::{Domain, Socket, Type};
use volo::net::incoming::DefaultIncoming;
use volo_peers::echo::{
    ComplexRequest, ComplexResponse, EchoServer, EchoServerServer, Request, Response,
};
use volo_thrift::ServerError;

/// Serves EchoServer over TTHeader, framed and buffered Thrift.
#[derive(Clone, Parser)]
struct Options {
    /// HOST:PORT or unix:PATH.
    #[arg(long, default_value = "127.0.0.1:0")]
    addr: String,
    /// Threads that serve.
    #[arg(long, default_value_t = 1)]
    cores: usize,
    /// One single-threaded runtime per thread instead of one runtime for all.
    #[arg(long)]
    per_core: bool,
    /// CPUs for the threads, in order, such as 0,1.
    #[arg(long, value_delimiter = ',')]
    pin: Vec<usize>,
}

fn main() -> anyhow::Result<()> {
    let options = Options::parse();
    if !options.pin.is_empty() && options.pin.len() != options.cores {
        bail!(
            "--pin names {} CPUs for {} threads",
            options.pin.len(),
            options.cores
        );
    }
    if let Some(path) = options.addr.strip_prefix("unix:") {
        return serve_unix(&options, path);
    }
    let wanted: SocketAddr = options
        .addr
        .parse()
        .context("--addr is neither HOST:PORT nor unix:PATH")?;
    let first = listen(wanted)?;
    let address = first.local_addr()?;
    println!("listening on {address}");
    if !options.per_core {
        return run_shared(&options, async move { incoming(first) });
    }
    let mut listeners = vec![first];
    for _ in 1..options.cores {
        listeners.push(listen(address)?);
    }
    let cores: Vec<_> = listeners
        .into_iter()
        .enumerate()
        .map(|(core, listener)| {
            let cpu = options.pin.get(core).copied();
            thread::spawn(move || run_alone(cpu, async move { incoming(listener) }))
        })
        .collect();
    for core in cores {
        core.join().expect("a core does not panic")?;
    }
    Ok(())
}

fn serve_unix(options: &Options, path: &str) -> anyhow::Result<()> {
    match std::fs::remove_file(path) {
        Err(error) if error.kind() != std::io::ErrorKind::NotFound => return Err(error.into()),
        _ => {}
    }
    let listener = std::os::unix::net::UnixListener::bind(path)?;
    listener.set_nonblocking(true)?;
    println!("listening on unix:{path}");
    run_shared(options, async move {
        Ok(DefaultIncoming::from(tokio::net::UnixListener::from_std(
            listener,
        )?))
    })
}

/// One runtime over all threads; with one thread that is the single-threaded one.
fn run_shared(
    options: &Options,
    incoming: impl Future<Output = std::io::Result<DefaultIncoming>>,
) -> anyhow::Result<()> {
    if options.cores == 1 {
        return run_alone(options.pin.first().copied(), incoming);
    }
    let cpus = std::sync::Mutex::new(options.pin.clone());
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(options.cores)
        .on_thread_start(move || pin(cpus.lock().expect("no holder panics").pop()))
        .enable_all()
        .build()?;
    runtime.block_on(serve(incoming))
}

fn run_alone(
    cpu: Option<usize>,
    incoming: impl Future<Output = std::io::Result<DefaultIncoming>>,
) -> anyhow::Result<()> {
    pin(cpu);
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()?;
    runtime.block_on(serve(incoming))
}

async fn serve(
    incoming: impl Future<Output = std::io::Result<DefaultIncoming>>,
) -> anyhow::Result<()> {
    let incoming = incoming.await?;
    EchoServerServer::new(Handler)
        .run(incoming)
        .await
        .map_err(|error| anyhow::anyhow!(error))
}

/// Listeners that share a port, so that the kernel spreads connections over the cores.
fn listen(address: SocketAddr) -> std::io::Result<TcpListener> {
    let socket = Socket::new(Domain::for_address(address), Type::STREAM, None)?;
    socket.set_reuse_address(true)?;
    socket.set_reuse_port(true)?;
    socket.set_nonblocking(true)?;
    socket.bind(&address.into())?;
    socket.listen(BACKLOG)?;
    Ok(socket.into())
}

fn incoming(listener: TcpListener) -> std::io::Result<DefaultIncoming> {
    Ok(DefaultIncoming::from(tokio::net::TcpListener::from_std(
        listener,
    )?))
}

fn pin(cpu: Option<usize>) {
    if let Some(id) = cpu {
        core_affinity::set_for_current(core_affinity::CoreId { id });
    }
}

/// Answers with what it was sent. Two actions fail on purpose, see benches/peers/README.md.
struct Handler;

impl EchoServer for Handler {
    async fn echo(&self, request: Request) -> Result<Response, ServerError> {
        obey(&request.action)?;
        Ok(Response {
            action: request.action,
            msg: request.msg,
        })
    }

    async fn echo_complex(&self, request: ComplexRequest) -> Result<ComplexResponse, ServerError> {
        obey(&request.action)?;
        Ok(ComplexResponse {
            action: request.action,
            msg: request.msg,
            msg_map: request.msg_map,
            sub_msgs: request.sub_msgs,
            msg_set: request.msg_set,
            flag_msg: request.flag_msg,
        })
    }
}

fn obey(action: &str) -> anyhow::Result<()> {
    match action {
        "error" => bail!("biz error: the caller asked for an error"),
        "panic" => panic!("the caller asked for a panic"),
        _ => Ok(()),
    }
}

const BACKLOG: i32 = 1024;
