//! A tonic echo server: gRPC over HTTP/2 without TLS.

use clap::Parser;
use peers_support::{Listener, runtime::TokioOptions};
use tokio_stream::wrappers::UnixListenerStream;
use tonic::{
    Status,
    transport::{Server, server::TcpIncoming},
};

use crate::echo::{
    Request, Response,
    echo_server_server::{EchoServer, EchoServerServer},
};

mod echo {
    tonic::include_proto!("echo");
}

/// Serves echo.EchoServer over gRPC.
#[derive(Parser)]
struct Arguments {
    #[command(flatten)]
    options: TokioOptions,
}

fn main() -> anyhow::Result<()> {
    Arguments::parse().options.run(serve)
}

async fn serve(listener: Listener) -> anyhow::Result<()> {
    let server = Server::builder().add_service(EchoServerServer::new(Handler));
    match listener {
        Listener::Tcp(listener) => {
            let listener = tokio::net::TcpListener::from_std(listener)?;
            server
                .serve_with_incoming(TcpIncoming::from(listener).with_nodelay(Some(true)))
                .await?;
        }
        Listener::Unix(listener) => {
            let listener = tokio::net::UnixListener::from_std(listener)?;
            server
                .serve_with_incoming(UnixListenerStream::new(listener))
                .await?;
        }
    }
    Ok(())
}

/// Answers with what it was sent.
struct Handler;

#[tonic::async_trait]
impl EchoServer for Handler {
    async fn echo(
        &self,
        request: tonic::Request<Request>,
    ) -> Result<tonic::Response<Response>, Status> {
        let Request { action, msg } = request.into_inner();
        match action.as_str() {
            "error" => Err(Status::internal("the caller asked for an error")),
            _ => Ok(tonic::Response::new(Response { action, msg })),
        }
    }
}
