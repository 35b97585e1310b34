//! The wire: tags and wire types.

use crate::{DecodeError, ErrorKind};

/// How the value after a tag is laid out: the lowest three bits of the tag.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[repr(u8)]
pub enum WireType {
    /// A number of variable length.
    Varint = 0,
    /// Eight bytes, little endian.
    Fixed64 = 1,
    /// A length of variable length, and as many bytes.
    Bytes = 2,
    /// Fields follow, up to the [`GroupEnd`](WireType::GroupEnd) of the same number.
    GroupStart = 3,
    /// The end of a group.
    GroupEnd = 4,
    /// Four bytes, little endian.
    Fixed32 = 5,
}

impl WireType {
    /// The tag of a field of this number, 1 to 2²⁹ − 1.
    #[inline]
    pub const fn tag(self, number: u32) -> u32 {
        number << TYPE_BITS | self as u32
    }

    /// The wire type in a tag.
    ///
    /// # Errors
    /// [`ErrorKind::InvalidTag`] for the types 6 and 7, and for field number 0.
    #[inline]
    pub(crate) fn of(tag: u32) -> Result<WireType, DecodeError> {
        let wire = match tag & TYPE_MASK {
            0 => WireType::Varint,
            1 => WireType::Fixed64,
            2 => WireType::Bytes,
            3 => WireType::GroupStart,
            4 => WireType::GroupEnd,
            5 => WireType::Fixed32,
            _ => return Err(DecodeError::new(ErrorKind::InvalidTag, tag, 0)),
        };
        if number(tag) == 0 {
            return Err(DecodeError::new(ErrorKind::InvalidTag, tag, 0));
        }
        Ok(wire)
    }
}

/// The field number in a tag.
#[inline]
pub(crate) const fn number(tag: u32) -> u32 {
    tag >> TYPE_BITS
}

/// Bytes that `value` takes as a number of variable length.
#[inline]
pub(crate) const fn varint_len(value: u64) -> usize {
    // Seven bits a byte. 9/64 is 1/7, closely enough for up to 64 bits.
    let bits = 64 - (value | 1).leading_zeros() as usize;
    (bits * 9 + 64) / 64
}

const TYPE_BITS: u32 = 3;
const TYPE_MASK: u32 = (1 << TYPE_BITS) - 1;
