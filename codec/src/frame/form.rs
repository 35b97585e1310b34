//! `Form`: the protocol forms that can be told apart by their first bytes. WIRE.md §3.

use std::fmt;

/// What a frame is made of, as its first eight bytes tell.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[repr(u8)]
pub enum Form {
    /// A Thrift message and nothing around it.
    Buffered,
    /// A length, then a Thrift message.
    Framed,
    /// A TTHeader; a payload in another form follows.
    TtHeader,
    /// A mesh header; a payload in another form follows.
    Mesh,
    /// A length, then a Kitex protobuf message.
    KitexProtobuf,
    /// The preface of HTTP/2.
    Http2,
    /// None of these.
    Unknown,
}

impl fmt::Display for Form {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Form::Buffered => "buffered thrift",
            Form::Framed => "framed thrift",
            Form::TtHeader => "ttheader",
            Form::Mesh => "mesh header",
            Form::KitexProtobuf => "kitex protobuf",
            Form::Http2 => "http/2",
            Form::Unknown => "unknown protocol",
        })
    }
}
