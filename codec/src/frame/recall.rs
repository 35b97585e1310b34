//! `Recall`: knows the head of a frame again that was parsed before.
//!
//! A client that calls one method over and over sends the same header each time, apart from lengths and numbers. The last
//! head that was parsed is kept with its bytes; a frame whose bytes are the same where they have to be has the same head,
//! and what differs is read from its place. Where a client puts something new into every header, an identifier of a
//! trace say, the comparison ends at the first byte that differs and the frame is parsed.
//!
//! Invariant: what [`Recall::find`] returns is what [`Frame::parse`] would return; every byte that `parse` looks at is compared,
//! or read anew: the lengths and the numbers.

use std::ops::Range;

use crate::{
    frame::{
        Frame,
        head::{Format, FrameHead, Framing},
        info::Span,
    },
    thrift::Protocol,
};

/// The last head, its bytes, and what its keeper made of it.
#[derive(Debug)]
pub struct Recall<T> {
    /// The frame up to the end of the method's name.
    bytes: Vec<u8>,
    known: Option<(FrameHead, T)>,
}

impl<T> Default for Recall<T> {
    fn default() -> Self {
        Recall {
            bytes: Vec::new(),
            known: None,
        }
    }
}

impl<T: Copy> Recall<T> {
    /// The head of `frame`, a whole frame as [`Scanner`](crate::frame::Scanner) measured it, if it is that of the frame before
    /// but for lengths and numbers; and what was kept with that.
    #[inline]
    pub fn find(&self, frame: &[u8]) -> Option<(FrameHead, T)> {
        let (mut head, kept) = self.known?;
        let name_end = self.bytes.len();
        let same = |range: Range<usize>| frame.get(range.clone()) == self.bytes.get(range);
        let body = head.body.range().start;
        let is_same = match head.framing {
            Framing::Buffered => same(0..name_end),
            Framing::Framed => same(LENGTH_END..name_end),
            Framing::TtHeader => same(LENGTH_END..SEQ_ID) && same(SEQ_ID_END..name_end),
            Framing::TtHeaderFramed => {
                same(LENGTH_END..SEQ_ID)
                    && same(SEQ_ID_END..body)
                    && same(body + 4..name_end)
                    && word(frame, body)? as usize == frame.len() - body - 4
            }
        };
        if !is_same {
            return None;
        }
        head.seq_id = word(frame, name_end)?.cast_signed();
        head.header_seq_id = match head.framing.has_ttheader() {
            true => word(frame, SEQ_ID)?.cast_signed(),
            false => head.seq_id,
        };
        head.payload = Span::new(name_end + 4..frame.len());
        head.body = Span::new(body..frame.len());
        Some((head, kept))
    }

    /// Keeps the head of a frame that was parsed just now, and `kept` with it, for the frames that follow. A head that is long
    /// or of a rare form is not kept.
    pub fn keep(&mut self, frame: &Frame<'_>, kept: T) {
        let name_end = frame.head.name_range().end;
        let is_binary = frame.head.format == Format::Thrift(Protocol::Binary);
        if !is_binary || frame.head.is_mesh() || name_end > KEPT_BYTES_MAX {
            return;
        }
        self.bytes.clear();
        self.bytes.extend_from_slice(&frame.bytes()[..name_end]);
        self.known = Some((frame.head, kept));
    }
}

#[inline]
fn word(bytes: &[u8], at: usize) -> Option<u32> {
    let word = bytes.get(at..)?.first_chunk()?;
    Some(u32::from_be_bytes(*word))
}

/// Where the parts of a frame are that may differ: the length, §3.3 and §4.1, and the number of a TTHeader, §4.1.
const LENGTH_END: usize = 4;
const SEQ_ID: usize = 8;
const SEQ_ID_END: usize = 12;
/// Heads that are longer are parsed each time.
const KEPT_BYTES_MAX: usize = 1 << 10;

#[cfg(test)]
mod tests;
