//! Byte echo over epoll: one read, one write, as many bytes as there are.
//!
//! Connections are edge-triggered, so a read that returns less than it could is the last one of an
//! event. What a socket does not take waits in the connection; until it has left, the connection is
//! not read, so a client that does not read its echo holds [`BUFFER_BYTES`] at most.

use std::io::{self, ErrorKind, Read, Write};
use std::os::fd::AsFd;
use std::process::ExitCode;
use std::time::Duration;

use anyhow::Context;
use benches::address::{Listener, Stream};
use benches::epoll::{Epoll, Event, Interest};

pub(crate) struct Server {
    listener: Listener,
    epoll: Epoll,
    /// Indexed by key; free places are listed in `free`.
    connections: Vec<Option<Connection>>,
    free: Vec<usize>,
    buffer: Vec<u8>,
    timeout: Option<Duration>,
}

struct Connection {
    stream: Stream,
    /// Bytes read that the socket has not taken.
    unsent: Vec<u8>,
    /// Room to write is being watched for.
    full: bool,
}

enum State {
    Open,
    Closed,
}

impl Server {
    pub(crate) fn new(listener: Listener, spin: bool) -> anyhow::Result<Self> {
        listener.set_nonblocking()?;
        let epoll = Epoll::new(EVENTS_MAX).context("cannot create an epoll instance")?;
        epoll.add(listener.as_fd(), LISTENER_KEY, Interest::Read)?;
        Ok(Self {
            listener,
            epoll,
            connections: Vec::new(),
            free: Vec::new(),
            buffer: vec![0; BUFFER_BYTES],
            timeout: spin.then_some(Duration::ZERO),
        })
    }

    /// Serves until epoll itself fails.
    pub(crate) fn run(&mut self) -> anyhow::Result<ExitCode> {
        loop {
            let count = self.epoll.wait(self.timeout).context("epoll_wait failed")?;
            for index in 0..count {
                let event = self.epoll.event(index);
                if event.key == LISTENER_KEY {
                    self.accept();
                } else {
                    self.serve(event);
                }
            }
        }
    }

    fn accept(&mut self) {
        loop {
            match self.listener.accept() {
                Ok(stream) => self.add(stream),
                Err(error) if error.kind() == ErrorKind::WouldBlock => return,
                Err(error) if is_of_one_connection(&error) => {}
                Err(error) => {
                    eprintln!("cannot accept: {error}");
                    return;
                }
            }
        }
    }

    fn add(&mut self, stream: Stream) {
        let key = self.free.pop().unwrap_or_else(|| {
            self.connections.push(None);
            self.connections.len() - 1
        });
        match self.epoll.add(stream.as_fd(), key as u64, Interest::Read) {
            Ok(()) => {
                self.connections[key] = Some(Connection {
                    stream,
                    unsent: Vec::new(),
                    full: false,
                })
            }
            Err(error) => {
                eprintln!("cannot watch a connection: {error}");
                self.free.push(key);
            }
        }
    }

    fn serve(&mut self, event: Event) {
        let Ok(key) = usize::try_from(event.key) else {
            return;
        };
        let Some(connection) = self.connections.get_mut(key).and_then(Option::as_mut) else {
            return;
        };
        let state = connection.echo(&mut self.buffer).and_then(|state| {
            connection.watch(&self.epoll, event.key)?;
            Ok(state)
        });
        // An error here is the client's doing: it broke the connection.
        if !matches!(state, Ok(State::Open)) {
            self.connections[key] = None;
            self.free.push(key);
        }
    }
}

impl Connection {
    fn echo(&mut self, buffer: &mut [u8]) -> io::Result<State> {
        if !self.unsent.is_empty() {
            let sent = write(&mut self.stream, &self.unsent)?;
            self.unsent.drain(..sent);
            if !self.unsent.is_empty() {
                return Ok(State::Open);
            }
        }
        loop {
            let count = match self.stream.read(buffer) {
                Ok(0) => return Ok(State::Closed),
                Ok(count) => count,
                Err(error) if error.kind() == ErrorKind::WouldBlock => return Ok(State::Open),
                Err(error) if error.kind() == ErrorKind::Interrupted => continue,
                Err(error) => return Err(error),
            };
            let sent = write(&mut self.stream, &buffer[..count])?;
            if sent < count {
                self.unsent.extend_from_slice(&buffer[sent..count]);
                return Ok(State::Open);
            }
            if count < buffer.len() {
                return Ok(State::Open);
            }
        }
    }

    /// Asks for an event when the socket has room, or no longer.
    fn watch(&mut self, epoll: &Epoll, key: u64) -> io::Result<()> {
        let full = !self.unsent.is_empty();
        if full == self.full {
            return Ok(());
        }
        self.full = full;
        let interest = if full {
            Interest::ReadWrite
        } else {
            Interest::Read
        };
        epoll.modify(self.stream.as_fd(), key, interest)
    }
}

/// Writes until everything has left or the socket is full; returns how much left.
fn write(stream: &mut Stream, bytes: &[u8]) -> io::Result<usize> {
    let mut sent = 0;
    while sent < bytes.len() {
        match stream.write(&bytes[sent..]) {
            Ok(count) => sent += count,
            Err(error) if error.kind() == ErrorKind::WouldBlock => break,
            Err(error) if error.kind() == ErrorKind::Interrupted => {}
            Err(error) => return Err(error),
        }
    }
    Ok(sent)
}

/// Errors of `accept(2)` that concern the connection taken from the queue and not the listener.
fn is_of_one_connection(error: &io::Error) -> bool {
    matches!(
        error.kind(),
        ErrorKind::ConnectionAborted | ErrorKind::Interrupted
    )
}

const LISTENER_KEY: u64 = u64::MAX;
const EVENTS_MAX: usize = 1024;
/// What one read takes at most: fits a core's second-level cache.
const BUFFER_BYTES: usize = 128 * 1024;
