//! `Bin`: bytes that are borrowed from a frame, owned, or shared. The sibling of [`Str`](crate::Str).

use std::{borrow::Borrow, cmp::Ordering, fmt, hash, ops::Deref, sync::Arc};

use bytes::Bytes;

/// A binary value of a message.
///
/// ```
/// use codec::Bin;
///
/// let bytes = Bin::from(vec![1, 2, 3]);
/// assert_eq!(bytes, [1, 2, 3]);
/// ```
#[derive(Clone)]
pub enum Bin<'a> {
    /// Lies in a frame, or is static.
    Borrowed(&'a [u8]),
    /// Its own memory.
    Owned(Vec<u8>),
    /// Counted memory: a clone copies nothing, and a large one is sent by reference.
    Shared(Arc<Bytes>),
}

impl<'a> Bin<'a> {
    /// The bytes.
    #[inline]
    pub fn as_slice(&self) -> &[u8] {
        match self {
            Bin::Borrowed(bytes) => bytes,
            Bin::Owned(bytes) => bytes,
            Bin::Shared(bytes) => bytes,
        }
    }

    /// The same bytes, independent of the frame. Copies what is borrowed.
    pub fn into_owned(self) -> Bin<'static> {
        match self {
            Bin::Borrowed(bytes) => Bin::Owned(bytes.to_owned()),
            Bin::Owned(bytes) => Bin::Owned(bytes),
            Bin::Shared(bytes) => Bin::Shared(bytes),
        }
    }

    /// The bytes as a `Vec`. Copies unless they are owned.
    pub fn into_vec(self) -> Vec<u8> {
        match self {
            Bin::Owned(bytes) => bytes,
            other => other.as_slice().to_owned(),
        }
    }

    /// The same bytes, borrowed from this value. Copies nothing.
    #[inline]
    pub fn reborrow(&self) -> Bin<'_> {
        Bin::Borrowed(self)
    }
}

impl Deref for Bin<'_> {
    type Target = [u8];

    #[inline]
    fn deref(&self) -> &[u8] {
        self.as_slice()
    }
}

impl AsRef<[u8]> for Bin<'_> {
    fn as_ref(&self) -> &[u8] {
        self
    }
}

impl Borrow<[u8]> for Bin<'_> {
    fn borrow(&self) -> &[u8] {
        self
    }
}

impl Default for Bin<'_> {
    #[inline]
    fn default() -> Self {
        Bin::Borrowed(&[])
    }
}

impl<'a> From<&'a [u8]> for Bin<'a> {
    #[inline]
    fn from(bytes: &'a [u8]) -> Bin<'a> {
        Bin::Borrowed(bytes)
    }
}

impl<'a, const N: usize> From<&'a [u8; N]> for Bin<'a> {
    fn from(bytes: &'a [u8; N]) -> Bin<'a> {
        Bin::Borrowed(bytes)
    }
}

impl From<Vec<u8>> for Bin<'_> {
    fn from(bytes: Vec<u8>) -> Self {
        Bin::Owned(bytes)
    }
}

impl From<Bytes> for Bin<'_> {
    fn from(bytes: Bytes) -> Self {
        Bin::Shared(Arc::new(bytes))
    }
}

impl From<Bin<'_>> for Vec<u8> {
    fn from(bytes: Bin<'_>) -> Vec<u8> {
        bytes.into_vec()
    }
}

impl PartialEq for Bin<'_> {
    #[inline]
    fn eq(&self, other: &Bin<'_>) -> bool {
        self.as_slice() == other.as_slice()
    }
}

impl Eq for Bin<'_> {}

impl PartialEq<[u8]> for Bin<'_> {
    fn eq(&self, other: &[u8]) -> bool {
        self.as_slice() == other
    }
}

impl PartialEq<&[u8]> for Bin<'_> {
    fn eq(&self, other: &&[u8]) -> bool {
        self.as_slice() == *other
    }
}

impl<const N: usize> PartialEq<[u8; N]> for Bin<'_> {
    fn eq(&self, other: &[u8; N]) -> bool {
        self.as_slice() == other
    }
}

impl<const N: usize> PartialEq<&[u8; N]> for Bin<'_> {
    fn eq(&self, other: &&[u8; N]) -> bool {
        self.as_slice() == *other
    }
}

impl PartialEq<Vec<u8>> for Bin<'_> {
    fn eq(&self, other: &Vec<u8>) -> bool {
        self.as_slice() == other
    }
}

impl PartialOrd for Bin<'_> {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for Bin<'_> {
    fn cmp(&self, other: &Self) -> Ordering {
        self.as_slice().cmp(other)
    }
}

impl hash::Hash for Bin<'_> {
    fn hash<H: hash::Hasher>(&self, state: &mut H) {
        self.as_slice().hash(state);
    }
}

impl fmt::Debug for Bin<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(&Bytes::copy_from_slice(self), f)
    }
}

const _: () = assert!(size_of::<Bin<'_>>() == 24);
