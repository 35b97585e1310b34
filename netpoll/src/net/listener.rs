//! Listening sockets: one per core on the same TCP port, one shared by all cores for a Unix path.

use std::cell::Cell;
use std::io;
use std::os::fd::OwnedFd;
use std::path::Path;
use std::rc::Rc;

use socket2::{Domain, Protocol as SocketProtocol, SockRef, Socket, Type};

use super::{Acceptor, HandOver};
use crate::address::Address;
use crate::driver::{OpKey, SocketId};

/// A listener on one core.
pub(crate) struct ListenerState {
    /// The socket; none where another core accepts for this one.
    pub(crate) socket: Cell<Option<SocketId>>,
    pub(crate) acceptor: Rc<dyn Acceptor>,
    /// The same on all cores that belong together.
    pub(crate) id: u64,
    /// Where accepted connections may go besides this core.
    pub(crate) hand_over: Option<HandOver>,
    pub(crate) accepting: Cell<Option<OpKey>>,
    pub(crate) stopping: Cell<bool>,
}

impl ListenerState {
    pub(crate) fn new(id: u64, acceptor: Rc<dyn Acceptor>, hand_over: Option<HandOver>) -> Self {
        ListenerState {
            socket: Cell::new(None),
            acceptor,
            id,
            hand_over,
            accepting: Cell::new(None),
            stopping: Cell::new(false),
        }
    }
}

/// Opens a listening socket outside of any runtime, for a program that accepts in its own way: the socket, and the address
/// with the port that the kernel chose. `backlog` connections may wait to be accepted.
///
/// # Errors
/// What the kernel says of the address: in use, not available, not permitted.
pub fn bind(address: &Address, backlog: u32) -> io::Result<(OwnedFd, Address)> {
    let (mut sockets, bound) = open_listeners(address, 1, backlog)?;
    let socket = sockets
        .pop()
        .ok_or_else(|| io::Error::other("no socket was opened"))?;
    Ok((socket, bound))
}

/// Binds `address` for `cores` cores: the sockets and the address with the port that the kernel chose.
///
/// Several TCP sockets share a port by `SO_REUSEPORT`. That option would also let two servers share it unnoticed, so
/// the port is first bound without it: a port in use is an error as people expect.
pub(crate) fn open_listeners(
    address: &Address,
    cores: usize,
    backlog: u32,
) -> io::Result<(Vec<OwnedFd>, Address)> {
    let backlog = i32::try_from(backlog).unwrap_or(i32::MAX);
    match address {
        Address::Tcp(_) if cores > 1 => {
            let probe = bind_tcp(address, false)?;
            let bound = Address::from_sock_addr(&probe.local_addr()?);
            drop(probe);
            let mut sockets = Vec::with_capacity(cores);
            for _ in 0..cores {
                let socket = bind_tcp(&bound, true)?;
                socket.listen(backlog)?;
                sockets.push(socket.into());
            }
            Ok((sockets, bound))
        }
        Address::Tcp(_) => {
            let socket = bind_tcp(address, false)?;
            socket.listen(backlog)?;
            let bound = Address::from_sock_addr(&socket.local_addr()?);
            Ok((vec![socket.into()], bound))
        }
        Address::Unix(path) => {
            let socket = bind_unix(path)?;
            socket.listen(backlog)?;
            let mut sockets = vec![];
            for _ in 1..cores {
                sockets.push(socket.try_clone()?.into());
            }
            sockets.push(socket.into());
            Ok((sockets, address.clone()))
        }
    }
}

fn bind_tcp(address: &Address, reuse_port: bool) -> io::Result<Socket> {
    let address = address.to_sock_addr()?;
    let socket = Socket::new(address.domain(), Type::STREAM, Some(SocketProtocol::TCP))?;
    socket.set_reuse_address(true)?;
    socket.set_reuse_port(reuse_port)?;
    // Accepted sockets inherit it, which saves a system call for each.
    socket.set_tcp_nodelay(true)?;
    socket.bind(&address)?;
    Ok(socket)
}

/// Binds a Unix socket. A socket file that nobody listens on any more is replaced; one that somebody listens on is an
/// address in use.
fn bind_unix(path: &Path) -> io::Result<Socket> {
    let address = Address::Unix(path.to_path_buf()).to_sock_addr()?;
    let socket = Socket::new(Domain::UNIX, Type::STREAM, None)?;
    match socket.bind(&address) {
        Err(error) if error.kind() == io::ErrorKind::AddrInUse && is_stale(path, &address) => {
            std::fs::remove_file(path)?;
            socket.bind(&address)?;
        }
        result => result?,
    }
    Ok(socket)
}

fn is_stale(path: &Path, address: &socket2::SockAddr) -> bool {
    use std::os::unix::fs::FileTypeExt;
    let is_socket = std::fs::symlink_metadata(path).is_ok_and(|meta| meta.file_type().is_socket());
    let answer =
        Socket::new(Domain::UNIX, Type::STREAM, None).and_then(|probe| probe.connect(address));
    is_socket && answer.is_err_and(|error| error.kind() == io::ErrorKind::ConnectionRefused)
}

/// Opens the socket for an outgoing connection.
pub(crate) fn open_client(address: &Address) -> io::Result<OwnedFd> {
    let domain = address.to_sock_addr()?.domain();
    let socket = Socket::new(domain, Type::STREAM, None)?;
    if matches!(address, Address::Tcp(_)) {
        SockRef::from(&socket).set_tcp_nodelay(true)?;
    }
    Ok(socket.into())
}
