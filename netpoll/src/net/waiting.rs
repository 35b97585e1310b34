//! Output that waits for a peer that does not take what was sent before.
//!
//! A reply is written into a block that all connections of the core share, or passes on a part of a block that many
//! receives share. That is free as long as the reply leaves at once; while it waits it would keep the whole block from
//! being used again, and one slow peer's small replies would take the memory of the core. So what has to wait is copied
//! out of blocks that are much larger than itself.
//!
//! Invariant: the memory kept alive is at most [`PINNED_PER_BYTE_MAX`] times the bytes that wait, plus one turn's output.

use netpoll_buffer::{LinkBuffer, Pool};

/// Bytes behind the send in flight, in order.
#[derive(Debug, Default)]
pub(super) struct Waiting {
    bytes: LinkBuffer,
    /// Memory that `bytes` keeps alive, as a sum over what was pushed since the last copy.
    pinned_bytes: usize,
}

impl Waiting {
    pub(super) fn len(&self) -> usize {
        self.bytes.len()
    }

    pub(super) fn is_empty(&self) -> bool {
        self.bytes.is_empty()
    }

    /// Takes over all of `output`.
    pub(super) fn push(&mut self, output: &mut LinkBuffer, pool: &Pool) {
        output.compact_above(PINNED_PER_BYTE_OF_A_PIECE, pool);
        self.pinned_bytes += output.pinned_bytes();
        self.bytes.append(output);
        if self.pinned_bytes > self.bytes.len().saturating_mul(PINNED_PER_BYTE_MAX) {
            // Many pieces, each too small for a block of its own.
            self.bytes.compact_above(PINNED_PER_BYTE_OF_A_PIECE, pool);
            self.pinned_bytes = self.bytes.pinned_bytes();
        }
    }

    /// Everything, to be sent now.
    pub(super) fn take(&mut self) -> LinkBuffer {
        std::mem::take(self).bytes
    }

    pub(super) fn clear(&mut self) {
        drop(self.take());
    }
}

const PINNED_PER_BYTE_MAX: usize = 4;
/// What blocks of a power of two cost at most.
const PINNED_PER_BYTE_OF_A_PIECE: usize = 2;
