//! A Volo echo server.

use anyhow::{anyhow, bail};
use clap::Parser;
use peers_support::{Listener, runtime::TokioOptions};
use volo::net::incoming::DefaultIncoming;
use volo_peers::echo::{
    ComplexRequest, ComplexResponse, EchoServer, EchoServerServer, Request, Response,
};
use volo_thrift::ServerError;

/// Serves EchoServer over TTHeader, framed and buffered Thrift.
#[derive(Parser)]
struct Arguments {
    #[command(flatten)]
    options: TokioOptions,
}

fn main() -> anyhow::Result<()> {
    Arguments::parse().options.run(serve)
}

async fn serve(listener: Listener) -> anyhow::Result<()> {
    let incoming = match listener {
        Listener::Tcp(listener) => {
            DefaultIncoming::from(tokio::net::TcpListener::from_std(listener)?)
        }
        Listener::Unix(listener) => {
            DefaultIncoming::from(tokio::net::UnixListener::from_std(listener)?)
        }
    };
    EchoServerServer::new(Handler)
        .run(incoming)
        .await
        .map_err(|error| anyhow!(error))
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
        "error" => bail!("the caller asked for an error"),
        "panic" => panic!("the caller asked for a panic"),
        _ => Ok(()),
    }
}
