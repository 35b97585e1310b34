//! A view: a counted, read-only run of bytes.
//!
//! Invariant: the `len` bytes at `ptr` are initialised, lie in the memory of `block` (in memory that lives for ever when there is
//! none), and nobody writes them while the view or a clone of it exists. `ptr` may reach the whole block, so that two adjacent
//! views can become one.

use std::{
    borrow::Borrow,
    fmt,
    ops::{Bound, Deref, RangeBounds},
    ptr::NonNull,
    slice,
};

use bytes::Bytes;

use crate::block::Block;

/// A counted, read-only run of bytes: a part of a [`Block`], of a `Bytes`, or of a static.
///
/// Three words. Cloning and slicing count up and copy nothing; an empty view holds no block.
///
/// ```
/// use netpoll_buffer::View;
///
/// let mut view = View::from(b"head and body".to_vec());
/// let head = view.split_to(4);
/// view.advance(5);
/// assert_eq!(&*head, b"head");
/// assert_eq!(view, *b"body");
/// ```
#[derive(Clone)]
pub struct View {
    ptr: NonNull<u8>,
    len: usize,
    block: Option<Block>,
}

impl View {
    /// The empty view.
    #[inline]
    pub const fn new() -> View {
        View {
            ptr: NonNull::dangling(),
            len: 0,
            block: None,
        }
    }

    /// A view of bytes that live for ever.
    #[inline]
    pub const fn from_static(bytes: &'static [u8]) -> View {
        View {
            // SAFETY: a reference is not null.
            ptr: unsafe { NonNull::new_unchecked(bytes.as_ptr().cast_mut()) },
            len: bytes.len(),
            block: None,
        }
    }

    /// # Safety
    /// The invariant on top of this file holds for these parts.
    #[inline]
    pub(crate) unsafe fn from_parts(ptr: NonNull<u8>, len: usize, block: Block) -> View {
        View {
            ptr,
            len,
            block: Some(block),
        }
    }

    /// How many bytes are in view.
    #[inline]
    pub const fn len(&self) -> usize {
        self.len
    }

    /// Whether no byte is in view.
    #[inline]
    pub const fn is_empty(&self) -> bool {
        self.len == 0
    }

    /// Bytes of the memory that this view keeps alive; 0 for static bytes.
    #[inline]
    pub fn pinned_bytes(&self) -> usize {
        self.block.as_ref().map_or(0, Block::capacity)
    }

    /// A view of a part of this one.
    ///
    /// # Panics
    /// When the range is not within `0..len`.
    #[inline]
    pub fn slice(&self, range: impl RangeBounds<usize>) -> View {
        let start = match range.start_bound() {
            Bound::Included(&start) => start,
            Bound::Excluded(&before) => before.saturating_add(1),
            Bound::Unbounded => 0,
        };
        let end = match range.end_bound() {
            Bound::Included(&last) => last.saturating_add(1),
            Bound::Excluded(&end) => end,
            Bound::Unbounded => self.len,
        };
        assert!(
            start <= end && end <= self.len,
            "range {start}..{end} is not within a view of {} bytes",
            self.len
        );
        // SAFETY: the range is within the view, as asserted.
        unsafe { self.part(start, end - start) }
    }

    /// # Safety
    /// `start + len` is at most the view's length.
    #[inline]
    unsafe fn part(&self, start: usize, len: usize) -> View {
        if len == 0 {
            return View::new();
        }
        View {
            // SAFETY: within the memory in view, as the caller promises.
            ptr: unsafe { self.ptr.add(start) },
            len,
            block: self.block.clone(),
        }
    }

    /// Cut off and return the first `at` bytes.
    ///
    /// # Panics
    /// When `at` is above the length.
    #[inline]
    pub fn split_to(&mut self, at: usize) -> View {
        if at >= self.len {
            assert!(at == self.len, "cannot split {} bytes at {at}", self.len);
            return std::mem::take(self);
        }
        // SAFETY: `at` < `len`, as compared.
        let head = unsafe { self.part(0, at) };
        // SAFETY: the same.
        self.ptr = unsafe { self.ptr.add(at) };
        self.len -= at;
        head
    }

    /// Cut off and return the bytes from `at` on.
    ///
    /// # Panics
    /// When `at` is above the length.
    #[inline]
    pub fn split_off(&mut self, at: usize) -> View {
        let head = self.split_to(at);
        std::mem::replace(self, head)
    }

    /// Drop the first `count` bytes.
    ///
    /// # Panics
    /// When `count` is above the length.
    #[inline]
    pub fn advance(&mut self, count: usize) {
        assert!(
            count <= self.len,
            "cannot advance by {count} in a view of {} bytes",
            self.len
        );
        if count == self.len {
            *self = View::new();
            return;
        }
        // SAFETY: `count` ≤ `len`, checked above, so the result is within the memory in view.
        self.ptr = unsafe { self.ptr.add(count) };
        self.len -= count;
    }

    /// Keep the first `len` bytes; nothing happens when there are fewer.
    #[inline]
    pub fn truncate(&mut self, len: usize) {
        if len == 0 {
            *self = View::new();
        } else if len < self.len {
            self.len = len;
        }
    }

    /// The view of `bytes`, when these are a part of this view's memory. Nothing is copied.
    #[inline]
    pub fn slice_ref(&self, bytes: &[u8]) -> Option<View> {
        if bytes.is_empty() {
            return Some(View::new());
        }
        let offset = bytes.as_ptr().addr().wrapping_sub(self.ptr.addr().get());
        if offset > self.len || bytes.len() > self.len - offset {
            return None;
        }
        // SAFETY: the bytes are within the view, as compared.
        Some(unsafe { self.part(offset, bytes.len()) })
    }

    /// Grow over the `len` bytes at `ptr` when they follow directly in the same block. `false`: nothing was changed.
    ///
    /// # Safety
    /// The bytes are a part of `block`, initialised, and not written while in view.
    #[inline]
    pub(crate) unsafe fn extend(&mut self, block: &Block, ptr: *const u8, len: usize) -> bool {
        let is_next = self.ptr.as_ptr().wrapping_add(self.len).cast_const() == ptr
            && self.block.as_ref().is_some_and(|mine| mine.is_same(block));
        if is_next {
            self.len += len;
        }
        is_next
    }

    /// Grow over `next` when it follows directly in the same block, else give it back.
    #[inline]
    pub(crate) fn merge(&mut self, next: View) -> Result<(), View> {
        if let Some(block) = &next.block {
            // SAFETY: the bytes are in view of `next`, hence of its block and as they must be.
            if unsafe { self.extend(block, next.ptr.as_ptr(), next.len) } {
                return Ok(());
            }
        }
        Err(next)
    }

    #[inline]
    pub(crate) fn block(&self) -> Option<&Block> {
        self.block.as_ref()
    }

    #[inline]
    pub(crate) fn ptr(&self) -> NonNull<u8> {
        self.ptr
    }

    #[inline]
    pub(crate) fn into_block(self) -> Option<Block> {
        self.block
    }
}

impl Deref for View {
    type Target = [u8];

    #[inline]
    fn deref(&self) -> &[u8] {
        // SAFETY: the invariant on top of this file.
        unsafe { slice::from_raw_parts(self.ptr.as_ptr(), self.len) }
    }
}

impl AsRef<[u8]> for View {
    #[inline]
    fn as_ref(&self) -> &[u8] {
        self
    }
}

impl Borrow<[u8]> for View {
    #[inline]
    fn borrow(&self) -> &[u8] {
        self
    }
}

impl Default for View {
    #[inline]
    fn default() -> View {
        View::new()
    }
}

impl From<&'static [u8]> for View {
    #[inline]
    fn from(bytes: &'static [u8]) -> View {
        View::from_static(bytes)
    }
}

impl From<Bytes> for View {
    /// No copy: the view keeps `bytes`, and its memory, alive.
    fn from(bytes: Bytes) -> View {
        if bytes.is_empty() {
            return View::new();
        }
        let len = bytes.len();
        let block = Block::wrap(bytes);
        let memory = block.external().expect("just wrapped");
        let ptr = NonNull::from(&**memory).cast::<u8>();
        View {
            ptr,
            len,
            block: Some(block),
        }
    }
}

impl From<Vec<u8>> for View {
    /// No copy: the view keeps the vector's memory alive.
    fn from(bytes: Vec<u8>) -> View {
        View::from(Bytes::from(bytes))
    }
}

impl PartialEq for View {
    fn eq(&self, other: &View) -> bool {
        **self == **other
    }
}

impl Eq for View {}

impl PartialEq<[u8]> for View {
    fn eq(&self, other: &[u8]) -> bool {
        **self == *other
    }
}

impl<const N: usize> PartialEq<[u8; N]> for View {
    fn eq(&self, other: &[u8; N]) -> bool {
        **self == *other
    }
}

impl std::hash::Hash for View {
    fn hash<H: std::hash::Hasher>(&self, state: &mut H) {
        (**self).hash(state);
    }
}

impl fmt::Debug for View {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let shown = &self[..self.len.min(DEBUG_BYTES_MAX)];
        write!(f, "b\"{}\"", shown.escape_ascii())?;
        if shown.len() < self.len {
            write!(f, " and {} bytes more", self.len - shown.len())?;
        }
        Ok(())
    }
}

/// How much of a view `Debug` prints.
const DEBUG_BYTES_MAX: usize = 64;

// A view fits into three registers, and `Option` adds nothing.
const _: () = assert!(size_of::<View>() == 3 * size_of::<usize>());
const _: () = assert!(size_of::<Option<View>>() == size_of::<View>());
