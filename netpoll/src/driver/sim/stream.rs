//! A peer on the simulated network that is no core: what a test's thread holds in place of a TCP stream.

use std::io::{self, Read, Write};
use std::net::Shutdown;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use super::link::LinkEnd;
use super::network;
use crate::address::Address;
use crate::driver::End;

/// Connects to a listener on the simulated network, at once.
///
/// # Errors
/// `ConnectionRefused` when nobody listens there, or too many wait to be accepted.
pub fn connect(address: &Address) -> io::Result<Stream> {
    Ok(Stream {
        end: Arc::new(network::connect(address)?),
        is_nonblocking: Arc::default(),
        read_timeout: None,
    })
}

/// A stream of bytes to and from a core; as `TcpStream`, with the same behaviour of its methods. Dropping the last
/// clone closes it.
#[derive(Clone, Debug)]
pub struct Stream {
    end: Arc<LinkEnd>,
    is_nonblocking: Arc<AtomicBool>,
    read_timeout: Option<Duration>,
}

impl Stream {
    /// The address of this end.
    pub fn local(&self) -> &Address {
        self.end.address(End::Local)
    }

    /// The address of the other end.
    pub fn peer(&self) -> &Address {
        self.end.address(End::Peer)
    }

    /// Makes reads and writes, of all clones, return `WouldBlock` instead of waiting: what a task on a core needs.
    pub fn set_nonblocking(&self, is_nonblocking: bool) {
        self.is_nonblocking.store(is_nonblocking, Ordering::Relaxed);
    }

    /// How long a read of this clone waits; `None` for ever.
    pub fn set_read_timeout(&mut self, time: Option<Duration>) {
        self.read_timeout = time;
    }

    /// Sends no more, when `how` says so. Shutting down the reading half does nothing.
    pub fn shutdown(&self, how: Shutdown) {
        if how != Shutdown::Read {
            self.end.end();
        }
    }

    /// Breaks the connection; bytes under way are lost.
    pub fn reset(&self) {
        self.end.reset();
    }

    fn may_wait(&self) -> bool {
        !self.is_nonblocking.load(Ordering::Relaxed)
    }
}

impl Read for Stream {
    fn read(&mut self, target: &mut [u8]) -> io::Result<usize> {
        if self.may_wait() {
            self.end.wait_readable(self.read_timeout);
        }
        self.end.read(target).into_result()
    }
}

impl Write for Stream {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        if bytes.is_empty() {
            return Ok(0);
        }
        if self.may_wait() {
            self.end.wait_writable();
        }
        match self.end.write(bytes).into_result() {
            Ok(0) => Err(io::ErrorKind::BrokenPipe.into()),
            result => result,
        }
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}
