//! Reading a `LinkBuffer`: look ahead, take, skip, split.
//!
//! A copy is made only where a caller needs one run of bytes and the bytes span views.

use crate::{link::LinkBuffer, pool::Pool, view::View};

impl LinkBuffer {
    /// The first run of bytes; empty when nothing is buffered.
    #[inline]
    pub fn first(&self) -> &[u8] {
        &self.first
    }

    /// Copy bytes from `offset` on into `target`. Returns how many; fewer than asked for when the buffer ends before.
    pub fn copy_to_slice(&self, offset: usize, target: &mut [u8]) -> usize {
        let mut skip = offset;
        let mut done = 0;
        for chunk in self.chunks() {
            if done == target.len() {
                break;
            }
            let Some(chunk) = chunk.get(skip..) else {
                skip -= chunk.len();
                continue;
            };
            skip = 0;
            let count = chunk.len().min(target.len() - done);
            target[done..done + count].copy_from_slice(&chunk[..count]);
            done += count;
        }
        done
    }

    /// The first `count` bytes as one run, copied into `scratch` when they span views. `None` when fewer are buffered.
    ///
    /// # Panics
    /// When the bytes span views and `scratch` is shorter than `count`.
    #[inline]
    pub fn peek<'a>(&'a self, count: usize, scratch: &'a mut [u8]) -> Option<&'a [u8]> {
        if let Some(run) = self.first.get(..count) {
            return Some(run);
        }
        if self.len < count {
            return None;
        }
        let run = &mut scratch[..count];
        self.copy_to_slice(0, run);
        Some(run)
    }

    /// Make the first `count` bytes one run and return it. `None` when fewer are buffered. Copies only what spans views.
    #[inline]
    pub fn contiguous(&mut self, count: usize, pool: &Pool) -> Option<&[u8]> {
        if self.first.len() < count {
            if self.len < count {
                return None;
            }
            let run = self.gather_run(count, pool);
            self.len += count;
            let second = std::mem::replace(&mut self.first, run);
            if !second.is_empty() {
                self.rest.push_front(second);
            }
        }
        Some(&self.first[..count])
    }

    /// Take the first `count` bytes as one view. `None`, and nothing happens, when fewer are buffered.
    ///
    /// No copy within one view; one copy into an exact block otherwise.
    #[inline(always)]
    pub fn take(&mut self, count: usize, pool: &Pool) -> Option<View> {
        if count < self.first.len() {
            self.len -= count;
            return Some(self.first.split_to(count));
        }
        if self.len < count {
            return None;
        }
        if count == self.first.len() {
            self.len -= count;
            return Some(self.pop());
        }
        Some(self.gather_run(count, pool))
    }

    /// Take the first `count` bytes, views and all.
    ///
    /// # Panics
    /// When fewer are buffered.
    pub fn split_to(&mut self, count: usize) -> LinkBuffer {
        self.assert_buffered(count);
        if count == self.len {
            return std::mem::take(self);
        }
        let mut head = LinkBuffer::new();
        while head.len < count {
            let wanted = count - head.len;
            let part = if wanted < self.first.len() {
                self.first.split_to(wanted)
            } else {
                self.pop()
            };
            self.len -= part.len();
            head.push(part);
        }
        head
    }

    /// Drop the first `count` bytes.
    ///
    /// # Panics
    /// When fewer are buffered.
    #[inline]
    pub fn skip(&mut self, count: usize) {
        self.assert_buffered(count);
        self.len -= count;
        let mut left = count;
        while left >= self.first.len() && left > 0 {
            left -= self.first.len();
            drop(self.pop());
        }
        self.first.advance(left);
    }

    /// Copy the first `count` bytes into a block of their own and consume them here. At least `count` are buffered.
    #[cold]
    fn gather_run(&mut self, count: usize, pool: &Pool) -> View {
        let run = pool.block_exact(count).fill(count, self.chunks());
        self.skip(count);
        run
    }

    #[inline]
    fn assert_buffered(&self, count: usize) {
        assert!(
            count <= self.len,
            "{count} bytes asked of a buffer of {}",
            self.len
        );
    }
}
