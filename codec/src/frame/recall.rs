//! `Recall`: knows the head of a frame again that was parsed before.
//!
//! A client that calls one method over and over sends the same header each time, apart from lengths and numbers. The last
//! head that was parsed is kept with its bytes; a frame whose bytes are the same where they have to be has the same head,
//! and what differs is read from its place. Where a client puts something new into every header, an identifier of a
//! trace say, the comparison ends at the first byte that differs and the frame is parsed.
//!
//! Invariant: what is found is what [`Frame::parse`] would return; every byte that `parse` looks at is compared, or read anew:
//! the lengths and the numbers.

use crate::{
    Limits,
    frame::{
        Frame,
        head::{Format, FrameHead, Framing, Numbers},
        ttheader::check_length,
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

/// A frame whose head is known.
#[derive(Debug)]
pub struct Recalled<'a, T> {
    /// The head, with the numbers of the frame that it was kept from.
    pub known: &'a FrameHead,
    /// The numbers of this frame.
    pub numbers: Numbers,
    /// What was kept with the head.
    pub kept: &'a T,
}

impl<T> Default for Recall<T> {
    fn default() -> Self {
        Recall {
            bytes: Vec::new(),
            known: None,
        }
    }
}

impl<T> Recall<T> {
    /// The frame at the start of `input`, if it is there as a whole and has the head of the frame before but for lengths and
    /// numbers. Forms that do not tell their length, and very long frames, are left to the
    /// [`Scanner`](crate::frame::Scanner), and then to [`find`](Recall::find).
    #[inline(always)]
    pub fn find_first(&self, input: &[u8], limits: &Limits) -> Option<Recalled<'_, T>> {
        let (head, _) = self.known.as_ref()?;
        let length = word(input, 0)?;
        // With such a length the form is told by the bytes behind it, which are compared. WIRE.md §3.2
        if head.framing == Framing::Buffered || length > LENGTH_MAX {
            return None;
        }
        let frame_bytes = check_length(length, 0, limits).ok()?;
        self.find(input.get(..frame_bytes)?)
    }

    /// The head of `frame`, a whole frame as the [`Scanner`](crate::frame::Scanner) measured it, if it is that of the frame
    /// before but for lengths and numbers.
    #[inline(always)]
    pub fn find(&self, frame: &[u8]) -> Option<Recalled<'_, T>> {
        let (head, kept) = self.known.as_ref()?;
        let name_end = self.bytes.len();
        let (before, number) = frame.split_at_checked(name_end)?;
        let is_same = match head.framing {
            Framing::Buffered => before == self.bytes,
            Framing::Framed => before[LENGTH_END..] == self.bytes[LENGTH_END..],
            Framing::TtHeader => self.is_same_ttheader(before, name_end),
            Framing::TtHeaderFramed => {
                let body = head.body.range().start;
                self.is_same_ttheader(before, body)
                    && before[body + 4..] == self.bytes[body + 4..]
                    && word(frame, body)? as usize == frame.len() - body - 4
            }
        };
        if !is_same {
            return None;
        }
        let seq_id = word(number, 0)?.cast_signed();
        let header_seq_id = match head.framing.has_ttheader() {
            true => word(frame, SEQ_ID)?.cast_signed(),
            false => seq_id,
        };
        Some(Recalled {
            known: head,
            numbers: Numbers {
                seq_id,
                header_seq_id,
                frame_bytes: frame.len(),
            },
            kept,
        })
    }

    /// Whether the TTHeader of `frame`, and what follows up to `end`, is the one that is kept.
    #[inline]
    fn is_same_ttheader(&self, frame: &[u8], end: usize) -> bool {
        word(frame, LENGTH_END) == word(&self.bytes, LENGTH_END)
            && frame[SEQ_ID_END..end] == self.bytes[SEQ_ID_END..end]
    }

    /// Keeps the head of a frame that was parsed just now, and `kept` with it, for the frames that follow. A head that is long
    /// or of a rare form is not kept.
    pub fn keep(&mut self, frame: &Frame<'_>, kept: T) {
        let name_end = frame.head.name_range().end;
        // Elsewhere the number does not follow the name. §2.2
        let is_compact = frame.head.format == Format::Thrift(Protocol::Compact);
        if is_compact || frame.head.is_mesh() || name_end > KEPT_BYTES_MAX {
            return;
        }
        self.bytes.clear();
        self.bytes.extend_from_slice(&frame.bytes()[..name_end]);
        self.known = Some((frame.head, kept));
    }
}

impl<T> Recalled<'_, T> {
    /// The head of the frame.
    pub fn head(&self) -> FrameHead {
        let mut head = *self.known;
        head.set_numbers(self.numbers);
        head
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
/// Of longer frames the first byte is not zero: then it may tell the form.
const LENGTH_MAX: u32 = (1 << 24) - 1;
/// Heads that are longer are parsed each time.
const KEPT_BYTES_MAX: usize = 1 << 10;

#[cfg(test)]
mod tests;
