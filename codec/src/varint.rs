//! Numbers of variable length: seven bits a byte, the lowest first, the top bit for "more". WIRE.md §1.12.

/// `value` in as few bytes as possible, and how many these are.
#[inline]
pub(crate) fn encode(mut value: u64) -> ([u8; BYTES_MAX], usize) {
    let mut bytes = [0; BYTES_MAX];
    let mut len = 0;
    while value >= 0x80 {
        bytes[len] = value as u8 | 0x80;
        value >>= 7;
        len += 1;
    }
    bytes[len] = value as u8;
    (bytes, len + 1)
}

/// What a number begins with.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Varint {
    /// The number, and how many bytes it took.
    Value(u64, usize),
    /// The bytes end within it.
    Short,
    /// It is longer than its type can be.
    Long,
}

/// The number at the start of `bytes`, of at most `bytes_max` ≤ 10 bytes. Bits above the 64th are dropped.
#[inline]
pub(crate) fn decode(bytes: &[u8], bytes_max: usize) -> Varint {
    let mut value = 0;
    for (index, &byte) in bytes.iter().take(bytes_max).enumerate() {
        value |= u64::from(byte & 0x7f) << (7 * index);
        if byte < 0x80 {
            return Varint::Value(value, index + 1);
        }
    }
    if bytes.len() < bytes_max {
        Varint::Short
    } else {
        Varint::Long
    }
}

/// A signed number as an unsigned one with the sign in the lowest bit, so that small ones stay small.
#[inline]
pub(crate) fn zigzag(value: i64) -> u64 {
    ((value << 1) ^ (value >> 63)).cast_unsigned()
}

/// The number that [`zigzag`] made.
#[inline]
pub(crate) fn unzigzag(value: u64) -> i64 {
    (value >> 1).cast_signed() ^ -((value & 1).cast_signed())
}

/// Bytes of the longest number, one of 64 bits.
pub(crate) const BYTES_MAX: usize = 10;

/// Bytes of the longest number of 32 bits.
pub(crate) const BYTES_MAX_32: usize = 5;

/// Bytes of the longest number of 16 bits.
pub(crate) const BYTES_MAX_16: usize = 3;
