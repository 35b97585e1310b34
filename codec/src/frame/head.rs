//! `Frame`: one whole frame, parsed in place. WIRE.md §3 to §7.
//!
//! What is found are numbers and places, [`FrameHead`], which borrow nothing: whoever keeps the frame's memory keeps them
//! beside it. [`Frame`] puts both together for as long as the bytes are at hand.
//!
//! Invariant: every place is within the frame it was parsed from.

use std::ops::Range;

use crate::{
    DecodeError, ErrorKind, Limits, crc32c, crc32c_text,
    frame::{
        FromPayload,
        form::Form,
        info::{Info, Span, Spans},
        key, mesh,
        ttheader::{Flags, TtHeader, check_length, unknown},
    },
    protobuf::Body,
    thrift::{
        ApplicationException, BINARY_VERSION, BinaryReader, CompactReader, MessageHead,
        MessageKind, Protocol,
    },
};

/// What is around a message. The answer to a request has the framing of the request.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum Framing {
    /// Nothing.
    #[default]
    Buffered,
    /// A length. §3.3
    Framed,
    /// A TTHeader. §4
    TtHeader,
    /// A TTHeader, then a length.
    TtHeaderFramed,
}

impl Framing {
    /// Whether there is a TTHeader.
    #[inline]
    pub const fn has_ttheader(self) -> bool {
        matches!(self, Framing::TtHeader | Framing::TtHeaderFramed)
    }

    /// The same without the TTHeader.
    #[inline]
    pub const fn without_ttheader(self) -> Framing {
        match self {
            Framing::Buffered | Framing::TtHeader => Framing::Buffered,
            Framing::Framed | Framing::TtHeaderFramed => Framing::Framed,
        }
    }

    /// The same with a length directly before the message, as protobuf needs it. §7
    #[inline]
    pub const fn with_length(self) -> Framing {
        match self {
            Framing::Buffered | Framing::Framed => Framing::Framed,
            Framing::TtHeader | Framing::TtHeaderFramed => Framing::TtHeaderFramed,
        }
    }

    /// Whether there is a length directly before the message.
    #[inline]
    pub const fn is_framed(self) -> bool {
        matches!(self, Framing::Framed | Framing::TtHeaderFramed)
    }
}

/// How a message is encoded.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Format {
    /// Thrift.
    Thrift(Protocol),
    /// Protobuf in Kitex's own envelope. §7
    KitexProtobuf,
}

impl Format {
    /// The protocol, where it is Thrift.
    #[inline]
    pub const fn thrift(self) -> Option<Protocol> {
        match self {
            Format::Thrift(protocol) => Some(protocol),
            Format::KitexProtobuf => None,
        }
    }

    /// The number by which a TTHeader knows the format. §4.4
    pub(crate) const fn protocol_id(self) -> u8 {
        match self {
            Format::Thrift(Protocol::Binary) => 0x00,
            Format::Thrift(Protocol::Compact) => 0x02,
            Format::KitexProtobuf => 0x04,
        }
    }
}

impl Default for Format {
    fn default() -> Format {
        Format::Thrift(Protocol::Binary)
    }
}

/// What a frame says, without its bytes.
#[derive(Clone, Copy, Debug)]
pub struct FrameHead {
    /// What is around the message. A mesh header does not show here: it is not written back.
    pub framing: Framing,
    /// How the message is encoded.
    pub format: Format,
    /// What the message is.
    pub kind: MessageKind,
    /// By which an answer belongs to its call.
    pub seq_id: i32,
    /// Flags of the TTHeader; none without one.
    pub flags: Flags,
    /// Number in the TTHeader; without one that of the message.
    pub header_seq_id: i32,
    pub(super) name: Span,
    pub(super) payload: Span,
    /// What follows the TTHeader or mesh header: the message, and the length before it if there is one.
    pub(super) body: Span,
    pub(super) spans: Spans,
}

/// What tells a frame from another with the same head.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Numbers {
    /// [`FrameHead::seq_id`].
    pub seq_id: i32,
    /// [`FrameHead::header_seq_id`].
    pub header_seq_id: i32,
    /// Bytes of the whole frame.
    pub frame_bytes: usize,
}

/// A frame: what it says, and its bytes.
#[derive(Clone, Copy, Debug)]
pub struct Frame<'a> {
    /// What it says.
    pub head: FrameHead,
    name: &'a str,
    bytes: &'a [u8],
}

impl<'a> Frame<'a> {
    /// Parse one frame, which is all of `bytes`, as [`Scanner`](crate::frame::Scanner) measured it.
    ///
    /// # Errors
    /// What is wrong with it, with its [`form`](DecodeError::form): there is nothing that could be answered to.
    pub fn parse(bytes: &'a [u8], limits: &Limits) -> Result<Frame<'a>, DecodeError> {
        match Form::detect_in(bytes) {
            Form::TtHeader => {
                let header = TtHeader::parse(bytes, limits)?;
                check_ttheader(&header, bytes.len())?;
                Frame::parse_message(
                    bytes,
                    Some(&header),
                    header.header_bytes,
                    header.spans,
                    limits,
                )
            }
            Form::Mesh => {
                let (at, spans) = mesh::parse(bytes, limits)?;
                Frame::parse_message(bytes, None, at, spans, limits)
            }
            _ => Frame::parse_message(bytes, None, 0, Spans::default(), limits),
        }
    }

    /// The bytes of the whole frame.
    #[inline]
    pub fn bytes(&self) -> &'a [u8] {
        self.bytes
    }

    /// The method.
    #[inline]
    pub fn name(&self) -> &'a str {
        self.name
    }

    /// The message behind its head: a struct of arguments, a result, an exception.
    #[inline]
    pub fn payload(&self) -> &'a [u8] {
        self.head.payload(self.bytes)
    }

    /// The keys and values of the header.
    #[inline]
    pub fn info(&self) -> Info<'_> {
        self.head.info(self.bytes)
    }

    /// Decode the payload.
    ///
    /// # Errors
    /// What is wrong with it; [`ErrorKind::UnsupportedProtocolId`] when it is not in the language of `T`.
    #[inline]
    pub fn decode<T: FromPayload<'a>>(&self, limits: &Limits) -> Result<T, DecodeError> {
        self.head.decode(self.bytes, limits)
    }

    /// Compare the payload with the checksum in the header, key [`CRC32C`](key::CRC32C). Without one there is nothing to
    /// compare. WIRE.md §5.4
    ///
    /// # Errors
    /// [`ErrorKind::ChecksumMismatch`].
    pub fn check_crc32c(&self) -> Result<(), DecodeError> {
        let told = self.info().string(key::CRC32C).unwrap_or_default();
        if told.is_empty() {
            return Ok(());
        }
        let crc = crc32c([self.head.body.of(self.bytes)]);
        if crc32c_text(crc).as_slice() != told {
            return Err(DecodeError::new(ErrorKind::ChecksumMismatch, crc, 0));
        }
        Ok(())
    }

    /// Parse a message and the length before it, if there is one; both begin at `at`, behind `header`.
    #[inline]
    fn parse_message(
        bytes: &'a [u8],
        header: Option<&TtHeader>,
        at: usize,
        spans: Spans,
        limits: &Limits,
    ) -> Result<Frame<'a>, DecodeError> {
        let form = Form::detect_in(&bytes[at..]);
        let in_form = |error: DecodeError| error.in_form(form);
        let Some((is_framed, format)) = contents(form) else {
            let error = refuse(form, &bytes[at..]);
            return Err(match (form, header) {
                (Form::Unknown, Some(_)) => error.in_form(Form::TtHeader),
                _ => error,
            });
        };
        let mut message = &bytes[at..];
        if is_framed {
            message = unframe(message, limits).map_err(in_form)?;
        }
        let (head, payload) = parse_head(message, format, limits).map_err(in_form)?;
        let behind_name = match format {
            Format::Thrift(Protocol::Compact) => payload.len(),
            // The number follows the name.
            _ => payload.len() + 4,
        };
        let name_end = bytes.len() - behind_name;
        Ok(Frame {
            head: FrameHead {
                framing: match (header, is_framed) {
                    (None, false) => Framing::Buffered,
                    (None, true) => Framing::Framed,
                    (Some(_), false) => Framing::TtHeader,
                    (Some(_), true) => Framing::TtHeaderFramed,
                },
                format,
                kind: head.kind,
                seq_id: head.seq_id,
                flags: header.map_or(Flags::default(), |header| header.flags),
                header_seq_id: header.map_or(head.seq_id, |header| header.seq_id),
                name: Span::new(name_end - head.name.len()..name_end),
                payload: Span::new(bytes.len() - payload.len()..bytes.len()),
                body: Span::new(at..bytes.len()),
                spans,
            },
            name: head.name,
            bytes,
        })
    }
}

impl FrameHead {
    /// The numbers of this frame.
    #[inline]
    pub fn numbers(&self) -> Numbers {
        Numbers {
            seq_id: self.seq_id,
            header_seq_id: self.header_seq_id,
            frame_bytes: self.payload.range().end,
        }
    }

    /// Makes it the head of another frame that differs in nothing else before its payload.
    #[inline(always)]
    pub fn set_numbers(&mut self, numbers: Numbers) {
        self.seq_id = numbers.seq_id;
        self.header_seq_id = numbers.header_seq_id;
        self.payload.set_end(numbers.frame_bytes);
        self.body.set_end(numbers.frame_bytes);
    }

    /// Whether a mesh header is before the message.
    pub(super) fn is_mesh(&self) -> bool {
        self.spans.is_mesh()
    }

    /// Where the payload is in the frame.
    #[inline]
    pub fn payload_range(&self) -> Range<usize> {
        self.payload.range()
    }

    /// Where the method's name is in the frame.
    #[inline]
    pub fn name_range(&self) -> Range<usize> {
        self.name.range()
    }

    /// The payload. `frame` is what was parsed.
    #[inline]
    pub fn payload<'a>(&self, frame: &'a [u8]) -> &'a [u8] {
        self.payload.of(frame)
    }

    /// The keys and values of the header. `frame` is what was parsed.
    #[inline]
    pub fn info<'a>(&'a self, frame: &'a [u8]) -> Info<'a> {
        Info::new(frame, &self.spans)
    }

    /// Decode the payload. `frame` is what was parsed.
    ///
    /// # Errors
    /// What is wrong with it; [`ErrorKind::UnsupportedProtocolId`] when it is not in the language of `T`.
    #[inline]
    pub fn decode<'a, T: FromPayload<'a>>(
        &self,
        frame: &'a [u8],
        limits: &Limits,
    ) -> Result<T, DecodeError> {
        T::read_payload(self.format, self.payload(frame), limits)
    }

    /// Decode the payload of an exception. `frame` is what was parsed.
    ///
    /// # Errors
    /// What is wrong with it.
    pub fn exception<'a>(
        &self,
        frame: &'a [u8],
        limits: &Limits,
    ) -> Result<ApplicationException<'a>, DecodeError> {
        match self.format {
            Format::Thrift(_) => self.decode(frame, limits),
            Format::KitexProtobuf => self.decode(frame, limits).map(|Body(exception)| exception),
        }
    }
}

/// Whether a message in this form has a length before it, and how it is encoded; `None` for what is no message.
#[inline]
fn contents(form: Form) -> Option<(bool, Format)> {
    Some(match form {
        Form::Buffered => (false, Format::Thrift(Protocol::Binary)),
        Form::BufferedCompact => (false, Format::Thrift(Protocol::Compact)),
        Form::Framed => (true, Format::Thrift(Protocol::Binary)),
        Form::FramedCompact => (true, Format::Thrift(Protocol::Compact)),
        Form::KitexProtobuf => (true, Format::KitexProtobuf),
        _ => return None,
    })
}

/// Whether the header is of a call, and of a frame of so many bytes.
#[inline]
fn check_ttheader(header: &TtHeader, frame_bytes: usize) -> Result<(), DecodeError> {
    let error = match header.protocol_id {
        _ if header.frame_bytes != frame_bytes => length_mismatch(header.frame_bytes, frame_bytes),
        0x00 | 0x02 | 0x03 | 0x04 => return Ok(()),
        0x10 | 0x11 => DecodeError::new(ErrorKind::Streaming, 0, 0),
        id => DecodeError::new(ErrorKind::UnsupportedProtocolId, u32::from(id), 0),
    };
    Err(error.in_form(Form::TtHeader))
}

/// What follows the length before a message, which is to be all there is. §3.3
#[inline]
fn unframe<'a>(bytes: &'a [u8], limits: &Limits) -> Result<&'a [u8], DecodeError> {
    let Some((length, message)) = bytes.split_first_chunk() else {
        return Err(DecodeError::unexpected_end(4, bytes.len()));
    };
    let framed_bytes = check_length(u32::from_be_bytes(*length), 0, limits)?;
    if framed_bytes != bytes.len() {
        return Err(length_mismatch(framed_bytes, bytes.len()));
    }
    Ok(message)
}

/// The head of a message, and what follows.
#[inline]
fn parse_head<'a>(
    message: &'a [u8],
    format: Format,
    limits: &Limits,
) -> Result<(MessageHead<'a>, &'a [u8]), DecodeError> {
    let version = match format {
        Format::Thrift(Protocol::Compact) => {
            let mut reader = CompactReader::new(message, limits);
            let head = MessageHead::read_compact(&mut reader)?;
            return Ok((head, reader.rest()));
        }
        Format::Thrift(Protocol::Binary) => BINARY_VERSION,
        Format::KitexProtobuf => PROTOBUF_VERSION,
    };
    let mut reader = BinaryReader::new(message, limits);
    let head = MessageHead::read_binary(&mut reader, version)?;
    Ok((head, reader.rest()))
}

#[cold]
fn length_mismatch(length: usize, around: usize) -> DecodeError {
    DecodeError::over_limit(ErrorKind::LengthMismatch, length, around)
}

/// The error of a form that is no message.
#[cold]
pub(crate) fn refuse(form: Form, bytes: &[u8]) -> DecodeError {
    let error = match form {
        Form::TtHeaderStream => DecodeError::new(ErrorKind::Streaming, 0, 0),
        Form::Http2 => DecodeError::new(ErrorKind::Http2, 0, 0),
        Form::Unversioned => DecodeError::new(ErrorKind::Unversioned, 0, 0),
        _ if bytes.len() < 8 => DecodeError::unexpected_end(8, bytes.len()),
        _ => unknown(bytes),
    };
    error.in_form(form)
}

/// Upper half of the first word of a Kitex protobuf message. §7
pub(crate) const PROTOBUF_VERSION: u16 = 0x9001;
