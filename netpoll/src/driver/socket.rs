//! A socket outside of any driver: on its way into one, or from one core to another.

use std::io;
use std::os::fd::{BorrowedFd, OwnedFd};

use socket2::SockRef;

use crate::address::Address;

/// A socket that belongs to no driver.
#[derive(Debug)]
pub(crate) enum RawSocket {
    /// A descriptor of the process.
    Descriptor(OwnedFd),
    /// A socket of the simulated network.
    #[cfg(feature = "sim")]
    Simulated(super::sim::SimSocket),
}

impl RawSocket {
    /// The descriptor, for a driver of the kernel's sockets.
    pub(super) fn into_descriptor(self) -> io::Result<OwnedFd> {
        match self {
            RawSocket::Descriptor(fd) => Ok(fd),
            #[cfg(feature = "sim")]
            RawSocket::Simulated(_) => Err(io::Error::other(
                "a simulated socket is none of the kernel's",
            )),
        }
    }
}

impl From<OwnedFd> for RawSocket {
    fn from(fd: OwnedFd) -> Self {
        RawSocket::Descriptor(fd)
    }
}

/// The two ends of a connection, as seen from this side.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum End {
    Local,
    Peer,
}

impl End {
    /// Asks the kernel for the address of this end.
    pub(super) fn address_of(self, fd: BorrowedFd<'_>) -> Option<Address> {
        let socket = SockRef::from(&fd);
        let address = match self {
            End::Local => socket.local_addr(),
            End::Peer => socket.peer_addr(),
        };
        address
            .ok()
            .map(|address| Address::from_sock_addr(&address))
    }
}
