//! `Protocol`: the Thrift protocol of a payload, chosen at run time.

use crate::{
    DecodeError, Limits,
    thrift::{BinaryReader, BinaryWriter, CompactReader, CompactWriter, Decode, Encode},
};

/// A Thrift protocol.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum Protocol {
    /// The binary protocol, WIRE.md §1.1: the one that Kitex speaks.
    #[default]
    Binary,
    /// The compact protocol, WIRE.md §1.8.
    Compact,
}

impl Protocol {
    /// Decode a struct from the start of `payload`. What follows it is not looked at.
    ///
    /// # Errors
    /// What is wrong with the payload.
    ///
    /// ```
    /// use codec::{Limits, thrift::{ApplicationException, Protocol}};
    ///
    /// let payload = b"\x0b\0\x01\0\0\0\x02no\x08\0\x02\0\0\0\x06\0";
    /// let exception: ApplicationException<'_> = Protocol::Binary.decode(payload, &Limits::default())?;
    /// assert_eq!(exception.to_string(), "exception 6: no");
    /// # Ok::<(), codec::DecodeError>(())
    /// ```
    #[inline(always)]
    pub fn decode<'a, T: Decode<'a>>(
        self,
        payload: &'a [u8],
        limits: &Limits,
    ) -> Result<T, DecodeError> {
        match self {
            Protocol::Binary => T::decode(&mut BinaryReader::new(payload, limits)),
            Protocol::Compact => decode_compact(payload, limits),
        }
    }

    /// Encode a struct to the end of `out`.
    #[inline(always)]
    pub fn encode<T: Encode + ?Sized>(self, value: &T, out: &mut netpoll_buffer::Writer<'_>) {
        match self {
            Protocol::Binary => value.encode(&mut BinaryWriter::new(out)),
            Protocol::Compact => encode_compact(value, out),
        }
    }
}

/// Apart, so that the code for the binary protocol, which nearly everyone speaks, is inlined where it is used.
#[inline(never)]
fn decode_compact<'a, T: Decode<'a>>(payload: &'a [u8], limits: &Limits) -> Result<T, DecodeError> {
    T::decode(&mut CompactReader::new(payload, limits))
}

/// Apart for the same reason.
#[inline(never)]
fn encode_compact<T: Encode + ?Sized>(value: &T, out: &mut netpoll_buffer::Writer<'_>) {
    value.encode(&mut CompactWriter::new(out));
}
