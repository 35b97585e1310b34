//! Why a server did not start.

use std::fmt;
use std::io;

use netpoll::Address;

/// Why a server did not start.
#[derive(Debug)]
#[non_exhaustive]
pub enum StartError {
    /// A value of the configuration makes no sense; the text says which.
    Config(String),
    /// The server cannot listen there.
    Listen {
        /// The address.
        address: Address,
        /// What the kernel said.
        cause: io::Error,
    },
    /// The runtime did not start.
    Runtime(netpoll::StartError),
    /// No handler for signals could be set up.
    Signals(io::Error),
}

impl fmt::Display for StartError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            StartError::Config(text) => write!(f, "bad configuration: {text}"),
            StartError::Listen { address, cause } => {
                let advice = match cause.kind() {
                    io::ErrorKind::AddrInUse => {
                        "; stop the program that listens there, or choose another address"
                    }
                    io::ErrorKind::AddrNotAvailable => "; choose an address of this machine",
                    io::ErrorKind::PermissionDenied => {
                        "; choose an address that this user may listen on"
                    }
                    _ => "",
                };
                write!(f, "cannot listen on {address}: {cause}{advice}")
            }
            StartError::Runtime(error) => error.fmt(f),
            StartError::Signals(cause) => write!(f, "cannot wait for signals: {cause}"),
        }
    }
}

impl std::error::Error for StartError {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        match self {
            StartError::Config(_) => None,
            StartError::Listen { cause, .. } | StartError::Signals(cause) => Some(cause),
            StartError::Runtime(error) => Some(error),
        }
    }
}
