//! What can go wrong at start, and why a connection ended.

use std::fmt;
use std::io;

/// Why a runtime did not start.
#[derive(Debug)]
#[non_exhaustive]
pub enum StartError {
    /// A value of the configuration makes no sense; the text says which.
    Config(String),
    /// The driver asked for by name is refused by this kernel.
    Driver {
        /// Name of the driver.
        driver: &'static str,
        /// What the kernel answered.
        cause: io::Error,
    },
    /// A thread could not be started.
    Thread(io::Error),
    /// A CPU asked for does not exist or may not be used by this process.
    Pin(usize),
}

impl fmt::Display for StartError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            StartError::Config(text) => write!(f, "bad configuration: {text}"),
            StartError::Driver { driver, cause } => {
                write!(
                    f,
                    "driver {driver} does not start on this kernel: {cause}; try another driver or `auto`"
                )
            }
            StartError::Thread(cause) => write!(f, "cannot start a thread for a core: {cause}"),
            StartError::Pin(cpu) => write!(
                f,
                "cannot pin a core to CPU {cpu}: this process may not run there"
            ),
        }
    }
}

impl std::error::Error for StartError {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        match self {
            StartError::Driver { cause, .. } | StartError::Thread(cause) => Some(cause),
            StartError::Config(_) | StartError::Pin(_) => None,
        }
    }
}

/// Why a connection ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum CloseReason {
    /// This side closed it after its output was sent.
    Closed,
    /// This side gave it up at once.
    Aborted,
    /// The peer closed its side.
    PeerClosed,
    /// The kernel reported an error.
    Failed(io::ErrorKind),
    /// Neither side sent anything for `idle_timeout`.
    Idle,
    /// A part of a frame waited for its rest longer than the configuration allows, see
    /// [`partial_frame_time`](crate::Config::partial_frame_time).
    PartialFrame,
    /// A callback of the protocol panicked.
    Panicked,
    /// The runtime is stopping.
    Shutdown,
}

impl fmt::Display for CloseReason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            CloseReason::Closed => f.write_str("closed by this side"),
            CloseReason::Aborted => f.write_str("given up by this side"),
            CloseReason::PeerClosed => f.write_str("closed by the peer"),
            CloseReason::Failed(kind) => write!(f, "failed: {kind}"),
            CloseReason::Idle => f.write_str("idle for too long"),
            CloseReason::PartialFrame => f.write_str("the rest of a frame did not arrive in time"),
            CloseReason::Panicked => f.write_str("a callback of its protocol panicked"),
            CloseReason::Shutdown => f.write_str("the runtime is stopping"),
        }
    }
}
