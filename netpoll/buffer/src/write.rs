//! The writer: the one sink that encoders write to.
//!
//! All writers of a pool share one block, the tail. A writer takes it from the pool, goes on behind what earlier writers have
//! committed, and puts it back. So a small reply costs no block of its own, and adjacent pieces become one view.
//!
//! ```text
//!     tail block   [ committed, by all writers | sealed runs | open run | room ]
//!                                 header.written ┘       start ┘   cursor ┘  end ┘
//! ```
//!
//! The bytes of the open run become a view (are *sealed*) when the block is full, when a view goes in between, and at the end.
//! A put is a compare and a store; everything else is cold.
//!
//! Invariant: from `header.written` of the current block on, and in all of the blocks taken since, nobody but this writer and
//! the views that it pushed into its own buffer refers to the memory. These blocks carry the writer's `session` number, so
//! that `patch` knows memory it may overwrite. A writer that finds the tail taken, as a nested one does, starts a block.

use std::{
    fmt,
    mem::{self, ManuallyDrop, MaybeUninit},
    ptr, slice,
};

use bytes::Bytes;

use crate::{block::Block, link::LinkBuffer, pool::Pool, view::View};

/// Writes at the end of a [`LinkBuffer`]. Integers are big endian, as the wire formats have them.
///
/// Nothing is appended before [`finish`](Writer::finish) or [`commit`](Writer::commit); a writer that is dropped takes back what
/// it wrote since.
pub struct Writer<'a> {
    /// Next byte to write.
    cursor: *mut u8,
    /// End of the current block; equals `cursor` when there is no block.
    end: *mut u8,
    /// First byte of the open run.
    start: *mut u8,
    /// Bytes of the message before the open run, all sealed.
    sealed: usize,
    /// The current block.
    block: Option<Block>,
    /// Number of this writer among those of the pool.
    session: u64,
    link: &'a mut LinkBuffer,
    /// Length of `link` before the message.
    base: usize,
    pool: &'a Pool,
    /// The memory whose parts may be written by reference.
    origin: View,
}

/// A place for `N` bytes that is filled in later, see [`Writer::mark_u32`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[must_use = "a place that is reserved has to be patched"]
pub struct Mark<const N: usize = 4> {
    position: usize,
}

impl<const N: usize> Mark<N> {
    /// The `N` bytes at `position` of what a writer has written, to be overwritten.
    #[inline]
    pub const fn at(position: usize) -> Mark<N> {
        Mark { position }
    }
}

impl<'a> Writer<'a> {
    #[inline(always)]
    pub(crate) fn new(link: &'a mut LinkBuffer, pool: &'a Pool) -> Writer<'a> {
        let core = pool.core();
        let session = core.session.get() + 1;
        core.session.set(session);
        let block = core.tail.take();
        let (cursor, end) = match &block {
            Some(tail) => {
                if tail.is_unique() {
                    tail.header().written.set(0);
                }
                enter(tail, session)
            }
            None => (ptr::null_mut(), ptr::null_mut()),
        };
        Writer {
            cursor,
            end,
            start: cursor,
            sealed: 0,
            block,
            session,
            base: link.len(),
            link,
            pool,
            origin: View::new(),
        }
    }

    /// Write one byte.
    #[inline]
    pub fn put_u8(&mut self, value: u8) {
        self.put_array([value]);
    }

    /// Write two bytes, big endian.
    #[inline]
    pub fn put_u16(&mut self, value: u16) {
        self.put_array(value.to_be_bytes());
    }

    /// Write four bytes, big endian.
    #[inline]
    pub fn put_u32(&mut self, value: u32) {
        self.put_array(value.to_be_bytes());
    }

    /// Write eight bytes, big endian.
    #[inline]
    pub fn put_u64(&mut self, value: u64) {
        self.put_array(value.to_be_bytes());
    }

    /// Write `N` bytes as they are.
    #[inline(always)]
    pub fn put_array<const N: usize>(&mut self, bytes: [u8; N]) {
        self.put_prefix(bytes, N);
    }

    /// Write the first `len` of `N` bytes: one store of fixed size, for encodings of variable length.
    ///
    /// # Panics
    /// When `len` is above `N`.
    #[inline(always)]
    pub fn put_prefix<const N: usize>(&mut self, bytes: [u8; N], len: usize) {
        assert!(len <= N, "{len} is not a length within {N} bytes");
        let cursor = self.reserve(N);
        // SAFETY: `reserve` made room for `N` bytes at the cursor, which nobody else refers to.
        unsafe { cursor.cast::<[u8; N]>().write(bytes) };
        // SAFETY: `len` ≤ `N` bytes of the room, just written.
        self.cursor = unsafe { cursor.add(len) };
    }

    /// Write a copy of `bytes`. What does not fit into the current block goes on in the next one.
    #[inline(always)]
    pub fn put_slice(&mut self, bytes: &[u8]) {
        if bytes.len() > self.room() {
            (self.cursor, self.end) = self.put_slice_over(bytes);
            return;
        }
        let (cursor, len) = (self.cursor, bytes.len());
        if len <= SHORT_BYTES {
            // SAFETY: there is room for all of `bytes`, and they are not in it: the room is referred to by nobody else.
            unsafe { copy_short(bytes, cursor) };
        } else {
            // SAFETY: the same.
            unsafe { ptr::copy_nonoverlapping(bytes.as_ptr(), cursor, len) };
        }
        // SAFETY: as many bytes of the room as were just written.
        self.cursor = unsafe { cursor.add(len) };
    }

    /// Write `view` by reference. Its memory stays alive until the bytes are consumed.
    pub fn put_view(&mut self, view: View) {
        self.seal();
        self.sealed += view.len();
        self.link.push(view);
    }

    /// Write `bytes` by reference. Their memory stays alive until the bytes are consumed.
    pub fn put_bytes(&mut self, bytes: Bytes) {
        self.put_view(View::from(bytes));
    }

    /// Write `bytes`: by reference when they are a large part of the [origin](Writer::set_origin), else copied.
    #[inline(always)]
    pub fn put_field_bytes(&mut self, bytes: &[u8]) {
        if bytes.len() >= NO_COPY_BYTES
            && let Some(view) = self.origin.slice_ref(bytes)
        {
            self.put_view(view);
        } else {
            self.put_slice(bytes);
        }
    }

    /// Name the memory, a request's frame say, whose parts may be written by reference.
    #[inline]
    pub fn set_origin(&mut self, origin: View) {
        self.origin = origin;
    }

    /// Room for at least `count` bytes in one run. Tell with [`advance`](Writer::advance) how many were filled.
    #[inline]
    pub fn spare(&mut self, count: usize) -> &mut [MaybeUninit<u8>] {
        self.reserve(count);
        let room = self.room();
        if room == 0 {
            return &mut [];
        }
        // SAFETY: from the cursor to the end of the block nobody else refers to the memory.
        unsafe { slice::from_raw_parts_mut(self.cursor.cast(), room) }
    }

    /// Append the first `count` bytes of [`spare`](Writer::spare).
    ///
    /// # Safety
    /// `count` is at most the length of the spare room, and as many bytes of it are initialised.
    #[inline]
    pub unsafe fn advance(&mut self, count: usize) {
        debug_assert!(count <= self.room());
        // SAFETY: within the room of the current block, as the caller promises.
        self.cursor = unsafe { self.cursor.add(count) };
    }

    /// Bytes written since this writer began, or committed.
    #[inline]
    pub fn position(&self) -> usize {
        self.sealed + self.open()
    }

    /// Reserve four bytes for [`patch_u32`](Writer::patch_u32). They are zero until then.
    #[inline]
    pub fn mark_u32(&mut self) -> Mark {
        self.mark()
    }

    /// Reserve two bytes for [`patch_u16`](Writer::patch_u16). They are zero until then.
    #[inline]
    pub fn mark_u16(&mut self) -> Mark<2> {
        self.mark()
    }

    /// Fill in a reserved place, big endian.
    ///
    /// # Panics
    /// When the mark is of another writer, or was rolled back.
    #[inline]
    pub fn patch_u32(&mut self, mark: Mark, value: u32) {
        self.patch(mark, value.to_be_bytes());
    }

    /// Fill in a reserved place, big endian.
    ///
    /// # Panics
    /// When the mark is of another writer, or was rolled back.
    #[inline]
    pub fn patch_u16(&mut self, mark: Mark<2>, value: u16) {
        self.patch(mark, value.to_be_bytes());
    }

    /// Take back everything written after the first `position` bytes.
    ///
    /// # Panics
    /// When fewer are written.
    #[inline]
    pub fn truncate_to(&mut self, position: usize) {
        assert!(
            position <= self.position(),
            "cannot roll back to {position}: only {} bytes are written",
            self.position()
        );
        if position >= self.sealed {
            // SAFETY: between the start of the open run and the cursor, as compared.
            self.cursor = unsafe { self.start.add(position - self.sealed) };
        } else {
            self.cursor = self.start;
            self.sealed = position;
            self.link.truncate(self.base + position);
        }
    }

    /// Append what was written to the buffer, and end. Returns how many bytes these are.
    #[inline(always)]
    pub fn finish(self) -> usize {
        // What `drop` does, less what is known after a commit.
        let mut writer = ManuallyDrop::new(self);
        let count = writer.commit();
        writer.leave();
        drop(mem::take(&mut writer.origin));
        count
    }

    /// Append what was written to the buffer. Returns how many bytes these are.
    ///
    /// The writer may go on with another message, whose positions begin at 0 again.
    #[inline(always)]
    pub fn commit(&mut self) -> usize {
        self.seal();
        if let Some(block) = &self.block {
            let written = self.cursor.addr() - block.as_ptr().addr();
            block.header().written.set(written);
        }
        self.base += self.sealed;
        mem::take(&mut self.sealed)
    }

    /// Leave the current block to the writers that follow.
    #[inline]
    fn leave(&mut self) {
        if let Some(block) = self.block.take()
            && block.capacity() == self.pool.block_bytes()
        {
            self.pool.core().tail.set(Some(block));
        }
    }

    /// Bytes of the open run.
    #[inline]
    fn open(&self) -> usize {
        self.cursor.addr() - self.start.addr()
    }

    /// Bytes left in the current block.
    #[inline]
    fn room(&self) -> usize {
        self.end.addr() - self.cursor.addr()
    }

    /// Make room for `count` bytes in one run. Returns the cursor, to be used instead of the field: after a store through it
    /// the compiler would read the field again, which it cannot know not to be what was stored to.
    #[inline(always)]
    fn reserve(&mut self, count: usize) -> *mut u8 {
        if count > self.room() {
            (self.cursor, self.end) = self.grow(count);
        }
        self.cursor
    }

    /// Seal the open run and go on in a fresh block. Returns the new cursor and end.
    #[cold]
    #[inline(never)]
    fn grow(&mut self, count: usize) -> (*mut u8, *mut u8) {
        self.seal();
        let block = self.pool.block_exact(count.max(self.pool.block_bytes()));
        (self.cursor, self.end) = enter(&block, self.session);
        self.start = self.cursor;
        self.block = Some(block);
        (self.cursor, self.end)
    }

    /// Turn the open run into a view at the end of the buffer.
    #[inline(always)]
    fn seal(&mut self) {
        let len = self.open();
        let Some(block) = self.block.as_ref().filter(|_| len > 0) else {
            return;
        };
        // SAFETY: the open run lies in `block`, is written from start to cursor, and is behind the cursor from here on.
        unsafe { self.link.push_run(block, self.start, len) };
        self.sealed += len;
        self.start = self.cursor;
    }

    /// `put_slice` when the current block cannot hold all of `bytes`. Returns the new cursor and end.
    #[cold]
    #[inline(never)]
    fn put_slice_over(&mut self, bytes: &[u8]) -> (*mut u8, *mut u8) {
        if bytes.len() >= self.pool.block_bytes() {
            self.put_view(Block::filled(self.pool, bytes));
        } else {
            let (here, beyond) = bytes.split_at(self.room());
            if !here.is_empty() {
                self.put_slice(here);
            }
            self.grow(beyond.len());
            self.put_slice(beyond);
        }
        (self.cursor, self.end)
    }

    #[inline]
    fn mark<const N: usize>(&mut self) -> Mark<N> {
        // Reserve first: a block that cannot hold all `N` bytes is sealed without them.
        self.reserve(N);
        let position = self.position();
        self.put_array([0; N]);
        Mark { position }
    }

    #[inline]
    fn patch<const N: usize>(&mut self, mark: Mark<N>, bytes: [u8; N]) {
        let place = if mark.position >= self.sealed && mark.position + N <= self.position() {
            // SAFETY: within the open run, as compared.
            unsafe { self.start.add(mark.position - self.sealed) }
        } else {
            self.find_sealed(mark.position, N)
        };
        // SAFETY: `N` bytes of this writer's memory, to which no reference exists.
        unsafe { place.cast::<[u8; N]>().write(bytes) };
    }

    /// Where the `count` bytes at `position` are, in a run that was sealed since.
    #[cold]
    #[inline(never)]
    fn find_sealed(&self, position: usize, count: usize) -> *mut u8 {
        let place = self.link.find(self.base + position, count);
        place
            .filter(|(block, place)| {
                let header = block.header();
                // Only this writer's blocks carry its pool and number, and in the first one only what follows `written` is its own.
                let own = block.as_ptr().addr() + header.written.get();
                header.session.get() == self.session
                    && ptr::eq(header.pool, self.pool.core())
                    && place.addr() >= own
            })
            .map(|(_, place)| place)
            .unwrap_or_else(|| panic!("no mark of this writer is at {position}"))
    }
}

/// Copy a few bytes without a call: the first and the last of them, which overlap in between.
///
/// # Safety
/// `target` has room for all of `bytes`, of which there are at most [`SHORT_BYTES`], and does not overlap them.
#[inline]
unsafe fn copy_short(bytes: &[u8], target: *mut u8) {
    // SAFETY: an array at the start or at the end of `len` bytes that has no more than `len`.
    unsafe {
        if let (Some(first), Some(last)) = (bytes.first_chunk::<16>(), bytes.last_chunk::<16>()) {
            let end = target.add(bytes.len() - 16);
            target.cast::<[u8; 16]>().write_unaligned(*first);
            end.cast::<[u8; 16]>().write_unaligned(*last);
        } else if let (Some(first), Some(last)) =
            (bytes.first_chunk::<8>(), bytes.last_chunk::<8>())
        {
            let end = target.add(bytes.len() - 8);
            target.cast::<[u8; 8]>().write_unaligned(*first);
            end.cast::<[u8; 8]>().write_unaligned(*last);
        } else if let (Some(first), Some(last)) =
            (bytes.first_chunk::<4>(), bytes.last_chunk::<4>())
        {
            let end = target.add(bytes.len() - 4);
            target.cast::<[u8; 4]>().write_unaligned(*first);
            end.cast::<[u8; 4]>().write_unaligned(*last);
        } else {
            for (index, byte) in bytes.iter().enumerate() {
                target.add(index).write(*byte);
            }
        }
    }
}

/// The room of `block` that a writer of number `session` may write to: behind what is committed there.
#[inline]
fn enter(block: &Block, session: u64) -> (*mut u8, *mut u8) {
    let header = block.header();
    header.session.set(session);
    let (data, written) = (block.as_ptr(), header.written.get());
    // SAFETY: `written` ≤ `capacity`.
    let cursor = unsafe { data.add(written) };
    let room = header.capacity - written;
    if room < ROOM_BYTES_MIN && room < header.capacity / 16 {
        // Not worth a view of its own: the first put starts a block.
        return (cursor, cursor);
    }
    // SAFETY: the end of the block's memory.
    (cursor, unsafe { data.add(header.capacity) })
}

impl Drop for Writer<'_> {
    #[inline]
    fn drop(&mut self) {
        if self.sealed > 0 {
            self.link.truncate(self.base);
        }
        self.leave();
    }
}

impl fmt::Debug for Writer<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Writer")
            .field("position", &self.position())
            .field("room", &self.room())
            .finish()
    }
}

/// From this many bytes on, a part of the origin is written by reference: a count is cheaper than the copy.
pub const NO_COPY_BYTES: usize = 4096;

/// Up to so many bytes are copied without a call.
const SHORT_BYTES: usize = 32;

/// With less room than this a writer starts in a fresh block, so that a small reply is one run.
const ROOM_BYTES_MIN: usize = 512;
