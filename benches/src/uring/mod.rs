//! Sockets over io_uring for the servers of this crate: accept, receive, send and close, reported as
//! [`Event`]s.
//!
//! The kernel's newest ways are used as far as the kernel has them: accepted sockets live in the
//! ring's file table (direct descriptors), one multishot receive per connection fills buffers of a
//! shared [`BufferRing`], completions are run when the thread asks for them (`DEFER_TASKRUN`), and
//! one `io_uring_enter` per turn submits everything and waits.
//!
//! Invariants: memory the kernel may touch belongs to the connection's `Slot` until its completion,
//! and to nobody's `Drop`; a slot is used again only after `close` completed, which is submitted when
//! nothing else of the connection is in flight, so no completion can meet the next connection.

pub mod buffer_ring;
mod complete;
pub mod output;

use std::fmt;
use std::io;
use std::mem::{self, ManuallyDrop};
use std::os::fd::{AsRawFd, BorrowedFd, OwnedFd};

use io_uring::types::{Fd, Fixed};
use io_uring::{CompletionQueue, EnterFlags, IoUring, SubmissionQueue, Submitter};
use io_uring::{opcode, squeue};

use crate::uring::buffer_ring::{BufferRing, GROUP, Piece};
use crate::uring::output::{Output, Pointers};

/// Sizes of a ring.
#[derive(Clone, Copy, Debug)]
pub struct Sizes {
    /// Connections at a time; the limit of open files may lower it.
    pub connections_max: u32,
    /// Receive buffers, a power of two.
    pub buffers: u16,
    /// Bytes of a receive buffer.
    pub buffer_bytes: u32,
}

/// What happened. Connections are numbered from 0; a number is used again after [`Event::Closed`].
#[derive(Debug)]
pub enum Event {
    /// A connection was made; it is being received from.
    Accepted(u32),
    /// Bytes arrived.
    Received(u32, Piece),
    /// [`Ring::receive_into`] is done: the buffer with what arrived appended.
    Filled(u32, Vec<u8>),
    /// The multishot receive has ended as asked by [`Ring::stop_receiving`].
    Stopped(u32),
    /// Nothing more will arrive: the peer has closed or the connection is broken.
    Ended(u32),
    /// An output has left, or never will; clear it before it is used again.
    Sent(u32, Output),
    /// [`Ring::close`] is done.
    Closed(u32),
}

/// One thread's ring with a listener. It is never dropped in earnest: what the kernel may still use
/// stays allocated until the process ends.
pub struct Ring {
    submitter: Submitter<'static>,
    submission: SubmissionQueue<'static>,
    completion: CompletionQueue<'static>,
    buffers: BufferRing,
    slots: ManuallyDrop<Vec<Slot>>,
    listener: OwnedFd,
    accepting: bool,
    /// Connections whose receive ended for want of buffers.
    starved: Vec<u32>,
    /// An event that a completion brought besides its first one, with its connection.
    second: Option<(u32, Event)>,
    wait: Wait,
    /// How to enter the kernel for completions.
    flags: EnterFlags,
}

/// How a turn waits.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Wait {
    /// Until there is something to do.
    Sleep,
    /// Not at all.
    Spin,
}

#[derive(Debug, Default)]
struct Slot {
    receiving: Receiving,
    sending: Option<Output>,
    closing: bool,
}

#[derive(Debug, Default, PartialEq, Eq)]
enum Receiving {
    #[default]
    No,
    Multishot,
    /// Multishot, its end asked for.
    Stopping,
    /// Multishot, to be armed when there are buffers.
    Starved,
    /// The buffer being filled.
    Into(Vec<u8>),
}

impl Ring {
    /// Sets the ring up and starts accepting. The thread that calls this is the one that has to call
    /// everything else.
    ///
    /// # Errors
    /// When the kernel refuses io_uring or is older than 6.1, or memory is short.
    pub fn new(listener: BorrowedFd<'_>, sizes: Sizes, wait: Wait) -> io::Result<Self> {
        let ring: IoUring = IoUring::builder()
            .setup_single_issuer()
            .setup_defer_taskrun()
            .setup_coop_taskrun()
            .setup_taskrun_flag()
            .setup_submit_all()
            .setup_clamp()
            .setup_cqsize(SUBMISSION_ENTRIES * 4)
            .build(SUBMISSION_ENTRIES)?;
        let mut flags = EnterFlags::GETEVENTS;
        // Without it a sleeping server counts as waiting for a disk.
        flags.set(EnterFlags::NO_IOWAIT, ring.params().is_feature_no_iowait());
        let (mut submitter, submission, completion) = Box::leak(Box::new(ring)).split();
        submitter.register_ring_fd()?;
        submitter.register_files_sparse(sizes.connections_max)?;
        let buffers = BufferRing::register(&submitter, sizes.buffers, sizes.buffer_bytes)?;
        let mut slots = Vec::new();
        slots.resize_with(sizes.connections_max as usize, Slot::default);
        let mut ring = Self {
            submitter,
            submission,
            completion,
            buffers,
            slots: ManuallyDrop::new(slots),
            listener: listener.try_clone_to_owned()?,
            accepting: false,
            starved: Vec::new(),
            second: None,
            wait,
            flags,
        };
        ring.arm_accept()?;
        Ok(ring)
    }

    /// The receive buffers.
    #[must_use]
    #[inline]
    pub fn buffers(&self) -> &BufferRing {
        &self.buffers
    }

    /// The receive buffers, to give pieces back.
    #[inline]
    pub fn buffers_mut(&mut self) -> &mut BufferRing {
        &mut self.buffers
    }

    /// Submits what was asked for and waits as the ring was told to. Afterwards take the events.
    ///
    /// # Errors
    /// Those of `io_uring_enter(2)` that waiting longer does not cure.
    pub fn turn(&mut self) -> io::Result<()> {
        if self.buffers.publish() {
            for number in mem::take(&mut self.starved) {
                if self.slots[number as usize].receiving == Receiving::Starved {
                    self.arm_receive(number)?;
                }
            }
        }
        let want = u32::from(self.wait == Wait::Sleep);
        self.enter(want, self.flags)?;
        self.completion.sync();
        Ok(())
    }

    /// The next event of this turn.
    ///
    /// # Errors
    /// When the submission queue is full and the kernel refuses to take entries.
    #[inline]
    pub fn next_event(&mut self) -> io::Result<Option<Event>> {
        if let Some((number, event)) = self.second.take()
            && !self.slots[number as usize].closing
        {
            return Ok(Some(event));
        }
        while let Some(entry) = self.completion.next() {
            let number = entry.user_data() as u32;
            let event = match entry.user_data() & !u64::from(u32::MAX) {
                RECEIVE => self.complete_receive(number, &entry)?,
                SEND => self.complete_send(number, entry.result())?,
                ACCEPT => self.complete_accept(&entry)?,
                CLOSE => self.complete_close(number)?,
                // Shutdown and cancel show their effect in the receive they end.
                _ => None,
            };
            if event.is_some() {
                return Ok(event);
            }
        }
        Ok(None)
    }

    /// Sends an output. One at a time per connection.
    ///
    /// # Errors
    /// When the submission queue is full and the kernel refuses to take entries.
    ///
    /// # Panics
    /// When one is being sent already, this one is empty, or the connection is being closed.
    #[inline]
    pub fn send(&mut self, number: u32, mut output: Output) -> io::Result<()> {
        let slot = &self.slots[number as usize];
        assert!(
            slot.sending.is_none() && !slot.closing,
            "one send at a time, none after close"
        );
        output.seal(&self.buffers);
        assert!(output.pointers().is_some(), "an output to send has bytes");
        self.submit_send(number, output)
    }

    /// Ends the multishot receive: `true` when it has ended, else [`Event::Stopped`] will tell.
    ///
    /// # Errors
    /// When the submission queue is full and the kernel refuses to take entries.
    pub fn stop_receiving(&mut self, number: u32) -> io::Result<bool> {
        let slot = &mut self.slots[number as usize];
        match slot.receiving {
            Receiving::Multishot => slot.receiving = Receiving::Stopping,
            Receiving::Starved => {
                slot.receiving = Receiving::No;
                return Ok(true);
            }
            Receiving::No | Receiving::Stopping | Receiving::Into(_) => return Ok(false),
        }
        self.push(
            opcode::AsyncCancel::new(RECEIVE | u64::from(number))
                .build()
                .user_data(CANCEL),
        )?;
        Ok(false)
    }

    /// Starts the multishot receive again after [`Event::Stopped`].
    ///
    /// # Errors
    /// When the submission queue is full and the kernel refuses to take entries.
    pub fn start_receiving(&mut self, number: u32) -> io::Result<()> {
        if self.slots[number as usize].receiving == Receiving::No {
            self.arm_receive(number)?;
        }
        Ok(())
    }

    /// Receives once, at most `bytes`, behind the content of `buffer`; with `all` until that many are
    /// there. The multishot receive must have stopped.
    ///
    /// # Errors
    /// When the submission queue is full and the kernel refuses to take entries.
    ///
    /// # Panics
    /// When another receive is going on or the buffer has no room for `bytes`.
    pub fn receive_into(
        &mut self,
        number: u32,
        buffer: Vec<u8>,
        bytes: usize,
        all: bool,
    ) -> io::Result<()> {
        let slot = &mut self.slots[number as usize];
        assert!(slot.receiving == Receiving::No, "one receive at a time");
        assert!(
            (1..=buffer.capacity() - buffer.len()).contains(&bytes),
            "no room to receive into"
        );
        slot.receiving = Receiving::Into(buffer);
        let Receiving::Into(buffer) = &mut slot.receiving else {
            unreachable!("stored above")
        };
        let address = buffer.spare_capacity_mut().as_mut_ptr().cast();
        let length = u32::try_from(bytes).unwrap_or(u32::MAX);
        let flags = if all { libc::MSG_WAITALL } else { 0 };
        let entry = opcode::Recv::new(Fixed(number), address, length)
            .flags(flags)
            .build();
        self.push(entry.user_data(RECEIVE | u64::from(number)))
    }

    /// Closes a connection, whatever is going on in it; [`Event::Closed`] follows, other events of
    /// the connection no longer.
    ///
    /// # Errors
    /// When the submission queue is full and the kernel refuses to take entries.
    pub fn close(&mut self, number: u32) -> io::Result<()> {
        let slot = &mut self.slots[number as usize];
        if mem::replace(&mut slot.closing, true) {
            return Ok(());
        }
        if slot.receiving != Receiving::No || slot.sending.is_some() {
            let entry = opcode::Shutdown::new(Fixed(number), libc::SHUT_RDWR).build();
            self.push(entry.user_data(SHUTDOWN))?;
        }
        self.finish_close(number)
    }

    /// Closes the descriptor once nothing of the connection is in flight.
    fn finish_close(&mut self, number: u32) -> io::Result<()> {
        let slot = &mut self.slots[number as usize];
        if slot.receiving == Receiving::Starved {
            slot.receiving = Receiving::No;
        }
        if slot.receiving != Receiving::No || slot.sending.is_some() {
            return Ok(());
        }
        let entry = opcode::Close::new(Fixed(number)).build();
        self.push(entry.user_data(CLOSE | u64::from(number)))
    }

    fn arm_accept(&mut self) -> io::Result<()> {
        if mem::replace(&mut self.accepting, true) {
            return Ok(());
        }
        let listener = Fd(self.listener.as_raw_fd());
        let entry = opcode::AcceptMulti::new(listener)
            .allocate_file_index(true)
            .build();
        self.push(entry.user_data(ACCEPT))
    }

    fn arm_receive(&mut self, number: u32) -> io::Result<()> {
        self.slots[number as usize].receiving = Receiving::Multishot;
        let entry = opcode::RecvMulti::new(Fixed(number), GROUP).build();
        self.push(entry.user_data(RECEIVE | u64::from(number)))
    }

    #[inline]
    fn submit_send(&mut self, number: u32, mut output: Output) -> io::Result<()> {
        // MSG_WAITALL: the kernel goes on by itself when a socket takes a part only.
        let flags = libc::MSG_NOSIGNAL | libc::MSG_WAITALL;
        let entry = match output.pointers() {
            None => return Ok(()),
            Some(Pointers::One { address, length }) => {
                opcode::Send::new(Fixed(number), address, length)
                    .flags(flags)
                    .build()
            }
            Some(Pointers::Many(message)) => {
                let flags = flags.cast_unsigned();
                opcode::SendMsg::new(Fixed(number), message)
                    .flags(flags)
                    .build()
            }
        };
        self.slots[number as usize].sending = Some(output);
        self.push(entry.user_data(SEND | u64::from(number)))
    }

    /// Queues an entry whose memory its slot owns; makes room when the queue is full.
    #[inline]
    fn push(&mut self, entry: squeue::Entry) -> io::Result<()> {
        loop {
            // SAFETY: memory named by entries is stored in the connection's slot or is the ring of
            // buffers; neither is touched or freed before the completion, nor when `self` is dropped.
            if unsafe { self.submission.push(&entry) }.is_ok() {
                return Ok(());
            }
            self.enter(0, EnterFlags::empty())?;
        }
    }

    fn enter(&mut self, want: u32, flags: EnterFlags) -> io::Result<()> {
        self.submission.sync();
        let count = u32::try_from(self.submission.len()).expect("the queue is short");
        // SAFETY: no argument is passed; the entries were checked by `push`.
        let result = unsafe {
            self.submitter
                .enter::<libc::sigset_t>(count, want, flags.bits(), None)
        };
        self.submission.sync();
        match result.map_err(|error| (error.raw_os_error(), error)) {
            Ok(_) => Ok(()),
            // A signal, or completions to be taken first.
            Err((Some(libc::EINTR | libc::EAGAIN | libc::EBUSY), _)) => Ok(()),
            Err((_, error)) => Err(error),
        }
    }
}

impl fmt::Debug for Ring {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self {
            buffers,
            starved,
            wait,
            ..
        } = self;
        write!(
            f,
            "Ring {{ buffers: {buffers:?}, starved: {}, wait: {wait:?} }}",
            starved.len()
        )
    }
}

const SUBMISSION_ENTRIES: u32 = 4096;

// The upper half of an entry's user data says what it was; the lower half is the connection.
const ACCEPT: u64 = 1 << 32;
const RECEIVE: u64 = 2 << 32;
const SEND: u64 = 3 << 32;
const CLOSE: u64 = 4 << 32;
const SHUTDOWN: u64 = 5 << 32;
const CANCEL: u64 = 6 << 32;
