//! The head of a message: what is called, with which number. WIRE.md §2.

use crate::{
    DecodeError, ErrorKind,
    thrift::{BinaryReader, CompactReader, Reader},
    varint,
};

/// What a message is.
///
/// A peer may spell a call to a oneway method [`Call`](MessageKind::Call), as Kitex does, or [`Oneway`](MessageKind::Oneway),
/// as Apache Thrift does: whether an answer is due is known by the method, not by the message. §2.3
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum MessageKind {
    /// 1: a request.
    Call,
    /// 2: a result, or an exception that the method declares.
    Reply,
    /// 3: an [`ApplicationException`](crate::thrift::ApplicationException).
    Exception,
    /// 4: a request that is not answered.
    Oneway,
    /// 5: of a stream; Kitex alone has it.
    Stream,
    /// 6: a sign of life, to be echoed; Kitex alone has it.
    Heartbeat,
    /// A number that is none of these. It is answered with exception 2, invalid message type.
    Unknown(u16),
}

impl MessageKind {
    /// The kind with this number.
    #[inline]
    pub const fn from_number(number: u16) -> MessageKind {
        match number {
            1 => MessageKind::Call,
            2 => MessageKind::Reply,
            3 => MessageKind::Exception,
            4 => MessageKind::Oneway,
            5 => MessageKind::Stream,
            6 => MessageKind::Heartbeat,
            other => MessageKind::Unknown(other),
        }
    }

    /// The number on the wire.
    #[inline]
    pub const fn number(self) -> u16 {
        match self {
            MessageKind::Call => 1,
            MessageKind::Reply => 2,
            MessageKind::Exception => 3,
            MessageKind::Oneway => 4,
            MessageKind::Stream => 5,
            MessageKind::Heartbeat => 6,
            MessageKind::Unknown(number) => number,
        }
    }

    /// Whether a server takes it as a call: 1 or 4. §2.3
    #[inline]
    pub const fn is_call(self) -> bool {
        matches!(self, MessageKind::Call | MessageKind::Oneway)
    }

    /// Whether a client takes it as an answer: 2 or 3. §2.3
    #[inline]
    pub const fn is_answer(self) -> bool {
        matches!(self, MessageKind::Reply | MessageKind::Exception)
    }
}

/// The head of a message.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct MessageHead<'a> {
    /// The method.
    pub name: &'a str,
    /// What the message is.
    pub kind: MessageKind,
    /// The number by which an answer belongs to its call.
    pub seq_id: i32,
}

impl<'a> MessageHead<'a> {
    /// Read a head in the binary protocol, §2.1, or of a Kitex protobuf message, §7, which differs in the `version` alone.
    pub(crate) fn read_binary(
        r: &mut BinaryReader<'a>,
        version: u16,
    ) -> Result<MessageHead<'a>, DecodeError> {
        let word = r.i32()?.cast_unsigned();
        if (word >> 16) as u16 != version {
            return Err(DecodeError::new(ErrorKind::BadVersion, word, 0));
        }
        let number = match version {
            // Of Thrift's word the third byte means nothing.
            BINARY_VERSION => word as u8 as u16,
            _ => word as u16,
        };
        let name = r.string()?;
        Ok(MessageHead {
            name,
            kind: MessageKind::from_number(number),
            seq_id: r.i32()?,
        })
    }

    /// Read a head in the compact protocol. §2.2
    pub(crate) fn read_compact(r: &mut CompactReader<'a>) -> Result<MessageHead<'a>, DecodeError> {
        let id = r.i8()?.cast_unsigned();
        let byte = r.i8()?.cast_unsigned();
        if id != COMPACT_ID || byte & COMPACT_VERSION_MASK != COMPACT_VERSION {
            let word = u32::from_be_bytes([id, byte, 0, 0]);
            return Err(DecodeError::new(ErrorKind::BadVersion, word, 0));
        }
        let seq_id = r.varint_u32()?.cast_signed();
        Ok(MessageHead {
            name: r.string()?,
            kind: MessageKind::from_number(u16::from(byte >> 5)),
            seq_id,
        })
    }

    /// Write a head in the binary protocol, or of a Kitex protobuf message.
    #[inline(always)]
    pub(crate) fn write_binary(&self, out: &mut netpoll_buffer::Writer<'_>, version: u16) {
        let [v0, v1] = version.to_be_bytes();
        let [k0, k1] = self.kind.number().to_be_bytes();
        let [n0, n1, n2, n3] = (self.name.len() as u32).to_be_bytes();
        out.put_array([v0, v1, k0, k1, n0, n1, n2, n3]);
        out.put_slice(self.name.as_bytes());
        out.put_u32(self.seq_id.cast_unsigned());
    }

    /// Write a head in the compact protocol.
    pub(crate) fn write_compact(&self, out: &mut netpoll_buffer::Writer<'_>) {
        // Three bits are all there is for the kind.
        let kind = (self.kind.number() as u8) << 5;
        out.put_array([COMPACT_ID, COMPACT_VERSION | kind]);
        let (bytes, len) = varint::encode(u64::from(self.seq_id.cast_unsigned()));
        out.put_prefix(bytes, len);
        let (bytes, len) = varint::encode(self.name.len() as u64);
        out.put_prefix(bytes, len);
        out.put_slice(self.name.as_bytes());
    }
}

/// Upper half of the first word of a Thrift message in the binary protocol. §2.1
pub(crate) const BINARY_VERSION: u16 = 0x8001;
/// First byte of a message in the compact protocol. §2.2
pub(crate) const COMPACT_ID: u8 = 0x82;
/// Lower five bits of its second byte.
pub(crate) const COMPACT_VERSION: u8 = 1;
pub(crate) const COMPACT_VERSION_MASK: u8 = 0x1f;
