//! The one block that a large frame is received into.
//!
//! Invariant: the first `filled` bytes are initialised; the kernel writes behind them only, and only while the operation
//! that owns the block is in flight.
//!
//! Unsafe code: raw writes into the block's uninitialised memory.

use netpoll_buffer::{Block, LinkBuffer, Pool, View};

/// A block that is being filled up to `end`.
#[derive(Debug)]
pub(crate) struct ExactBlock {
    block: Block,
    filled: usize,
    end: usize,
}

impl ExactBlock {
    /// A block for `end` bytes that begins with a copy of `begin`; `None` when the pool is at its limit.
    pub(crate) fn new(pool: &Pool, end: usize, begin: &LinkBuffer) -> Option<ExactBlock> {
        debug_assert!(begin.len() < end, "the frame is not complete");
        let block = pool.try_block_exact(end)?;
        let mut filled = 0;
        for chunk in begin.chunks() {
            // SAFETY: the block is fresh, nobody else knows it, and it has room for `end` bytes, more than `begin` has.
            unsafe {
                std::ptr::copy_nonoverlapping(
                    chunk.as_ptr(),
                    block.as_ptr().add(filled),
                    chunk.len(),
                )
            };
            filled += chunk.len();
        }
        Some(ExactBlock { block, filled, end })
    }

    /// Address and length of what is still to be filled.
    pub(crate) fn room(&self) -> (*mut u8, usize) {
        // SAFETY: `filled` is at most `end`, which is at most the capacity.
        (
            unsafe { self.block.as_ptr().add(self.filled) },
            self.end - self.filled,
        )
    }

    /// Notes that the next `bytes` are filled.
    ///
    /// # Safety
    /// The kernel has reported that it wrote `bytes` bytes at the start of [`room`](Self::room).
    pub(crate) unsafe fn advance(&mut self, bytes: usize) {
        debug_assert!(self.filled + bytes <= self.end);
        self.filled += bytes;
    }

    /// Whether nothing is left to fill.
    pub(crate) fn is_full(&self) -> bool {
        self.filled == self.end
    }

    /// The filled bytes. The operation must be over.
    pub(crate) fn into_view(self) -> View {
        // SAFETY: the first `filled` bytes are initialised, and the operation that wrote to the block has given it up.
        unsafe { self.block.into_view(0, self.filled) }
    }
}
