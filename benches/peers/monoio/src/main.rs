//! Sends every byte back, on monoio. No RPC, no frames.

use clap::{Parser, ValueEnum};
use monoio::{
    IoUringDriver, LegacyDriver, RuntimeBuilder,
    io::{AsyncReadRent, AsyncWriteRent, AsyncWriteRentExt},
    net::{TcpListener, UnixListener},
};
use peers_support::{Listener, Options};

/// Raw echo server, a thread per core.
#[derive(Parser)]
struct Arguments {
    #[command(flatten)]
    options: Options,
    /// Kernel interface.
    #[arg(long, value_enum, default_value_t = Driver::Uring)]
    driver: Driver,
}

#[derive(Clone, Copy, ValueEnum)]
enum Driver {
    Epoll,
    Uring,
}

fn main() -> anyhow::Result<()> {
    let arguments = Arguments::parse();
    arguments
        .options
        .run_per_core(move |listener| match arguments.driver {
            Driver::Uring => RuntimeBuilder::<IoUringDriver>::new()
                .build()?
                .block_on(serve(listener)),
            Driver::Epoll => RuntimeBuilder::<LegacyDriver>::new()
                .build()?
                .block_on(serve(listener)),
        })
}

async fn serve(listener: Listener) -> anyhow::Result<()> {
    match listener {
        Listener::Tcp(listener) => {
            let listener = TcpListener::from_std(listener)?;
            loop {
                let (stream, _) = listener.accept().await?;
                stream.set_nodelay(true)?;
                monoio::spawn(echo(stream));
            }
        }
        Listener::Unix(listener) => {
            let listener = UnixListener::from_std(listener)?;
            loop {
                let (stream, _) = listener.accept().await?;
                monoio::spawn(echo(stream));
            }
        }
    }
}

/// Ends with the connection, whichever way it ends.
async fn echo(mut stream: impl AsyncReadRent + AsyncWriteRent) {
    let mut block = Vec::with_capacity(BLOCK_BYTES);
    loop {
        let (read, filled) = stream.read(block).await;
        if !matches!(read, Ok(bytes) if bytes > 0) {
            return;
        }
        let (written, emptied) = stream.write_all(filled).await;
        if written.is_err() {
            return;
        }
        block = emptied;
        block.clear();
    }
}

const BLOCK_BYTES: usize = 64 * 1024;
