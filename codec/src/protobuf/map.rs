//! Maps: on the wire a repeated message with the key as field 1 and the value as field 2.
//!
//! Either can be missing, and then has its default; either can come twice, and then the last one wins, or messages merge.

use std::mem;

use crate::{
    DecodeError, Map,
    protobuf::{Encode, Reader, Sink, Type, UnknownFields},
};

impl<'a> Reader<'a> {
    /// Read an entry of a map. Of entries with the same key the last one is found by [`Map::get`].
    ///
    /// # Errors
    /// What is wrong with it, or there are too many.
    pub fn map<K, V>(&mut self, entries: &mut Map<K::Value, V::Value>) -> Result<(), DecodeError>
    where
        K: Type<'a>,
        V: Type<'a>,
    {
        let (key, value) = self.entry::<K, V>()?;
        entries.push(key, value);
        Ok(())
    }

    pub(super) fn entry<K, V>(&mut self) -> Result<(K::Value, V::Value), DecodeError>
    where
        K: Type<'a>,
        V: Type<'a>,
    {
        self.take_element()?;
        let inner = self.delimited()?;
        self.bounds.enter()?;
        let rest = mem::replace(&mut self.rest, inner);
        let group = mem::replace(&mut self.group, 0);
        let mut key = K::Value::default();
        let mut value = None;
        while let Some(tag) = self.tag()? {
            if tag == K::WIRE.tag(KEY) {
                K::update(self, &mut key, true)?;
            } else if tag == V::WIRE.tag(VALUE) {
                let is_fresh = value.is_none();
                V::update(self, value.get_or_insert_default(), is_fresh)?;
            } else {
                // An entry has no place for unknown fields, nor has it in other implementations.
                self.unknown(tag, &mut UnknownFields::default())?;
            }
        }
        let value = match value {
            Some(value) => value,
            None => V::read_missing(self)?,
        };
        self.rest = rest;
        self.group = group;
        self.bounds.leave();
        Ok((key, value))
    }
}

/// An entry that is to be written.
pub(super) struct Entry<'v, 'a, K: Type<'a>, V: Type<'a>>(pub(super) &'v (K::Value, V::Value));

impl<'a, K: Type<'a>, V: Type<'a>> Encode for Entry<'_, 'a, K, V> {
    #[inline]
    fn encode<S: Sink>(&self, s: &mut S) {
        let (key, value) = self.0;
        s.field::<K>(K::WIRE.tag(KEY), key);
        s.field::<V>(V::WIRE.tag(VALUE), value);
    }
}

const KEY: u32 = 1;
const VALUE: u32 = 2;
