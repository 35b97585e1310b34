//! `BinaryWriter`: the binary protocol, written into a connection's output.
//!
//! The verbs for fields write head and value, or head and length, with one store: for each put the writer loads its place,
//! compares it with the end of the block and stores it again, one put after the other, and that is what small fields cost.

use bytes::Bytes;
use netpoll_buffer::NO_COPY_BYTES;

use crate::{
    Bin, Str,
    thrift::{Kind, Writer},
};

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

    /// The head of a field and a value that is the last `bytes` of `value`: one store.
    #[inline(always)]
    fn small_field(&mut self, kind: Kind, id: i16, value: u32, bytes: usize) {
        let head = u64::from(kind.number()) << 56 | u64::from(id.cast_unsigned()) << 40;
        let value = u64::from(value) << (40 - 8 * bytes);
        self.out.put_prefix((head | value).to_be_bytes(), 3 + bytes);
    }

    /// Bytes behind their length. What may go by reference is rare and kept out of the way of all else.
    #[inline(always)]
    fn bytes(&mut self, value: &[u8]) {
        if value.len() < NO_COPY_BYTES {
            self.out.put_slice(value);
        } else {
            put_large(self.out, value);
        }
    }

    #[inline(always)]
    fn shared_field(&mut self, id: i16, value: &Bytes) {
        self.small_field(Kind::Binary, id, value.len() as u32, 4);
        put_shared(self.out, value);
    }

    /// The head of a field and a value of eight bytes.
    #[inline(always)]
    fn large_field(&mut self, kind: Kind, id: i16, value: u64) {
        let [high, low] = id.to_be_bytes();
        let [a, b, c, d, e, f, g, h] = value.to_be_bytes();
        self.out
            .put_array([kind.number(), high, low, a, b, c, d, e, f, g, h]);
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
        self.bytes(value);
    }

    #[inline]
    fn shared(&mut self, value: &Bytes) {
        self.size(value.len());
        put_shared(self.out, value);
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

    #[inline]
    fn bool_field(&mut self, id: i16, value: bool) {
        self.small_field(Kind::Bool, id, u32::from(value), 1);
    }

    #[inline]
    fn i8_field(&mut self, id: i16, value: i8) {
        self.small_field(Kind::I8, id, u32::from(value.cast_unsigned()), 1);
    }

    #[inline]
    fn i16_field(&mut self, id: i16, value: i16) {
        self.small_field(Kind::I16, id, u32::from(value.cast_unsigned()), 2);
    }

    #[inline]
    fn i32_field(&mut self, id: i16, value: i32) {
        self.small_field(Kind::I32, id, value.cast_unsigned(), 4);
    }

    #[inline]
    fn i64_field(&mut self, id: i16, value: i64) {
        self.large_field(Kind::I64, id, value.cast_unsigned());
    }

    #[inline]
    fn double_field(&mut self, id: i16, value: f64) {
        self.large_field(Kind::Double, id, value.to_bits());
    }

    #[inline(always)]
    fn binary_field(&mut self, id: i16, value: &[u8]) {
        self.small_field(Kind::Binary, id, value.len() as u32, 4);
        self.bytes(value);
    }

    #[inline(always)]
    fn string_field(&mut self, id: i16, value: &str) {
        self.binary_field(id, value.as_bytes());
    }

    #[inline(always)]
    fn str_field(&mut self, id: i16, value: &Str<'_>) {
        match value {
            Str::Shared(text) => self.shared_field(id, text.as_bytes()),
            other => self.string_field(id, other),
        }
    }

    #[inline(always)]
    fn bin_field(&mut self, id: i16, value: &Bin<'_>) {
        match value {
            Bin::Shared(bytes) => self.shared_field(id, bytes),
            other => self.binary_field(id, other),
        }
    }
}

/// What may be a part of the request.
#[cold]
fn put_large(out: &mut netpoll_buffer::Writer<'_>, value: &[u8]) {
    out.put_field_bytes(value);
}

#[cold]
fn put_shared(out: &mut netpoll_buffer::Writer<'_>, value: &Bytes) {
    if value.len() < NO_COPY_BYTES {
        out.put_slice(value);
    } else {
        out.put_bytes(value.clone());
    }
}
