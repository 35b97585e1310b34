//! Memory that no pool owns, wrapped so that a view can refer to it: a user's `Bytes` or vector.
//!
//! Such a block has local handles only. `View::into_bytes` of it gives a part of the `Bytes` inside, which counts for itself.

use std::ptr::{self, NonNull};

use bytes::Bytes;

use crate::{
    block::Block,
    header::{Header, Kind},
};

/// A block's header, and what it keeps alive. The header comes first, so that a pointer to it is one to the whole.
#[repr(C)]
struct External {
    header: Header,
    bytes: Bytes,
}

impl Block {
    /// A block whose memory is that of `bytes`.
    pub(crate) fn wrap(bytes: Bytes) -> Block {
        let header = Header::new(bytes.len(), Kind::External, ptr::null(), None);
        let external = Box::leak(Box::new(External { header, bytes }));
        let header = NonNull::from(external).cast::<Header>();
        // SAFETY: a new header has one local count, which this handle takes.
        unsafe { Block::from_header(header) }
    }

    /// The bytes wrapped by this block, when it wraps some.
    #[inline]
    pub(crate) fn external(&self) -> Option<&Bytes> {
        if self.header().kind != Kind::External {
            return None;
        }
        let external = self.as_header().cast::<External>();
        // SAFETY: a header of this kind is the first field of an `External`, alive while this handle holds a count.
        Some(unsafe { &external.as_ref().bytes })
    }
}

/// Let go of what `header` keeps alive.
///
/// # Safety
/// `header` is of kind `External` and no handle of it is left.
pub(crate) unsafe fn free(header: NonNull<Header>) {
    // SAFETY: made from a box by `wrap`, and nobody else refers to it.
    drop(unsafe { Box::from_raw(header.cast::<External>().as_ptr()) });
}
