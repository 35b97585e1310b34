//! The types of fields: how a value is read, written, and told from its default.
//!
//! A field's type in a `.proto` file is a type here without values, so `r.read::<types::Sint32>()` reads what `sint32` says.
//! [`Int32`], [`Sint32`] and [`Sfixed32`] are the same number in Rust and three things on the wire.

use std::marker::PhantomData;

use crate::{
    Bin, DecodeError, Str,
    protobuf::{Decode, Encode, Reader, Sink, WireType, repeated},
    varint::{unzigzag, zigzag},
};

/// A type of values.
pub trait Type<'a> {
    /// The values in Rust.
    type Value: Default;

    /// How they are laid out.
    const WIRE: WireType;

    /// Read a value; its tag is read.
    ///
    /// # Errors
    /// What is wrong with it.
    fn read(r: &mut Reader<'a>) -> Result<Self::Value, DecodeError>;

    /// Read a value over one that may be there. `is_fresh` says that `value` is new; else a message merges.
    ///
    /// # Errors
    /// As [`read`](Type::read).
    #[inline]
    fn update(
        r: &mut Reader<'a>,
        value: &mut Self::Value,
        is_fresh: bool,
    ) -> Result<(), DecodeError> {
        let _ = is_fresh;
        *value = Self::read(r)?;
        Ok(())
    }

    /// The value of a map's entry that has none.
    ///
    /// # Errors
    /// Those of reading a message of no bytes.
    #[inline]
    fn read_missing(_: &mut Reader<'a>) -> Result<Self::Value, DecodeError> {
        Ok(Self::Value::default())
    }

    /// Write a value behind its tag.
    fn write<S: Sink>(value: &Self::Value, s: &mut S);

    /// Whether `value` is what is assumed when nothing arrives: zero, or empty. −0.0 is not.
    fn is_default(value: &Self::Value) -> bool;

    /// Append the values of a packed field, whose bytes are what `r` has left.
    ///
    /// # Errors
    /// What is wrong with them.
    fn read_packed(r: &mut Reader<'a>, values: &mut Vec<Self::Value>) -> Result<(), DecodeError> {
        while !r.rest.is_empty() {
            values.push(Self::read(r)?);
        }
        Ok(())
    }
}

/// An enumeration. Generated code implements it.
pub trait Enum: Copy + Default {
    /// The value of a number, whether it has a name or not.
    fn from_number(number: i32) -> Self;

    /// The number of the value.
    fn number(self) -> i32;

    /// Whether the value has a name. In a closed enumeration of proto2 one without is an unknown field.
    fn is_known(self) -> bool;
}

macro_rules! varint_types {
    ($($(#[$doc:meta])* $name:ident: $value:ty, $read:expr, $write:expr;)*) => {$(
        $(#[$doc])*
        #[derive(Debug)]
        pub enum $name {}

        impl<'a> Type<'a> for $name {
            type Value = $value;
            const WIRE: WireType = WireType::Varint;

            #[inline]
            fn read(r: &mut Reader<'a>) -> Result<$value, DecodeError> {
                r.varint().map($read)
            }

            #[inline]
            fn write<S: Sink>(value: &$value, s: &mut S) {
                s.varint($write(*value));
            }

            #[inline]
            fn is_default(value: &$value) -> bool {
                *value == <$value>::default()
            }

            #[inline]
            fn read_packed(r: &mut Reader<'a>, values: &mut Vec<$value>) -> Result<(), DecodeError> {
                repeated::read_varints(r, values, $read)
            }
        }
    )*};
}

varint_types! {
    /// `bool`. Every number but 0 is true.
    Bool: bool, |number: u64| number != 0, u64::from;
    /// `int32`: two's complement. A negative number takes ten bytes.
    Int32: i32, |number: u64| number as i32, |value: i32| i64::from(value).cast_unsigned();
    /// `int64`: two's complement. A negative number takes ten bytes.
    Int64: i64, u64::cast_signed, i64::cast_unsigned;
    /// `sint32`: zigzag.
    Sint32: i32, |number: u64| unzigzag(number & u64::from(u32::MAX)) as i32, |value: i32| zigzag(value.into());
    /// `sint64`: zigzag.
    Sint64: i64, unzigzag, zigzag;
    /// `uint32`.
    Uint32: u32, |number: u64| number as u32, u64::from;
    /// `uint64`.
    Uint64: u64, |number: u64| number, |value: u64| value;
}

macro_rules! fixed_types {
    ($($(#[$doc:meta])* $name:ident: $value:ty, $bits:ty, $wire:ident, $method:ident, $to_bits:expr;)*) => {$(
        $(#[$doc])*
        #[derive(Debug)]
        pub enum $name {}

        impl<'a> Type<'a> for $name {
            type Value = $value;
            const WIRE: WireType = WireType::$wire;

            #[inline]
            fn read(r: &mut Reader<'a>) -> Result<$value, DecodeError> {
                r.$method().map(|bits| <$value>::from_le_bytes(bits.to_le_bytes()))
            }

            #[inline]
            fn write<S: Sink>(value: &$value, s: &mut S) {
                s.$method($to_bits(*value));
            }

            #[inline]
            fn is_default(value: &$value) -> bool {
                $to_bits(*value) == 0
            }

            #[inline]
            fn read_packed(r: &mut Reader<'a>, values: &mut Vec<$value>) -> Result<(), DecodeError> {
                repeated::read_arrays(r, values, <$value>::from_le_bytes)
            }
        }
    )*};
}

fixed_types! {
    /// `double`.
    Double: f64, u64, Fixed64, fixed64, f64::to_bits;
    /// `fixed32`.
    Fixed32: u32, u32, Fixed32, fixed32, |value: u32| value;
    /// `fixed64`.
    Fixed64: u64, u64, Fixed64, fixed64, |value: u64| value;
    /// `float`.
    Float: f32, u32, Fixed32, fixed32, f32::to_bits;
    /// `sfixed32`.
    Sfixed32: i32, u32, Fixed32, fixed32, i32::cast_unsigned;
    /// `sfixed64`.
    Sfixed64: i64, u64, Fixed64, fixed64, i64::cast_unsigned;
}

/// `string`. UTF-8, which is checked.
#[derive(Debug)]
pub enum String {}

impl<'a> Type<'a> for String {
    type Value = Str<'a>;
    const WIRE: WireType = WireType::Bytes;

    #[inline]
    fn read(r: &mut Reader<'a>) -> Result<Str<'a>, DecodeError> {
        r.string().map(Str::Borrowed)
    }

    #[inline]
    fn write<S: Sink>(value: &Str<'a>, s: &mut S) {
        match value {
            Str::Shared(text) => s.shared(text.as_bytes()),
            other => s.bytes(other.as_bytes()),
        }
    }

    #[inline]
    fn is_default(value: &Str<'a>) -> bool {
        value.is_empty()
    }
}

/// `bytes`.
#[derive(Debug)]
pub enum Bytes {}

impl<'a> Type<'a> for Bytes {
    type Value = Bin<'a>;
    const WIRE: WireType = WireType::Bytes;

    #[inline]
    fn read(r: &mut Reader<'a>) -> Result<Bin<'a>, DecodeError> {
        r.bytes().map(Bin::Borrowed)
    }

    #[inline]
    fn write<S: Sink>(value: &Bin<'a>, s: &mut S) {
        match value {
            Bin::Shared(bytes) => s.shared(bytes),
            other => s.bytes(other),
        }
    }

    #[inline]
    fn is_default(value: &Bin<'a>) -> bool {
        value.is_empty()
    }
}

/// An enumeration: on the wire an `int32`.
#[derive(Debug)]
pub struct Enumeration<E>(PhantomData<E>);

impl<'a, E: Enum> Type<'a> for Enumeration<E> {
    type Value = E;
    const WIRE: WireType = WireType::Varint;

    #[inline]
    fn read(r: &mut Reader<'a>) -> Result<E, DecodeError> {
        Int32::read(r).map(E::from_number)
    }

    #[inline]
    fn write<S: Sink>(value: &E, s: &mut S) {
        Int32::write(&value.number(), s);
    }

    #[inline]
    fn is_default(value: &E) -> bool {
        value.number() == 0
    }

    #[inline]
    fn read_packed(r: &mut Reader<'a>, values: &mut Vec<E>) -> Result<(), DecodeError> {
        repeated::read_varints(r, values, |number| E::from_number(number as i32))
    }
}

/// A message with its length.
#[derive(Debug)]
pub struct Message<M>(PhantomData<M>);

impl<'a, M: Decode<'a> + Encode> Type<'a> for Message<M> {
    type Value = M;
    const WIRE: WireType = WireType::Bytes;

    #[inline]
    fn read(r: &mut Reader<'a>) -> Result<M, DecodeError> {
        let mut value = M::default();
        r.merge_message(&mut value, true)?;
        Ok(value)
    }

    #[inline]
    fn update(r: &mut Reader<'a>, value: &mut M, is_fresh: bool) -> Result<(), DecodeError> {
        r.merge_message(value, is_fresh)
    }

    fn read_missing(r: &mut Reader<'a>) -> Result<M, DecodeError> {
        let mut value = M::default();
        r.merge_within(&r.rest[..0], &mut value, true)?;
        Ok(value)
    }

    #[inline]
    fn write<S: Sink>(value: &M, s: &mut S) {
        s.nested(value);
    }

    /// Never: a message that is there is written, however empty.
    #[inline]
    fn is_default(_: &M) -> bool {
        false
    }
}
