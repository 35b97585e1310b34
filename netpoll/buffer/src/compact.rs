//! Letting go of large blocks that a small rest of bytes keeps alive.

use crate::{block::Block, link::LinkBuffer, pool::Pool};

impl LinkBuffer {
    /// Copy what is buffered into one small block when it keeps at least eight times its size alive. Returns whether it did.
    ///
    /// For buffers that will wait: half a frame on a slow connection, output that a peer does not read.
    pub fn compact(&mut self, pool: &Pool) -> bool {
        self.compact_above(PINNED_PER_BYTE_MAX, pool)
    }

    /// As [`compact`](LinkBuffer::compact), from `pinned_per_byte_max` bytes kept alive per byte buffered on.
    pub fn compact_above(&mut self, pinned_per_byte_max: usize, pool: &Pool) -> bool {
        if self.len == 0 || self.len.saturating_mul(pinned_per_byte_max) > self.pinned_bytes() {
            return false;
        }
        let block = pool.block_exact(self.len);
        if block.capacity() >= self.pinned_bytes() {
            return false;
        }
        let run = block.fill(self.len, self.chunks());
        self.clear();
        self.push(run);
        true
    }

    /// Bytes of memory that the views keep alive. A block counts again when another one's view is in between.
    pub fn pinned_bytes(&self) -> usize {
        let mut sum = 0;
        let mut before = None;
        for view in self.views() {
            let block = view.block();
            let is_same = block
                .zip(before)
                .is_some_and(|(one, two): (&Block, &Block)| one.is_same(two));
            if !is_same {
                sum += view.pinned_bytes();
            }
            before = block;
        }
        sum
    }
}

/// Above this many bytes kept alive per byte buffered, a copy is worth it.
const PINNED_PER_BYTE_MAX: usize = 8;
