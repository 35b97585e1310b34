//! epoll, edge-triggered: three system calls behind safe functions.
//!
//! Edges mean that a reader which got fewer bytes than it asked for needs no second read to learn
//! that the socket is empty: new bytes raise a new event (`epoll(7)`, questions and answers, 9).

use std::io;
use std::os::fd::{AsFd, AsRawFd, BorrowedFd, FromRawFd, OwnedFd};
use std::time::Duration;

/// Watches sockets on behalf of one thread.
#[derive(Debug)]
pub struct Epoll {
    descriptor: OwnedFd,
    events: Vec<libc::epoll_event>,
    ready: usize,
}

/// What a socket is watched for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Interest {
    /// Bytes to read, or the end of the stream.
    Read,
    /// The same, and room to write.
    ReadWrite,
}

/// One report.
#[derive(Clone, Copy, Debug)]
pub struct Event {
    /// The number the socket was added with.
    pub key: u64,
    /// A read will not block (it may report the end or an error).
    pub readable: bool,
    /// A write will not block (it may report an error).
    pub writable: bool,
}

impl Epoll {
    /// An instance that reports at most `events_max` events per wait.
    ///
    /// # Errors
    /// Those of `epoll_create1(2)`.
    pub fn new(events_max: usize) -> io::Result<Self> {
        // SAFETY: no memory is passed.
        let descriptor = unsafe { libc::epoll_create1(libc::EPOLL_CLOEXEC) };
        if descriptor < 0 {
            return Err(io::Error::last_os_error());
        }
        // SAFETY: the call above returned this descriptor and nobody else owns it.
        let descriptor = unsafe { OwnedFd::from_raw_fd(descriptor) };
        let events = vec![libc::epoll_event { events: 0, u64: 0 }; events_max.max(1)];
        Ok(Self {
            descriptor,
            events,
            ready: 0,
        })
    }

    /// Starts watching a socket.
    ///
    /// # Errors
    /// Those of `epoll_ctl(2)`.
    pub fn add(&self, socket: BorrowedFd<'_>, key: u64, interest: Interest) -> io::Result<()> {
        self.control(libc::EPOLL_CTL_ADD, socket, key, interest)
    }

    /// Changes what a socket is watched for; what is ready now is reported again.
    ///
    /// # Errors
    /// Those of `epoll_ctl(2)`.
    pub fn modify(&self, socket: BorrowedFd<'_>, key: u64, interest: Interest) -> io::Result<()> {
        self.control(libc::EPOLL_CTL_MOD, socket, key, interest)
    }

    /// Waits for events: for ever with `None`, not at all with zero. Returns how many came; read
    /// them with [`Epoll::event`]. A signal counts as no event.
    ///
    /// # Errors
    /// Those of `epoll_wait(2)`.
    pub fn wait(&mut self, timeout: Option<Duration>) -> io::Result<usize> {
        let timeout = timeout.map_or(-1, |timeout| {
            i32::try_from(timeout.as_micros().div_ceil(1000)).unwrap_or(i32::MAX)
        });
        let room = libc::c_int::try_from(self.events.len()).unwrap_or(libc::c_int::MAX);
        // SAFETY: `events` has room for `room` events.
        let count = unsafe {
            libc::epoll_wait(
                self.descriptor.as_raw_fd(),
                self.events.as_mut_ptr(),
                room,
                timeout,
            )
        };
        self.ready = usize::try_from(count).unwrap_or(0);
        if count < 0 {
            let error = io::Error::last_os_error();
            if error.kind() != io::ErrorKind::Interrupted {
                return Err(error);
            }
        }
        Ok(self.ready)
    }

    /// The `index`-th event of the last wait.
    #[must_use]
    #[inline]
    pub fn event(&self, index: usize) -> Event {
        let event = self.events[..self.ready][index];
        let (bits, key) = (event.events, event.u64);
        Event {
            key,
            readable: bits & READABLE != 0,
            writable: bits & WRITABLE != 0,
        }
    }

    fn control(
        &self,
        operation: libc::c_int,
        socket: BorrowedFd<'_>,
        key: u64,
        interest: Interest,
    ) -> io::Result<()> {
        let bits = match interest {
            Interest::Read => libc::EPOLLIN,
            Interest::ReadWrite => libc::EPOLLIN | libc::EPOLLOUT,
        };
        let events = (bits | libc::EPOLLRDHUP | libc::EPOLLET).cast_unsigned();
        let mut event = libc::epoll_event { events, u64: key };
        let (epoll, socket) = (self.descriptor.as_fd().as_raw_fd(), socket.as_raw_fd());
        // SAFETY: both descriptors are open and the kernel copies `event` before it returns.
        let status = unsafe { libc::epoll_ctl(epoll, operation, socket, &raw mut event) };
        if status < 0 {
            Err(io::Error::last_os_error())
        } else {
            Ok(())
        }
    }
}

const READABLE: u32 =
    (libc::EPOLLIN | libc::EPOLLRDHUP | libc::EPOLLHUP | libc::EPOLLERR).cast_unsigned();
const WRITABLE: u32 = (libc::EPOLLOUT | libc::EPOLLHUP | libc::EPOLLERR).cast_unsigned();
