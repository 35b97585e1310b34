//! `CompactWriter`: the compact protocol, written into a connection's output.

use bytes::Bytes;
use netpoll_buffer::NO_COPY_BYTES;

use super::{COUNT_FOLLOWS, FALSE, TRUE, number};
use crate::{
    limits::DEPTH_MAX,
    thrift::{Kind, Writer},
    varint,
};

/// Writes the compact protocol, WIRE.md §1.8 to §1.12.
#[derive(Debug)]
pub struct CompactWriter<'w, 'b> {
    out: &'w mut netpoll_buffer::Writer<'b>,
    /// Id of a `bool` field whose head waits for its value.
    pending: Option<i16>,
    /// Id of the last field of the innermost struct.
    last_id: i16,
    /// That of each struct around it.
    outer_ids: [i16; DEPTH_MAX],
    depth: usize,
}

impl<'w, 'b> CompactWriter<'w, 'b> {
    /// A writer to the end of `out`.
    #[inline]
    pub fn new(out: &'w mut netpoll_buffer::Writer<'b>) -> CompactWriter<'w, 'b> {
        CompactWriter {
            out,
            pending: None,
            last_id: 0,
            outer_ids: [0; DEPTH_MAX],
            depth: 0,
        }
    }

    #[inline]
    fn varint(&mut self, value: u64) {
        let (bytes, len) = varint::encode(value);
        self.out.put_prefix(bytes, len);
    }

    /// The head of a field with the type's number as it is on the wire. §1.9
    #[inline]
    fn field_head(&mut self, number: u8, id: i16) {
        match id.checked_sub(self.last_id) {
            Some(distance @ 1..=15) => self.out.put_u8((distance as u8) << 4 | number),
            _ => {
                self.out.put_u8(number);
                self.varint(varint::zigzag(i64::from(id)));
            }
        }
        self.last_id = id;
    }
}

impl Writer for CompactWriter<'_, '_> {
    #[inline]
    fn struct_begin(&mut self) {
        // Deeper than any reader goes, a field is written with its whole id.
        if let Some(slot) = self.outer_ids.get_mut(self.depth) {
            *slot = self.last_id;
        }
        self.depth += 1;
        self.last_id = 0;
    }

    #[inline]
    fn struct_end(&mut self) {
        self.out.put_u8(number(Kind::Stop));
        self.depth = self.depth.saturating_sub(1);
        self.last_id = self.outer_ids.get(self.depth).copied().unwrap_or(i16::MAX);
    }

    #[inline]
    fn field(&mut self, kind: Kind, id: i16) {
        if kind == Kind::Bool {
            self.pending = Some(id);
        } else {
            self.field_head(number(kind), id);
        }
    }

    #[inline]
    fn bool(&mut self, value: bool) {
        let value = if value { TRUE } else { FALSE };
        match self.pending.take() {
            Some(id) => self.field_head(value, id),
            None => self.out.put_u8(value),
        }
    }

    #[inline]
    fn i8(&mut self, value: i8) {
        self.out.put_array(value.to_be_bytes());
    }

    #[inline]
    fn i16(&mut self, value: i16) {
        self.i64(i64::from(value));
    }

    #[inline]
    fn i32(&mut self, value: i32) {
        self.i64(i64::from(value));
    }

    #[inline]
    fn i64(&mut self, value: i64) {
        self.varint(varint::zigzag(value));
    }

    #[inline]
    fn double(&mut self, value: f64) {
        // Little endian, unlike all else. §1.8
        self.out.put_array(value.to_le_bytes());
    }

    #[inline]
    fn uuid(&mut self, value: &[u8; 16]) {
        self.out.put_array(*value);
    }

    #[inline]
    fn binary(&mut self, value: &[u8]) {
        self.varint(value.len() as u64);
        self.out.put_field_bytes(value);
    }

    #[inline]
    fn shared(&mut self, value: &Bytes) {
        if value.len() < NO_COPY_BYTES {
            self.binary(value);
        } else {
            self.varint(value.len() as u64);
            self.out.put_bytes(value.clone());
        }
    }

    #[inline]
    fn list(&mut self, kind: Kind, len: usize) {
        if len < usize::from(COUNT_FOLLOWS) {
            self.out.put_u8((len as u8) << 4 | number(kind));
        } else {
            self.out.put_u8(COUNT_FOLLOWS << 4 | number(kind));
            self.varint(len as u64);
        }
    }

    #[inline]
    fn map(&mut self, key: Kind, value: Kind, len: usize) {
        self.varint(len as u64);
        if len > 0 {
            self.out.put_u8(number(key) << 4 | number(value));
        }
    }
}
