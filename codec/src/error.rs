//! What is wrong with bytes that arrived: one word, numbered, and a sentence for people.
//!
//! What it was about (a length and its limit, a field's name) travels as numbers or a name; `Display` makes the sentence.
//! [`ErrorKind`] holds the numbers, which are stable, and the two ids by which an error is told to a peer.
//!
//! The details lie in memory of their own. Measured: with an error of two words, made of small parts, every `Result` of a
//! value or an error went through memory, and the compiler took the value apart along the borders of the error's parts. That
//! was a sixth of the user time of a whole call. An error that happens costs one allocation, which is less than the text
//! that tells of it.

use std::fmt;

use crate::frame::Form;

/// Why bytes could not be decoded. One word: what went wrong lies in memory of its own, which nothing but an error takes.
#[derive(Clone, PartialEq, Eq)]
pub struct DecodeError(Box<Details>);

#[derive(Clone, PartialEq, Eq)]
struct Details {
    kind: ErrorKind,
    form: Option<Form>,
    /// The kind says what they are.
    first: u32,
    second: u32,
    /// A name out of an IDL.
    name: Option<&'static str>,
}

/// The kinds of [`DecodeError`]. The numbers do not change.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
#[repr(u8)]
pub enum ErrorKind {
    /// The bytes end before the value does.
    UnexpectedEnd = 1,
    /// Over [`Limits::frame_bytes_max`](crate::Limits::frame_bytes_max).
    FrameTooLarge = 2,
    /// Over [`Limits::header_bytes_max`](crate::Limits::header_bytes_max).
    HeaderTooLarge = 3,
    /// Over [`Limits::string_bytes_max`](crate::Limits::string_bytes_max).
    StringTooLong = 4,
    /// Over [`Limits::depth_max`](crate::Limits::depth_max).
    TooDeep = 5,
    /// Over [`Limits::elements_max`](crate::Limits::elements_max).
    TooManyElements = 6,
    /// A container claims more elements than the bytes left can hold.
    ElementsOverInput = 7,
    /// A size whose sign bit is set.
    NegativeSize = 8,
    /// A string that is not UTF-8.
    InvalidUtf8 = 9,
    /// A number that is not the number of a Thrift type.
    InvalidType = 10,
    /// The elements of a container are of another type than declared.
    ElementType = 11,
    /// A required field is missing.
    MissingField = 12,
    /// A union with no field, or more than one.
    InvalidUnion = 13,
    /// A variable-length integer that is too long.
    InvalidVarint = 14,
    /// A Thrift message of an unknown version.
    BadVersion = 15,
    /// A Thrift message without a version word, as very old peers send.
    Unversioned = 16,
    /// No known protocol starts with these bytes.
    UnknownProtocol = 17,
    /// HTTP/2, which gRPC runs on.
    Http2 = 18,
    /// A TTHeader frame of a stream.
    Streaming = 19,
    /// A payload protocol that is not spoken here.
    UnsupportedProtocolId = 20,
    /// A header whose size contradicts itself or the frame.
    InvalidHeaderSize = 21,
    /// An info block of unknown type in a TTHeader.
    UnknownInfoBlock = 22,
    /// A length within a frame that contradicts the length of the frame.
    LengthMismatch = 23,
    /// A header value that is not the number it has to be.
    InvalidNumber = 24,
    /// The payload does not have the checksum that the header tells.
    ChecksumMismatch = 25,
    /// A protobuf tag that is not one of a field.
    InvalidTag = 26,
    /// A protobuf group that does not end.
    UnclosedGroup = 27,
    /// The end of a protobuf group that did not begin.
    UnopenedGroup = 28,
}

impl DecodeError {
    /// Which kind of error.
    #[inline]
    pub fn kind(&self) -> ErrorKind {
        self.0.kind
    }

    /// The number of the kind, for counters and logs.
    pub fn number(&self) -> u8 {
        self.kind() as u8
    }

    /// The protocol form whose bytes these are; `None` within a payload.
    ///
    /// An error with a form is one of the frame: there is no call to which an answer would belong, so the connection is to be
    /// closed. One without is of the payload of a frame whose head is known: an exception can be the reply.
    pub fn form(&self) -> Option<Form> {
        self.0.form
    }

    /// The same error, of the frame's bytes in this form.
    #[cold]
    pub fn in_form(mut self, form: Form) -> DecodeError {
        self.0.form = Some(form);
        self
    }

    /// A required field is missing. For generated code: `DecodeError::missing_field("Request.msg")`.
    #[cold]
    pub fn missing_field(name: &'static str) -> DecodeError {
        DecodeError::named(ErrorKind::MissingField, name)
    }

    /// A union has no known field, or more than one. For generated code: `DecodeError::invalid_union("Shape")`.
    #[cold]
    pub fn invalid_union(name: &'static str) -> DecodeError {
        DecodeError::named(ErrorKind::InvalidUnion, name)
    }

    /// The number by which Thrift calls this error (`TProtocolException`; Kitex's `perrors`).
    pub fn protocol_exception_id(&self) -> i32 {
        match self.kind() {
            ErrorKind::NegativeSize => 2,
            ErrorKind::FrameTooLarge
            | ErrorKind::HeaderTooLarge
            | ErrorKind::StringTooLong
            | ErrorKind::TooManyElements
            | ErrorKind::ElementsOverInput => 3,
            ErrorKind::BadVersion | ErrorKind::Unversioned => 4,
            ErrorKind::Http2 | ErrorKind::Streaming | ErrorKind::UnsupportedProtocolId => 5,
            ErrorKind::TooDeep => 6,
            _ => 1,
        }
    }

    /// The number by which a peer is told this error (`TApplicationException`): 9 for a protocol that is not spoken here,
    /// 7, protocol error, for all else.
    pub fn application_exception_id(&self) -> i32 {
        match self.kind() {
            ErrorKind::Http2
            | ErrorKind::Streaming
            | ErrorKind::UnsupportedProtocolId
            | ErrorKind::Unversioned => 9,
            _ => 7,
        }
    }

    #[cold]
    #[inline(never)]
    pub(crate) fn new(kind: ErrorKind, first: u32, second: u32) -> DecodeError {
        DecodeError(Box::new(Details {
            kind,
            form: None,
            first,
            second,
            name: None,
        }))
    }

    #[cold]
    #[inline(never)]
    fn named(kind: ErrorKind, name: &'static str) -> DecodeError {
        DecodeError(Box::new(Details {
            kind,
            form: None,
            first: 0,
            second: 0,
            name: Some(name),
        }))
    }

    /// `wanted` bytes were to be read and `left` are there.
    #[cold]
    pub(crate) fn unexpected_end(wanted: usize, left: usize) -> DecodeError {
        DecodeError::new(ErrorKind::UnexpectedEnd, clamp(wanted), clamp(left))
    }

    /// `bytes`, or elements, are over `limit`.
    #[cold]
    pub(crate) fn over_limit(kind: ErrorKind, bytes: usize, limit: usize) -> DecodeError {
        DecodeError::new(kind, clamp(bytes), clamp(limit))
    }
}

impl fmt::Display for DecodeError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some(form) = self.form() {
            write!(f, "{form}: ")?;
        }
        let details = &*self.0;
        match (details.kind, details.name) {
            (kind, None) => kind.describe(details.first, details.second, f),
            (ErrorKind::MissingField, Some(name)) => {
                write!(f, "required field {name} is missing")
            }
            (_, Some(name)) => write!(f, "union {name} needs exactly one field that is known here"),
        }
    }
}

impl ErrorKind {
    fn describe(self, first: u32, second: u32, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            ErrorKind::UnexpectedEnd => {
                write!(
                    f,
                    "the bytes end too early: {first} are needed and {second} are left"
                )
            }
            ErrorKind::FrameTooLarge => over(f, "frame", first, second),
            ErrorKind::HeaderTooLarge => over(f, "header", first, second),
            ErrorKind::StringTooLong => over(f, "string", first, second),
            ErrorKind::TooDeep => write!(f, "nested deeper than the limit of {first} levels"),
            ErrorKind::TooManyElements => write!(
                f,
                "a container of {first} elements is over the {second} that are left of the limit for a message"
            ),
            ErrorKind::ElementsOverInput => write!(
                f,
                "a container of {first} elements cannot be within {second} bytes"
            ),
            ErrorKind::NegativeSize => write!(f, "size {} is negative", first.cast_signed()),
            ErrorKind::InvalidUtf8 => {
                write!(f, "a string of {second} bytes is not utf-8 at byte {first}")
            }
            ErrorKind::InvalidType => write!(f, "{first} is not the number of a thrift type"),
            ErrorKind::ElementType => write!(
                f,
                "elements of thrift type {first} where type {second} is declared"
            ),
            ErrorKind::MissingField => f.write_str("a required field is missing"),
            ErrorKind::InvalidUnion => f.write_str("a union needs exactly one field"),
            ErrorKind::InvalidVarint => f.write_str("a variable-length integer is too long"),
            ErrorKind::InvalidTag => write!(f, "{first:#x} is not the tag of a protobuf field"),
            ErrorKind::UnclosedGroup => write!(f, "protobuf group {first} does not end"),
            ErrorKind::UnopenedGroup => {
                write!(f, "protobuf group {first} ends and did not begin")
            }
            _ => self.describe_frame(first, second, f),
        }
    }

    fn describe_frame(self, first: u32, second: u32, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            ErrorKind::BadVersion => {
                write!(f, "{first:#010x} is not the version of a thrift message")
            }
            ErrorKind::Unversioned => f.write_str(
                "an old thrift message without version; let the peer write in strict mode",
            ),
            ErrorKind::Http2 => f.write_str("http/2 (grpc) is not spoken on this connection"),
            ErrorKind::Streaming => f.write_str("a ttheader stream is not spoken here"),
            ErrorKind::UnsupportedProtocolId => {
                write!(f, "payload protocol {first:#04x} is not spoken here")
            }
            ErrorKind::InvalidHeaderSize => {
                write!(f, "header of {first} bytes does not fit its {second} bytes")
            }
            ErrorKind::UnknownInfoBlock => {
                write!(f, "info block of unknown type {first:#04x} in the header")
            }
            ErrorKind::LengthMismatch => write!(
                f,
                "length {first} contradicts the {second} bytes of the frame around it"
            ),
            ErrorKind::InvalidNumber => {
                write!(f, "header key {first} holds no decimal number")
            }
            ErrorKind::ChecksumMismatch => write!(
                f,
                "the payload's crc32c is {first:08x}, which is not what the header tells"
            ),
            _ => write!(
                f,
                "no known protocol starts with the bytes {first:08x} {second:08x}"
            ),
        }
    }
}

impl fmt::Debug for DecodeError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "DecodeError({:?}: {self})", self.kind())
    }
}

impl std::error::Error for DecodeError {}

fn over(f: &mut fmt::Formatter<'_>, what: &str, bytes: u32, limit: u32) -> fmt::Result {
    write!(
        f,
        "{what} of {bytes} bytes is over the limit of {limit} bytes"
    )
}

/// What people read; a number beyond 4 GiB reads as 4 GiB.
fn clamp(number: usize) -> u32 {
    u32::try_from(number).unwrap_or(u32::MAX)
}

// So that a `Result` with it travels in registers.
const _: () = assert!(size_of::<DecodeError>() == size_of::<usize>());
