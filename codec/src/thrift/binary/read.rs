//! `BinaryReader`: the binary protocol, read in place.
//!
//! The input is one run of bytes; `rest` is what is left of it. A verb compares a length with what is left, and takes.
//!
//! Heads of fields, numbers and text are inlined wherever they are read, asked or not: a call stores the reader and what it found.

use crate::{
    DecodeError, Limits,
    bounds::Bounds,
    thrift::{
        Field, Kind, ListHead, MapHead, Reader,
        binary::Binary,
        skip::{Layout, Skip},
    },
    utf8,
};

/// Reads the binary protocol, WIRE.md §1.
#[derive(Clone, Debug)]
pub struct BinaryReader<'a> {
    rest: &'a [u8],
    bounds: Bounds,
}

impl<'a> BinaryReader<'a> {
    /// A reader of `input`.
    #[inline]
    pub fn new(input: &'a [u8], limits: &Limits) -> BinaryReader<'a> {
        BinaryReader {
            rest: input,
            bounds: Bounds::new(limits),
        }
    }

    /// What is not yet read.
    #[inline]
    pub fn rest(&self) -> &'a [u8] {
        self.rest
    }

    #[inline(always)]
    fn array<const N: usize>(&mut self) -> Result<[u8; N], DecodeError> {
        let Some((head, rest)) = self.rest.split_first_chunk() else {
            return Err(DecodeError::unexpected_end(N, self.rest.len()));
        };
        self.rest = rest;
        Ok(*head)
    }

    #[inline]
    fn take(&mut self, count: usize) -> Result<&'a [u8], DecodeError> {
        let Some((head, rest)) = self.rest.split_at_checked(count) else {
            return Err(DecodeError::unexpected_end(count, self.rest.len()));
        };
        self.rest = rest;
        Ok(head)
    }

    #[cold]
    #[inline(never)]
    fn skip_nested(&mut self, kind: Kind) -> Result<(), DecodeError> {
        let skip = Skip::new(kind, self.bounds.clone());
        self.rest = skip.run_whole::<Binary>(self.rest, &mut self.bounds)?;
        Ok(())
    }
}

impl<'a> Reader<'a> for BinaryReader<'a> {
    #[inline]
    fn struct_begin(&mut self) -> Result<(), DecodeError> {
        self.bounds.enter()
    }

    #[inline]
    fn struct_end(&mut self) {
        self.bounds.leave();
    }

    #[inline(always)]
    fn field(&mut self) -> Result<Option<Field>, DecodeError> {
        if let Some((&[number, high, low], rest)) = self.rest.split_first_chunk()
            && number != Kind::Stop.number()
        {
            self.rest = rest;
            let kind = Kind::from_number(number)?;
            let id = i16::from_be_bytes([high, low]);
            return Ok(Some(Field { kind, id }));
        }
        // The last bytes of the input, or a stop.
        match self.array()? {
            [0] => Ok(None),
            [_] => Err(DecodeError::unexpected_end(2, self.rest.len())),
        }
    }

    #[inline(always)]
    fn take_field(&mut self, kind: Kind, id: i16) -> bool {
        // A field is three bytes of head and one at least of value: one load and one comparison.
        let [high, low] = id.to_be_bytes();
        let wanted = u32::from_be_bytes([kind.number(), high, low, 0]);
        let is_next = self
            .rest
            .first_chunk()
            .is_some_and(|head| u32::from_be_bytes(*head) & !0xff == wanted);
        if is_next {
            self.rest = &self.rest[3..];
        }
        is_next
    }

    #[inline(always)]
    fn bool(&mut self) -> Result<bool, DecodeError> {
        self.array().map(|[byte]| byte != 0)
    }

    #[inline]
    fn i8(&mut self) -> Result<i8, DecodeError> {
        self.array().map(i8::from_be_bytes)
    }

    #[inline(always)]
    fn i16(&mut self) -> Result<i16, DecodeError> {
        self.array().map(i16::from_be_bytes)
    }

    #[inline(always)]
    fn i32(&mut self) -> Result<i32, DecodeError> {
        self.array().map(i32::from_be_bytes)
    }

    #[inline(always)]
    fn i64(&mut self) -> Result<i64, DecodeError> {
        self.array().map(i64::from_be_bytes)
    }

    #[inline(always)]
    fn double(&mut self) -> Result<f64, DecodeError> {
        self.array().map(f64::from_be_bytes)
    }

    #[inline]
    fn uuid(&mut self) -> Result<[u8; 16], DecodeError> {
        self.array()
    }

    #[inline(always)]
    fn string(&mut self) -> Result<&'a str, DecodeError> {
        utf8::check(self.binary()?)
    }

    #[inline(always)]
    fn binary(&mut self) -> Result<&'a [u8], DecodeError> {
        let len = u32::from_be_bytes(self.array()?) as usize;
        self.bounds.check_string(len)?;
        self.take(len)
    }

    #[inline]
    fn list(&mut self) -> Result<ListHead, DecodeError> {
        let [number, count @ ..] = self.array::<5>()?;
        let kind = Kind::from_number(number)?;
        let count = u32::from_be_bytes(count);
        let left = self.rest.len();
        self.bounds
            .take_elements(count, Binary::size_min(kind), left)?;
        let len = count as usize;
        Ok(ListHead { kind, len })
    }

    #[inline]
    fn map(&mut self) -> Result<MapHead, DecodeError> {
        let [key, value, count @ ..] = self.array::<6>()?;
        let (key, value) = (Kind::from_number(key)?, Kind::from_number(value)?);
        let count = u32::from_be_bytes(count);
        let size_min = Binary::size_min(key) + Binary::size_min(value);
        self.bounds
            .take_elements(count, size_min, self.rest.len())?;
        let len = count as usize;
        Ok(MapHead { key, value, len })
    }

    #[inline]
    fn skip(&mut self, kind: Kind) -> Result<(), DecodeError> {
        match (Binary::size_fixed(kind), kind) {
            (Some(bytes), _) => self.take(bytes).map(drop),
            (None, Kind::Binary) => self.binary().map(drop),
            _ => self.skip_nested(kind),
        }
    }

    #[inline]
    fn bytes_left(&self) -> usize {
        self.rest.len()
    }
}
