//! `Decode`, and reading messages within messages.
//!
//! A message is read by merging into a value that has its defaults or an earlier part. Each message and group is a level of
//! depth; a level costs one call of generated code, so the limit bounds the stack.

use std::mem;

use crate::{
    DecodeError, Limits,
    protobuf::{Reader, UnknownFields},
};

/// A message that can be decoded. Generated code implements it.
pub trait Decode<'a>: Default {
    /// Read fields into this value until the message ends. A field that is there already is merged as protobuf says: the last
    /// scalar wins, messages merge, elements are appended.
    ///
    /// # Errors
    /// What is wrong with the input. What was merged until then stays.
    fn merge(&mut self, r: &mut Reader<'a>) -> Result<(), DecodeError>;

    /// Find out whether a required field is missing, here or in a message within. Called when the whole message is read, and
    /// only when a part of it lacked one.
    ///
    /// # Errors
    /// [`MissingField`](crate::ErrorKind::MissingField).
    fn check_required(&self) -> Result<(), DecodeError> {
        Ok(())
    }

    /// Decode one message that is the whole `input`. Its strings and bytes borrow from there.
    ///
    /// # Errors
    /// What is wrong with the input, or which limit it is over, or which required field is missing.
    #[inline]
    fn decode(input: &'a [u8], limits: &Limits) -> Result<Self, DecodeError> {
        let mut message = Self::default();
        let mut reader = Reader::new(input, limits);
        message.merge(&mut reader)?;
        if reader.is_incomplete {
            message.check_required()?;
        }
        Ok(message)
    }
}

impl<'a, T: Decode<'a>> Decode<'a> for Box<T> {
    #[inline]
    fn merge(&mut self, r: &mut Reader<'a>) -> Result<(), DecodeError> {
        (**self).merge(r)
    }

    fn check_required(&self) -> Result<(), DecodeError> {
        (**self).check_required()
    }
}

/// One of several fields, whose type is an enum with a variant for each. Generated code implements it.
pub trait Oneof<'a>: Sized {
    /// Read the field of this tag, which takes the place of what `slot` holds. Only a message merges with itself.
    ///
    /// # Errors
    /// What is wrong with it.
    fn merge(
        tag: u32,
        slot: &mut Option<Self>,
        r: &mut Reader<'a>,
        unknown: &mut UnknownFields<'a>,
    ) -> Result<(), DecodeError>;

    /// As [`Decode::check_required`].
    ///
    /// # Errors
    /// [`MissingField`](crate::ErrorKind::MissingField).
    fn check_required(&self) -> Result<(), DecodeError> {
        Ok(())
    }
}

impl<'a> Reader<'a> {
    /// Read a message field: into a new value, or into the one that is there.
    ///
    /// # Errors
    /// What is wrong with it, or the depth is over its limit.
    #[inline]
    pub fn message<T: Decode<'a>>(&mut self, slot: &mut Option<T>) -> Result<(), DecodeError> {
        let is_fresh = slot.is_none();
        self.merge_message(slot.get_or_insert_default(), is_fresh)
    }

    /// Read an element of a repeated message field.
    ///
    /// # Errors
    /// As [`message`](Reader::message), or there are too many.
    #[inline]
    pub fn messages<T: Decode<'a>>(&mut self, values: &mut Vec<T>) -> Result<(), DecodeError> {
        self.take_element()?;
        self.merge_message(push_default(values), true)
    }

    /// Read a group, of whose start the tag is read: into a new value, or into the one that is there.
    ///
    /// # Errors
    /// As [`message`](Reader::message).
    pub fn group<T: Decode<'a>>(
        &mut self,
        number: u32,
        slot: &mut Option<T>,
    ) -> Result<(), DecodeError> {
        let is_fresh = slot.is_none();
        self.merge_group(number, slot.get_or_insert_default(), is_fresh)
    }

    /// Read an element of a repeated group, of whose start the tag is read.
    ///
    /// # Errors
    /// As [`messages`](Reader::messages).
    pub fn groups<T: Decode<'a>>(
        &mut self,
        number: u32,
        values: &mut Vec<T>,
    ) -> Result<(), DecodeError> {
        self.take_element()?;
        self.merge_group(number, push_default(values), true)
    }

    /// Read a field of a oneof.
    ///
    /// # Errors
    /// What is wrong with it.
    #[inline]
    pub fn oneof<T: Oneof<'a>>(
        &mut self,
        tag: u32,
        slot: &mut Option<T>,
        unknown: &mut UnknownFields<'a>,
    ) -> Result<(), DecodeError> {
        T::merge(tag, slot, self, unknown)
    }

    /// Read a group, of whose start the tag is read, as a new value.
    ///
    /// # Errors
    /// As [`message`](Reader::message).
    pub fn read_group<T: Decode<'a>>(&mut self, number: u32) -> Result<T, DecodeError> {
        let mut value = T::default();
        self.merge_group(number, &mut value, true)?;
        Ok(value)
    }

    /// Read a message with its length into `value`; `is_fresh` says that no part of it was read before.
    ///
    /// # Errors
    /// As [`message`](Reader::message).
    #[inline]
    pub fn merge_message<T: Decode<'a>>(
        &mut self,
        value: &mut T,
        is_fresh: bool,
    ) -> Result<(), DecodeError> {
        let inner = self.delimited()?;
        self.merge_within(inner, value, is_fresh)
    }

    /// Read a group, of whose start the tag is read, into `value`; `is_fresh` says that no part of it was read before.
    ///
    /// # Errors
    /// As [`message`](Reader::message).
    pub fn merge_group<T: Decode<'a>>(
        &mut self,
        number: u32,
        value: &mut T,
        is_fresh: bool,
    ) -> Result<(), DecodeError> {
        self.bounds.enter()?;
        let outer = mem::replace(&mut self.group, number);
        self.is_fresh = is_fresh;
        value.merge(self)?;
        self.group = outer;
        self.bounds.leave();
        Ok(())
    }

    /// Read the message whose bytes are `inner`.
    #[inline]
    pub(super) fn merge_within<T: Decode<'a>>(
        &mut self,
        inner: &'a [u8],
        value: &mut T,
        is_fresh: bool,
    ) -> Result<(), DecodeError> {
        self.bounds.enter()?;
        let rest = mem::replace(&mut self.rest, inner);
        let group = mem::replace(&mut self.group, 0);
        self.is_fresh = is_fresh;
        value.merge(self)?;
        self.rest = rest;
        self.group = group;
        self.bounds.leave();
        Ok(())
    }

    /// Count one element of a repeated field or map, or one run of unknown fields.
    #[inline]
    pub(super) fn take_element(&mut self) -> Result<(), DecodeError> {
        self.bounds.take_elements(1, 0, 0)
    }
}

/// A new last element. Unlike `push`, `resize_with` makes room first and the element where it stays: no copy, which for a list
/// of small messages is a fifth of the time.
#[inline]
fn push_default<T: Default>(values: &mut Vec<T>) -> &mut T {
    let index = values.len();
    values.resize_with(index + 1, T::default);
    &mut values[index]
}
