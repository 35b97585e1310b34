//! A socket outside of any driver: on its way into one, or from one core to another.

use std::io;
use std::os::fd::OwnedFd;

/// A socket that belongs to no driver.
#[derive(Debug)]
pub(crate) enum RawSocket {
    /// A descriptor of the process.
    Descriptor(OwnedFd),
}

impl RawSocket {
    /// The descriptor, for a driver of the kernel's sockets.
    pub(super) fn into_descriptor(self) -> io::Result<OwnedFd> {
        match self {
            RawSocket::Descriptor(fd) => Ok(fd),
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
