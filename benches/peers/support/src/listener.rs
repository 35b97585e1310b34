//! Listeners on TCP and Unix sockets, several on one address.

use std::{
    io,
    net::{SocketAddr, TcpListener},
    os::unix::net::UnixListener,
};

use anyhow::Context;
use socket2::{Domain, Socket, Type};

/// A listening socket that does not block.
#[derive(Debug)]
pub enum Listener {
    /// Shares its port with its siblings: the kernel spreads connections over them.
    Tcp(TcpListener),
    /// Shares its queue with its siblings.
    Unix(UnixListener),
}

impl Listener {
    /// `HOST:PORT` or `unix:PATH`, with the port that the kernel chose.
    pub fn address(&self) -> io::Result<String> {
        match self {
            Listener::Tcp(listener) => Ok(listener.local_addr()?.to_string()),
            Listener::Unix(listener) => {
                let address = listener.local_addr()?;
                let path = address.as_pathname().expect("bound to a path");
                Ok(format!("{UNIX_PREFIX}{}", path.display()))
            }
        }
    }
}

/// Opens `count` listeners on `address`. A stale socket file is removed.
pub fn listen(address: &str, count: usize) -> anyhow::Result<Vec<Listener>> {
    match address.strip_prefix(UNIX_PREFIX) {
        Some(path) => listen_unix(path, count).with_context(|| format!("cannot listen on {path}")),
        None => {
            let wanted = address
                .parse()
                .context("--addr is neither HOST:PORT nor unix:PATH")?;
            listen_tcp(wanted, count).with_context(|| format!("cannot listen on {wanted}"))
        }
    }
}

fn listen_unix(path: &str, count: usize) -> io::Result<Vec<Listener>> {
    match std::fs::remove_file(path) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
        _ => {}
    }
    let listener = UnixListener::bind(path)?;
    listener.set_nonblocking(true)?;
    (0..count)
        .map(|_| listener.try_clone().map(Listener::Unix))
        .collect()
}

fn listen_tcp(wanted: SocketAddr, count: usize) -> io::Result<Vec<Listener>> {
    let first = listen_tcp_once(wanted)?;
    let address = first.local_addr()?;
    let mut listeners = vec![Listener::Tcp(first)];
    for _ in 1..count {
        listeners.push(Listener::Tcp(listen_tcp_once(address)?));
    }
    Ok(listeners)
}

fn listen_tcp_once(address: SocketAddr) -> io::Result<TcpListener> {
    let socket = Socket::new(Domain::for_address(address), Type::STREAM, None)?;
    socket.set_reuse_address(true)?;
    socket.set_reuse_port(true)?;
    socket.set_nonblocking(true)?;
    socket.bind(&address.into())?;
    socket.listen(BACKLOG)?;
    Ok(socket.into())
}

const UNIX_PREFIX: &str = "unix:";
const BACKLOG: i32 = 1024;
