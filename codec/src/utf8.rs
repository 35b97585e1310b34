//! Checking text: short text for being ASCII, eight bytes at a time, then all text for being UTF-8.
//!
//! Measured on an x86-64 with AVX2, nanoseconds for ASCII / mixed Latin / Chinese text, best of seven runs:
//!
//! ```text
//!     bytes                 16              64               128              1024                16384
//!     std::str       2 / 7 / 11    3 / 18 / 25      4 / 41 / 79    18 / 311 / 371    288 / 5399 / 5621
//!     simdutf8       3 / 7 / 10    2 /  3 / 25      2 /  6 / 17     7 /  49 /  52     99 / 1069 /  779
//! ```
//!
//! Hence simdutf8 from 64 bytes on. Below, both are the same, but text is nearly always ASCII, a method's name say, and to look
//! for that first takes 1.5 to 2.5 ns of 4 to 63 bytes where std takes 3.1 to 6.4; other text then costs 1 ns more.

#![allow(
    unsafe_code,
    reason = "a str is made of bytes that were checked to be ASCII"
)]

use crate::{DecodeError, ErrorKind};

/// `bytes` as text.
#[inline(always)]
pub(crate) fn check(bytes: &[u8]) -> Result<&str, DecodeError> {
    if bytes.len() < SIMD_BYTES_MIN && is_ascii(bytes) {
        // SAFETY: no byte has its upper bit set, and ASCII is UTF-8.
        return Ok(unsafe { std::str::from_utf8_unchecked(bytes) });
    }
    check_any(bytes)
}

fn check_any(bytes: &[u8]) -> Result<&str, DecodeError> {
    if bytes.len() >= SIMD_BYTES_MIN {
        return simdutf8::basic::from_utf8(bytes).map_err(|_| error(bytes));
    }
    std::str::from_utf8(bytes).map_err(|_| error(bytes))
}

/// Whether no byte has its upper bit set. The last word overlaps the one before, so that no byte is looked at alone.
#[inline]
fn is_ascii(bytes: &[u8]) -> bool {
    let upper = if let Some(last) = bytes.last_chunk() {
        let (words, _) = bytes.as_chunks();
        let words = words.iter().map(|word| u64::from_ne_bytes(*word));
        words.fold(u64::from_ne_bytes(*last), |all, word| all | word)
    } else if let (Some(first), Some(last)) = (bytes.first_chunk(), bytes.last_chunk()) {
        u64::from(u32::from_ne_bytes(*first) | u32::from_ne_bytes(*last))
    } else {
        u64::from(bytes.iter().fold(0, |all, byte| all | byte))
    };
    upper & 0x8080_8080_8080_8080 == 0
}

/// Where the text goes wrong.
#[cold]
fn error(bytes: &[u8]) -> DecodeError {
    let valid = std::str::from_utf8(bytes).err();
    let valid = valid.map_or(bytes.len(), |error| error.valid_up_to());
    DecodeError::over_limit(ErrorKind::InvalidUtf8, valid, bytes.len())
}

/// From here on the vector instructions pay.
const SIMD_BYTES_MIN: usize = 64;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_of_every_length_is_judged_as_std_does() {
        for len in 0..=2 * SIMD_BYTES_MIN {
            let ascii = vec![b'a'; len];
            assert_eq!(check(&ascii).map(str::len), Ok(len));
            for at in 0..len {
                // A lone byte of a longer character, then a whole one where there is room.
                let mut bytes = ascii.clone();
                bytes[at] = 0x80;
                assert_eq!(check(&bytes), Err(error(&bytes)), "byte {at} of {len}");
                if let Some(place) = bytes.get_mut(at..at + 2) {
                    place.copy_from_slice("é".as_bytes());
                    assert_eq!(check(&bytes).ok(), std::str::from_utf8(&bytes).ok());
                }
            }
        }
    }
}
