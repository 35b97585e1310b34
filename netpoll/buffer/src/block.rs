//! A block: one piece of memory with a biased count.
//!
//! `local` counts the handles on the pool's own thread (blocks and views); it is a plain cell. `shared` counts the foreign
//! handles (inside `bytes::Bytes`, on any thread), plus one while `local` is not zero. So a clone or drop on the own thread
//! is a plain increment or decrement, and the atomic is touched only when bytes leave for other threads or the local side
//! ends:
//!
//! ```text
//!     local → 0, shared == 1    nobody else: back to the pool, no read-modify-write
//!     local → 0, shared  > 1    shared -= 1; whoever brings it to zero owns the block alone
//!     a foreign drop            shared -= 1; at zero the block goes onto the pool's return list
//! ```
//!
//! Invariant: only the own thread adds to `shared`, and only while `local` is not zero. Hence zero is final.

use std::{
    fmt,
    ptr::{self, NonNull},
};

use crate::{
    external,
    foreign::Foreign,
    header::{DATA_OFFSET, Header, Kind},
    pool::{Core, Pool},
    sync::Ordering,
    view::View,
};

/// A counted owner of one piece of memory from a [`Pool`]. Its address does not change.
///
/// The bytes of a fresh block are uninitialised. They are filled through [`as_ptr`](Block::as_ptr) (a kernel does it, say) and
/// handed out with [`view`](Block::view), or filled and handed out at once by [`filled`](Block::filled). Cloning counts up, no
/// bytes are copied.
pub struct Block {
    header: NonNull<Header>,
}

impl Block {
    /// Copy `bytes` into the smallest block that holds them.
    pub fn filled(pool: &Pool, bytes: &[u8]) -> View {
        if bytes.is_empty() {
            return View::new();
        }
        pool.block_exact(bytes.len()).fill(bytes.len(), [bytes])
    }

    /// Copy the first `len` bytes of `runs` into this fresh block.
    pub(crate) fn fill<'a>(self, len: usize, runs: impl IntoIterator<Item = &'a [u8]>) -> View {
        assert!(self.is_unique() && len <= self.capacity());
        let mut done = 0;
        for run in runs {
            let count = run.len().min(len - done);
            // SAFETY: `done` ≤ `len` ≤ the block's capacity.
            let target = unsafe { self.as_ptr().add(done) };
            // SAFETY: `done + count` ≤ `len`; this is the only handle, so `run` is not of this block.
            unsafe { ptr::copy_nonoverlapping(run.as_ptr(), target, count) };
            done += count;
        }
        assert_eq!(done, len, "the runs hold `len` bytes");
        // SAFETY: the first `len` bytes were written above, and nobody holds the block to write them again.
        unsafe { self.into_view(0, len) }
    }

    /// The first byte of the block's memory, aligned to 64 bytes.
    #[inline]
    pub fn as_ptr(&self) -> *mut u8 {
        debug_assert!(self.header().kind != Kind::External);
        // SAFETY: the allocation is a header followed by `capacity` bytes; the result is at most its end.
        unsafe { self.header.as_ptr().cast::<u8>().add(DATA_OFFSET) }
    }

    /// How many bytes the block has room for.
    #[inline]
    pub fn capacity(&self) -> usize {
        self.header().capacity
    }

    /// Whether this is the only handle: no view and no `Bytes` of the block is alive, on any thread.
    #[inline]
    pub fn is_unique(&self) -> bool {
        let header = self.header();
        // Acquire: whatever a foreign handle read, it read before the memory is written again.
        let is_unique = header.local.get() == 1 && header.shared.load(Ordering::Acquire) == 1;
        if is_unique {
            header.probe.write();
        }
        is_unique
    }

    /// A view of `len` bytes from `offset` on.
    ///
    /// # Safety
    /// - `offset + len` is at most [`capacity`](Block::capacity).
    /// - These bytes are initialised.
    /// - Nobody writes them while a view of them, or `Bytes` made of one, is alive.
    #[inline]
    pub unsafe fn view(&self, offset: usize, len: usize) -> View {
        let block = self.clone();
        // SAFETY: the caller's promise, passed on.
        unsafe { block.into_view(offset, len) }
    }

    /// As [`view`](Block::view), giving this handle to the view.
    ///
    /// # Safety
    /// As for [`view`](Block::view).
    #[inline]
    pub unsafe fn into_view(self, offset: usize, len: usize) -> View {
        debug_assert!(len <= self.capacity() && offset <= self.capacity() - len);
        // SAFETY: `offset` is within the block's memory, as the caller promises; an offset of a pointer is not null.
        let ptr = unsafe { NonNull::new_unchecked(self.as_ptr().add(offset)) };
        // SAFETY: the bytes are inside this block, initialised and left alone, as the caller promises.
        unsafe { View::from_parts(ptr, len, self) }
    }

    /// Take over one local count.
    ///
    /// # Safety
    /// The header is alive on its own thread and one unit of its `local` count is given to this handle.
    #[inline]
    pub(crate) unsafe fn from_header(header: NonNull<Header>) -> Block {
        Block { header }
    }

    #[inline]
    pub(crate) fn header(&self) -> &Header {
        // SAFETY: this handle holds a count, so the header is alive.
        unsafe { self.header.as_ref() }
    }

    #[inline]
    pub(crate) fn as_header(&self) -> NonNull<Header> {
        self.header
    }

    /// Whether both are handles of one piece of memory.
    #[inline]
    pub(crate) fn is_same(&self, other: &Block) -> bool {
        self.header == other.header
    }

    /// Give up this handle's local count in exchange for a foreign one.
    pub(crate) fn into_foreign(self) -> Foreign {
        let header = self.header;
        debug_assert!(self.header().kind != Kind::External);
        if self.header().local.get() == 1 {
            let pool = self.header().pool;
            self.header().local.set(0);
            std::mem::forget(self);
            // The unit of `shared` that stood for the local side becomes the foreign handle's: no atomic changes.
            // SAFETY: this was the last local handle, so the block's hold on its pool ends here, once.
            unsafe { Core::depart(pool) };
        } else {
            // Relaxed: this thread holds a count, so the block cannot end meanwhile.
            let before = self.header().shared.fetch_add(1, Ordering::Relaxed);
            if before > u32::MAX / 2 {
                count_overflow();
            }
        }
        // SAFETY: one unit of `shared` was made for it above.
        unsafe { Foreign::from_header(header) }
    }
}

impl Clone for Block {
    #[inline]
    fn clone(&self) -> Block {
        let header = self.header();
        let count = header.local.get().wrapping_add(1);
        header.local.set(count);
        if count == 0 {
            count_overflow();
        }
        Block {
            header: self.header,
        }
    }
}

impl Drop for Block {
    #[inline]
    fn drop(&mut self) {
        let header = self.header();
        let left = header.local.get() - 1;
        header.local.set(left);
        if left == 0 {
            // SAFETY: the last local handle is going, on the block's own thread (`Block` is not `Send`).
            unsafe { end_local(self.header) };
        }
    }
}

impl fmt::Debug for Block {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Block")
            .field("capacity", &self.capacity())
            .field("local", &self.header().local.get())
            .field("shared", &self.header().shared.load(Ordering::Relaxed))
            .finish()
    }
}

/// The last local handle is gone: recycle the block, or leave it to the foreign handles.
///
/// # Safety
/// `local` has just become zero, on the block's own thread.
#[inline(never)]
unsafe fn end_local(header: NonNull<Header>) {
    // SAFETY: the local side's unit of `shared` keeps it alive.
    let block = unsafe { header.as_ref() };
    if block.kind == Kind::External {
        // SAFETY: external memory has local handles only, and the last one is gone.
        unsafe { external::free(header) };
        return;
    }
    block.probe.read();
    let pool = block.pool;
    // Acquire: foreign reads of the bytes come before their reuse. One means that there is no foreign handle, and none can
    // appear: they are made of local ones.
    if block.shared.load(Ordering::Acquire) == 1 || block.shared.fetch_sub(1, Ordering::AcqRel) == 1
    {
        block.probe.write();
        // SAFETY: no handle is left anywhere, so this thread is the sole owner.
        unsafe { Core::come_back(header) };
    } else {
        // SAFETY: the local side has ended, so the block's hold on its pool ends here, once.
        unsafe { Core::depart(pool) };
    }
}

/// More than four billion handles of one block can only be leaked ones. Going on would free memory in use.
#[cold]
fn count_overflow() -> ! {
    std::process::abort()
}

const _: () = assert!(size_of::<Option<Block>>() == size_of::<usize>());
