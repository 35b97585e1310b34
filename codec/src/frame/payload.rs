//! `Payload` and `FromPayload`: what a frame carries, in whichever language its IDL is written.
//!
//! A struct of Thrift is a payload as it is. A message of protobuf is one in a [`Body`](crate::protobuf::Body), because a
//! type could be both. So whoever moves frames is written once.

use netpoll_buffer::Writer;

use crate::{
    DecodeError, ErrorKind, Limits,
    frame::Format,
    thrift::{self, Protocol},
};

/// A value that can be written as the payload of a frame.
pub trait Payload {
    /// How the value is encoded by someone who writes Thrift in `protocol`.
    fn format(protocol: Protocol) -> Format;

    /// Write the value. Nothing is written in the format of the other language: a request in that does not decode, so there
    /// is nothing to be answered.
    fn write_payload(&self, format: Format, w: &mut Writer<'_>);
}

/// A value that can be read from the payload of a frame.
pub trait FromPayload<'a>: Sized {
    /// Decode the payload of a frame.
    ///
    /// # Errors
    /// What is wrong with it; [`ErrorKind::UnsupportedProtocolId`] when it is in the format of the other language.
    fn read_payload(
        format: Format,
        payload: &'a [u8],
        limits: &Limits,
    ) -> Result<Self, DecodeError>;
}

impl<T: thrift::Encode + ?Sized> Payload for T {
    #[inline]
    fn format(protocol: Protocol) -> Format {
        Format::Thrift(protocol)
    }

    #[inline(always)]
    fn write_payload(&self, format: Format, w: &mut Writer<'_>) {
        if let Format::Thrift(protocol) = format {
            protocol.encode(self, w);
        }
    }
}

impl<'a, T: thrift::Decode<'a>> FromPayload<'a> for T {
    #[inline(always)]
    fn read_payload(format: Format, payload: &'a [u8], limits: &Limits) -> Result<T, DecodeError> {
        match format {
            Format::Thrift(protocol) => protocol.decode(payload, limits),
            Format::KitexProtobuf => Err(unsupported(format)),
        }
    }
}

/// The payload is in a format that this value is not decoded from.
#[cold]
pub(crate) fn unsupported(format: Format) -> DecodeError {
    let id = u32::from(format.protocol_id());
    DecodeError::new(ErrorKind::UnsupportedProtocolId, id, 0)
}
