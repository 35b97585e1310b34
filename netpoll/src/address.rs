//! Where a listener listens and where a client connects: a TCP socket address or the path of a Unix socket.
//!
//! Written `HOST:PORT` or `unix:PATH`. A host name is resolved once, when the text is parsed.

use std::fmt;
use std::io;
use std::net::{SocketAddr, ToSocketAddrs};
use std::path::{Path, PathBuf};
use std::str::FromStr;

use socket2::SockAddr;

/// A TCP or Unix socket address.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Address {
    /// An IPv4 or IPv6 address with a port; port 0 lets the kernel choose one when listening.
    Tcp(SocketAddr),
    /// A path in the file system; an unnamed peer socket has an empty path.
    Unix(PathBuf),
}

impl Address {
    /// The TCP port, or `None` for a Unix socket.
    pub fn port(&self) -> Option<u16> {
        match self {
            Address::Tcp(address) => Some(address.port()),
            Address::Unix(_) => None,
        }
    }

    pub(crate) fn to_sock_addr(&self) -> io::Result<SockAddr> {
        match self {
            Address::Tcp(address) => Ok(SockAddr::from(*address)),
            Address::Unix(path) => SockAddr::unix(path),
        }
    }

    pub(crate) fn from_sock_addr(address: &SockAddr) -> Address {
        match address.as_socket() {
            Some(socket) => Address::Tcp(socket),
            None => Address::Unix(address.as_pathname().unwrap_or(Path::new("")).to_path_buf()),
        }
    }
}

impl From<SocketAddr> for Address {
    fn from(address: SocketAddr) -> Self {
        Address::Tcp(address)
    }
}

impl fmt::Display for Address {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Address::Tcp(address) => address.fmt(f),
            Address::Unix(path) => write!(f, "unix:{}", path.display()),
        }
    }
}

impl FromStr for Address {
    type Err = AddressError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        if let Some(path) = text.strip_prefix("unix:") {
            if path.is_empty() {
                return Err(AddressError::new(text, "the path after `unix:` is empty"));
            }
            return Ok(Address::Unix(PathBuf::from(path)));
        }
        if let Ok(address) = text.parse::<SocketAddr>() {
            return Ok(Address::Tcp(address));
        }
        match text.to_socket_addrs() {
            Ok(mut found) => found
                .next()
                .map(Address::Tcp)
                .ok_or_else(|| AddressError::new(text, "the host name has no address")),
            Err(error) => Err(AddressError::new(text, &error.to_string())),
        }
    }
}

/// Text that is neither `HOST:PORT` nor `unix:PATH`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AddressError {
    text: String,
    cause: String,
}

impl AddressError {
    fn new(text: &str, cause: &str) -> Self {
        AddressError {
            text: text.to_owned(),
            cause: cause.to_owned(),
        }
    }
}

impl fmt::Display for AddressError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "bad address `{}`: {}; write HOST:PORT or unix:PATH",
            self.text, self.cause
        )
    }
}

impl std::error::Error for AddressError {}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parses_and_prints_each_form() {
        for text in ["127.0.0.1:80", "[::1]:8888", "unix:/run/x.sock"] {
            assert_eq!(text.parse::<Address>().unwrap().to_string(), text);
        }
        assert!(matches!("localhost:1".parse(), Ok(Address::Tcp(_))));
    }

    #[test]
    fn a_bad_address_says_what_to_write() {
        for text in ["", "unix:", "127.0.0.1", "127.0.0.1:99999"] {
            let error = text.parse::<Address>().unwrap_err().to_string();
            assert!(error.contains("write HOST:PORT or unix:PATH"), "{error}");
        }
    }
}
