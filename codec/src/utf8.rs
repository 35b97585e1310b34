//! Checking text.
//!
//! Measured on an x86-64 with AVX2, nanoseconds for ASCII / mixed Latin / Chinese text, best of seven runs:
//!
//! ```text
//!     bytes                 16              64               128              1024                16384
//!     std::str       2 / 7 / 11    3 / 18 / 25      4 / 41 / 79    18 / 311 / 371    288 / 5399 / 5621
//!     simdutf8       3 / 7 / 10    2 /  3 / 25      2 /  6 / 17     7 /  49 /  52     99 / 1069 /  779
//! ```
//!
//! Hence simdutf8 from 64 bytes on. Below, both are the same and std needs no call through a pointer.

use crate::{DecodeError, ErrorKind};

/// `bytes` as text.
#[inline]
pub(crate) fn check(bytes: &[u8]) -> Result<&str, DecodeError> {
    if bytes.len() >= SIMD_BYTES_MIN {
        return simdutf8::basic::from_utf8(bytes).map_err(|_| error(bytes));
    }
    std::str::from_utf8(bytes).map_err(|_| error(bytes))
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
