//! Receive buffers that the kernel picks from: a provided-buffer ring (Linux 5.19) in incremental
//! mode where there is one (6.12).
//!
//! ```text
//! entries  | addr len bid | addr len bid | …        the ring, shared with the kernel
//! memory   |ppppppPPpp....|..............| …        buffers; p, P: pieces of two connections
//!                    ^ used: where the kernel continues
//! ```
//!
//! In incremental mode one buffer serves many receives: each completion says how many bytes it
//! took, and they lie behind those of the completion before. So the offset is not told; it is the sum
//! of what was taken, which holds as long as completions are handled in the order of the queue.
//!
//! Invariant: a byte of a buffer belongs to the kernel from `BufferRing::add` until the completion
//! that covers it, then to the [`Piece`] made from that completion. A buffer is added again when the
//! kernel has done with it and no piece of it is left.

use std::io;
use std::ptr::{self, NonNull};
use std::slice;
use std::sync::atomic::{AtomicU16, Ordering};

use io_uring::Submitter;
use io_uring::types::BufRingEntry;

/// Buffers the kernel receives into.
#[derive(Debug)]
pub struct BufferRing {
    entries: NonNull<BufRingEntry>,
    memory: NonNull<u8>,
    count: u16,
    buffer_bytes: u32,
    incremental: bool,
    tail: u16,
    states: Vec<State>,
    /// Buffers with the kernel, as far as completions have been handled.
    available: u16,
    added: bool,
}

/// Received bytes in a buffer of the ring. Give it back with [`BufferRing::release`]; one that is
/// dropped keeps its buffer out of use for ever.
#[derive(Debug)]
#[must_use]
pub struct Piece {
    buffer: u16,
    offset: u32,
    length: u32,
}

#[derive(Clone, Copy, Debug, Default)]
struct State {
    /// Bytes handed out since the buffer was added.
    used: u32,
    pieces: u32,
    with_kernel: bool,
}

impl BufferRing {
    /// Registers `count` buffers (a power of two) as group [`GROUP`].
    ///
    /// # Errors
    /// When memory is short or the kernel has no buffer rings.
    pub(super) fn register(
        submitter: &Submitter<'_>,
        count: u16,
        buffer_bytes: u32,
    ) -> io::Result<Self> {
        assert!(
            count.is_power_of_two(),
            "a ring has a power of two of entries"
        );
        let entries: NonNull<BufRingEntry> =
            map(usize::from(count) * size_of::<BufRingEntry>())?.cast();
        let memory = map(usize::from(count) * buffer_bytes as usize)?;
        let register = |flags| {
            let address = entries.as_ptr().addr() as u64;
            // SAFETY: `entries` is page-aligned memory for `count` entries and is never unmapped.
            unsafe { submitter.register_buf_ring_with_flags(address, count, GROUP, flags) }
        };
        let incremental = match register(INCREMENTAL) {
            Ok(()) => true,
            Err(error) if error.raw_os_error() == Some(libc::EINVAL) => {
                register(0)?;
                false
            }
            Err(error) => return Err(error),
        };
        let states = vec![State::default(); usize::from(count)];
        let mut ring = Self {
            available: 0,
            entries,
            memory,
            count,
            buffer_bytes,
            incremental,
            tail: 0,
            states,
            added: false,
        };
        for buffer in 0..count {
            ring.add(buffer);
        }
        ring.publish();
        Ok(ring)
    }

    /// The bytes of a piece.
    #[must_use]
    #[inline]
    pub fn bytes(&self, piece: &Piece) -> &[u8] {
        // SAFETY: `take` checked that the piece lies inside its buffer, the kernel has written these
        // bytes and writes them again only after the piece, borrowed here, was released.
        unsafe {
            slice::from_raw_parts(
                self.address(piece.buffer, piece.offset),
                piece.length as usize,
            )
        }
    }

    /// Gives the bytes of a piece back.
    #[inline]
    pub fn release(&mut self, piece: Piece) {
        let state = &mut self.states[usize::from(piece.buffer)];
        state.pieces -= 1;
        if state.pieces == 0 && !state.with_kernel {
            self.add(piece.buffer);
        }
    }

    /// Whether so few buffers are left to the kernel that a piece should be copied and released and
    /// not kept: three quarters are in use.
    #[must_use]
    #[inline]
    pub fn is_scarce(&self) -> bool {
        self.available <= self.count / 4
    }

    /// Joins two pieces when `second` directly follows `first`; otherwise returns `second`.
    #[inline]
    pub fn join(&mut self, first: &mut Piece, second: Piece) -> Option<Piece> {
        if first.buffer != second.buffer || first.offset + first.length != second.offset {
            return Some(second);
        }
        first.length += second.length;
        self.states[usize::from(second.buffer)].pieces -= 1;
        None
    }

    /// Makes a piece of the `length` bytes that a completion reports in `buffer`. `more`: the kernel
    /// keeps the buffer for further receives.
    #[inline]
    pub(super) fn take(&mut self, buffer: u16, length: u32, more: bool) -> Piece {
        let state = &mut self.states[usize::from(buffer)];
        let offset = state.used;
        assert!(
            length <= self.buffer_bytes - offset,
            "the kernel filled a buffer beyond its end"
        );
        state.used += length;
        state.with_kernel = more && self.incremental;
        self.available -= u16::from(!state.with_kernel);
        state.pieces += 1;
        Piece {
            buffer,
            offset,
            length,
        }
    }

    /// Shows the kernel the buffers that were added. Returns whether there were any.
    #[inline]
    pub(super) fn publish(&mut self) -> bool {
        if self.added {
            // SAFETY: `entries` is the address of the registered ring, whose first entry holds the tail.
            let tail = unsafe { BufRingEntry::tail(self.entries.as_ptr()) };
            // SAFETY: the tail is an aligned u16 that only this thread writes.
            unsafe { AtomicU16::from_ptr(tail.cast_mut()) }.store(self.tail, Ordering::Release);
        }
        std::mem::take(&mut self.added)
    }

    /// Puts a buffer at the tail of the ring.
    #[inline]
    fn add(&mut self, buffer: u16) {
        let address = self.address(buffer, 0).addr() as u64;
        self.states[usize::from(buffer)] = State {
            used: 0,
            pieces: 0,
            with_kernel: true,
        };
        let at = usize::from(self.tail & (self.count - 1));
        // SAFETY: `at` is below `count`, the number of entries mapped.
        let entry = unsafe { self.entries.add(at).as_mut() };
        entry.set_addr(address);
        entry.set_len(self.buffer_bytes);
        entry.set_bid(buffer);
        self.tail = self.tail.wrapping_add(1);
        self.available += 1;
        self.added = true;
    }

    fn address(&self, buffer: u16, offset: u32) -> *mut u8 {
        debug_assert!(
            buffer < self.count && offset <= self.buffer_bytes,
            "outside of the memory"
        );
        let at = usize::from(buffer) * self.buffer_bytes as usize + offset as usize;
        // SAFETY: buffer numbers are below `count` (they index `states`) and offsets do not exceed
        // the buffer, so `at` is inside the mapping or one past its end.
        unsafe { self.memory.as_ptr().add(at) }
    }
}

impl Piece {
    /// Number of bytes.
    #[must_use]
    pub fn len(&self) -> usize {
        self.length as usize
    }

    /// Whether there are none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.length == 0
    }
}

/// Zeroed pages. They are never unmapped: the kernel may write to them until the process ends.
fn map(bytes: usize) -> io::Result<NonNull<u8>> {
    let protection = libc::PROT_READ | libc::PROT_WRITE;
    let flags = libc::MAP_PRIVATE | libc::MAP_ANONYMOUS | libc::MAP_POPULATE;
    // SAFETY: a new anonymous mapping touches no existing memory.
    let address = unsafe { libc::mmap(ptr::null_mut(), bytes, protection, flags, -1, 0) };
    if address == libc::MAP_FAILED {
        return Err(io::Error::last_os_error());
    }
    Ok(NonNull::new(address.cast()).expect("mmap never returns page zero unless asked"))
}

/// The buffer group of the ring.
pub(super) const GROUP: u16 = 0;
/// `IOU_PBUF_RING_INC` of the kernel's `io_uring.h`.
const INCREMENTAL: u16 = 2;
