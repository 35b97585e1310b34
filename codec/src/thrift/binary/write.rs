//! `BinaryWriter`: the binary protocol, written into a connection's output.

use bytes::Bytes;
use netpoll_buffer::NO_COPY_BYTES;

use crate::thrift::{Kind, Writer};

/// Writes the binary protocol, WIRE.md §1.
#[derive(Debug)]
pub struct BinaryWriter<'w, 'b> {
    out: &'w mut netpoll_buffer::Writer<'b>,
}

impl<'w, 'b> BinaryWriter<'w, 'b> {
    /// A writer to the end of `out`.
    #[inline]
    pub fn new(out: &'w mut netpoll_buffer::Writer<'b>) -> BinaryWriter<'w, 'b> {
        BinaryWriter { out }
    }

    /// Lengths and counts are four bytes. What does not fit in is over the limit of the frame, which is checked at its end.
    #[inline]
    fn size(&mut self, size: usize) {
        self.out.put_u32(size as u32);
    }
}

impl Writer for BinaryWriter<'_, '_> {
    #[inline]
    fn struct_begin(&mut self) {}

    #[inline]
    fn struct_end(&mut self) {
        self.out.put_u8(Kind::Stop.number());
    }

    #[inline]
    fn field(&mut self, kind: Kind, id: i16) {
        let [high, low] = id.to_be_bytes();
        self.out.put_array([kind.number(), high, low]);
    }

    #[inline]
    fn bool(&mut self, value: bool) {
        self.out.put_u8(u8::from(value));
    }

    #[inline]
    fn i8(&mut self, value: i8) {
        self.out.put_array(value.to_be_bytes());
    }

    #[inline]
    fn i16(&mut self, value: i16) {
        self.out.put_array(value.to_be_bytes());
    }

    #[inline]
    fn i32(&mut self, value: i32) {
        self.out.put_array(value.to_be_bytes());
    }

    #[inline]
    fn i64(&mut self, value: i64) {
        self.out.put_array(value.to_be_bytes());
    }

    #[inline]
    fn double(&mut self, value: f64) {
        self.out.put_array(value.to_be_bytes());
    }

    #[inline]
    fn uuid(&mut self, value: &[u8; 16]) {
        self.out.put_array(*value);
    }

    #[inline]
    fn binary(&mut self, value: &[u8]) {
        self.size(value.len());
        self.out.put_field_bytes(value);
    }

    #[inline]
    fn shared(&mut self, value: &Bytes) {
        if value.len() < NO_COPY_BYTES {
            self.binary(value);
        } else {
            self.size(value.len());
            self.out.put_bytes(value.clone());
        }
    }

    #[inline]
    fn list(&mut self, kind: Kind, len: usize) {
        let [a, b, c, d] = (len as u32).to_be_bytes();
        self.out.put_array([kind.number(), a, b, c, d]);
    }

    #[inline]
    fn map(&mut self, key: Kind, value: Kind, len: usize) {
        let [a, b, c, d] = (len as u32).to_be_bytes();
        self.out
            .put_array([key.number(), value.number(), a, b, c, d]);
    }
}
