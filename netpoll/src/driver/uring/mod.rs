//! The io_uring driver: one ring per core, one `io_uring_enter` per turn.
//!
//! Set-up: a single issuer with deferred task work, so that completions are made in batches and only while this core
//! asks for them. Multishot accept and receive stay armed; receives take their memory from one ring of provided
//! buffers (`buf_ring.rs`); a send is one entry per connection and turn. Entries pushed during a turn reach the kernel
//! with the same call that fetches the next completions. Nearly every send is done within that call, and its completion alone
//! would end the wait for a turn with nothing to do: so the call waits for one completion more than it hands over sends,
//! for a moment.
//!
//! Unsafe code of this driver: pushing entries (their memory belongs to the in-flight table), the mapped buffer ring,
//! and descriptors handed out by the kernel.

mod buf_ring;
mod complete;
mod prepare;
mod sockets;
mod zero_copy;

use std::io;
use std::os::fd::{AsFd, AsRawFd, OwnedFd};
use std::sync::Arc;
use std::time::Duration;

use io_uring::types::{SubmitArgs, Timespec};
use io_uring::{IoUring, opcode, squeue, types};

use self::buf_ring::BufRing;
use self::complete::Cqe;
use self::prepare::Gather;
use self::sockets::{Descriptor, Sockets};
use self::zero_copy::Kept;
use netpoll_buffer::LinkBuffer;

use super::in_flight::InFlight;
use super::op::{Completion, Op, Token};
use super::{DriverParts, End, OpKey, RawSocket, SocketId, Wait};
use crate::address::Address;
use crate::config::Config;
use crate::counters::Counters;
use crate::mailbox::Doorbell;
use crate::net::open_client;

/// The driver.
#[derive(Debug)]
pub(crate) struct UringDriver {
    // Fields drop in this order: the ring first, then the memory that it used.
    ring: Ring,
    buf_ring: BufRing,
    in_flight: InFlight<Extra>,
    sockets: Sockets,
    #[allow(
        clippy::vec_box,
        reason = "a gather list must not move: the kernel is given its address"
    )]
    gathers: Vec<Box<Gather>>,
    reaped: Vec<Cqe>,
    /// The kernel can wait for several completions, but not long.
    waits_for_more: bool,
    /// Sends among the entries that the next call hands over.
    sends_queued: usize,
    counters: Arc<Counters>,
    doorbell: Arc<Doorbell>,
}

/// What the driver keeps beside an operation.
#[derive(Debug)]
pub(super) struct Extra {
    socket: SocketId,
    gather: Option<Box<Gather>>,
    /// Memory that a zero-copy send may still need after its completion.
    kept: Option<Box<Kept>>,
}

/// `IoUring` has no `Debug`.
struct Ring(IoUring);

impl std::fmt::Debug for Ring {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Ring")
            .field("fd", &self.0.as_raw_fd())
            .finish()
    }
}

impl UringDriver {
    pub(crate) fn start(config: &Config, parts: DriverParts) -> io::Result<UringDriver> {
        let ring = build_ring(config.submissions_max)?;
        let buf_ring = BufRing::register(&ring.submitter(), config, &parts.pool)?;
        let direct_max = if config.direct_descriptors {
            sockets::direct_limit(config.connections_max)
        } else {
            0
        };
        let sockets = Sockets::register(&ring.submitter(), direct_max);
        let waits_for_more = ring.params().is_feature_min_timeout();
        let mut driver = UringDriver {
            ring: Ring(ring),
            buf_ring,
            in_flight: InFlight::new(),
            sockets,
            gathers: Vec::new(),
            reaped: Vec::new(),
            waits_for_more,
            sends_queued: 0,
            counters: parts.counters,
            doorbell: parts.doorbell,
        };
        driver.arm_doorbell();
        Ok(driver)
    }

    pub(crate) fn capabilities(&self) -> String {
        let params = self.ring.0.params();
        let (count, bytes) = self.buf_ring.shape();
        format!(
            "io_uring: single issuer, deferred task work, multishot accept and receive, \
             {count} receive blocks of {bytes} bytes ({}), {} direct descriptors, \
             {}submission queue {}, completion queue {}",
            if self.buf_ring.incremental() {
                "incremental"
            } else {
                "whole"
            },
            self.sockets.direct_max(),
            if self.waits_for_more {
                "minimum wait, "
            } else {
                ""
            },
            params.sq_entries(),
            params.cq_entries(),
        )
    }

    pub(crate) fn attach(&mut self, socket: RawSocket) -> io::Result<SocketId> {
        Ok(self.sockets.insert_process(socket.into_descriptor()?))
    }

    pub(crate) fn open_client(&mut self, address: &Address) -> io::Result<SocketId> {
        Ok(self.sockets.insert_process(open_client(address)?))
    }

    pub(crate) fn detach(&mut self, socket: SocketId) {
        match self.sockets.remove(socket) {
            Some(close) => self.push(&close),
            None => self.counters.syscalls.add(1),
        }
    }

    pub(crate) fn release(&mut self, socket: SocketId) -> Option<RawSocket> {
        self.sockets.release(socket).map(RawSocket::from)
    }

    /// A direct descriptor is installed into the process's table for the duration of the call.
    pub(crate) fn address(&mut self, socket: SocketId, end: End) -> Option<Address> {
        if let Some(fd) = self.sockets.process_fd(socket) {
            return end.address_of(fd.as_fd());
        }
        let Some(Descriptor::Direct(index)) = self.sockets.descriptor(socket) else {
            return None;
        };
        let fd = self.install(index).ok()?;
        end.address_of(fd.as_fd())
    }

    /// Makes an ordinary descriptor of a direct one, and waits for it. Completions that arrive meanwhile are kept for
    /// the next turn.
    fn install(&mut self, index: u32) -> io::Result<OwnedFd> {
        let entry = opcode::FixedFdInstall::new(types::Fixed(index), 0).build();
        self.push(&entry.user_data(prepare::INSTALL));
        loop {
            self.enter(Wait::Forever)?;
            let mut installed = None;
            for cqe in self.ring.0.completion().map(Cqe::from) {
                match cqe.installed() {
                    Some(result) => installed = Some(result),
                    None => self.reaped.push(cqe),
                }
            }
            if let Some(result) = installed {
                return result;
            }
        }
    }

    #[inline]
    pub(crate) fn submit(&mut self, socket: SocketId, op: Op, token: Token) -> OpKey {
        let gather = match &op {
            Op::Send { output, .. } if output.first().len() < output.len() => {
                Some(self.gathers.pop().unwrap_or_else(Gather::new))
            }
            _ => None,
        };
        let kept = matches!(
            op,
            Op::Send {
                zero_copy: true,
                ..
            }
        )
        .then(Box::default);
        let extra = Extra {
            socket,
            gather,
            kept,
        };
        let key = self.in_flight.insert(token, op, extra);
        self.resubmit(key);
        key
    }

    pub(crate) fn cancel(&mut self, key: OpKey) {
        if let Some(flight) = self.in_flight.get_mut(key) {
            flight.cancelled = true;
            self.push(&prepare::cancel_entry(key.to_user_data()));
        }
    }

    pub(crate) fn turn(&mut self, wait: Wait, done: &mut Vec<Completion>) -> io::Result<()> {
        self.buf_ring.refill();
        self.enter(wait)?;
        // Copied out first: completing an operation may push entries, and that needs the ring.
        let mut reaped = std::mem::take(&mut self.reaped);
        let mut queue = self.ring.0.completion();
        let lost = queue.overflow();
        reaped.extend(queue.by_ref().map(Cqe::from));
        drop(queue);
        for cqe in reaped.drain(..) {
            self.complete(cqe, done);
        }
        if self.reaped.is_empty() {
            self.reaped = reaped;
        }
        if lost > 0 {
            // The kernel keeps what does not fit into the queue, unless it has no memory for it.
            return Err(io::Error::other(format!(
                "the kernel lost {lost} completions"
            )));
        }
        Ok(())
    }

    /// Moves completions out of the kernel's queue, in their order; the next turn looks at them.
    fn reap(&mut self) {
        self.reaped.extend(self.ring.0.completion().map(Cqe::from));
    }

    pub(crate) fn in_flight(&self) -> usize {
        self.in_flight.len()
    }

    /// Pushes the entry of an operation in the table, for the first time or again.
    #[inline]
    fn resubmit(&mut self, key: OpKey) {
        let Some(flight) = self.in_flight.get_mut(key) else {
            return;
        };
        let Some(descriptor) = self.sockets.descriptor(flight.extra.socket) else {
            debug_assert!(false, "an operation on a socket that was detached");
            return;
        };
        let direct = self.sockets.direct_max() > 0;
        let is_small = |output: &LinkBuffer| output.len() <= SMALL_SEND_BYTES;
        self.sends_queued +=
            usize::from(matches!(&flight.op, Op::Send { output, .. } if is_small(output)));
        let gather = flight.extra.gather.as_deref_mut();
        let entry = prepare::entry(descriptor, &flight.op, gather, direct);
        self.push(&entry.user_data(key.to_user_data()));
    }

    fn arm_doorbell(&mut self) {
        let entry = prepare::doorbell_entry(self.doorbell.as_fd().as_raw_fd());
        self.push(&entry);
    }

    #[inline]
    fn push(&mut self, entry: &squeue::Entry) {
        self.counters.submissions.add(1);
        // SAFETY: all memory that the entry names belongs to an operation in the in-flight table (or to the driver), and
        // stays there until its last completion.
        while unsafe { self.ring.0.submission().push(entry) }.is_err() {
            // The queue is full: hand it over early. Completions stay in their queue until the next turn.
            if let Err(error) = self.submit_now() {
                tracing::error!(%error, "the submission queue cannot be handed to the kernel");
                return;
            }
        }
    }

    fn submit_now(&mut self) -> io::Result<()> {
        loop {
            self.counters.syscalls.add(1);
            match self.ring.0.submit() {
                // The kernel may want room for completions before it takes more operations.
                Err(error) if is_passing(&error) => self.reap(),
                result => return result.map(drop),
            }
        }
    }

    fn recycle(&mut self, gather: Option<Box<Gather>>) {
        if let Some(gather) = gather
            && self.gathers.len() < GATHERS_MAX
        {
            self.gathers.push(gather);
        }
    }

    /// For how many completions the next call waits, and how long at most while there are fewer.
    fn wanted(&mut self, wait: Wait) -> (usize, SubmitArgs<'static, 'static>) {
        let sends = std::mem::take(&mut self.sends_queued);
        // The kernel looks at a timer that is due earlier only when this wait is over.
        let is_urgent = matches!(wait, Wait::For(time) if time <= SENDS_WAIT);
        if sends == 0 || is_urgent || !self.waits_for_more {
            return (1, SubmitArgs::new());
        }
        let wait_us = SENDS_WAIT.as_micros() as u32;
        (1 + sends, SubmitArgs::new().min_wait_usec(wait_us))
    }

    /// One system call that submits, runs deferred work and waits; none when there is nothing to do.
    fn enter(&mut self, wait: Wait) -> io::Result<()> {
        let queued = {
            let submission = self.ring.0.submission();
            let overflow = submission.cq_overflow();
            if overflow {
                self.counters.completion_overflows.add(1);
            }
            if wait == Wait::Poll && submission.is_empty() && !submission.taskrun() && !overflow {
                return Ok(());
            }
            submission.len() as u32
        };
        let ready = !self.ring.0.completion().is_empty() || !self.reaped.is_empty();
        let wait = if ready { Wait::Poll } else { wait };
        let (wanted, args) = self.wanted(wait);
        self.counters.enters.add(1);
        self.counters.syscalls.add(1);
        let submitter = self.ring.0.submitter();
        let result = match wait {
            // SAFETY: no argument is passed, and the entries up to `queued` are initialised.
            Wait::Poll => unsafe { submitter.enter::<libc::sigset_t>(queued, 0, GETEVENTS, None) },
            Wait::Forever => submitter.submit_with_args(wanted, &args),
            Wait::For(time) => {
                let time = Timespec::from(time);
                submitter.submit_with_args(wanted, &args.timespec(&time))
            }
        };
        match result {
            Err(error) if is_passing(&error) || error.raw_os_error() == Some(libc::ETIME) => Ok(()),
            result => result.map(drop),
        }
    }
}

impl Drop for UringDriver {
    /// Ends every operation before its memory goes. Where the kernel does not end one in time, the memory stays: a
    /// leak at the end of a core is better than a write into memory that is used for something else.
    fn drop(&mut self) {
        let keys: Vec<OpKey> = self.in_flight.keys().collect();
        for key in keys {
            self.cancel(key);
        }
        let mut done = Vec::new();
        for _ in 0..DROP_TURNS {
            if self.in_flight.len() == 0 || self.turn(Wait::For(DROP_WAIT), &mut done).is_err() {
                break;
            }
        }
        if self.in_flight.len() > 0 {
            tracing::error!(
                operations = self.in_flight.len(),
                "operations did not end; their memory is kept"
            );
            std::mem::forget(std::mem::replace(&mut self.in_flight, InFlight::new()));
            self.buf_ring.keep_memory();
        }
    }
}

fn build_ring(entries: u32) -> io::Result<IoUring> {
    IoUring::builder()
        .setup_single_issuer()
        .setup_defer_taskrun()
        .setup_coop_taskrun()
        .setup_taskrun_flag()
        .setup_submit_all()
        .setup_cqsize(entries * COMPLETIONS_PER_SUBMISSION)
        .setup_clamp()
        .build(entries)
}

/// Errors of `io_uring_enter` after which the same call is simply made again (man 2 io_uring_enter).
fn is_passing(error: &io::Error) -> bool {
    matches!(
        error.raw_os_error(),
        Some(libc::EINTR | libc::EAGAIN | libc::EBUSY)
    )
}

/// `IORING_ENTER_GETEVENTS`.
const GETEVENTS: u32 = 1;
const COMPLETIONS_PER_SUBMISSION: u32 = 8;
/// How long a completion may wait for those of small sends that are not done at once, because a peer does not read. Longer
/// than a tick of the kernel's clock: to set an earlier timer costs more than is saved.
const SENDS_WAIT: Duration = Duration::from_millis(5);
/// Sends of up to so many bytes are nearly always done at once.
const SMALL_SEND_BYTES: usize = 16 << 10;
/// Gather lists kept for reuse.
const GATHERS_MAX: usize = 256;
const DROP_TURNS: usize = 20;
const DROP_WAIT: Duration = Duration::from_millis(50);
