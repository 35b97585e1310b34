//! `CompactReader`: the compact protocol, read in place.
//!
//! Beside what is left of the input it keeps the id of the field before, one for each struct that is open, and the value of a
//! `bool` whose field head was read.

use super::{
    Compact, TRUE, kind_from_number,
    layout::{self, number},
};
use crate::{
    DecodeError, Limits,
    bounds::Bounds,
    limits::DEPTH_MAX,
    thrift::{
        Field, Kind, ListHead, MapHead, Reader,
        skip::{Layout, Skip, ValueHead},
    },
    utf8, varint,
};

/// Reads the compact protocol, WIRE.md §1.8 to §1.12.
#[derive(Clone, Debug)]
pub struct CompactReader<'a> {
    rest: &'a [u8],
    bounds: Bounds,
    /// Value of the `bool` field whose head was read last.
    pending: Option<bool>,
    /// Id of the last field of the innermost struct.
    last_id: i16,
    /// That of each struct around it.
    outer_ids: [i16; DEPTH_MAX],
    depth: usize,
}

impl<'a> CompactReader<'a> {
    /// A reader of `input`.
    #[inline]
    pub fn new(input: &'a [u8], limits: &Limits) -> CompactReader<'a> {
        CompactReader {
            rest: input,
            bounds: Bounds::new(limits),
            pending: None,
            last_id: 0,
            outer_ids: [0; DEPTH_MAX],
            depth: 0,
        }
    }

    /// What is not yet read.
    #[inline]
    pub fn rest(&self) -> &'a [u8] {
        self.rest
    }

    /// An unsigned number of at most 32 bits.
    #[inline]
    pub(crate) fn varint_u32(&mut self) -> Result<u32, DecodeError> {
        // Bits above the 32nd are dropped, as they are elsewhere.
        self.varint(varint::BYTES_MAX_32).map(|value| value as u32)
    }

    #[inline]
    fn varint(&mut self, bytes_max: usize) -> Result<u64, DecodeError> {
        let (value, bytes) = number(self.rest, bytes_max)?.ok_or_else(|| self.end())?;
        self.rest = &self.rest[bytes..];
        Ok(value)
    }

    #[inline]
    fn zigzag(&mut self, bytes_max: usize) -> Result<i64, DecodeError> {
        self.varint(bytes_max).map(varint::unzigzag)
    }

    #[inline]
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

    /// The error of a number that goes on where the input ends.
    #[cold]
    fn end(&self) -> DecodeError {
        DecodeError::unexpected_end(self.rest.len() + 1, self.rest.len())
    }

    /// Take the head of a container: types and count, checked.
    fn container(&mut self, head: Option<ValueHead>) -> Result<MapHead, DecodeError> {
        let Some(ValueHead::Container {
            bytes,
            key,
            value,
            count,
        }) = head
        else {
            return Err(self.end());
        };
        self.rest = &self.rest[bytes..];
        let size_min = key.map_or(0, Compact::size_min) + Compact::size_min(value);
        self.bounds
            .take_elements(count, size_min, self.rest.len())?;
        Ok(MapHead {
            key: key.unwrap_or(Kind::Stop),
            value,
            len: count as usize,
        })
    }
}

impl<'a> Reader<'a> for CompactReader<'a> {
    #[inline]
    fn struct_begin(&mut self) -> Result<(), DecodeError> {
        self.bounds.enter()?;
        self.outer_ids[self.depth] = self.last_id;
        self.depth += 1;
        self.last_id = 0;
        Ok(())
    }

    #[inline]
    fn struct_end(&mut self) {
        self.bounds.leave();
        self.depth = self.depth.saturating_sub(1);
        self.last_id = self.outer_ids[self.depth];
    }

    #[inline]
    fn field(&mut self) -> Result<Option<Field>, DecodeError> {
        let [byte] = self.array()?;
        let kind = kind_from_number(byte & 0x0f)?;
        if kind == Kind::Stop {
            return Ok(None);
        }
        // §1.9
        let id = match byte >> 4 {
            0 => self.zigzag(varint::BYTES_MAX_16)? as i16,
            distance => self.last_id.wrapping_add(i16::from(distance)),
        };
        self.last_id = id;
        if kind == Kind::Bool {
            self.pending = Some(byte & 0x0f == TRUE);
        }
        Ok(Some(Field { kind, id }))
    }

    #[inline]
    fn take_field(&mut self, kind: Kind, id: i16) -> bool {
        let Some((&byte, rest)) = self.rest.split_first() else {
            return false;
        };
        // Only the short form, §1.9: without a distance it is the long one, or the end.
        let distance = i32::from(byte >> 4);
        let is_next = distance != 0 && i32::from(self.last_id) + distance == i32::from(id);
        if !is_next || kind_from_number(byte & 0x0f) != Ok(kind) {
            return false;
        }
        self.rest = rest;
        self.last_id = id;
        if kind == Kind::Bool {
            self.pending = Some(byte & 0x0f == TRUE);
        }
        true
    }

    #[inline]
    fn bool(&mut self) -> Result<bool, DecodeError> {
        match self.pending.take() {
            Some(value) => Ok(value),
            None => self.array().map(|[byte]| byte == TRUE),
        }
    }

    #[inline]
    fn i8(&mut self) -> Result<i8, DecodeError> {
        self.array().map(i8::from_be_bytes)
    }

    #[inline]
    fn i16(&mut self) -> Result<i16, DecodeError> {
        self.zigzag(varint::BYTES_MAX_16).map(|value| value as i16)
    }

    #[inline]
    fn i32(&mut self) -> Result<i32, DecodeError> {
        self.varint_u32()
            .map(|value| varint::unzigzag(u64::from(value)) as i32)
    }

    #[inline]
    fn i64(&mut self) -> Result<i64, DecodeError> {
        self.zigzag(varint::BYTES_MAX)
    }

    #[inline]
    fn double(&mut self) -> Result<f64, DecodeError> {
        // Little endian, unlike all else. §1.8
        self.array().map(f64::from_le_bytes)
    }

    #[inline]
    fn uuid(&mut self) -> Result<[u8; 16], DecodeError> {
        self.array()
    }

    #[inline]
    fn string(&mut self) -> Result<&'a str, DecodeError> {
        utf8::check(self.binary()?)
    }

    #[inline]
    fn binary(&mut self) -> Result<&'a [u8], DecodeError> {
        let len = self.varint_u32()? as usize;
        self.bounds.check_string(len)?;
        self.take(len)
    }

    #[inline]
    fn list(&mut self) -> Result<ListHead, DecodeError> {
        let MapHead { value, len, .. } = self.container(layout::list(self.rest)?)?;
        Ok(ListHead { kind: value, len })
    }

    #[inline]
    fn map(&mut self) -> Result<MapHead, DecodeError> {
        self.container(layout::map(self.rest)?)
    }

    fn skip(&mut self, kind: Kind) -> Result<(), DecodeError> {
        if kind == Kind::Bool && self.pending.take().is_some() {
            return Ok(());
        }
        let skip = Skip::new(kind, self.bounds.clone());
        self.rest = skip.run_whole::<Compact>(self.rest, &mut self.bounds)?;
        Ok(())
    }

    #[inline]
    fn bytes_left(&self) -> usize {
        self.rest.len()
    }
}
