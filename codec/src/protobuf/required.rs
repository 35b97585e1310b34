//! `Required`: which required fields of a proto2 message have arrived.
//!
//! A message may arrive in parts, each a field of its own, and lack a required field only when no part has it. While a part
//! is read the bits are here; what is missing at its end is remembered in the message's [`UnknownFields`], where the next part
//! finds it. The hot path is one bit per field, and nothing is remembered when nothing is missing.

use crate::protobuf::{Reader, UnknownFields};

/// Bits for up to 64 × `N` required fields, by their index.
#[derive(Clone, Copy, Debug)]
pub struct Required<const N: usize> {
    seen: [u64; N],
}

impl<const N: usize> Required<N> {
    /// What has arrived before the part that `r` is about to read: nothing, or what earlier parts had.
    #[inline]
    pub fn begin(r: &Reader<'_>, unknown: &UnknownFields<'_>) -> Required<N> {
        let mut seen = [0; N];
        if !r.is_fresh {
            let missing = unknown.missing();
            for (index, word) in seen.iter_mut().enumerate() {
                *word = !missing.get(index).copied().unwrap_or(0);
            }
        }
        Required { seen }
    }

    /// The field of this index has arrived.
    ///
    /// # Panics
    /// When the index is not below 64 × `N`.
    #[inline]
    pub fn set(&mut self, index: usize) {
        self.seen[index / 64] |= 1 << (index % 64);
    }

    /// The part ends. `count` is the number of required fields.
    #[inline]
    pub fn end(self, count: usize, r: &mut Reader<'_>, unknown: &mut UnknownFields<'_>) {
        let mut missing = self.seen;
        for (index, word) in missing.iter_mut().enumerate() {
            let fields = count.saturating_sub(index * 64).min(64) as u32;
            let all = u64::MAX.checked_shr(64 - fields).unwrap_or(0);
            *word = !*word & all;
        }
        r.is_incomplete |= missing.iter().any(|word| *word != 0);
        unknown.set_missing(&missing);
    }
}
