//! Size classes: the powers of two from 256 bytes to 4 MiB whose blocks are kept for reuse.

/// How many size classes there are.
pub(crate) const COUNT: usize =
    (BYTES_MAX.trailing_zeros() - BYTES_MIN.trailing_zeros()) as usize + 1;

/// The smallest class that holds `bytes`, or `None` above the largest.
#[inline]
pub(crate) fn index_of(bytes: usize) -> Option<usize> {
    if bytes > BYTES_MAX {
        return None;
    }
    let rounded = bytes.max(BYTES_MIN).next_power_of_two();
    Some((rounded.trailing_zeros() - BYTES_MIN.trailing_zeros()) as usize)
}

/// Data bytes of a block of class `index`.
#[inline]
pub(crate) fn bytes_of(index: usize) -> usize {
    BYTES_MIN << index
}

pub(crate) const BYTES_MIN: usize = 256;
pub(crate) const BYTES_MAX: usize = 4 << 20;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_size_maps_to_the_smallest_class_that_holds_it() {
        for bytes in (0..5000).chain([65_535, 65_536, 65_537, BYTES_MAX - 1, BYTES_MAX]) {
            let index = index_of(bytes).expect("not above the largest class");
            assert!(index < COUNT);
            assert!(bytes_of(index) >= bytes);
            assert!(index == 0 || bytes_of(index - 1) < bytes);
        }
        assert_eq!(index_of(BYTES_MAX + 1), None);
        assert_eq!(bytes_of(COUNT - 1), BYTES_MAX);
    }
}
