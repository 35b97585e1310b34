//! Byte echo over io_uring: what arrives is sent from the buffer it was received into.
//!
//! A turn takes all completions first and then sends, so everything that a connection received in a
//! turn leaves in one send. Clients that do not read must not hold all of the shared receive buffers:
//! when these become scarce, bytes are copied and their buffer is given back at once. A connection with
//! more than [`UNSENT_BYTES_MAX`] to send is not received from.

use std::mem;
use std::os::fd::AsFd;
use std::process::ExitCode;

use anyhow::Context;
use benches::address::Listener;
use benches::sys;
use benches::uring::output::Output;
use benches::uring::{Event, Ring, Sizes, Wait};

pub(crate) struct Server {
    ring: Ring,
    connections: Vec<Connection>,
    /// Connections that got something to send in this turn.
    dirty: Vec<u32>,
    outputs: Vec<Output>,
}

#[derive(Default)]
struct Connection {
    unsent: Option<Output>,
    unsent_bytes: usize,
    sending: bool,
    receiving: Receiving,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
enum Receiving {
    #[default]
    On,
    /// Asked to stop.
    Stopping,
    Stopped,
    /// The client has closed.
    Ended,
}

impl Server {
    pub(crate) fn new(listener: &Listener, spin: bool) -> anyhow::Result<Self> {
        let connections_max = sys::open_files_max()?.min(CONNECTIONS_MAX);
        let sizes = Sizes {
            connections_max,
            buffers: BUFFERS,
            buffer_bytes: BUFFER_BYTES,
        };
        let wait = if spin { Wait::Spin } else { Wait::Sleep };
        let ring = Ring::new(listener.as_fd(), sizes, wait).context("io_uring cannot be set up")?;
        let mut connections = Vec::new();
        connections.resize_with(connections_max as usize, Connection::default);
        Ok(Self {
            ring,
            connections,
            dirty: Vec::new(),
            outputs: Vec::new(),
        })
    }

    /// Serves until io_uring itself fails.
    pub(crate) fn run(&mut self) -> anyhow::Result<ExitCode> {
        loop {
            self.ring.turn().context("io_uring_enter failed")?;
            while let Some(event) = self.ring.next_event()? {
                self.handle(event)?;
            }
            let mut dirty = mem::take(&mut self.dirty);
            for number in dirty.drain(..) {
                self.send(number)?;
            }
            self.dirty = dirty;
        }
    }

    #[inline]
    fn handle(&mut self, event: Event) -> anyhow::Result<()> {
        match event {
            Event::Received(number, piece) => {
                let connection = &mut self.connections[number as usize];
                connection.unsent_bytes += piece.len();
                let output = connection.unsent.get_or_insert_with(|| {
                    self.dirty.push(number);
                    self.outputs.pop().unwrap_or_default()
                });
                if self.ring.buffers().is_scarce() {
                    output
                        .bytes
                        .extend_from_slice(self.ring.buffers().bytes(&piece));
                    self.ring.buffers_mut().release(piece);
                } else {
                    output.push_piece(piece, self.ring.buffers_mut());
                }
                if connection.unsent_bytes > UNSENT_BYTES_MAX
                    && connection.receiving == Receiving::On
                {
                    connection.receiving = Receiving::Stopping;
                    if self.ring.stop_receiving(number)? {
                        connection.receiving = Receiving::Stopped;
                    }
                }
            }
            Event::Sent(number, output) => {
                self.connections[number as usize].sending = false;
                self.recycle(output);
                self.send(number)?;
            }
            Event::Stopped(number) => {
                self.connections[number as usize].receiving = Receiving::Stopped;
                self.send(number)?;
            }
            Event::Ended(number) => {
                self.connections[number as usize].receiving = Receiving::Ended;
                self.send(number)?;
            }
            Event::Closed(number) => {
                let connection = mem::take(&mut self.connections[number as usize]);
                if let Some(output) = connection.unsent {
                    self.recycle(output);
                }
            }
            // A descriptor is all there is to a new connection; `receive_into` is not used.
            Event::Accepted(_) | Event::Filled(..) => {}
        }
        Ok(())
    }

    /// Sends what is unsent unless a send is going on; with nothing to send, receives or closes.
    #[inline]
    fn send(&mut self, number: u32) -> anyhow::Result<()> {
        let connection = &mut self.connections[number as usize];
        if connection.sending {
            return Ok(());
        }
        if let Some(output) = connection.unsent.take() {
            connection.unsent_bytes = 0;
            connection.sending = true;
            self.ring.send(number, output)?;
        } else if connection.receiving == Receiving::Stopped {
            connection.receiving = Receiving::On;
            self.ring.start_receiving(number)?;
        } else if connection.receiving == Receiving::Ended {
            self.ring.close(number)?;
        }
        Ok(())
    }

    #[inline]
    fn recycle(&mut self, mut output: Output) {
        output.clear(self.ring.buffers_mut(), drop);
        self.outputs.push(output);
    }
}

/// Most connections; the table of descriptors has this many places.
const CONNECTIONS_MAX: u32 = 32 * 1024;
const BUFFERS: u16 = 64;
const BUFFER_BYTES: u32 = 64 * 1024;
/// More than a message of 1 MiB, which is then answered without a pause.
const UNSENT_BYTES_MAX: usize = 2 * 1024 * 1024;
