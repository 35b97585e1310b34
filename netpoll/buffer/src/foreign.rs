//! Views that leave their thread: `View` → `bytes::Bytes` without copying.
//!
//! The `Bytes` owns one foreign handle of the block. When its last clone is dropped, on whatever thread, the handle goes, and
//! with the last handle the block travels home through the pool's return list.

use std::{ptr::NonNull, slice};

use bytes::Bytes;

use crate::{block::Foreign, view::View};

impl View {
    /// The same bytes as a `Bytes`, which any thread may hold. Nothing is copied.
    ///
    /// This is the slow path: it allocates the `Bytes`' owner and counts atomically.
    pub fn into_bytes(self) -> Bytes {
        let (ptr, len) = (self.ptr(), self.len());
        if let Some(bytes) = self.block().and_then(|block| block.external()) {
            return bytes.slice_ref(&self);
        }
        match self.into_block() {
            Some(block) => Bytes::from_owner(ForeignView {
                ptr,
                len,
                _handle: block.into_foreign(),
            }),
            // SAFETY: a view without a block is one of bytes that live for ever.
            None => Bytes::from_static(unsafe { slice::from_raw_parts(ptr.as_ptr(), len) }),
        }
    }
}

impl From<View> for Bytes {
    fn from(view: View) -> Bytes {
        view.into_bytes()
    }
}

/// What a `Bytes` made of a view owns.
struct ForeignView {
    ptr: NonNull<u8>,
    len: usize,
    _handle: Foreign,
}

// SAFETY: the bytes are not written while the handle exists, so any thread may read them.
unsafe impl Send for ForeignView {}

impl AsRef<[u8]> for ForeignView {
    fn as_ref(&self) -> &[u8] {
        // SAFETY: taken from a view, whose bytes are initialised and left alone while the handle keeps the block alive.
        unsafe { slice::from_raw_parts(self.ptr.as_ptr(), self.len) }
    }
}
