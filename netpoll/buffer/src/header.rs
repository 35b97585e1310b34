//! What precedes the bytes of a block: its counts, its size and the ways back to its pool.
//!
//! ```text
//!     one allocation   [ local shared capacity written session pool returns next kind | data … capacity bytes ]
//!                        64 bytes, one cache line                                       aligned to 64
//! ```
//!
//! Who may touch what: `shared` any thread that holds a handle; `next` the sole owner; the rest the pool's own thread, save that
//! `capacity`, `pool`, `returns` and `kind` never change and may be read by whoever holds a handle.

use std::{
    alloc::{self, Layout},
    cell::Cell,
    ptr::NonNull,
};

use crate::{
    pool::Core,
    returns::Returns,
    sync::{Arc, AtomicU32, Ordering, Probe},
};

/// What precedes the bytes of a block.
#[repr(C)]
pub(crate) struct Header {
    /// Handles on the own thread.
    pub(crate) local: Cell<u32>,
    /// Foreign handles, plus one while `local` is not zero.
    pub(crate) shared: AtomicU32,
    /// Bytes of data.
    pub(crate) capacity: usize,
    /// Bytes from the start that writers have committed; a writer goes on behind them.
    pub(crate) written: Cell<usize>,
    /// The last writer that wrote here, see `write.rs`.
    pub(crate) session: Cell<u64>,
    /// The pool, alive while the local side is. Null for external memory.
    pub(crate) pool: *const Core,
    /// The way home for foreign handles. Absent for external memory.
    pub(crate) returns: Option<Arc<Returns>>,
    /// Link of the list the block is on: a free list or the return list. Touched by the sole owner only.
    next: Cell<Option<NonNull<Header>>>,
    pub(crate) kind: Kind,
    pub(crate) probe: Probe,
}

impl Header {
    pub(crate) fn new(
        capacity: usize,
        kind: Kind,
        pool: *const Core,
        returns: Option<Arc<Returns>>,
    ) -> Header {
        Header {
            local: Cell::new(1),
            shared: AtomicU32::new(1),
            capacity,
            written: Cell::new(0),
            session: Cell::new(0),
            pool,
            returns,
            next: Cell::new(None),
            kind,
            probe: Probe::default(),
        }
    }

    /// Make a block that was on a free list look fresh. Its only owner calls this.
    #[inline]
    pub(crate) fn renew(&self) {
        self.probe.write();
        self.local.set(1);
        self.shared.store(1, Ordering::Relaxed);
        self.written.set(0);
        self.session.set(0);
    }

    /// The link to the next block of a list. The sole owner of the list calls this.
    #[inline]
    pub(crate) fn next(&self) -> Option<NonNull<Header>> {
        self.probe.write();
        self.next.get()
    }

    /// Link this block before `next`. The sole owner of the block calls this.
    #[inline]
    pub(crate) fn set_next(&self, next: Option<NonNull<Header>>) {
        self.next.set(next);
    }
}

/// Where a block's memory comes from, hence where it goes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    /// From a pool, too large for a class: freed when done.
    Exact,
    /// Not ours: the header is the first field of an `External`.
    External,
    /// From a pool's size class: kept for reuse.
    Pooled {
        /// Index into the classes.
        class: u8,
    },
}

/// A new block from the heap, with one local handle that the caller owns.
pub(crate) fn allocate(
    capacity: usize,
    kind: Kind,
    pool: *const Core,
    returns: Arc<Returns>,
) -> NonNull<Header> {
    let layout = layout(capacity);
    // SAFETY: the layout holds at least a header, so its size is not zero.
    let memory = unsafe { alloc::alloc(layout) }.cast::<Header>();
    let Some(header) = NonNull::new(memory) else {
        alloc::handle_alloc_error(layout);
    };
    // SAFETY: the memory is fresh, large enough and aligned for a header.
    unsafe { header.write(Header::new(capacity, kind, pool, Some(returns))) };
    header
}

/// Give a pool's block back to the heap.
///
/// # Safety
/// `header` came from [`allocate`] and the caller is its sole owner.
pub(crate) unsafe fn free(header: NonNull<Header>) {
    // SAFETY: alive, as the caller owns it.
    let layout = layout(unsafe { header.as_ref() }.capacity);
    // SAFETY: the caller is the sole owner and does not use the header again.
    unsafe { header.drop_in_place() };
    // SAFETY: allocated by `allocate` with this very layout.
    unsafe { alloc::dealloc(header.as_ptr().cast::<u8>(), layout) };
}

/// Overwrite the front of a block's data, so that a use after the end shows. Debug builds only.
///
/// # Safety
/// `header` came from [`allocate`] and the caller is its sole owner.
#[inline]
pub(crate) unsafe fn scribble(header: NonNull<Header>) {
    if cfg!(debug_assertions) && !cfg!(miri) {
        // SAFETY: alive, as the caller owns it.
        let count = unsafe { header.as_ref() }.capacity.min(SCRIBBLE_BYTES_MAX);
        // SAFETY: the data begins there, within the allocation.
        let data = unsafe { header.as_ptr().cast::<u8>().add(DATA_OFFSET) };
        // SAFETY: `count` ≤ `capacity` bytes that nobody else refers to.
        unsafe { data.write_bytes(0xDB, count) };
    }
}

fn layout(capacity: usize) -> Layout {
    DATA_OFFSET
        .checked_add(capacity)
        .and_then(|bytes| Layout::from_size_align(bytes, DATA_ALIGN).ok())
        .unwrap_or_else(|| panic!("a block of {capacity} bytes does not fit into memory"))
}

/// Alignment of the allocation and of the data in it: a cache line.
const DATA_ALIGN: usize = 64;

/// Where the data begins.
pub(crate) const DATA_OFFSET: usize = size_of::<Header>().next_multiple_of(DATA_ALIGN);

/// Enough to spoil a message, little enough to keep debug builds usable.
const SCRIBBLE_BYTES_MAX: usize = 4096;

#[cfg(not(loom))]
const _: () = assert!(DATA_OFFSET == 64);
