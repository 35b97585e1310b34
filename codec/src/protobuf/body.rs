//! `Body`: a message as the payload of a frame.

use netpoll_buffer::Writer;

use crate::{
    DecodeError, Limits,
    frame::{Format, FromPayload, Payload, unsupported},
    protobuf::{Decode, Encode, Encoder},
    thrift::Protocol,
};

/// A message, or a reference to one, as the payload of a frame. Generated code wraps requests and replies in it.
///
/// ```
/// use codec::{Limits, frame::{Format, FromPayload}, protobuf::Body, thrift::ApplicationException};
///
/// let payload = b"\x08\x06\x12\x02no";
/// let Body(exception): Body<ApplicationException<'_>> =
///     Body::read_payload(Format::KitexProtobuf, payload, &Limits::default())?;
/// assert_eq!(exception.to_string(), "exception 6: no");
/// # Ok::<(), codec::DecodeError>(())
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Body<T>(
    /// The message.
    pub T,
);

impl<T: Encode> Payload for Body<T> {
    #[inline]
    fn format(_: Protocol) -> Format {
        Format::KitexProtobuf
    }

    #[inline]
    fn write_payload(&self, format: Format, w: &mut Writer<'_>) {
        if format == Format::KitexProtobuf {
            self.0.encode(&mut Encoder::new(w));
        }
    }
}

impl<'a, T: Decode<'a>> FromPayload<'a> for Body<T> {
    #[inline]
    fn read_payload(
        format: Format,
        payload: &'a [u8],
        limits: &Limits,
    ) -> Result<Body<T>, DecodeError> {
        match format {
            Format::KitexProtobuf => T::decode(payload, limits).map(Body),
            Format::Thrift(_) => Err(unsupported(format)),
        }
    }
}
