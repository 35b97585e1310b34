//! One connection on a thread of its own.
//!
//! While no call waits, the loop is what people write by hand: a blocking read, the calls, a write. Only when calls wait (for a
//! timer, for another thread) or a frame is incomplete does it sleep in `poll`, which can also be ended by a timer or by
//! the doorbell of the thread's tasks.

use std::cell::{Cell, RefCell};
use std::io::{self, IoSlice, Read};
use std::rc::Rc;
use std::sync::Arc;
use std::time::{Duration, Instant};

use netpoll::{Address, CloseReason, Config, LinkBuffer};
use netpoll_buffer::{Pool, PoolConfig};
use rustix::event::{PollFd, PollFlags, Timespec, poll};
use rustix::io::Errno;
use rustix::net::{SendAncillaryBuffer, SendFlags, sendmsg};
use socket2::Socket;

use super::live::Entry;
use crate::host::thread::ThreadHost;
use crate::server::{Serving, Shared};
use crate::transport::connection::{After, Inbound, Outlet};

/// Serves a connection until it ends.
pub(super) fn serve(socket: &Socket, shared: Arc<Shared>, entry: &Entry) {
    // Dropped last: the tasks that are left refer to everything else.
    let (host, _guard) = ThreadHost::enter();
    let config = &shared.config.runtime;
    let pool = Pool::new(PoolConfig {
        block_bytes: config.block_bytes,
        bytes_max: config.pool_bytes_max,
        idle_bytes_max: config.block_bytes,
    });
    let serving = Serving::new(
        Arc::clone(&shared),
        pool.clone(),
        Arc::clone(entry.counters()),
    );
    let outlet = Rc::new(ThreadOutlet {
        peer: peer_of(socket),
        ..ThreadOutlet::default()
    });
    let inbound = Inbound::new(serving, Box::new(Rc::clone(&outlet)));
    let mut connection = ThreadConnection {
        socket,
        host,
        pool,
        inbound,
        outlet,
        input: LinkBuffer::new(),
        scratch: vec![0; config.block_bytes],
        partial_since: None,
        is_paused: false,
        is_over: false,
        partial_time: config.partial_frame_timeout,
        config,
    };
    let reason = match connection.prepare(config.idle_timeout) {
        Ok(()) => connection.run(),
        Err(error) => CloseReason::Failed(error.kind()),
    };
    connection.inbound.handle_end(reason);
}

struct ThreadConnection<'a> {
    socket: &'a Socket,
    host: Rc<ThreadHost>,
    pool: Pool,
    inbound: Inbound,
    outlet: Rc<ThreadOutlet>,
    input: LinkBuffer,
    scratch: Vec<u8>,
    /// Since when a part of a frame waits for its rest.
    partial_since: Option<Instant>,
    /// Too many calls are pending.
    is_paused: bool,
    /// The peer sends no more, or the server wants no more.
    is_over: bool,
    /// How long it may.
    partial_time: Duration,
    config: &'a Config,
}

impl ThreadConnection<'_> {
    /// A read or write that makes no progress for the idle time ends the connection.
    fn prepare(&self, idle: Duration) -> io::Result<()> {
        let idle = (!idle.is_zero()).then_some(idle);
        self.socket.set_read_timeout(idle)?;
        self.socket.set_write_timeout(idle)
    }

    fn run(&mut self) -> CloseReason {
        loop {
            self.host.fire_timers();
            self.host.poll_ready();
            if self.outlet.resumed.take() {
                self.is_paused = false;
                self.deliver();
            }
            if let Err(error) = self.write_out() {
                return CloseReason::Failed(error.kind());
            }
            if self.outlet.closing.get() {
                return if self.is_over {
                    CloseReason::PeerClosed
                } else {
                    CloseReason::Closed
                };
            }
            match self.wait() {
                Ok(true) => {}
                Ok(false) => continue,
                Err(reason) => return reason,
            }
            if let Err(reason) = self.read() {
                return reason;
            }
        }
    }

    /// Waits for something to do; returns whether it is reading. Does not wait when all there is to wait for is the peer:
    /// the read does that.
    fn wait(&mut self) -> Result<bool, CloseReason> {
        let may_read = !self.is_paused && !self.is_over;
        if may_read && self.partial_since.is_none() && !self.host.has_tasks() {
            return Ok(true);
        }
        let failed = |error: io::Error| CloseReason::Failed(error.kind());
        let doorbell = self.host.doorbell().map_err(failed)?;
        let now = self.host.now();
        let partial = self
            .partial_since
            .filter(|_| may_read)
            .map(|at| at + self.partial_time);
        if partial.is_some_and(|deadline| now >= deadline) {
            return Err(CloseReason::PartialFrame);
        }
        let wanted = if may_read {
            PollFlags::IN
        } else {
            PollFlags::empty()
        };
        let mut sources = [
            PollFd::new(self.socket, wanted),
            PollFd::new(&doorbell, PollFlags::IN),
        ];
        let deadline = [partial, self.host.next_timer()]
            .into_iter()
            .flatten()
            .min();
        let left = if self.host.has_ready() {
            Some(Duration::ZERO)
        } else {
            deadline.map(|deadline| deadline.saturating_duration_since(now))
        };
        let left = left.and_then(|left| Timespec::try_from(left).ok());
        match poll(&mut sources, left.as_ref()) {
            Ok(_) | Err(Errno::INTR) => {}
            Err(error) => return Err(failed(error.into())),
        }
        let seen = sources[0].revents();
        self.host.quiet_doorbell();
        if !may_read && seen.intersects(PollFlags::HUP | PollFlags::ERR) {
            return Err(CloseReason::Aborted);
        }
        Ok(!seen.is_empty())
    }

    /// Reads once and serves what came.
    fn read(&mut self) -> Result<(), CloseReason> {
        match (&mut &*self.socket).read(&mut self.scratch) {
            Ok(0) => {
                self.is_over = true;
                self.inbound.handle_end_of_stream();
            }
            Ok(count) => {
                self.input.put_slice(&self.scratch[..count], &self.pool);
                self.deliver();
            }
            Err(error) => match error.kind() {
                io::ErrorKind::Interrupted => {}
                io::ErrorKind::WouldBlock | io::ErrorKind::TimedOut => {
                    return Err(CloseReason::Idle);
                }
                kind => return Err(CloseReason::Failed(kind)),
            },
        }
        Ok(())
    }

    /// Hands the input to the protocol until that has to wait for something.
    fn deliver(&mut self) {
        loop {
            let before = self.input.len();
            match self.inbound.handle_read(&mut self.input) {
                After::Wait { frame_bytes } => {
                    self.partial_time = self.config.partial_frame_time(frame_bytes);
                    let is_partial = !self.input.is_empty();
                    if !is_partial {
                        self.partial_since = None;
                    } else if self.partial_since.is_none() || self.input.len() < before {
                        self.partial_since = Some(self.host.now());
                    }
                    return;
                }
                After::Pause => {
                    self.is_paused = true;
                    return;
                }
                After::Drain => {
                    if self.write_out().is_err() {
                        // Seen again by the next write or read.
                        self.outlet.closing.set(true);
                        return;
                    }
                }
                After::Close => {
                    self.outlet.closing.set(true);
                    return;
                }
            }
        }
    }

    /// Writes all output, however long the peer takes.
    fn write_out(&self) -> io::Result<()> {
        let mut output = self.outlet.output.borrow_mut();
        while !output.is_empty() {
            let mut slices = [IoSlice::new(&[]); SLICES];
            let count = output.gather(&mut slices);
            let mut control = SendAncillaryBuffer::default();
            match sendmsg(
                self.socket,
                &slices[..count],
                &mut control,
                SendFlags::NOSIGNAL,
            ) {
                Ok(0) => return Err(io::ErrorKind::WriteZero.into()),
                Ok(sent) => output.skip(sent),
                Err(Errno::INTR) => {}
                Err(error) => return Err(error.into()),
            }
        }
        Ok(())
    }
}

/// What the protocol tells the loop.
#[derive(Default)]
struct ThreadOutlet {
    peer: Option<Address>,
    output: RefCell<LinkBuffer>,
    resumed: Cell<bool>,
    closing: Cell<bool>,
}

impl Outlet for Rc<ThreadOutlet> {
    fn send(&self, output: &mut LinkBuffer) {
        self.output.borrow_mut().append(output);
    }

    fn unsent_bytes(&self) -> usize {
        self.output.borrow().len()
    }

    fn resume(&self) {
        self.resumed.set(true);
    }

    fn close(&self) {
        self.closing.set(true);
    }

    fn peer(&self) -> Option<Address> {
        self.peer.clone()
    }
}

fn peer_of(socket: &Socket) -> Option<Address> {
    let address = socket.peer_addr().ok()?;
    Some(match address.as_socket() {
        Some(address) => Address::Tcp(address),
        None => Address::Unix(address.as_pathname().map(Into::into).unwrap_or_default()),
    })
}

/// Runs of bytes that one write takes.
const SLICES: usize = 64;
