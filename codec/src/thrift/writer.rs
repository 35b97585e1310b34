//! `Writer`: the verbs of encoding, and `Encode`, what is encoded with them.

use bytes::Bytes;

use crate::{Bin, Str, thrift::Kind};

/// A value that can be encoded. Generated code implements it for structs, unions and exceptions.
pub trait Encode {
    /// Its type on the wire.
    const KIND: Kind = Kind::Struct;

    /// Write this value.
    fn encode<W: Writer>(&self, w: &mut W);
}

/// Writes Thrift values. The verbs are those of [`Reader`](crate::thrift::Reader).
///
/// A field is [`field`](Writer::field) and a value, or both by one verb, which may be cheaper.
///
/// Writing does not fail. What is too long for the wire or for the limits is found when the frame is finished.
pub trait Writer {
    /// Begin a struct.
    fn struct_begin(&mut self);

    /// End a struct: writes the stop that follows its last field.
    fn struct_end(&mut self);

    /// The head of a field; its value is to follow.
    fn field(&mut self, kind: Kind, id: i16);

    /// A `bool`.
    fn bool(&mut self, value: bool);

    /// A `byte`.
    fn i8(&mut self, value: i8);

    /// An `i16`.
    fn i16(&mut self, value: i16);

    /// An `i32`, or an enum.
    fn i32(&mut self, value: i32);

    /// An `i64`.
    fn i64(&mut self, value: i64);

    /// A `double`.
    fn double(&mut self, value: f64);

    /// A `uuid`: 16 bytes in the order of its text.
    fn uuid(&mut self, value: &[u8; 16]);

    /// A `binary`. A large one that lies in the request's frame goes by reference.
    fn binary(&mut self, value: &[u8]);

    /// A `binary` in counted memory. A large one goes by reference.
    fn shared(&mut self, value: &Bytes);

    /// The head of a list of `len` elements; they are to follow.
    fn list(&mut self, kind: Kind, len: usize);

    /// The head of a set of `len` elements; they are to follow.
    #[inline]
    fn set(&mut self, kind: Kind, len: usize) {
        self.list(kind, len);
    }

    /// The head of a map of `len` entries; key, value, key, value … are to follow.
    fn map(&mut self, key: Kind, value: Kind, len: usize);

    /// A `string`. A large one that lies in the request's frame goes by reference.
    #[inline]
    fn string(&mut self, value: &str) {
        self.binary(value.as_bytes());
    }

    /// A `string`, by reference where it is large and its memory allows.
    #[inline]
    fn str(&mut self, value: &Str<'_>) {
        match value {
            Str::Shared(text) => self.shared(text.as_bytes()),
            other => self.string(other),
        }
    }

    /// A `binary`, by reference where it is large and its memory allows.
    #[inline]
    fn bin(&mut self, value: &Bin<'_>) {
        match value {
            Bin::Shared(bytes) => self.shared(bytes),
            other => self.binary(other),
        }
    }

    /// A field that holds a `bool`.
    #[inline]
    fn bool_field(&mut self, id: i16, value: bool) {
        self.field(Kind::Bool, id);
        self.bool(value);
    }

    /// A field that holds a `byte`.
    #[inline]
    fn i8_field(&mut self, id: i16, value: i8) {
        self.field(Kind::I8, id);
        self.i8(value);
    }

    /// A field that holds an `i16`.
    #[inline]
    fn i16_field(&mut self, id: i16, value: i16) {
        self.field(Kind::I16, id);
        self.i16(value);
    }

    /// A field that holds an `i32`, or an enum.
    #[inline]
    fn i32_field(&mut self, id: i16, value: i32) {
        self.field(Kind::I32, id);
        self.i32(value);
    }

    /// A field that holds an `i64`.
    #[inline]
    fn i64_field(&mut self, id: i16, value: i64) {
        self.field(Kind::I64, id);
        self.i64(value);
    }

    /// A field that holds a `double`.
    #[inline]
    fn double_field(&mut self, id: i16, value: f64) {
        self.field(Kind::Double, id);
        self.double(value);
    }

    /// A field that holds a `uuid`.
    #[inline]
    fn uuid_field(&mut self, id: i16, value: &[u8; 16]) {
        self.field(Kind::Uuid, id);
        self.uuid(value);
    }

    /// A field that holds a `binary`.
    #[inline]
    fn binary_field(&mut self, id: i16, value: &[u8]) {
        self.field(Kind::Binary, id);
        self.binary(value);
    }

    /// A field that holds a `string`.
    #[inline]
    fn string_field(&mut self, id: i16, value: &str) {
        self.field(Kind::Binary, id);
        self.string(value);
    }

    /// A field that holds a `string`, as [`str`](Writer::str) writes it.
    #[inline]
    fn str_field(&mut self, id: i16, value: &Str<'_>) {
        self.field(Kind::Binary, id);
        self.str(value);
    }

    /// A field that holds a `binary`, as [`bin`](Writer::bin) writes it.
    #[inline]
    fn bin_field(&mut self, id: i16, value: &Bin<'_>) {
        self.field(Kind::Binary, id);
        self.bin(value);
    }
}
