//! `TtHeader`: the header with metadata that Kitex puts before a message. WIRE.md §4.
//!
//! ```text
//!      0        4       6       8        12            14            16
//!     | length | magic | flags | seq id | words after | id | count | transforms | info blocks | padding | payload
//!              └──────────── length counts from here to the end of the payload ──────────────────────────────────
//!                                              words ─┘└──────────────── words × 4 bytes ──────────────┘
//! ```

use crate::{
    DecodeError, ErrorKind, Limits,
    frame::{
        form::{FLAG_STREAMING, Form, TTHEADER_MAGIC},
        info::{Info, Spans},
    },
};

/// The flags of a TTHeader. §4.1
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub struct Flags(pub u16);

impl Flags {
    /// The peer takes answers in any order.
    pub const OUT_OF_ORDER: Flags = Flags(0x01);
    /// The frame is one of a stream.
    pub const STREAMING: Flags = Flags(FLAG_STREAMING);
    /// The sender of the frame is the server of the connection.
    pub const DUPLEX_REVERSE: Flags = Flags(0x08);
    /// The frame is one of an authentication.
    pub const SASL: Flags = Flags(0x10);

    /// Whether all of `flags` are set.
    #[inline]
    pub const fn contains(self, flags: Flags) -> bool {
        self.0 & flags.0 == flags.0
    }

    /// These flags and `flags`.
    #[inline]
    pub const fn with(self, flags: Flags) -> Flags {
        Flags(self.0 | flags.0)
    }
}

/// A parsed TTHeader: numbers, and where the rest is in the frame. It borrows nothing.
#[derive(Clone, Copy, Debug)]
pub struct TtHeader {
    /// Flags.
    pub flags: Flags,
    /// Number of the frame; that of the message is the one that counts, §4.3.
    pub seq_id: i32,
    /// What the payload is said to be. Its first bytes tell better, §4.4.
    pub protocol_id: u8,
    /// Bytes of the whole frame.
    pub frame_bytes: usize,
    /// Bytes of the header; the payload follows.
    pub header_bytes: usize,
    pub(crate) spans: Spans,
}

impl TtHeader {
    /// Parse the header at the start of `bytes`, which has to be there as a whole; of the payload nothing has to.
    ///
    /// # Errors
    /// What is wrong with it; [`ErrorKind::HeaderTooLarge`] over `header_bytes_max`, [`ErrorKind::FrameTooLarge`] over
    /// `frame_bytes_max`.
    #[inline]
    pub fn parse(bytes: &[u8], limits: &Limits) -> Result<TtHeader, DecodeError> {
        let in_form = |error: DecodeError| error.in_form(Form::TtHeader);
        let Some(fixed) = bytes.first_chunk::<FIXED_BYTES>() else {
            return Err(in_form(DecodeError::unexpected_end(
                FIXED_BYTES,
                bytes.len(),
            )));
        };
        let &[l0, l1, l2, l3, m0, m1, f0, f1, s0, s1, s2, s3, w0, w1] = fixed;
        if [m0, m1] != TTHEADER_MAGIC {
            return Err(in_form(unknown(fixed)));
        }
        let length = u32::from_be_bytes([l0, l1, l2, l3]);
        let frame_bytes = check_length(length, 0, limits).map_err(in_form)?;
        let words = u16::from_be_bytes([w0, w1]);
        let header_bytes = FIXED_BYTES + usize::from(words) * 4;
        if header_bytes > limits.header_bytes_max {
            let limit = limits.header_bytes_max;
            let kind = ErrorKind::HeaderTooLarge;
            return Err(in_form(DecodeError::over_limit(kind, header_bytes, limit)));
        }
        if words == 0 || header_bytes > frame_bytes {
            return Err(in_form(header_size(header_bytes, frame_bytes)));
        }
        let Some(header) = bytes.get(..header_bytes) else {
            let left = bytes.len();
            return Err(in_form(DecodeError::unexpected_end(header_bytes, left)));
        };
        let (protocol_id, transforms) = (header[FIXED_BYTES], header[FIXED_BYTES + 1]);
        // Transforms were never used by anyone; they are passed over. §4.1
        let blocks = FIXED_BYTES + 2 + usize::from(transforms);
        if blocks > header_bytes {
            return Err(in_form(header_size(blocks, header_bytes)));
        }
        Ok(TtHeader {
            flags: Flags(u16::from_be_bytes([f0, f1])),
            seq_id: i32::from_be_bytes([s0, s1, s2, s3]),
            protocol_id,
            frame_bytes,
            header_bytes,
            spans: Spans::of_ttheader(header, blocks).map_err(in_form)?,
        })
    }

    /// The keys and values. `frame` is what was parsed.
    #[inline]
    pub fn info<'a>(&'a self, frame: &'a [u8]) -> Info<'a> {
        Info::new(frame, &self.spans)
    }
}

/// The bytes of a frame that has this length `before` bytes behind its start. §4.1, §3.3
#[inline]
pub(crate) fn check_length(
    length: u32,
    before: usize,
    limits: &Limits,
) -> Result<usize, DecodeError> {
    let bytes = (length as usize).saturating_add(before + 4);
    if bytes > limits.frame_bytes_max {
        let kind = ErrorKind::FrameTooLarge;
        return Err(DecodeError::over_limit(kind, bytes, limits.frame_bytes_max));
    }
    Ok(bytes)
}

#[cold]
fn header_size(bytes: usize, around: usize) -> DecodeError {
    DecodeError::over_limit(ErrorKind::InvalidHeaderSize, bytes, around)
}

/// The error of bytes that begin no known form.
#[cold]
pub(crate) fn unknown(bytes: &[u8]) -> DecodeError {
    let word = |at: usize| {
        let mut word = [0; 4];
        for (target, byte) in word.iter_mut().zip(bytes.iter().skip(at)) {
            *target = *byte;
        }
        u32::from_be_bytes(word)
    };
    DecodeError::new(ErrorKind::UnknownProtocol, word(0), word(4))
}

/// Bytes before the part that is counted in words.
pub(crate) const FIXED_BYTES: usize = 14;
