//! `Reader`: the verbs of decoding, and `Decode`, what is decoded with them.

use crate::{Bin, DecodeError, Str, thrift::Kind};

/// A value that can be decoded. Generated code implements it for structs, unions and exceptions.
pub trait Decode<'a>: Sized {
    /// Its type on the wire.
    const KIND: Kind = Kind::Struct;

    /// Read one value. Strings and binaries of it borrow from the reader's input.
    ///
    /// # Errors
    /// What is wrong with the input.
    fn decode<R: Reader<'a>>(r: &mut R) -> Result<Self, DecodeError>;
}

/// The head of a field.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Field {
    /// The type of the value that follows; never [`Kind::Stop`].
    pub kind: Kind,
    /// The field's number in the IDL.
    pub id: i16,
}

/// The head of a list or set.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ListHead {
    /// The type of the elements. [`Kind::Stop`] is possible when there are none.
    pub kind: Kind,
    /// How many follow. The input is long enough for as many of the smallest size.
    pub len: usize,
}

/// The head of a map.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct MapHead {
    /// The type of the keys. [`Kind::Stop`] is possible when there are no entries.
    pub key: Kind,
    /// The type of the values. [`Kind::Stop`] is possible when there are no entries.
    pub value: Kind,
    /// How many entries follow. The input is long enough for as many of the smallest size.
    pub len: usize,
}

/// Reads Thrift values from one run of bytes that live for `'a`.
///
/// Every verb fails with [`DecodeError`] on input that ends too early, lies, or is over a limit. After an error the reader's
/// position means nothing.
pub trait Reader<'a> {
    /// Enter a struct; one level of depth.
    ///
    /// # Errors
    /// [`TooDeep`](crate::ErrorKind::TooDeep) over `depth_max`.
    fn struct_begin(&mut self) -> Result<(), DecodeError>;

    /// Leave a struct, after [`field`](Reader::field) returned `None`.
    fn struct_end(&mut self);

    /// The head of the next field; `None` at the end of the struct. The value is to be read or skipped before the next call.
    ///
    /// # Errors
    /// The input ends, or the type is unknown.
    fn field(&mut self) -> Result<Option<Field>, DecodeError>;

    /// Take the head of the next field if it is this one, else take nothing. The value is to be read before the next call.
    ///
    /// Peers send the fields in order, so generated code asks for the one it expects: that is a comparison, and what was not
    /// expected is left to [`field`](Reader::field). A reader may say false though the field is next.
    #[inline]
    fn take_field(&mut self, kind: Kind, id: i16) -> bool {
        let _ = (kind, id);
        false
    }

    /// A `bool`.
    ///
    /// # Errors
    /// The input ends.
    fn bool(&mut self) -> Result<bool, DecodeError>;

    /// A `byte`.
    ///
    /// # Errors
    /// The input ends.
    fn i8(&mut self) -> Result<i8, DecodeError>;

    /// An `i16`.
    ///
    /// # Errors
    /// The input ends, or a variable-length number is too long.
    fn i16(&mut self) -> Result<i16, DecodeError>;

    /// An `i32`, or an enum.
    ///
    /// # Errors
    /// The input ends, or a variable-length number is too long.
    fn i32(&mut self) -> Result<i32, DecodeError>;

    /// An `i64`.
    ///
    /// # Errors
    /// The input ends, or a variable-length number is too long.
    fn i64(&mut self) -> Result<i64, DecodeError>;

    /// A `double`.
    ///
    /// # Errors
    /// The input ends.
    fn double(&mut self) -> Result<f64, DecodeError>;

    /// A `uuid`: 16 bytes in the order of its text.
    ///
    /// # Errors
    /// The input ends.
    fn uuid(&mut self) -> Result<[u8; 16], DecodeError>;

    /// A `string`, checked to be UTF-8.
    ///
    /// # Errors
    /// The input ends, the length is over `string_bytes_max`, or the text is not UTF-8.
    fn string(&mut self) -> Result<&'a str, DecodeError>;

    /// A `binary`.
    ///
    /// # Errors
    /// The input ends, or the length is over `string_bytes_max`.
    fn binary(&mut self) -> Result<&'a [u8], DecodeError>;

    /// The head of a list. Its elements follow; nothing is read after the last one.
    ///
    /// # Errors
    /// The input ends or cannot hold the elements, or there are more than `elements_max` allows.
    fn list(&mut self) -> Result<ListHead, DecodeError>;

    /// The head of a set. Its elements follow; nothing is read after the last one.
    ///
    /// # Errors
    /// As [`list`](Reader::list).
    #[inline]
    fn set(&mut self) -> Result<ListHead, DecodeError> {
        self.list()
    }

    /// The head of a map. Key, value, key, value … follow; nothing is read after the last one.
    ///
    /// # Errors
    /// As [`list`](Reader::list).
    fn map(&mut self) -> Result<MapHead, DecodeError>;

    /// Pass over a value of this type. Not recursive.
    ///
    /// # Errors
    /// As the verbs for what is in the value, but text is not checked.
    fn skip(&mut self, kind: Kind) -> Result<(), DecodeError>;

    /// Bytes of the input that are not yet read.
    fn bytes_left(&self) -> usize;

    /// A `string` as [`Str`].
    ///
    /// # Errors
    /// As [`string`](Reader::string).
    #[inline(always)]
    fn str(&mut self) -> Result<Str<'a>, DecodeError> {
        self.string().map(Str::Borrowed)
    }

    /// A `binary` as [`Bin`].
    ///
    /// # Errors
    /// As [`binary`](Reader::binary).
    #[inline(always)]
    fn bin(&mut self) -> Result<Bin<'a>, DecodeError> {
        self.binary().map(Bin::Borrowed)
    }
}
