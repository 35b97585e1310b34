//! `Decode` and `Encode` of values that are not structs: numbers, text, lists, sets, maps.
//!
//! A generated struct reads a field of any type, however nested, with `Decode::decode(r)?` and writes it with `.encode(w)`.
//! `KIND` is the type on the wire, by which the elements of containers are checked.
//! How elements are read is told by closures: they are inlined into the loop, where the path of a function would be called. Text
//! is read in line always: a call returns it through memory.

use crate::{
    Bin, DecodeError, Map, Set, Str,
    thrift::{
        Decode, Encode, Kind, Reader, Writer, read_list, read_map, read_set, write_list, write_map,
        write_set,
    },
};

/// A type that one verb reads and writes.
macro_rules! scalar {
    ($ty:ty, $kind:ident, $verb:ident) => {
        impl<'a> Decode<'a> for $ty {
            const KIND: Kind = Kind::$kind;

            #[inline]
            fn decode<R: Reader<'a>>(r: &mut R) -> Result<Self, DecodeError> {
                r.$verb()
            }
        }

        impl Encode for $ty {
            const KIND: Kind = Kind::$kind;

            #[inline]
            fn encode<W: Writer>(&self, w: &mut W) {
                w.$verb(*self);
            }
        }
    };
}

scalar!(bool, Bool, bool);
scalar!(i8, I8, i8);
scalar!(i16, I16, i16);
scalar!(i32, I32, i32);
scalar!(i64, I64, i64);
scalar!(f64, Double, double);

impl<'a> Decode<'a> for [u8; 16] {
    const KIND: Kind = Kind::Uuid;

    #[inline]
    fn decode<R: Reader<'a>>(r: &mut R) -> Result<Self, DecodeError> {
        r.uuid()
    }
}

impl Encode for [u8; 16] {
    const KIND: Kind = Kind::Uuid;

    #[inline]
    fn encode<W: Writer>(&self, w: &mut W) {
        w.uuid(self);
    }
}

impl<'a> Decode<'a> for Str<'a> {
    const KIND: Kind = Kind::Binary;

    #[inline(always)]
    fn decode<R: Reader<'a>>(r: &mut R) -> Result<Self, DecodeError> {
        r.str()
    }
}

impl Encode for Str<'_> {
    const KIND: Kind = Kind::Binary;

    #[inline]
    fn encode<W: Writer>(&self, w: &mut W) {
        w.str(self);
    }
}

impl<'a> Decode<'a> for Bin<'a> {
    const KIND: Kind = Kind::Binary;

    #[inline(always)]
    fn decode<R: Reader<'a>>(r: &mut R) -> Result<Self, DecodeError> {
        r.bin()
    }
}

impl Encode for Bin<'_> {
    const KIND: Kind = Kind::Binary;

    #[inline]
    fn encode<W: Writer>(&self, w: &mut W) {
        w.bin(self);
    }
}

impl<'a, T: Decode<'a>> Decode<'a> for Vec<T> {
    const KIND: Kind = Kind::List;

    #[inline]
    fn decode<R: Reader<'a>>(r: &mut R) -> Result<Self, DecodeError> {
        read_list(r, T::KIND, |r| T::decode(r))
    }
}

impl<T: Encode> Encode for Vec<T> {
    const KIND: Kind = Kind::List;

    #[inline]
    fn encode<W: Writer>(&self, w: &mut W) {
        self.as_slice().encode(w);
    }
}

impl<T: Encode> Encode for [T] {
    const KIND: Kind = Kind::List;

    #[inline]
    fn encode<W: Writer>(&self, w: &mut W) {
        write_list(w, T::KIND, self, |w, item| item.encode(w));
    }
}

impl<'a, T: Decode<'a>> Decode<'a> for Set<T> {
    const KIND: Kind = Kind::Set;

    #[inline]
    fn decode<R: Reader<'a>>(r: &mut R) -> Result<Self, DecodeError> {
        read_set(r, T::KIND, |r| T::decode(r))
    }
}

impl<T: Encode> Encode for Set<T> {
    const KIND: Kind = Kind::Set;

    #[inline]
    fn encode<W: Writer>(&self, w: &mut W) {
        write_set(w, T::KIND, self, |w, item| item.encode(w));
    }
}

impl<'a, K: Decode<'a>, V: Decode<'a>> Decode<'a> for Map<K, V> {
    const KIND: Kind = Kind::Map;

    #[inline]
    fn decode<R: Reader<'a>>(r: &mut R) -> Result<Self, DecodeError> {
        read_map(r, (K::KIND, V::KIND), |r| K::decode(r), |r| V::decode(r))
    }
}

impl<K: Encode, V: Encode> Encode for Map<K, V> {
    const KIND: Kind = Kind::Map;

    #[inline]
    fn encode<W: Writer>(&self, w: &mut W) {
        let kinds = (K::KIND, V::KIND);
        write_map(
            w,
            kinds,
            self,
            |w, key| key.encode(w),
            |w, value| value.encode(w),
        );
    }
}

impl<'a, T: Decode<'a>> Decode<'a> for Box<T> {
    const KIND: Kind = T::KIND;

    #[inline]
    fn decode<R: Reader<'a>>(r: &mut R) -> Result<Self, DecodeError> {
        T::decode(r).map(Box::new)
    }
}

impl<T: Encode> Encode for Box<T> {
    const KIND: Kind = T::KIND;

    #[inline]
    fn encode<W: Writer>(&self, w: &mut W) {
        T::encode(self, w);
    }
}

impl<T: Encode + ?Sized> Encode for &T {
    const KIND: Kind = T::KIND;

    #[inline]
    fn encode<W: Writer>(&self, w: &mut W) {
        T::encode(self, w);
    }
}
