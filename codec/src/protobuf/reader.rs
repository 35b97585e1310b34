//! `Reader`: tags and single values, read in place.
//!
//! The input is one run of bytes; `rest` is what is left of the innermost message. A message with a length narrows `rest` to
//! its bytes and goes back to what follows them; a group ends at its end tag instead.
//!
//! Invariant: `rest` lies in `frame`. A message's `merge` returns when `rest` is empty or the end tag of its group is read.

use crate::{DecodeError, ErrorKind, Limits, bounds::Bounds, protobuf::Type, utf8, varint};

/// Reads protobuf from one run of bytes that live for `'a`.
///
/// Every verb fails with [`DecodeError`] on input that ends too early, lies, or is over a limit. After an error the reader's
/// position means nothing.
#[derive(Clone, Debug)]
pub struct Reader<'a> {
    pub(super) rest: &'a [u8],
    /// The whole input. Runs of unknown fields are cut out of it.
    pub(super) frame: &'a [u8],
    pub(super) bounds: Bounds,
    /// Number of the group that is being read; 0 in a message with a length.
    pub(super) group: u32,
    /// Whether the message about to be merged is new, not one of which a part was read before.
    pub(super) is_fresh: bool,
    /// Whether a message lacked required fields when its part ended.
    pub(super) is_incomplete: bool,
}

impl<'a> Reader<'a> {
    /// A reader of `input`, one message.
    #[inline]
    pub fn new(input: &'a [u8], limits: &Limits) -> Reader<'a> {
        Reader {
            rest: input,
            frame: input,
            bounds: Bounds::new(limits),
            group: 0,
            is_fresh: true,
            is_incomplete: false,
        }
    }

    /// The next tag; `None` at the end of the message. The value is to be read before the next call, or to be given to
    /// [`unknown`](Reader::unknown) with its tag: that is where a tag that makes no sense is found.
    ///
    /// # Errors
    /// The input ends within a tag or a group, or the tag is too long.
    #[inline]
    pub fn tag(&mut self) -> Result<Option<u32>, DecodeError> {
        match *self.rest {
            [] => self.end().map(|()| None),
            [low @ ..0x80, ref rest @ ..] => {
                self.rest = rest;
                Ok(Some(u32::from(low)))
            }
            [low, high @ ..0x80, ref rest @ ..] => {
                self.rest = rest;
                Ok(Some(u32::from(high) << 7 | u32::from(low) & 0x7f))
            }
            _ => self.tag_long().map(Some),
        }
    }

    /// A value of type `T`.
    ///
    /// # Errors
    /// What is wrong with it.
    #[inline]
    pub fn read<T: Type<'a>>(&mut self) -> Result<T::Value, DecodeError> {
        T::read(self)
    }

    /// A number of variable length. Of one that has more bits the lowest 64 count.
    #[inline]
    pub(super) fn varint(&mut self) -> Result<u64, DecodeError> {
        match *self.rest {
            [byte @ ..0x80, ref rest @ ..] => {
                self.rest = rest;
                Ok(u64::from(byte))
            }
            _ => self.varint_long(),
        }
    }

    /// Four bytes, little endian on the wire.
    #[inline]
    pub(super) fn fixed32(&mut self) -> Result<u32, DecodeError> {
        self.array().map(u32::from_le_bytes)
    }

    /// Eight bytes, little endian on the wire.
    #[inline]
    pub(super) fn fixed64(&mut self) -> Result<u64, DecodeError> {
        self.array().map(u64::from_le_bytes)
    }

    /// A length and as many bytes, which are no string: their length has no limit of its own.
    #[inline]
    pub(super) fn delimited(&mut self) -> Result<&'a [u8], DecodeError> {
        let len = self.len()?;
        self.take(len)
    }

    /// A `bytes`.
    #[inline]
    pub(super) fn bytes(&mut self) -> Result<&'a [u8], DecodeError> {
        let len = self.len()?;
        self.bounds.check_string(len)?;
        self.take(len)
    }

    /// A `string`, checked to be UTF-8.
    #[inline]
    pub(super) fn string(&mut self) -> Result<&'a str, DecodeError> {
        utf8::check(self.bytes()?)
    }

    #[inline]
    fn len(&mut self) -> Result<usize, DecodeError> {
        let len = self.varint()?;
        // A length beyond the address space is beyond the input as well.
        Ok(usize::try_from(len).unwrap_or(usize::MAX))
    }

    #[inline]
    pub(super) fn take(&mut self, count: usize) -> Result<&'a [u8], DecodeError> {
        let Some((head, rest)) = self.rest.split_at_checked(count) else {
            return Err(DecodeError::unexpected_end(count, self.rest.len()));
        };
        self.rest = rest;
        Ok(head)
    }

    #[inline]
    fn array<const N: usize>(&mut self) -> Result<[u8; N], DecodeError> {
        let Some((head, rest)) = self.rest.split_first_chunk() else {
            return Err(DecodeError::unexpected_end(N, self.rest.len()));
        };
        self.rest = rest;
        Ok(*head)
    }

    /// The input is used up: fine, unless the end tag of a group has to come.
    #[inline]
    fn end(&self) -> Result<(), DecodeError> {
        if self.group != 0 {
            return Err(DecodeError::new(ErrorKind::UnclosedGroup, self.group, 0));
        }
        Ok(())
    }

    #[cold]
    #[inline(never)]
    fn tag_long(&mut self) -> Result<u32, DecodeError> {
        let left = self.rest.len();
        let tag = self.varint_long()?;
        match u32::try_from(tag) {
            Ok(tag) if left - self.rest.len() <= TAG_BYTES_MAX => Ok(tag),
            _ => Err(DecodeError::new(ErrorKind::InvalidTag, tag as u32, 1)),
        }
    }

    /// A number of more than one byte, or the end of the input. Not inlined: there would be a copy for each field.
    #[inline(never)]
    fn varint_long(&mut self) -> Result<u64, DecodeError> {
        let Some(window) = self.rest.first_chunk::<{ varint::BYTES_MAX }>() else {
            return self.varint_at_end();
        };
        let mut value = u64::from(window[0]) & 0x7f;
        // The length of the window is known, so this becomes a chain of compares.
        for (index, &byte) in window.iter().enumerate().skip(1) {
            value |= u64::from(byte & 0x7f) << (7 * index);
            if byte < 0x80 {
                self.rest = &self.rest[index + 1..];
                return Ok(value);
            }
        }
        Err(DecodeError::new(ErrorKind::InvalidVarint, 0, 0))
    }

    /// A number in the last bytes of the message.
    #[cold]
    #[inline(never)]
    fn varint_at_end(&mut self) -> Result<u64, DecodeError> {
        let mut value = 0;
        for (index, &byte) in self.rest.iter().enumerate() {
            value |= u64::from(byte & 0x7f) << (7 * index);
            if byte < 0x80 {
                self.rest = &self.rest[index + 1..];
                return Ok(value);
            }
        }
        let left = self.rest.len();
        Err(DecodeError::unexpected_end(left + 1, left))
    }

    /// Offset in the frame of what is read next.
    #[inline]
    pub(super) fn position(&self) -> usize {
        self.rest
            .as_ptr()
            .addr()
            .wrapping_sub(self.frame.as_ptr().addr())
    }
}

/// Bytes of the longest tag: 32 bits, seven a byte.
const TAG_BYTES_MAX: usize = 5;
