//! The I/O vector for one gathered send.

use std::io::IoSlice;

use crate::link::LinkBuffer;

impl LinkBuffer {
    /// Fill `slices` with the buffer's runs in order, as many as fit, and return how many were filled.
    ///
    /// After a short write, [`skip`](LinkBuffer::skip) what was written and gather again.
    #[inline]
    pub fn gather<'a>(&'a self, slices: &mut [IoSlice<'a>]) -> usize {
        let mut count = 0;
        for (slice, chunk) in slices.iter_mut().zip(self.chunks()) {
            *slice = IoSlice::new(chunk);
            count += 1;
        }
        count
    }
}
