//! `ApplicationException` in protobuf, as Kitex writes it: `message { int32 TypeID = 1; string Message = 2; }`. WIRE.md §7.

use crate::{
    DecodeError,
    protobuf::{Decode, Encode, Reader, Sink, UnknownFields, types},
    thrift::ApplicationException,
};

impl<'a> Decode<'a> for ApplicationException<'a> {
    fn merge(&mut self, r: &mut Reader<'a>) -> Result<(), DecodeError> {
        // They are not sent on.
        let mut unknown = UnknownFields::default();
        while let Some(tag) = r.tag()? {
            match tag {
                8 => self.kind = r.read::<types::Int32>()?,
                18 => self.message = r.read::<types::String>()?,
                _ if r.unknown(tag, &mut unknown)? => {}
                _ => break,
            }
        }
        Ok(())
    }
}

impl Encode for ApplicationException<'_> {
    fn encode<S: Sink>(&self, s: &mut S) {
        s.implicit::<types::Int32>(8, &self.kind);
        s.implicit::<types::String>(18, &self.message);
    }
}
