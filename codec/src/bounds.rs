//! `Bounds`: what a message may still ask for. Readers and the skipping machine count down the same way.

use crate::{DecodeError, ErrorKind, Limits, limits::DEPTH_MAX};

/// Limits, less what was used of them.
#[derive(Clone, Debug)]
pub(crate) struct Bounds {
    string_bytes_max: usize,
    /// At most `DEPTH_MAX`.
    depth_max: u32,
    depth_left: u32,
    elements_left: u32,
}

impl Bounds {
    #[inline]
    pub(crate) fn new(limits: &Limits) -> Bounds {
        Bounds {
            string_bytes_max: limits.string_bytes_max,
            depth_max: limits.depth_max.min(DEPTH_MAX) as u32,
            depth_left: limits.depth_max.min(DEPTH_MAX) as u32,
            elements_left: limits.elements_max,
        }
    }

    /// One level deeper.
    #[inline]
    pub(crate) fn enter(&mut self) -> Result<(), DecodeError> {
        let Some(left) = self.depth_left.checked_sub(1) else {
            return Err(DecodeError::new(ErrorKind::TooDeep, self.depth_max, 0));
        };
        self.depth_left = left;
        Ok(())
    }

    /// One level back.
    #[inline]
    pub(crate) fn leave(&mut self) {
        debug_assert!(self.depth_left < DEPTH_MAX as u32, "left more than entered");
        self.depth_left = self.depth_left.saturating_add(1);
    }

    /// Check the length of a string or binary.
    #[inline]
    pub(crate) fn check_string(&self, bytes: usize) -> Result<(), DecodeError> {
        if bytes > self.string_bytes_max {
            return Err(self.string_error(bytes));
        }
        Ok(())
    }

    /// Check the count of a container whose elements take at least `size_min` bytes each, and that has `bytes_left` for them.
    #[inline]
    pub(crate) fn take_elements(
        &mut self,
        count: u32,
        size_min: u64,
        bytes_left: usize,
    ) -> Result<(), DecodeError> {
        let bytes_min = u64::from(count).saturating_mul(size_min);
        if bytes_min > bytes_left as u64 || count > self.elements_left {
            return Err(self.count_error(count, bytes_left));
        }
        self.elements_left -= count;
        Ok(())
    }

    #[cold]
    fn string_error(&self, bytes: usize) -> DecodeError {
        match u32::try_from(bytes) {
            Ok(size) if size.cast_signed() < 0 => {
                DecodeError::new(ErrorKind::NegativeSize, size, 0)
            }
            _ => DecodeError::over_limit(ErrorKind::StringTooLong, bytes, self.string_bytes_max),
        }
    }

    #[cold]
    fn count_error(&self, count: u32, bytes_left: usize) -> DecodeError {
        if count.cast_signed() < 0 {
            DecodeError::new(ErrorKind::NegativeSize, count, 0)
        } else if count > self.elements_left {
            DecodeError::new(ErrorKind::TooManyElements, count, self.elements_left)
        } else {
            DecodeError::over_limit(ErrorKind::ElementsOverInput, count as usize, bytes_left)
        }
    }
}
