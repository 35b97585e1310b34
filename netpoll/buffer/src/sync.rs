//! The shared-memory primitives of this crate: std, or loom's checked copies under `--cfg loom`.
//!
//! Only the foreign side of a block's count and the return list use them. Everything else belongs to one thread.

#[cfg(loom)]
pub(crate) use loom::sync::{
    Arc,
    atomic::{AtomicPtr, AtomicU32, Ordering, fence},
};
#[cfg(not(loom))]
pub(crate) use std::sync::{
    Arc,
    atomic::{AtomicPtr, AtomicU32, Ordering, fence},
};

/// Stands for a block's bytes in the loom tests: loom fails when a `write` is not ordered after every `read`.
/// Without loom it has no size and no code.
#[derive(Debug, Default)]
pub(crate) struct Probe {
    #[cfg(loom)]
    bytes: loom::cell::UnsafeCell<()>,
}

impl Probe {
    /// The bytes are read, or their memory is let go of by a reader.
    #[inline(always)]
    pub(crate) fn read(&self) {
        #[cfg(loom)]
        self.bytes.with(|_| ());
    }

    /// The bytes change hands: from here on they may be overwritten or freed.
    #[inline(always)]
    pub(crate) fn write(&self) {
        #[cfg(loom)]
        self.bytes.with_mut(|_| ());
    }
}
