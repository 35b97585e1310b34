//! Bytes on their way out of one connection: copied ones, and long bodies sent from where they lie.
//!
//! ```text
//! bytes    h h h h|t t|h h h h|t t        copied: heads, small replies
//! bodies          ^A          ^B          sent by reference at these places
//! vectors  hhhh  AAAAA  tthhhh  BBBBB  tt what sendmsg(2) gets
//! ```

use std::fmt;
use std::ops::Range;
use std::ptr;

use crate::uring::buffer_ring::{BufferRing, Piece};

/// What one send takes. Reuse it after [`Output::clear`].
#[derive(Default)]
pub struct Output {
    /// Copied bytes; append at will until the output is sent.
    pub bytes: Vec<u8>,
    bodies: Vec<Body>,
    vectors: Vec<libc::iovec>,
    /// Vectors that have left.
    done: usize,
    message: Option<Box<libc::msghdr>>,
}

struct Body {
    /// Place in `bytes`.
    at: usize,
    source: Source,
}

enum Source {
    Piece(Piece),
    Buffer(Vec<u8>, Range<usize>),
}

/// What the kernel is to send: valid until the output is changed.
pub(super) enum Pointers {
    One { address: *const u8, length: u32 },
    Many(*const libc::msghdr),
}

impl Output {
    /// Whether there is nothing to send.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.bytes.is_empty() && self.bodies.is_empty()
    }

    /// Appends a received piece by reference.
    #[inline]
    pub fn push_piece(&mut self, piece: Piece, buffers: &mut BufferRing) {
        let at = self.bytes.len();
        let piece = match self.bodies.last_mut() {
            Some(Body {
                at: last,
                source: Source::Piece(first),
            }) if *last == at => match buffers.join(first, piece) {
                Some(piece) => piece,
                None => return,
            },
            _ => piece,
        };
        self.bodies.push(Body {
            at,
            source: Source::Piece(piece),
        });
    }

    /// Appends a part of `buffer` by reference.
    ///
    /// # Panics
    /// When the range is not inside the buffer.
    pub fn push_buffer(&mut self, buffer: Vec<u8>, range: Range<usize>) {
        assert!(
            buffer.get(range.clone()).is_some(),
            "the range is outside of the buffer"
        );
        self.bodies.push(Body {
            at: self.bytes.len(),
            source: Source::Buffer(buffer, range),
        });
    }

    /// Empties a sent output: pieces go back to the ring, buffers to `spare`.
    #[inline]
    pub fn clear(&mut self, buffers: &mut BufferRing, mut spare: impl FnMut(Vec<u8>)) {
        for body in self.bodies.drain(..) {
            match body.source {
                Source::Piece(piece) => buffers.release(piece),
                Source::Buffer(buffer, _) => spare(buffer),
            }
        }
        if self.bytes.capacity() > KEPT_BYTES_MAX {
            self.bytes = Vec::new();
        }
        self.bytes.clear();
        self.vectors.clear();
        self.done = 0;
    }

    /// Lays out the vectors. From now on nothing may be appended.
    #[inline]
    pub(super) fn seal(&mut self, buffers: &BufferRing) {
        self.vectors.clear();
        self.done = 0;
        let mut from = 0;
        for body in &self.bodies {
            push_vector(&mut self.vectors, &self.bytes[from..body.at]);
            push_vector(
                &mut self.vectors,
                match &body.source {
                    Source::Piece(piece) => buffers.bytes(piece),
                    Source::Buffer(buffer, range) => &buffer[range.clone()],
                },
            );
            from = body.at;
        }
        push_vector(&mut self.vectors, &self.bytes[from..]);
    }

    /// What is left to send; `None` when everything has left.
    #[inline]
    pub(super) fn pointers(&mut self) -> Option<Pointers> {
        let left = &mut self.vectors[self.done..];
        if let [only] = left {
            let length = u32::try_from(only.iov_len.min(LENGTH_MAX)).expect("limited above");
            return Some(Pointers::One {
                address: only.iov_base.cast_const().cast(),
                length,
            });
        }
        if left.is_empty() {
            return None;
        }
        let message = self
            .message
            .get_or_insert_with(|| Box::new(empty_message()));
        message.msg_iov = left.as_mut_ptr();
        message.msg_iovlen = left.len().min(VECTORS_MAX);
        Some(Pointers::Many(&raw const **message))
    }

    /// `count` bytes have left.
    #[inline]
    pub(super) fn advance(&mut self, mut count: usize) {
        while count > 0 {
            let vector = &mut self.vectors[self.done];
            if count < vector.iov_len {
                vector.iov_len -= count;
                vector.iov_base = vector.iov_base.cast::<u8>().wrapping_add(count).cast();
                return;
            }
            count -= vector.iov_len;
            self.done += 1;
        }
    }
}

impl fmt::Debug for Output {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (bytes, bodies) = (self.bytes.len(), self.bodies.len());
        write!(f, "Output {{ bytes: {bytes}, bodies: {bodies} }}")
    }
}

fn push_vector(vectors: &mut Vec<libc::iovec>, bytes: &[u8]) {
    if !bytes.is_empty() {
        let iov_base = bytes.as_ptr().cast_mut().cast();
        vectors.push(libc::iovec {
            iov_base,
            iov_len: bytes.len(),
        });
    }
}

fn empty_message() -> libc::msghdr {
    libc::msghdr {
        msg_name: ptr::null_mut(),
        msg_namelen: 0,
        msg_iov: ptr::null_mut(),
        msg_iovlen: 0,
        msg_control: ptr::null_mut(),
        msg_controllen: 0,
        msg_flags: 0,
    }
}

/// Memory for copied bytes that an emptied output keeps.
const KEPT_BYTES_MAX: usize = 256 * 1024;
/// `UIO_MAXIOV`: most vectors in one call.
const VECTORS_MAX: usize = 1024;
/// Most bytes in one call: what a completion's result can say.
const LENGTH_MAX: usize = 1 << 30;
