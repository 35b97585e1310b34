//! `Form`: what kind of frame begins here, told by eight bytes. WIRE.md §3.

use std::fmt;

use crate::thrift::{COMPACT_ID, COMPACT_VERSION, COMPACT_VERSION_MASK};

/// What a frame, or the payload behind a header, is made of.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[repr(u8)]
pub enum Form {
    /// A Thrift message in the binary protocol and nothing around it.
    Buffered,
    /// A Thrift message in the compact protocol and nothing around it.
    BufferedCompact,
    /// A length, then a Thrift message in the binary protocol.
    Framed,
    /// A length, then a Thrift message in the compact protocol.
    FramedCompact,
    /// A length, then a Kitex protobuf message.
    KitexProtobuf,
    /// A TTHeader; a payload in another form follows.
    TtHeader,
    /// A TTHeader frame of a stream.
    TtHeaderStream,
    /// A mesh header; a payload in another form follows.
    Mesh,
    /// The preface of HTTP/2, which gRPC runs on.
    Http2,
    /// A Thrift message of an old peer, without a version.
    Unversioned,
    /// None of these.
    Unknown,
}

impl Form {
    /// The form that begins with these bytes. The tests are in the order of §3.2.
    #[inline]
    pub fn detect(bytes: &[u8; 8]) -> Form {
        let &[a, b, c, d, e, f, g, h] = bytes;
        let (first, second) = ([a, b], [e, f]);
        let is_stream = u16::from_be_bytes([g, h]) & FLAG_STREAMING != 0;
        match (first, second) {
            (MESH_MAGIC, _) => Form::Mesh,
            (BINARY_MAGIC, _) => Form::Buffered,
            _ if is_compact(first) => Form::BufferedCompact,
            (_, TTHEADER_MAGIC) if is_stream => Form::TtHeaderStream,
            (_, TTHEADER_MAGIC) => Form::TtHeader,
            (_, BINARY_MAGIC) => Form::Framed,
            (_, PROTOBUF_MAGIC) => Form::KitexProtobuf,
            _ if is_compact(second) => Form::FramedCompact,
            _ if bytes == HTTP2_PREFACE => Form::Http2,
            _ if is_unversioned([a, b, c, d], [e, f, g, h]) => Form::Unversioned,
            _ => Form::Unknown,
        }
    }

    /// [`detect`](Form::detect) for the start of `bytes`, which may be fewer than eight: then no form that is told by what is
    /// missing is found.
    #[inline]
    pub(crate) fn detect_in(bytes: &[u8]) -> Form {
        match bytes.first_chunk() {
            Some(first) => Form::detect(first),
            None => {
                let mut first = [0; 8];
                first[..bytes.len()].copy_from_slice(bytes);
                Form::detect(&first)
            }
        }
    }
}

impl fmt::Display for Form {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Form::Buffered => "buffered thrift",
            Form::BufferedCompact => "buffered compact thrift",
            Form::Framed => "framed thrift",
            Form::FramedCompact => "framed compact thrift",
            Form::KitexProtobuf => "kitex protobuf",
            Form::TtHeader => "ttheader",
            Form::TtHeaderStream => "ttheader stream",
            Form::Mesh => "mesh header",
            Form::Http2 => "http/2",
            Form::Unversioned => "unversioned thrift",
            Form::Unknown => "unknown protocol",
        })
    }
}

/// Whether a message in the compact protocol begins so. §2.2
#[inline]
fn is_compact([id, version]: [u8; 2]) -> bool {
    id == COMPACT_ID && version & COMPACT_VERSION_MASK == COMPACT_VERSION
}

/// Whether an old Thrift message begins so: the length of a method's name and the name, perhaps behind a frame's length. §2.5
#[cold]
fn is_unversioned(first: [u8; 4], second: [u8; 4]) -> bool {
    let is_name_length = |word: [u8; 4]| (1..=NAME_BYTES_MAX).contains(&u32::from_be_bytes(word));
    let name_length = u32::from_be_bytes(first);
    let shown = &second[..second.len().min(name_length as usize)];
    let is_buffered = is_name_length(first) && shown.iter().all(u8::is_ascii_graphic);
    // A frame holds more than the name, and its length has no sign.
    let frame = u32::from_be_bytes(second)..1 << 31;
    let is_framed = is_name_length(second) && frame.contains(&name_length);
    is_buffered || is_framed
}

/// Bytes 4 and 5 of a TTHeader. §4.1
pub(crate) const TTHEADER_MAGIC: [u8; 2] = [0x10, 0x00];
/// Bytes 0 and 1 of a mesh header. §6
const MESH_MAGIC: [u8; 2] = [0xff, 0xaf];
/// Upper half of the first word of a Thrift message. §2.1
const BINARY_MAGIC: [u8; 2] = [0x80, 0x01];
/// Upper half of the first word of a Kitex protobuf message. §7
const PROTOBUF_MAGIC: [u8; 2] = [0x90, 0x01];
/// How a connection in HTTP/2 begins.
const HTTP2_PREFACE: &[u8; 8] = b"PRI * HT";
/// In the flags of a TTHeader: the frame is one of a stream. §4.1
pub(crate) const FLAG_STREAMING: u16 = 0x02;
/// The longest method name that is taken for one.
const NAME_BYTES_MAX: u32 = 255;
