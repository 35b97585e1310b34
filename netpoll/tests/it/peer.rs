//! The other end of a connection, held by a test's thread: on the kernel's network or on the simulated one.

use std::io::{self, Read, Write};
use std::net::{Shutdown, TcpStream};
use std::os::unix::net::UnixStream;
use std::time::Duration;

use netpoll::{Address, ListenerHandle, sim};

/// A blocking stream.
#[derive(Debug)]
pub(crate) enum Peer {
    Sim(sim::Stream),
    Tcp(TcpStream),
    Unix(UnixStream),
}

/// Connects to a listener, on whichever network it listens; reads wait for at most twenty seconds.
pub(crate) fn dial(listener: &ListenerHandle) -> Peer {
    let address = listener.address();
    let mut peer = match sim::connect(address) {
        Ok(stream) => Peer::Sim(stream),
        // Nobody listens there on the simulated network, whose addresses no real listener has.
        Err(_) => match address {
            Address::Tcp(address) => {
                let stream = TcpStream::connect(address).expect("the server accepts");
                stream.set_nodelay(true).expect("an option");
                Peer::Tcp(stream)
            }
            Address::Unix(path) => {
                Peer::Unix(UnixStream::connect(path).expect("the server accepts"))
            }
        },
    };
    peer.set_read_timeout(PATIENCE);
    peer
}

/// A connection over TCP alone.
pub(crate) fn dial_tcp(listener: &ListenerHandle) -> TcpStream {
    match dial(listener) {
        Peer::Tcp(stream) => stream,
        other => panic!("{other:?} is no TCP stream"),
    }
}

macro_rules! each {
    ($self:expr, $stream:ident => $call:expr) => {
        match $self {
            Peer::Sim($stream) => $call,
            Peer::Tcp($stream) => $call,
            Peer::Unix($stream) => $call,
        }
    };
}

impl Peer {
    pub(crate) fn set_read_timeout(&mut self, time: Duration) {
        match self {
            Peer::Sim(stream) => stream.set_read_timeout(Some(time)),
            Peer::Tcp(stream) => stream.set_read_timeout(Some(time)).expect("an option"),
            Peer::Unix(stream) => stream.set_read_timeout(Some(time)).expect("an option"),
        }
    }

    pub(crate) fn set_nonblocking(&self) {
        match self {
            Peer::Sim(stream) => stream.set_nonblocking(true),
            Peer::Tcp(stream) => stream.set_nonblocking(true).expect("an option"),
            Peer::Unix(stream) => stream.set_nonblocking(true).expect("an option"),
        }
    }

    /// Sends no more.
    pub(crate) fn end(&self) {
        match self {
            Peer::Sim(stream) => stream.shutdown(Shutdown::Write),
            Peer::Tcp(stream) => stream.shutdown(Shutdown::Write).expect("half closed"),
            Peer::Unix(stream) => stream.shutdown(Shutdown::Write).expect("half closed"),
        }
    }
}

impl Read for Peer {
    fn read(&mut self, target: &mut [u8]) -> io::Result<usize> {
        each!(self, stream => stream.read(target))
    }
}

impl Write for Peer {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        each!(self, stream => stream.write(bytes))
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// A stream with two handles, so that one thread writes while another reads.
pub(crate) trait TwoHandles: Read + Write + Send {
    fn second_handle(&self) -> Self;
}

impl TwoHandles for Peer {
    fn second_handle(&self) -> Self {
        match self {
            Peer::Sim(stream) => Peer::Sim(stream.clone()),
            Peer::Tcp(stream) => Peer::Tcp(stream.second_handle()),
            Peer::Unix(stream) => Peer::Unix(stream.try_clone().expect("a second handle")),
        }
    }
}

impl TwoHandles for TcpStream {
    fn second_handle(&self) -> Self {
        self.try_clone().expect("a second handle")
    }
}

const PATIENCE: Duration = Duration::from_secs(20);
