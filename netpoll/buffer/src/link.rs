//! A chain of views: what has been received and not yet consumed, or written and not yet sent.
//!
//! The first view is inline, so a buffer with one run of bytes has no heap memory of its own.
//!
//! Invariant: `len` is the sum of all views; no view is empty, save `first` of an empty buffer; `rest` is empty when `first` is.

use std::{collections::VecDeque, fmt, mem, ptr::NonNull};

use crate::{block::Block, pool::Pool, view::View, write::Writer};

/// A chain of [`View`]s read at the front and extended at the back.
///
/// ```
/// use netpoll_buffer::{LinkBuffer, Pool, PoolConfig};
///
/// let pool = Pool::new(PoolConfig::default());
/// let mut buffer = LinkBuffer::new();
/// let mut writer = buffer.writer(&pool);
/// let length = writer.mark_u32();
/// writer.put_slice(b"hello");
/// writer.patch_u32(length, 5);
/// assert_eq!(writer.finish(), 9);
///
/// assert_eq!(buffer.take(4, &pool).unwrap(), [0, 0, 0, 5]);
/// assert_eq!(buffer.first(), b"hello");
/// ```
#[derive(Default)]
pub struct LinkBuffer {
    pub(crate) first: View,
    pub(crate) rest: VecDeque<View>,
    pub(crate) len: usize,
}

impl LinkBuffer {
    /// An empty buffer. No heap memory.
    #[inline]
    pub const fn new() -> LinkBuffer {
        LinkBuffer {
            first: View::new(),
            rest: VecDeque::new(),
            len: 0,
        }
    }

    /// How many bytes are buffered.
    #[inline]
    pub fn len(&self) -> usize {
        self.len
    }

    /// Whether nothing is buffered.
    #[inline]
    pub fn is_empty(&self) -> bool {
        self.len == 0
    }

    /// The views in order; none is empty.
    #[inline]
    pub fn views(&self) -> impl DoubleEndedIterator<Item = &View> + Clone {
        let first = (!self.first.is_empty()).then_some(&self.first);
        first.into_iter().chain(&self.rest)
    }

    /// The runs of bytes in order; none is empty.
    #[inline]
    pub fn chunks(&self) -> impl DoubleEndedIterator<Item = &[u8]> + Clone {
        self.views().map(|view| &**view)
    }

    /// Append by reference. A view that directly follows the last one in the same block becomes one with it.
    #[inline]
    pub fn push(&mut self, view: View) {
        if view.is_empty() {
            return;
        }
        self.len += view.len();
        if self.first.is_empty() {
            self.first = view;
        } else if let Err(view) = self.last_mut().merge(view) {
            self.rest.push_back(view);
        }
    }

    /// Move everything from `other` to the end of this buffer.
    pub fn append(&mut self, other: &mut LinkBuffer) {
        if self.is_empty() && other.rest.is_empty() {
            // Each side keeps the memory of its chain for later use.
            self.len = mem::take(&mut other.len);
            self.first = mem::take(&mut other.first);
            return;
        }
        if self.is_empty() {
            mem::swap(self, other);
            return;
        }
        // Both sides are merged within; only the seam may have to be.
        self.len += mem::take(&mut other.len);
        let first = mem::take(&mut other.first);
        if let Err(first) = self.last_mut().merge(first)
            && !first.is_empty()
        {
            self.rest.push_back(first);
        }
        self.rest.append(&mut other.rest);
    }

    /// Append a copy of `bytes`.
    pub fn put_slice(&mut self, bytes: &[u8], pool: &Pool) {
        let mut writer = self.writer(pool);
        writer.put_slice(bytes);
        writer.commit();
    }

    /// Start writing at the end. Nothing is appended before [`Writer::finish`] or
    /// [`Writer::commit`].
    #[inline(always)]
    pub fn writer<'a>(&'a mut self, pool: &'a Pool) -> Writer<'a> {
        Writer::new(self, pool)
    }

    /// Drop everything.
    pub fn clear(&mut self) {
        self.len = 0;
        self.first = View::new();
        self.rest.clear();
        self.trim();
    }

    /// Keep the first `len` bytes; nothing happens when there are fewer.
    pub fn truncate(&mut self, len: usize) {
        while self.len > len {
            let excess = self.len - len;
            let last = self.last_mut();
            let kept = last.len().saturating_sub(excess);
            let dropped = last.split_off(kept);
            self.len -= dropped.len();
            if kept == 0 {
                self.rest.pop_back();
            }
        }
    }

    /// Assert the invariant. For tests and fuzzing; costs a walk over the views.
    pub fn invariants(&self) {
        assert_eq!(self.len, self.views().map(|view| view.len()).sum::<usize>());
        assert!(self.rest.iter().all(|view| !view.is_empty()));
        assert!(!self.first.is_empty() || self.rest.is_empty());
    }

    /// Take the first view and let the next one follow. The caller adjusts `len`.
    #[inline]
    pub(crate) fn pop(&mut self) -> View {
        let next = self.rest.pop_front().unwrap_or_else(|| {
            self.trim();
            View::new()
        });
        mem::replace(&mut self.first, next)
    }

    /// Do not keep the memory that a long chain needed once.
    #[inline]
    fn trim(&mut self) {
        if self.rest.capacity() > IDLE_VIEWS_MAX {
            self.rest = VecDeque::new();
        }
    }

    /// Append the `len` bytes at `ptr`, without a count when they follow the last view directly.
    ///
    /// # Safety
    /// The bytes are a part of `block`, initialised, and not written while in view. `len` is not zero.
    #[inline]
    pub(crate) unsafe fn push_run(&mut self, block: &Block, ptr: *mut u8, len: usize) {
        // SAFETY: the caller's promise, passed on.
        if unsafe { self.last_mut().extend(block, ptr, len) } {
            self.len += len;
            return;
        }
        // SAFETY: a part of a block has an address; the rest is the caller's promise, passed on.
        unsafe { self.push_apart(NonNull::new_unchecked(ptr), len, block.clone()) };
    }

    /// Append bytes that do not follow the last view in memory. The parts of the view come one by one, in registers: read back as
    /// a whole just after they were stored they would stall.
    ///
    /// # Safety
    /// As [`push_run`](LinkBuffer::push_run).
    #[inline(never)]
    unsafe fn push_apart(&mut self, ptr: NonNull<u8>, len: usize, block: Block) {
        // SAFETY: the caller's promise, passed on.
        let run = unsafe { View::from_parts(ptr, len, block) };
        self.len += len;
        if self.first.is_empty() {
            self.first = run;
        } else {
            self.rest.push_back(run);
        }
    }

    /// The block and the address of the `count` bytes at `offset`, when they lie in one view of a pool's block.
    pub(crate) fn find(&self, offset: usize, count: usize) -> Option<(&Block, *mut u8)> {
        let mut end = self.len;
        // From the back: what is looked for was written last.
        for view in self.rest.iter().rev().chain([&self.first]) {
            let start = end - view.len();
            if offset >= start {
                let block = view.block().filter(|block| block.external().is_none())?;
                let is_within = offset <= end && count <= end - offset;
                return is_within
                    .then(|| (block, view.ptr().as_ptr().wrapping_add(offset - start)));
            }
            end = start;
        }
        None
    }

    #[inline]
    pub(crate) fn last_mut(&mut self) -> &mut View {
        self.rest.back_mut().unwrap_or(&mut self.first)
    }
}

impl fmt::Debug for LinkBuffer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("LinkBuffer")
            .field("len", &self.len)
            .field("views", &self.views().count())
            .finish()
    }
}

/// Room for this many views stays with an empty buffer.
const IDLE_VIEWS_MAX: usize = 64;

// A connection holds two; 72 bytes is what the design allows for one.
const _: () = assert!(size_of::<LinkBuffer>() <= 72);
