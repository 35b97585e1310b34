//! The ring of provided buffers: where the kernel puts received bytes, tied to the core's pool.
//!
//! One ring per core. Each entry is a block of the pool. Where the kernel knows incremental consumption (6.12) a
//! receive takes only what it needs of a block and the next one goes on behind it, so many small requests of many
//! connections share one block; elsewhere a receive uses a block up. Either way a used-up block is replaced at once by
//! a fresh one of the pool; the views handed out keep the old one alive as long as they need it.
//!
//! Invariant: `heads[id]` is the first byte of block `id` that the kernel has not filled, so views never overlap and
//! never cover bytes that the kernel may still write. Completions must be taken in the order of the completion queue.

use std::io;
use std::ptr::NonNull;
use std::sync::atomic::{AtomicU16, Ordering};

use io_uring::Submitter;
use io_uring::types::BufRingEntry;
use netpoll_buffer::{Block, Pool, View};
use rustix::mm::{MapFlags, ProtFlags};

use crate::config::Config;

/// The ring and the blocks in it.
#[derive(Debug)]
pub(super) struct BufRing {
    entries: NonNull<BufRingEntry>,
    mask: u16,
    tail: u16,
    incremental: bool,
    block_bytes: usize,
    blocks: Vec<Option<Block>>,
    heads: Vec<usize>,
    /// Ids whose block could not be replaced because the pool was at its limit.
    missing: Vec<u16>,
    pool: Pool,
}

impl BufRing {
    /// Registers a ring with the kernel and fills it.
    pub(super) fn register(
        submitter: &Submitter<'_>,
        config: &Config,
        pool: &Pool,
    ) -> io::Result<BufRing> {
        match BufRing::try_register(
            submitter,
            config.receive_blocks,
            config.block_bytes,
            true,
            pool,
        ) {
            // EINVAL: the kernel does not know the flag for incremental consumption.
            Err(error) if error.raw_os_error() == Some(libc::EINVAL) => {
                let entries = config
                    .receive_blocks
                    .saturating_mul(WHOLE_BLOCK_FACTOR)
                    .min(ENTRIES_MAX);
                BufRing::try_register(submitter, entries, WHOLE_BLOCK_BYTES, false, pool)
            }
            result => result,
        }
    }

    fn try_register(
        submitter: &Submitter<'_>,
        count: u16,
        block_bytes: usize,
        incremental: bool,
        pool: &Pool,
    ) -> io::Result<BufRing> {
        let entries = map_entries(count)?;
        let mut ring = BufRing {
            entries,
            mask: count - 1,
            tail: 0,
            incremental,
            block_bytes,
            blocks: (0..count).map(|_| None).collect(),
            heads: vec![0; usize::from(count)],
            missing: (0..count).rev().collect(),
            pool: pool.clone(),
        };
        let flags = if incremental { RING_INCREMENTAL } else { 0 };
        // SAFETY: the mapping holds `count` entries, page-aligned, and lives until `BufRing` is dropped, which the
        // driver does after the ring's descriptor was closed or every receive has ended.
        unsafe {
            submitter.register_buf_ring_with_flags(entries.as_ptr() as u64, count, GROUP, flags)?
        };
        ring.refill();
        Ok(ring)
    }

    /// Whether a receive takes only a part of a block.
    pub(super) fn incremental(&self) -> bool {
        self.incremental
    }

    /// Number of blocks and size of each.
    pub(super) fn shape(&self) -> (usize, usize) {
        (self.blocks.len(), self.block_bytes)
    }

    /// The bytes of one receive: `bytes` behind the head of block `id`. `kernel_keeps` says that the kernel goes on in
    /// this block.
    #[inline]
    pub(super) fn take(&mut self, id: u16, bytes: usize, kernel_keeps: bool) -> Option<View> {
        let index = usize::from(id & self.mask);
        let block = self.blocks[index].as_ref()?;
        let head = self.heads[index];
        if head + bytes > block.capacity() {
            return None;
        }
        // SAFETY: the kernel reported that it filled these bytes, and it goes on behind them only.
        let view = unsafe { block.view(head, bytes) };
        self.heads[index] = head + bytes;
        if !kernel_keeps {
            self.blocks[index] = None;
            self.missing.push(id);
            self.refill();
        }
        Some(view)
    }

    /// Puts fresh blocks where used-up ones were, as far as the pool allows. Returns whether the ring has any block.
    pub(super) fn refill(&mut self) -> bool {
        while let Some(&id) = self.missing.last() {
            let Some(block) = self.new_block() else { break };
            self.missing.pop();
            self.provide(id, block);
        }
        self.missing.len() < self.blocks.len()
    }

    /// Never gives the blocks back: the kernel may still write to them.
    pub(super) fn keep_memory(&mut self) {
        std::mem::forget(std::mem::take(&mut self.blocks));
    }

    fn new_block(&self) -> Option<Block> {
        if self.incremental {
            return self.pool.try_block();
        }
        self.pool.try_block_exact(self.block_bytes)
    }

    fn provide(&mut self, id: u16, block: Block) {
        let slot = usize::from(self.tail & self.mask);
        // SAFETY: `slot` is below the number of entries of the mapping.
        let entry = unsafe { self.entries.add(slot).as_mut() };
        entry.set_addr(block.as_ptr() as u64);
        entry.set_len(self.block_bytes as u32);
        entry.set_bid(id);
        self.heads[usize::from(id)] = 0;
        self.blocks[usize::from(id)] = Some(block);
        self.tail = self.tail.wrapping_add(1);
        // SAFETY: the first entry is mapped and initialised; its reserved field is the ring's tail, which the kernel
        // reads with acquire ordering.
        let tail = unsafe { &*BufRingEntry::tail(self.entries.as_ptr()).cast::<AtomicU16>() };
        tail.store(self.tail, Ordering::Release);
    }
}

impl Drop for BufRing {
    fn drop(&mut self) {
        let bytes = (usize::from(self.mask) + 1) * size_of::<BufRingEntry>();
        // SAFETY: the mapping was made by `map_entries` with this size, and the kernel uses it no more (see
        // `UringDriver::drop`).
        let result = unsafe { rustix::mm::munmap(self.entries.as_ptr().cast(), bytes) };
        debug_assert!(
            result.is_ok(),
            "the mapping of the buffer ring is unmapped once"
        );
    }
}

fn map_entries(count: u16) -> io::Result<NonNull<BufRingEntry>> {
    let bytes = usize::from(count) * size_of::<BufRingEntry>();
    // SAFETY: a fresh anonymous mapping touches no memory of ours.
    let address = unsafe {
        rustix::mm::mmap_anonymous(
            std::ptr::null_mut(),
            bytes,
            ProtFlags::READ | ProtFlags::WRITE,
            MapFlags::PRIVATE | MapFlags::POPULATE,
        )?
    };
    NonNull::new(address.cast()).ok_or_else(|| io::Error::from(io::ErrorKind::OutOfMemory))
}

/// The one group of buffers of a core's ring.
pub(super) const GROUP: u16 = 0;
/// `IOU_PBUF_RING_INC` of the kernel's header.
const RING_INCREMENTAL: u16 = 2;
/// Without incremental consumption a receive takes a whole block, so there are more and smaller ones.
const WHOLE_BLOCK_BYTES: usize = 16 << 10;
const WHOLE_BLOCK_FACTOR: u16 = 8;
const ENTRIES_MAX: u16 = 1 << 15;
