//! `FrameWriter`: a frame around a message that is encoded straight into a connection's output. WIRE.md §3 to §7.
//!
//! Requests and answers are written by the same code: an [`Outgoing`] says what the frame is to say; for an answer it is
//! taken from the request. `begin` writes everything before the payload and leaves the lengths open, the payload is encoded
//! behind it, `finish` fills the lengths in. What turns out too long is taken back, so that something shorter, an exception
//! say, can be written instead.

use std::{error, fmt};

use netpoll_buffer::{LinkBuffer, Mark, Writer};

use crate::{
    Limits,
    frame::{
        Format, Frame, FrameHead, Framing,
        form::TTHEADER_MAGIC,
        head::PROTOBUF_VERSION,
        info::{BLOCK_INTS, BLOCK_STRINGS, BLOCK_TOKEN},
        ttheader::{FIXED_BYTES, Flags},
    },
    thrift::{BINARY_VERSION, MessageHead, MessageKind, Protocol},
};

/// What the frame of a message is to say.
///
/// ```
/// use codec::{Limits, frame::{Framing, Outgoing}, thrift::MessageKind};
/// use netpoll_buffer::{LinkBuffer, Pool, PoolConfig};
///
/// let pool = Pool::new(PoolConfig::default());
/// let mut output = LinkBuffer::new();
/// let mut w = output.writer(&pool);
///
/// let request = Outgoing { framing: Framing::Framed, ..Outgoing::call("echo", 7) };
/// let frame = request.begin(&mut w);
/// w.put_u8(0); // the arguments: a struct without fields
/// assert_eq!(frame.finish(&mut w, &Limits::default()), Ok(21));
///
/// w.finish();
/// assert_eq!(output.first(), b"\0\0\0\x11\x80\x01\0\x01\0\0\0\x04echo\0\0\0\x07\0");
/// ```
#[derive(Clone, Copy, Debug)]
pub struct Outgoing<'a> {
    /// What is around the message.
    pub framing: Framing,
    /// How the message is encoded.
    pub format: Format,
    /// The method.
    pub name: &'a str,
    /// What the message is.
    pub kind: MessageKind,
    /// By which an answer belongs to its call.
    pub seq_id: i32,
    /// Flags of a TTHeader.
    pub flags: Flags,
    /// Number in a TTHeader.
    pub header_seq_id: i32,
}

impl<'a> Outgoing<'a> {
    /// A call in buffered Thrift, binary protocol. Other forms are set in the fields.
    pub fn call(name: &'a str, seq_id: i32) -> Outgoing<'a> {
        Outgoing {
            framing: Framing::Buffered,
            format: Format::default(),
            name,
            kind: MessageKind::Call,
            seq_id,
            flags: Flags::default(),
            header_seq_id: seq_id,
        }
    }

    /// An answer to `request`: same framing, format, numbers, flags and method.
    #[inline]
    pub fn answer(request: &Frame<'a>, kind: MessageKind) -> Outgoing<'a> {
        Outgoing::answer_to(&request.head, request.name(), kind)
    }

    /// An answer to the request with this head, to the method `name`.
    #[inline]
    pub fn answer_to(request: &FrameHead, name: &'a str, kind: MessageKind) -> Outgoing<'a> {
        Outgoing {
            framing: request.framing,
            format: request.format,
            name,
            kind,
            seq_id: request.seq_id,
            flags: request.flags,
            header_seq_id: request.header_seq_id,
        }
    }

    /// Write what is before the payload; a TTHeader gets no keys.
    #[inline(always)]
    pub fn begin(&self, w: &mut Writer<'_>) -> FrameWriter {
        let start = w.position();
        if self.framing.has_ttheader() {
            let protocol_id = self.protocol_id();
            w.put_array(ttheader_without_keys(
                self.flags,
                self.header_seq_id,
                protocol_id,
            ));
        }
        self.begin_message(w, start)
    }

    /// Write what is before the payload of a reply, made of the request with this head: as
    /// [`answer_to`](Outgoing::answer_to) and [`begin`](Outgoing::begin) without flags, in a few stores. `None`, and nothing is
    /// written, for rare forms and long names.
    #[inline(always)]
    pub fn begin_reply(
        head: &FrameHead,
        request: &[u8],
        w: &mut Writer<'_>,
    ) -> Option<FrameWriter> {
        // The name's length, the name, the number: as they came. §2.1
        let named = head.name_range().start.checked_sub(4)?;
        let bytes = head.payload_range().start - named;
        let window = request.get(named..)?.first_chunk::<REPLY_HEAD_BYTES>()?;
        if bytes > REPLY_HEAD_BYTES || head.format != Format::Thrift(Protocol::Binary) {
            return None;
        }
        let start = w.position();
        let mut message = start;
        if head.framing.has_ttheader() {
            let header = ttheader_without_keys(Flags::default(), head.header_seq_id, 0);
            w.put_array(header);
            message += header.len();
        }
        if head.framing.is_framed() {
            w.put_u32(0);
            message += 4;
        }
        let [v0, v1] = BINARY_VERSION.to_be_bytes();
        let [k0, k1] = MessageKind::Reply.number().to_be_bytes();
        w.put_array([v0, v1, k0, k1]);
        w.put_prefix(*window, bytes);
        Some(FrameWriter {
            start,
            message,
            framing: head.framing,
        })
    }

    /// Write what is before the payload; a TTHeader gets these keys: a token, texts, numbers. Other framings have no place
    /// for them.
    ///
    /// # Errors
    /// A key, a value or the header is longer than the wire allows, or the header than `header_bytes_max`. Nothing is
    /// written then.
    pub fn begin_with<'k>(
        &self,
        w: &mut Writer<'_>,
        limits: &Limits,
        token: Option<&str>,
        strings: impl IntoIterator<Item = (&'k str, &'k str)>,
        ints: impl IntoIterator<Item = (u16, &'k str)>,
    ) -> Result<FrameWriter, EncodeError> {
        if !self.framing.has_ttheader() {
            return Ok(self.begin(w));
        }
        let start = w.position();
        self.put_header(w, limits, token, strings, ints)?;
        Ok(self.begin_message(w, start))
    }

    /// Write a TTHeader with these keys around a body that is encoded already, with its own head and lengths. The body goes
    /// by reference. So a header can tell about the body, as a checksum does.
    ///
    /// # Errors
    /// As [`begin_with`](Outgoing::begin_with) and [`FrameWriter::finish`].
    ///
    /// ```
    /// use codec::{Limits, crc32c, crc32c_text, frame::{Frame, Framing, Outgoing, key}};
    /// use netpoll_buffer::{LinkBuffer, Pool, PoolConfig};
    ///
    /// let (pool, limits) = (Pool::new(PoolConfig::default()), Limits::default());
    /// let request = Outgoing { framing: Framing::TtHeader, ..Outgoing::call("echo", 7) };
    ///
    /// let mut body = LinkBuffer::new();
    /// let mut w = body.writer(&pool);
    /// let frame = request.without_ttheader().begin(&mut w);
    /// w.put_u8(0); // the arguments: a struct without fields
    /// frame.finish(&mut w, &limits)?;
    /// w.finish();
    ///
    /// let crc = crc32c_text(crc32c(body.chunks()));
    /// let crc = str::from_utf8(&crc)?;
    /// let mut output = LinkBuffer::new();
    /// let mut w = output.writer(&pool);
    /// request.enclose(&mut w, &limits, None, [(key::CRC32C, crc)], [], &body)?;
    /// w.finish();
    ///
    /// let bytes = output.take(output.len(), &pool).unwrap();
    /// Frame::parse(&bytes, &limits)?.check_crc32c()?;
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn enclose<'k>(
        &self,
        w: &mut Writer<'_>,
        limits: &Limits,
        token: Option<&str>,
        strings: impl IntoIterator<Item = (&'k str, &'k str)>,
        ints: impl IntoIterator<Item = (u16, &'k str)>,
        body: &LinkBuffer,
    ) -> Result<usize, EncodeError> {
        let start = w.position();
        self.put_header(w, limits, token, strings, ints)?;
        for view in body.views() {
            w.put_view(view.clone());
        }
        let frame = FrameWriter {
            start,
            message: start,
            framing: Framing::TtHeader,
        };
        frame.finish(w, limits)
    }

    /// The same message without the TTHeader: the body of such a frame.
    #[inline]
    pub fn without_ttheader(&self) -> Outgoing<'a> {
        Outgoing {
            framing: self.framing.without_ttheader(),
            ..*self
        }
    }

    /// Write a whole heartbeat, in answer to one or as one: a message without a payload.
    ///
    /// # Errors
    /// As [`FrameWriter::finish`].
    pub fn heartbeat(&self, w: &mut Writer<'_>, limits: &Limits) -> Result<usize, EncodeError> {
        let beat = Outgoing {
            kind: MessageKind::Heartbeat,
            ..*self
        };
        let frame = beat.begin(w);
        if let Format::Thrift(_) = self.format {
            // A struct without fields: a bare message would not end otherwise. §2.3
            w.put_u8(0);
        }
        frame.finish(w, limits)
    }

    /// Write a TTHeader with open length, or nothing at all.
    fn put_header<'k>(
        &self,
        w: &mut Writer<'_>,
        limits: &Limits,
        token: Option<&str>,
        strings: impl IntoIterator<Item = (&'k str, &'k str)>,
        ints: impl IntoIterator<Item = (u16, &'k str)>,
    ) -> Result<(), EncodeError> {
        let start = w.position();
        let done = self.try_put_header(w, limits, token, strings, ints);
        done.inspect_err(|_| w.truncate_to(start))
    }

    fn try_put_header<'k>(
        &self,
        w: &mut Writer<'_>,
        limits: &Limits,
        token: Option<&str>,
        strings: impl IntoIterator<Item = (&'k str, &'k str)>,
        ints: impl IntoIterator<Item = (u16, &'k str)>,
    ) -> Result<(), EncodeError> {
        w.put_u32(0);
        w.put_array(TTHEADER_MAGIC);
        w.put_u16(self.flags.0);
        w.put_u32(self.header_seq_id.cast_unsigned());
        let words = w.mark_u16();
        let counted = w.position();
        w.put_array([self.protocol_id(), 0]);
        if let Some(token) = token {
            w.put_u8(BLOCK_TOKEN);
            put_text(w, token)?;
        }
        put_block(w, BLOCK_STRINGS, strings, |w, (key, value)| {
            put_text(w, key)?;
            put_text(w, value)
        })?;
        put_block(w, BLOCK_INTS, ints, |w, (key, value)| {
            w.put_u16(key);
            put_text(w, value)
        })?;
        let bytes = w.position() - counted;
        w.put_prefix([0; 4], bytes.next_multiple_of(4) - bytes);
        let bytes = bytes.next_multiple_of(4);
        let limit = limits.header_bytes_max.min(HEADER_BYTES_MAX);
        let header = FIXED_BYTES + bytes;
        match u16::try_from(bytes / 4) {
            Ok(count) if header <= limit => w.patch_u16(words, count),
            _ => return Err(EncodeError::HeaderTooLarge { header, limit }),
        }
        Ok(())
    }

    /// Write the length before the message, if there is one, and the message's head.
    #[inline(always)]
    fn begin_message(&self, w: &mut Writer<'_>, start: usize) -> FrameWriter {
        if self.framing.is_framed() {
            w.put_u32(0);
        }
        let message = w.position();
        let head = MessageHead {
            name: self.name,
            kind: self.kind,
            seq_id: self.seq_id,
        };
        match self.format {
            Format::Thrift(Protocol::Binary) => head.write_binary(w, BINARY_VERSION),
            Format::Thrift(Protocol::Compact) => head.write_compact(w),
            Format::KitexProtobuf => head.write_binary(w, PROTOBUF_VERSION),
        }
        FrameWriter {
            start,
            message,
            framing: self.framing,
        }
    }

    /// §4.4: Kitex writes 0 for its protobuf as well.
    #[inline]
    fn protocol_id(&self) -> u8 {
        match self.format {
            Format::Thrift(Protocol::Compact) => 0x02,
            _ => 0x00,
        }
    }
}

/// A frame whose payload is being written.
#[derive(Debug)]
#[must_use = "the lengths of the frame are open until it is finished"]
pub struct FrameWriter {
    start: usize,
    message: usize,
    /// Where the open lengths are: at the start, and directly before the message.
    framing: Framing,
}

impl FrameWriter {
    /// Where in the writer the frame begins: [`truncate_to`](Writer::truncate_to) this to take it back.
    #[inline]
    pub fn start(&self) -> usize {
        self.start
    }

    /// Fill in the lengths. Returns the bytes of the whole frame.
    ///
    /// # Errors
    /// The frame is over `frame_bytes_max`, or longer than the wire allows. It is taken back then.
    #[inline(always)]
    pub fn finish(self, w: &mut Writer<'_>, limits: &Limits) -> Result<usize, EncodeError> {
        let end = w.position();
        let frame = end - self.start;
        if frame > limits.frame_bytes_max.min(FRAME_BYTES_MAX) {
            return Err(self.too_large(w, limits));
        }
        // The casts are exact: both are at most `FRAME_BYTES_MAX`.
        if self.framing.is_framed() {
            w.patch_u32(Mark::at(self.message - 4), (end - self.message) as u32);
        }
        if self.framing.has_ttheader() {
            w.patch_u32(Mark::at(self.start), (frame - 4) as u32);
        }
        Ok(frame)
    }

    #[cold]
    fn too_large(self, w: &mut Writer<'_>, limits: &Limits) -> EncodeError {
        let frame = w.position() - self.start;
        w.truncate_to(self.start);
        let limit = limits.frame_bytes_max.min(FRAME_BYTES_MAX);
        EncodeError::FrameTooLarge { frame, limit }
    }
}

/// Why a frame cannot be written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum EncodeError {
    /// Over [`Limits::frame_bytes_max`], or over the 2,147,483,647 bytes that peers can read.
    FrameTooLarge {
        /// Bytes of the frame.
        frame: usize,
        /// The limit.
        limit: usize,
    },
    /// Over [`Limits::header_bytes_max`], or over what its length can tell.
    HeaderTooLarge {
        /// Bytes of the header.
        header: usize,
        /// The limit.
        limit: usize,
    },
    /// A key or a value of a header is over the 65,535 bytes that its length can tell.
    TextTooLong {
        /// Bytes of the key or value.
        bytes: usize,
    },
    /// More than 65,535 keys of one kind.
    TooManyKeys,
}

impl fmt::Display for EncodeError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            EncodeError::FrameTooLarge { frame, limit } => write!(
                f,
                "frame of {frame} bytes is over the limit of {limit} bytes"
            ),
            EncodeError::HeaderTooLarge { header, limit } => write!(
                f,
                "header of {header} bytes is over the limit of {limit} bytes"
            ),
            EncodeError::TextTooLong { bytes } => write!(
                f,
                "a header's key or value of {bytes} bytes is over the limit of 65535 bytes"
            ),
            EncodeError::TooManyKeys => f.write_str("a header has more than 65535 keys"),
        }
    }
}

impl error::Error for EncodeError {}

/// A TTHeader with open length.
#[inline(always)]
fn ttheader_without_keys(flags: Flags, seq_id: i32, protocol_id: u8) -> [u8; FIXED_BYTES + 4] {
    let [m0, m1] = TTHEADER_MAGIC;
    let [f0, f1] = flags.0.to_be_bytes();
    let [s0, s1, s2, s3] = seq_id.to_be_bytes();
    let fixed = [0, 0, 0, 0, m0, m1, f0, f1, s0, s1, s2, s3];
    // One word: protocol, no transforms, two bytes of padding. §4.1
    let counted = [0, 1, protocol_id, 0, 0, 0];
    let mut header = [0; FIXED_BYTES + 4];
    header[..12].copy_from_slice(&fixed);
    header[12..].copy_from_slice(&counted);
    header
}

/// A block of pairs; nothing when there is none.
fn put_block<T>(
    w: &mut Writer<'_>,
    block: u8,
    pairs: impl IntoIterator<Item = T>,
    mut put: impl FnMut(&mut Writer<'_>, T) -> Result<(), EncodeError>,
) -> Result<(), EncodeError> {
    let mut pairs = pairs.into_iter();
    let Some(first) = pairs.next() else {
        return Ok(());
    };
    w.put_u8(block);
    let count = w.mark_u16();
    put(w, first)?;
    let mut written: u16 = 1;
    for pair in pairs {
        put(w, pair)?;
        written = written.checked_add(1).ok_or(EncodeError::TooManyKeys)?;
    }
    w.patch_u16(count, written);
    Ok(())
}

/// A length of two bytes, and the text.
#[inline]
fn put_text(w: &mut Writer<'_>, text: &str) -> Result<(), EncodeError> {
    let bytes = text.len();
    let len = u16::try_from(bytes).map_err(|_| EncodeError::TextTooLong { bytes })?;
    w.put_u16(len);
    w.put_slice(text.as_bytes());
    Ok(())
}

/// Bytes of a message's head that are copied from a request to its reply: names of up to 24 bytes fit.
const REPLY_HEAD_BYTES: usize = 32;
/// The longest frame: lengths are read as signed by most peers.
const FRAME_BYTES_MAX: usize = i32::MAX as usize;
/// The longest header, §4.1.
const HEADER_BYTES_MAX: usize = FIXED_BYTES + 4 * u16::MAX as usize;
