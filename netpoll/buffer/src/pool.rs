//! A core's pool of blocks: free lists by size class, bounded, last in first out so that memory stays in the cache.
//!
//! The pool's memory (`Core`) lives as long as a handle or a block with a local side does: each such block holds one strong
//! count. Blocks that only foreign handles hold do not keep it; they find the return list closed and are freed in place.
//!
//! Invariant: `in_use` counts every block handed out and not yet back, foreign ones included; `idle` counts the free lists.

use std::{cell::Cell, fmt, ptr::NonNull, rc::Rc};

use crate::{
    block::Block,
    class,
    header::{self, Header, Kind},
    returns::Returns,
    sync::Arc,
};

/// How large a [`Pool`] may become.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PoolConfig {
    /// Bytes of a standard block. Rounded up to a power of two between 256 bytes and 4 MiB. Default 64 KiB.
    pub block_bytes: usize,
    /// [`Pool::try_block`] gives nothing that would bring the blocks in use above this many bytes. Default 256 MiB.
    pub bytes_max: usize,
    /// The free lists keep at most this many bytes; what comes back above it is freed. Default 16 MiB.
    pub idle_bytes_max: usize,
}

impl Default for PoolConfig {
    fn default() -> PoolConfig {
        PoolConfig {
            block_bytes: 64 << 10,
            bytes_max: 256 << 20,
            idle_bytes_max: 16 << 20,
        }
    }
}

/// What a [`Pool`] holds at the moment.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct PoolStats {
    /// Bytes of the blocks handed out and not yet back.
    pub in_use_bytes: usize,
    /// Blocks handed out and not yet back.
    pub in_use_blocks: usize,
    /// Bytes kept for reuse.
    pub idle_bytes: usize,
    /// Blocks kept for reuse.
    pub idle_blocks: usize,
    /// Of the blocks in use, those that only `Bytes` hold; they come back through [`Pool::reclaim`].
    pub foreign_blocks: usize,
    /// Blocks taken from the heap so far.
    pub allocated_total: u64,
    /// Blocks given back to the heap so far.
    pub freed_total: u64,
}

/// A handle of one core's pool of blocks. Cloning gives another handle of the same pool; neither may leave its thread.
///
/// Blocks and views may outlive the last handle.
pub struct Pool {
    core: Rc<Core>,
}

impl Pool {
    /// An empty pool. Memory is taken from the heap on demand.
    pub fn new(config: PoolConfig) -> Pool {
        Pool {
            core: Rc::new(Core::new(config)),
        }
    }

    /// A standard block for received bytes, or `None` when `bytes_max` is reached.
    #[inline]
    pub fn try_block(&self) -> Option<Block> {
        self.try_block_exact(self.core.block_bytes)
    }

    /// As [`block_exact`](Pool::block_exact), or `None` when `bytes_max` is reached.
    pub fn try_block_exact(&self, bytes: usize) -> Option<Block> {
        let has_room = || {
            let bytes = class::index_of(bytes).map_or(bytes, class::bytes_of);
            self.core.in_use_bytes.get().saturating_add(bytes) <= self.core.bytes_max
        };
        if has_room() || (self.reclaim() > 0 && has_room()) {
            return Some(self.block_exact(bytes));
        }
        None
    }

    /// A standard block, whatever is in use. For output, which its own limits bound.
    #[inline]
    pub fn block(&self) -> Block {
        self.block_exact(self.core.block_bytes)
    }

    /// A block of at least `bytes` bytes: the smallest size class that fits (256 B to 4 MiB), or exactly `bytes` above them.
    ///
    /// The caller has checked `bytes` against a limit; memory that the system does not have ends the program.
    pub fn block_exact(&self, bytes: usize) -> Block {
        let core = &self.core;
        let header = match class::index_of(bytes) {
            Some(class) => core
                .pop(class)
                .unwrap_or_else(|| core.allocate_class(class)),
            None => core.allocate(bytes, Kind::Exact),
        };
        // SAFETY: the header came off a free list or the heap, so it is alive and ours alone.
        let capacity = unsafe { header.as_ref() }.capacity;
        core.in_use_bytes.set(core.in_use_bytes.get() + capacity);
        core.in_use_blocks.set(core.in_use_blocks.get() + 1);
        // The block's hold on the pool, given up in `come_back` or `depart`.
        std::mem::forget(Rc::clone(core));
        // SAFETY: a fresh or renewed header has one local handle, which is given to this one.
        unsafe { Block::from_header(header) }
    }

    /// Bytes of a standard block.
    #[inline]
    pub fn block_bytes(&self) -> usize {
        self.core.block_bytes
    }

    /// Take back the blocks whose last handle was dropped as `Bytes`. Returns how many. Costs one load when there are none.
    #[inline]
    pub fn reclaim(&self) -> usize {
        self.core.reclaim()
    }

    /// What the pool holds now. The block that writers share counts as idle while nothing is in it.
    pub fn stats(&self) -> PoolStats {
        let core = &self.core;
        let mut stats = PoolStats {
            in_use_bytes: core.in_use_bytes.get(),
            in_use_blocks: core.in_use_blocks.get(),
            idle_bytes: core.idle_bytes.get(),
            idle_blocks: core.idle_blocks.get(),
            foreign_blocks: core.foreign_blocks.get(),
            allocated_total: core.allocated_total.get(),
            freed_total: core.freed_total.get(),
        };
        if let Some(tail) = core.tail.take() {
            if tail.is_unique() {
                stats.in_use_bytes -= tail.capacity();
                stats.in_use_blocks -= 1;
                stats.idle_bytes += tail.capacity();
                stats.idle_blocks += 1;
            }
            core.tail.set(Some(tail));
        }
        stats
    }

    #[inline]
    pub(crate) fn core(&self) -> &Core {
        &self.core
    }
}

impl Clone for Pool {
    fn clone(&self) -> Pool {
        self.core.handles.set(self.core.handles.get() + 1);
        Pool {
            core: Rc::clone(&self.core),
        }
    }
}

impl Drop for Pool {
    fn drop(&mut self) {
        let left = self.core.handles.get() - 1;
        self.core.handles.set(left);
        if left == 0 {
            // The writers' block holds the pool as every block does; without this they would keep each other.
            drop(self.core.tail.take());
        }
    }
}

impl fmt::Debug for Pool {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Pool")
            .field("block_bytes", &self.core.block_bytes)
            .field("stats", &self.stats())
            .finish()
    }
}

/// The pool itself.
pub(crate) struct Core {
    block_bytes: usize,
    bytes_max: usize,
    idle_bytes_max: usize,
    /// Heads of the free lists, linked through the headers.
    free: [Cell<Option<NonNull<Header>>>; class::COUNT],
    /// The block that writers go on in, and the last writer's number; see `write.rs`.
    pub(crate) tail: Cell<Option<Block>>,
    pub(crate) session: Cell<u64>,
    /// Number of `Pool`s.
    handles: Cell<usize>,
    in_use_bytes: Cell<usize>,
    in_use_blocks: Cell<usize>,
    idle_bytes: Cell<usize>,
    idle_blocks: Cell<usize>,
    foreign_blocks: Cell<usize>,
    allocated_total: Cell<u64>,
    freed_total: Cell<u64>,
    returns: Arc<Returns>,
}

impl Core {
    fn new(config: PoolConfig) -> Core {
        let block_bytes = config
            .block_bytes
            .clamp(class::BYTES_MIN, class::BYTES_MAX)
            .next_power_of_two();
        Core {
            block_bytes,
            bytes_max: config.bytes_max,
            idle_bytes_max: config.idle_bytes_max,
            free: Default::default(),
            tail: Cell::default(),
            session: Cell::default(),
            handles: Cell::new(1),
            in_use_bytes: Cell::default(),
            in_use_blocks: Cell::default(),
            idle_bytes: Cell::default(),
            idle_blocks: Cell::default(),
            foreign_blocks: Cell::default(),
            allocated_total: Cell::default(),
            freed_total: Cell::default(),
            returns: Arc::new(Returns::new()),
        }
    }

    /// Take a block off a free list.
    #[inline]
    fn pop(&self, class: usize) -> Option<NonNull<Header>> {
        let header = self.free[class].get()?;
        // SAFETY: blocks on a free list are alive and the pool's alone.
        let block = unsafe { header.as_ref() };
        self.free[class].set(block.next());
        self.idle_bytes.set(self.idle_bytes.get() - block.capacity);
        self.idle_blocks.set(self.idle_blocks.get() - 1);
        block.renew();
        Some(header)
    }

    /// The free list is empty: see whether blocks have come back, else go to the heap.
    #[cold]
    fn allocate_class(&self, class: usize) -> NonNull<Header> {
        if self.reclaim() > 0
            && let Some(header) = self.pop(class)
        {
            return header;
        }
        let kind = Kind::Pooled { class: class as u8 };
        self.allocate(class::bytes_of(class), kind)
    }

    fn allocate(&self, capacity: usize, kind: Kind) -> NonNull<Header> {
        self.allocated_total.set(self.allocated_total.get() + 1);
        header::allocate(capacity, kind, self, Arc::clone(&self.returns))
    }

    #[inline]
    fn reclaim(&self) -> usize {
        let mut count = 0;
        for header in self.returns.take() {
            count += 1;
            self.foreign_blocks.set(self.foreign_blocks.get() - 1);
            // SAFETY: what is on the return list has no handle left and belongs to this pool.
            unsafe { self.recycle(header) };
        }
        count
    }

    /// A block is back: keep it for reuse, or free it when enough are kept.
    ///
    /// # Safety
    /// The block is one of this pool's, counted as in use, and has no handle left.
    unsafe fn recycle(&self, header: NonNull<Header>) {
        // SAFETY: alive and ours alone, as the caller promises.
        let block = unsafe { header.as_ref() };
        let capacity = block.capacity;
        self.in_use_bytes.set(self.in_use_bytes.get() - capacity);
        self.in_use_blocks.set(self.in_use_blocks.get() - 1);
        let idle_bytes = self.idle_bytes.get() + capacity;
        match block.kind {
            Kind::Pooled { class } if idle_bytes <= self.idle_bytes_max => {
                // SAFETY: ours alone, as the caller promises.
                unsafe { header::scribble(header) };
                let list = &self.free[usize::from(class)];
                block.set_next(list.get());
                list.set(Some(header));
                self.idle_bytes.set(idle_bytes);
                self.idle_blocks.set(self.idle_blocks.get() + 1);
            }
            _ => {
                self.freed_total.set(self.freed_total.get() + 1);
                // SAFETY: ours alone, and on no list.
                unsafe { header::free(header) };
            }
        }
    }

    /// The last handle of a block ended on the pool's thread.
    ///
    /// # Safety
    /// The block has no handle left, local or foreign, and has held its pool until now.
    pub(crate) unsafe fn come_back(header: NonNull<Header>) {
        // SAFETY: alive, as nobody freed it: the caller owned it last.
        let core = unsafe { header.as_ref() }.pool;
        // SAFETY: the block's strong count, leaked in `block_exact`, is taken over here, once.
        let core = unsafe { Rc::from_raw(core) };
        // SAFETY: as the caller promises.
        unsafe { core.recycle(header) };
    }

    /// The local side of a block ended while foreign handles are left.
    ///
    /// # Safety
    /// `core` is the pool of a block whose hold on it ends here.
    pub(crate) unsafe fn depart(core: *const Core) {
        // SAFETY: the block's strong count, leaked in `block_exact`, is taken over here, once.
        let core = unsafe { Rc::from_raw(core) };
        core.foreign_blocks.set(core.foreign_blocks.get() + 1);
    }
}

impl Drop for Core {
    fn drop(&mut self) {
        for header in self.returns.close() {
            // SAFETY: what was on the return list has no handle left.
            unsafe { header::free(header) };
        }
        for list in &self.free {
            let mut next = list.take();
            while let Some(header) = next {
                // SAFETY: blocks on a free list are alive and the pool's alone.
                next = unsafe { header.as_ref() }.next();
                // SAFETY: off the list now, and the pool's alone.
                unsafe { header::free(header) };
            }
        }
    }
}
