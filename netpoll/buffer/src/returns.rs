//! The return list: blocks whose last handle was dropped on another thread, on their way back to their pool.
//!
//! A Treiber stack threaded through the blocks' own headers. Foreign threads push; only the pool's thread takes, and it
//! takes everything at once, so no thread ever follows a link that another may change (no ABA). When the pool is gone the
//! head becomes `CLOSED` for good and a push is refused: the block then is the pusher's to free.

use std::ptr::{self, NonNull};

use crate::{
    header::Header,
    sync::{AtomicPtr, Ordering},
};

/// The list itself. Shared by the pool and by each of its blocks.
#[derive(Debug)]
pub(crate) struct Returns {
    head: AtomicPtr<Header>,
}

impl Returns {
    pub(crate) fn new() -> Returns {
        Returns {
            head: AtomicPtr::new(ptr::null_mut()),
        }
    }

    /// Give `block` back. `false` when the pool is gone: the caller still owns the block.
    ///
    /// # Safety
    /// - The caller is the sole owner of `block`, which is alive.
    /// - After `true` the caller does not touch the block again.
    pub(crate) unsafe fn push(&self, block: NonNull<Header>) -> bool {
        let mut head = self.head.load(Ordering::Relaxed);
        loop {
            if head == CLOSED {
                return false;
            }
            // SAFETY: the caller owns the block alone until the exchange below succeeds.
            unsafe { block.as_ref() }.set_next(NonNull::new(head));
            // Release: the pool must see the link and every use of the block before. The list and the block may be gone
            // right after success, so nothing below touches them.
            match self.head.compare_exchange_weak(
                head,
                block.as_ptr(),
                Ordering::Release,
                Ordering::Relaxed,
            ) {
                Ok(_) => return true,
                Err(now) => head = now,
            }
        }
    }

    /// Take all blocks that have come back. Costs one plain load when there are none.
    #[inline]
    pub(crate) fn take(&self) -> Chain {
        if self.head.load(Ordering::Relaxed).is_null() {
            return Chain { first: None };
        }
        self.detach(ptr::null_mut())
    }

    /// Refuse pushes from now on and take what is there. Called once, by the pool's thread.
    pub(crate) fn close(&self) -> Chain {
        self.detach(CLOSED)
    }

    fn detach(&self, head: *mut Header) -> Chain {
        // Acquire: each push is a release and the later pushes continue its release sequence, so all links are visible.
        let first = self.head.swap(head, Ordering::Acquire);
        debug_assert_ne!(first, CLOSED, "the list is closed once, by its only taker");
        Chain {
            first: NonNull::new(first),
        }
    }
}

/// Blocks taken off the list, each owned by whoever iterates.
#[derive(Debug)]
pub(crate) struct Chain {
    first: Option<NonNull<Header>>,
}

impl Iterator for Chain {
    type Item = NonNull<Header>;

    fn next(&mut self) -> Option<NonNull<Header>> {
        let block = self.first?;
        // SAFETY: the chain owns its blocks alone, and this one has not been yielded yet.
        self.first = unsafe { block.as_ref() }.next();
        Some(block)
    }
}

/// Head of a list whose pool is gone. Not the address of any block: headers are aligned to 64 bytes.
const CLOSED: *mut Header = ptr::without_provenance_mut(1);
