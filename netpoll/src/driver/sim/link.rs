//! A connection of the simulated network: two streams of bytes, one in each direction.
//!
//! Either end may belong to a core's driver or, as a [`Stream`](super::Stream), to any thread. Whatever one end does
//! wakes the other: a core by its doorbell, a thread by the condition variable.
//!
//! Invariant: `ways[side]` is what flows towards `side`; nothing is added to it after its end.

use std::collections::VecDeque;
use std::io;
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use crate::address::Address;
use crate::driver::End;
use crate::mailbox::Doorbell;

/// One end of a connection. Dropping it closes it.
#[derive(Debug)]
pub(crate) struct LinkEnd {
    link: Arc<Link>,
    side: usize,
    local: Address,
    peer: Address,
}

#[derive(Debug)]
struct Link {
    state: Mutex<State>,
    changed: Condvar,
}

#[derive(Debug)]
struct State {
    ways: [Way; 2],
    /// The core that each side belongs to.
    bells: [Option<Arc<Doorbell>>; 2],
    is_reset: bool,
    /// Bytes that wait in one direction at most.
    capacity: usize,
}

/// One direction.
#[derive(Debug, Default)]
struct Way {
    bytes: VecDeque<u8>,
    /// The sender sends no more.
    is_ended: bool,
    /// The receiver is gone.
    is_deaf: bool,
}

impl State {
    fn is_readable(&self, side: usize) -> bool {
        let way = &self.ways[side];
        self.is_reset || !way.bytes.is_empty() || way.is_ended
    }

    fn is_writable(&self, side: usize) -> bool {
        let way = &self.ways[1 - side];
        self.is_reset || way.is_deaf || way.bytes.len() < self.capacity
    }
}

/// What became of a read or a write.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Progress {
    Bytes(usize),
    End,
    Reset,
    /// It must wait for the other end.
    Wait,
}

impl LinkEnd {
    /// A new connection: the end of the one who connects, and the end of the one who is connected to.
    pub(super) fn pair(client: Address, server: Address) -> (LinkEnd, LinkEnd) {
        let link = Arc::new(Link {
            state: Mutex::new(State {
                ways: Default::default(),
                bells: [None, None],
                is_reset: false,
                capacity: CAPACITY,
            }),
            changed: Condvar::new(),
        });
        let near = LinkEnd {
            link: Arc::clone(&link),
            side: 0,
            local: client.clone(),
            peer: server.clone(),
        };
        let far = LinkEnd {
            link,
            side: 1,
            local: server,
            peer: client,
        };
        (near, far)
    }

    pub(super) fn address(&self, end: End) -> &Address {
        match end {
            End::Local => &self.local,
            End::Peer => &self.peer,
        }
    }

    /// Names the core that is to be woken when the other end does something.
    pub(super) fn set_bell(&self, bell: &Arc<Doorbell>) {
        self.state().bells[self.side] = Some(Arc::clone(bell));
    }

    pub(super) fn set_capacity(&self, bytes: usize) {
        self.state().capacity = bytes;
    }

    /// Whether a read would not wait.
    pub(super) fn is_readable(&self) -> bool {
        self.state().is_readable(self.side)
    }

    /// Whether a write would not wait.
    pub(super) fn is_writable(&self) -> bool {
        self.state().is_writable(self.side)
    }

    /// Takes bytes that have arrived.
    pub(super) fn read(&self, target: &mut [u8]) -> Progress {
        let mut state = self.state();
        let is_reset = state.is_reset;
        let way = &mut state.ways[self.side];
        if way.bytes.is_empty() {
            return match (is_reset, way.is_ended) {
                (true, _) => Progress::Reset,
                (false, true) => Progress::End,
                (false, false) => Progress::Wait,
            };
        }
        let count = target.len().min(way.bytes.len());
        let (front, back) = way.bytes.as_slices();
        let cut = count.min(front.len());
        target[..cut].copy_from_slice(&front[..cut]);
        target[cut..count].copy_from_slice(&back[..count - cut]);
        way.bytes.drain(..count);
        self.tell(state);
        Progress::Bytes(count)
    }

    /// Sends as many bytes as there is room for.
    pub(super) fn write(&self, bytes: &[u8]) -> Progress {
        let mut state = self.state();
        if state.is_reset {
            return Progress::Reset;
        }
        let capacity = state.capacity;
        let way = &mut state.ways[1 - self.side];
        if way.is_ended {
            return Progress::End;
        }
        if way.is_deaf {
            // As with TCP: the bytes go on their way, and are answered with a reset.
            state.is_reset = true;
            self.tell(state);
            return Progress::Bytes(bytes.len());
        }
        let count = bytes.len().min(capacity.saturating_sub(way.bytes.len()));
        if count == 0 {
            return Progress::Wait;
        }
        way.bytes.extend(&bytes[..count]);
        self.tell(state);
        Progress::Bytes(count)
    }

    /// Sends no more.
    pub(super) fn end(&self) {
        let mut state = self.state();
        state.ways[1 - self.side].is_ended = true;
        self.tell(state);
    }

    /// Breaks the connection; bytes under way are lost.
    pub(super) fn reset(&self) {
        let mut state = self.state();
        state.is_reset = true;
        state.ways.iter_mut().for_each(|way| way.bytes.clear());
        self.tell(state);
    }

    /// Waits until a read would not wait, at most for `time`.
    pub(super) fn wait_readable(&self, time: Option<Duration>) {
        self.wait(time, |state| state.is_readable(self.side));
    }

    /// Waits until a write would not wait.
    pub(super) fn wait_writable(&self) {
        self.wait(None, |state| state.is_writable(self.side));
    }

    fn wait(&self, time: Option<Duration>, ready: impl Fn(&State) -> bool) {
        let (changed, state) = (&self.link.changed, self.state());
        let wait = |state: &mut State| !ready(state);
        match time {
            Some(time) => drop(changed.wait_timeout_while(state, time, wait)),
            None => drop(changed.wait_while(state, wait)),
        }
    }

    fn close(&self) {
        let mut state = self.state();
        if !state.ways[self.side].bytes.is_empty() {
            // Unread bytes: the other end learns that they were not taken.
            state.is_reset = true;
        }
        state.ways[self.side].is_deaf = true;
        state.ways[1 - self.side].is_ended = true;
        state.bells[self.side] = None;
        self.tell(state);
    }

    fn state(&self) -> MutexGuard<'_, State> {
        let state = self.link.state.lock();
        state.unwrap_or_else(PoisonError::into_inner)
    }

    /// Wakes the other end.
    fn tell(&self, state: MutexGuard<'_, State>) {
        let bell = state.bells[1 - self.side].clone();
        drop(state);
        self.link.changed.notify_all();
        if let Some(bell) = bell {
            bell.ring();
        }
    }
}

impl Drop for LinkEnd {
    fn drop(&mut self) {
        self.close();
    }
}

impl Progress {
    /// As the result of a system call.
    pub(super) fn into_result(self) -> io::Result<usize> {
        match self {
            Progress::Bytes(count) => Ok(count),
            Progress::End => Ok(0),
            Progress::Reset => Err(io::ErrorKind::ConnectionReset.into()),
            Progress::Wait => Err(io::ErrorKind::WouldBlock.into()),
        }
    }
}

/// Where nobody chose another: about what a kernel gives.
const CAPACITY: usize = 64 << 10;
