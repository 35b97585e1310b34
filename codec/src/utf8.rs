//! Checking text.

use crate::{DecodeError, ErrorKind};

/// `bytes` as text.
#[inline]
pub(crate) fn check(bytes: &[u8]) -> Result<&str, DecodeError> {
    std::str::from_utf8(bytes).map_err(|error| {
        DecodeError::over_limit(ErrorKind::InvalidUtf8, error.valid_up_to(), bytes.len())
    })
}
