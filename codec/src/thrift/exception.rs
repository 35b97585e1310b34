//! `ApplicationException`: how a peer is told that a call failed. WIRE.md §2.4.

use std::fmt;

use crate::{
    DecodeError, Str,
    thrift::{Decode, Encode, Kind, Reader, Writer},
};

/// The body of an [`Exception`](crate::thrift::MessageKind::Exception) message, `TApplicationException`.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ApplicationException<'a> {
    /// What happened, for people.
    pub message: Str<'a>,
    /// What happened, as a number: one of the constants, or the application's own.
    pub kind: i32,
}

impl<'a> ApplicationException<'a> {
    /// Unknown, or none of these.
    pub const UNKNOWN: i32 = 0;
    /// The service has no such method.
    pub const UNKNOWN_METHOD: i32 = 1;
    /// A message of a kind that is not expected.
    pub const INVALID_MESSAGE_TYPE: i32 = 2;
    /// The answer is of another method.
    pub const WRONG_METHOD_NAME: i32 = 3;
    /// The answer is of another call.
    pub const BAD_SEQUENCE_ID: i32 = 4;
    /// The answer holds neither result nor exception.
    pub const MISSING_RESULT: i32 = 5;
    /// The handler failed.
    pub const INTERNAL_ERROR: i32 = 6;
    /// The message cannot be decoded.
    pub const PROTOCOL_ERROR: i32 = 7;
    /// A transform that is not known here.
    pub const INVALID_TRANSFORM: i32 = 8;
    /// A protocol that is not spoken here.
    pub const INVALID_PROTOCOL: i32 = 9;
    /// A kind of client that is not served.
    pub const UNSUPPORTED_CLIENT_TYPE: i32 = 10;
    /// No such service here; Kitex's.
    pub const UNKNOWN_SERVICE: i32 = 20;
    /// Several services here and none is named; Kitex's.
    pub const NO_SERVICE_NAME: i32 = 21;

    /// An exception with this number and message.
    pub fn new(kind: i32, message: impl Into<Str<'a>>) -> ApplicationException<'a> {
        ApplicationException {
            message: message.into(),
            kind,
        }
    }

    /// The same exception, independent of the frame.
    pub fn into_owned(self) -> ApplicationException<'static> {
        ApplicationException {
            message: self.message.into_owned(),
            kind: self.kind,
        }
    }
}

impl<'a> Decode<'a> for ApplicationException<'a> {
    fn decode<R: Reader<'a>>(r: &mut R) -> Result<Self, DecodeError> {
        let mut exception = ApplicationException::default();
        r.struct_begin()?;
        while let Some(field) = r.field()? {
            match (field.id, field.kind) {
                (1, Kind::Binary) => exception.message = r.str()?,
                (2, Kind::I32) => exception.kind = r.i32()?,
                _ => r.skip(field.kind)?,
            }
        }
        r.struct_end();
        Ok(exception)
    }
}

impl Encode for ApplicationException<'_> {
    fn encode<W: Writer>(&self, w: &mut W) {
        w.struct_begin();
        w.str_field(1, &self.message);
        w.i32_field(2, self.kind);
        w.struct_end();
    }
}

impl fmt::Display for ApplicationException<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "exception {}: {}", self.kind, self.message)
    }
}

impl std::error::Error for ApplicationException<'_> {}
