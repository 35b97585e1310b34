//! Views that leave their thread: `View` → `bytes::Bytes` without copying.
//!
//! The `Bytes` owns one foreign handle of the block. When its last clone is dropped, on whatever thread, the handle goes, and
//! with the last handle the block travels home through the pool's return list.

use std::{ptr::NonNull, slice};

use bytes::Bytes;

use crate::{
    header::{self, Header},
    sync::{Arc, Ordering, fence},
    view::View,
};

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

/// A handle that any thread may hold and drop. It does not give access to the bytes; whoever holds it does that.
pub(crate) struct Foreign {
    header: NonNull<Header>,
}

impl Foreign {
    /// Take over one foreign count.
    ///
    /// # Safety
    /// One unit of the header's `shared` count is given to this handle.
    pub(crate) unsafe fn from_header(header: NonNull<Header>) -> Foreign {
        Foreign { header }
    }
}

// SAFETY: a foreign handle touches the atomic count only, and, once it brought that to zero, owns the block alone.
unsafe impl Send for Foreign {}

impl Drop for Foreign {
    fn drop(&mut self) {
        // SAFETY: this handle's unit of `shared` keeps the header alive until the subtraction below.
        let header = unsafe { self.header.as_ref() };
        header.probe.read();
        // Release: this thread's reads of the bytes come before whatever the next owner does.
        if header.shared.fetch_sub(1, Ordering::Release) != 1 {
            return;
        }
        fence(Ordering::Acquire);
        header.probe.write();
        let returns = header
            .returns
            .as_ref()
            .expect("a pool's block has a return list");
        let returns = Arc::as_ptr(returns);
        // SAFETY: the count reached zero, so this thread owns the block alone, and with it a share of the list.
        let returned = unsafe { (*returns).push(self.header) };
        if !returned {
            // SAFETY: the list refused the block, so it is still this thread's alone.
            unsafe { header::free(self.header) };
        }
    }
}
