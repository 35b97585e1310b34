//! Closed enumerations, those of proto2: a number without a name is not a value but an unknown field.

use crate::{
    DecodeError, Map,
    protobuf::{
        Enum, Reader, Type, UnknownFields, UnknownValue,
        types::{Enumeration, Int32},
        wire,
    },
};

impl<'a> Reader<'a> {
    /// Read a value of a closed enumeration; `None` when the number has no name.
    ///
    /// # Errors
    /// What is wrong with it, or too many fields are unknown.
    pub fn closed<E: Enum>(
        &mut self,
        tag: u32,
        unknown: &mut UnknownFields<'a>,
    ) -> Result<Option<E>, DecodeError> {
        let run = self.run(tag);
        let value = Enumeration::<E>::read(self)?;
        if value.is_known() {
            return Ok(Some(value));
        }
        self.keep(run, unknown)?;
        Ok(None)
    }

    /// Read an element of a repeated field of a closed enumeration.
    ///
    /// # Errors
    /// As [`closed`](Reader::closed), or there are too many.
    pub fn closed_repeated<E: Enum>(
        &mut self,
        tag: u32,
        values: &mut Vec<E>,
        unknown: &mut UnknownFields<'a>,
    ) -> Result<(), DecodeError> {
        if let Some(value) = self.closed(tag, unknown)? {
            self.take_element()?;
            values.push(value);
        }
        Ok(())
    }

    /// Read elements of a repeated field of a closed enumeration that lie behind one length.
    ///
    /// # Errors
    /// As [`closed_repeated`](Reader::closed_repeated).
    pub fn closed_packed<E: Enum>(
        &mut self,
        tag: u32,
        values: &mut Vec<E>,
        unknown: &mut UnknownFields<'a>,
    ) -> Result<(), DecodeError> {
        let mut numbers = Vec::new();
        self.packed::<Int32>(&mut numbers)?;
        for number in numbers {
            let value = E::from_number(number);
            if value.is_known() {
                values.push(value);
            } else {
                let number = i64::from(number).cast_unsigned();
                unknown.push(wire::number(tag), UnknownValue::Varint(number));
            }
        }
        Ok(())
    }

    /// Read an entry of a map to a closed enumeration. Of one whose value has no name nothing is known, not even the key.
    ///
    /// # Errors
    /// As [`closed_repeated`](Reader::closed_repeated).
    pub fn closed_map<K: Type<'a>, E: Enum>(
        &mut self,
        tag: u32,
        entries: &mut Map<K::Value, E>,
        unknown: &mut UnknownFields<'a>,
    ) -> Result<(), DecodeError> {
        let run = self.run(tag);
        let (key, value) = self.entry::<K, Enumeration<E>>()?;
        if value.is_known() {
            entries.push(key, value);
            return Ok(());
        }
        self.keep(run, unknown)
    }
}
