//! `Str`: text that is borrowed from a frame, owned, or shared.
//!
//! Decoding borrows and allocates nothing. A handler answers with what it borrowed, or with its own; `into_owned` lets go of
//! the frame. Always UTF-8. 24 bytes, as a `String`.

use std::{borrow::Borrow, cmp::Ordering, fmt, hash, ops::Deref, sync::Arc};

use bytestring::ByteString;

/// A string of a message.
///
/// ```
/// use codec::Str;
///
/// let name = Str::from("gull");
/// assert_eq!(name, "gull");
/// let kept: Str<'static> = name.into_owned();
/// assert_eq!(kept.len(), 4);
/// ```
#[derive(Clone)]
pub enum Str<'a> {
    /// Lies in a frame, or is static.
    Borrowed(&'a str),
    /// Its own memory.
    Owned(String),
    /// Counted memory: a clone copies nothing, and a large one is sent by reference.
    Shared(Arc<ByteString>),
}

impl<'a> Str<'a> {
    /// The text.
    #[inline]
    pub fn as_str(&self) -> &str {
        match self {
            Str::Borrowed(text) => text,
            Str::Owned(text) => text,
            Str::Shared(text) => text,
        }
    }

    /// The same text, independent of the frame. Copies what is borrowed.
    pub fn into_owned(self) -> Str<'static> {
        match self {
            Str::Borrowed(text) => Str::Owned(text.to_owned()),
            Str::Owned(text) => Str::Owned(text),
            Str::Shared(text) => Str::Shared(text),
        }
    }

    /// The text as a `String`. Copies unless it is owned.
    pub fn into_string(self) -> String {
        match self {
            Str::Owned(text) => text,
            other => other.as_str().to_owned(),
        }
    }

    /// The same text, borrowed from this one. Copies nothing.
    #[inline]
    pub fn reborrow(&self) -> Str<'_> {
        Str::Borrowed(self)
    }
}

impl Deref for Str<'_> {
    type Target = str;

    #[inline]
    fn deref(&self) -> &str {
        self.as_str()
    }
}

impl AsRef<str> for Str<'_> {
    fn as_ref(&self) -> &str {
        self
    }
}

impl AsRef<[u8]> for Str<'_> {
    fn as_ref(&self) -> &[u8] {
        self.as_bytes()
    }
}

impl Borrow<str> for Str<'_> {
    fn borrow(&self) -> &str {
        self
    }
}

impl Default for Str<'_> {
    #[inline]
    fn default() -> Self {
        Str::Borrowed("")
    }
}

impl<'a> From<&'a str> for Str<'a> {
    #[inline]
    fn from(text: &'a str) -> Str<'a> {
        Str::Borrowed(text)
    }
}

impl<'a> From<&'a String> for Str<'a> {
    fn from(text: &'a String) -> Str<'a> {
        Str::Borrowed(text)
    }
}

impl From<String> for Str<'_> {
    fn from(text: String) -> Self {
        Str::Owned(text)
    }
}

impl From<Box<str>> for Str<'_> {
    fn from(text: Box<str>) -> Self {
        Str::Owned(text.into())
    }
}

impl From<ByteString> for Str<'_> {
    fn from(text: ByteString) -> Self {
        Str::Shared(Arc::new(text))
    }
}

impl<'a> From<std::borrow::Cow<'a, str>> for Str<'a> {
    fn from(text: std::borrow::Cow<'a, str>) -> Str<'a> {
        match text {
            std::borrow::Cow::Borrowed(text) => Str::Borrowed(text),
            std::borrow::Cow::Owned(text) => Str::Owned(text),
        }
    }
}

impl From<Str<'_>> for String {
    fn from(text: Str<'_>) -> String {
        text.into_string()
    }
}

impl PartialEq for Str<'_> {
    #[inline]
    fn eq(&self, other: &Str<'_>) -> bool {
        self.as_str() == other.as_str()
    }
}

impl Eq for Str<'_> {}

impl PartialEq<str> for Str<'_> {
    #[inline]
    fn eq(&self, other: &str) -> bool {
        self.as_str() == other
    }
}

impl PartialEq<&str> for Str<'_> {
    #[inline]
    fn eq(&self, other: &&str) -> bool {
        self.as_str() == *other
    }
}

impl PartialEq<String> for Str<'_> {
    fn eq(&self, other: &String) -> bool {
        self.as_str() == other
    }
}

impl PartialEq<Str<'_>> for str {
    fn eq(&self, other: &Str<'_>) -> bool {
        self == other.as_str()
    }
}

impl PartialEq<Str<'_>> for &str {
    fn eq(&self, other: &Str<'_>) -> bool {
        *self == other.as_str()
    }
}

impl PartialOrd for Str<'_> {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for Str<'_> {
    fn cmp(&self, other: &Self) -> Ordering {
        self.as_str().cmp(other)
    }
}

impl hash::Hash for Str<'_> {
    fn hash<H: hash::Hasher>(&self, state: &mut H) {
        self.as_str().hash(state);
    }
}

impl fmt::Debug for Str<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(self.as_str(), f)
    }
}

impl fmt::Display for Str<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self.as_str(), f)
    }
}

const _: () = assert!(size_of::<Str<'_>>() == 24);
