//! A listening socket and the thread that accepts from it.

use std::io;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread::JoinHandle;
use std::time::Duration;

use netpoll::Address;
use socket2::Socket;

use super::connection;
use super::live::LiveConnections;
use crate::server::Shared;

/// Binds `address`; returns the socket and the address with the port that the kernel chose.
pub(super) fn open(address: &Address, backlog: u32) -> io::Result<(Socket, Address)> {
    let (fd, bound) = netpoll::bind(address, backlog)?;
    Ok((Socket::from(fd), bound))
}

/// Starts the thread that accepts until `accepting` is cleared and the socket is shut down.
pub(super) fn start(
    socket: &Arc<Socket>,
    shared: &Arc<Shared>,
    accepting: &Arc<AtomicBool>,
    live: &Arc<LiveConnections>,
) -> io::Result<JoinHandle<()>> {
    let (socket, shared) = (Arc::clone(socket), Arc::clone(shared));
    let (accepting, live) = (Arc::clone(accepting), Arc::clone(live));
    std::thread::Builder::new()
        .name("rpc-accept".to_owned())
        .spawn(move || {
            while accepting.load(Ordering::Acquire) {
                match socket.accept() {
                    Ok((peer, _)) => admit(peer, &shared, &live),
                    Err(error) if may_retry(&error) || !accepting.load(Ordering::Acquire) => {}
                    Err(error) => {
                        tracing::warn!(%error, "accept failed; accepting goes on in 50 ms");
                        std::thread::sleep(ACCEPT_PAUSE);
                    }
                }
            }
        })
}

/// Gives the connection a thread, or closes it when there are as many as there may be.
fn admit(socket: Socket, shared: &Arc<Shared>, live: &Arc<LiveConnections>) {
    let socket = Arc::new(socket);
    let Some(entry) = LiveConnections::enter(live, &socket, shared.config.runtime.connections_max)
    else {
        return;
    };
    let shared = Arc::clone(shared);
    let thread = std::thread::Builder::new().name("rpc-connection".to_owned());
    if let Err(error) = thread.spawn(move || connection::serve(&socket, shared, &entry)) {
        tracing::warn!(%error, "no thread for a connection; it is closed");
    }
}

/// The peer gave up while it waited, or a signal came.
fn may_retry(error: &io::Error) -> bool {
    matches!(
        error.kind(),
        io::ErrorKind::ConnectionAborted | io::ErrorKind::Interrupted
    )
}

/// How long a shortage of descriptors pauses accepting.
const ACCEPT_PAUSE: Duration = Duration::from_millis(50);
