//! Repeated scalars: one by one, or packed behind one length. Both are read, whatever the field says.
//!
//! How many values are packed is known before they are read: by division where they are of fixed size, else by counting the
//! bytes that end a number. So memory is reserved once, and never more than the bytes that arrived account for.

use std::mem;

use crate::{
    DecodeError,
    protobuf::{Encode, Reader, Sink, Type},
};

impl<'a> Reader<'a> {
    /// Read an element of a repeated field.
    ///
    /// # Errors
    /// What is wrong with it, or there are too many.
    #[inline]
    pub fn repeated<T: Type<'a>>(&mut self, values: &mut Vec<T::Value>) -> Result<(), DecodeError> {
        self.take_element()?;
        values.push(T::read(self)?);
        Ok(())
    }

    /// Read the elements of a repeated field that lie behind one length.
    ///
    /// # Errors
    /// What is wrong with them, or there are too many.
    #[inline]
    pub fn packed<T: Type<'a>>(&mut self, values: &mut Vec<T::Value>) -> Result<(), DecodeError> {
        let inner = self.delimited()?;
        let rest = mem::replace(&mut self.rest, inner);
        T::read_packed(self, values)?;
        self.rest = rest;
        Ok(())
    }

    /// Count `count` elements of a packed field.
    #[inline]
    fn take_packed(&mut self, count: usize) -> Result<(), DecodeError> {
        let count = u32::try_from(count).unwrap_or(u32::MAX);
        self.bounds.take_elements(count, 1, self.rest.len())
    }
}

/// Append all numbers of variable length that `r` has left.
#[inline]
pub(super) fn read_varints<T, F>(
    r: &mut Reader<'_>,
    values: &mut Vec<T>,
    value: F,
) -> Result<(), DecodeError>
where
    F: Fn(u64) -> T,
{
    let count = r.rest.iter().filter(|&&byte| byte < 0x80).count();
    r.take_packed(count)?;
    values.reserve(count);
    if count == r.rest.len() {
        // Small numbers, a byte each: the common case.
        values.extend(r.rest.iter().map(|&byte| value(u64::from(byte))));
        return Ok(());
    }
    while !r.rest.is_empty() {
        values.push(value(r.varint()?));
    }
    Ok(())
}

/// Append all values of `N` bytes that `r` has left.
#[inline]
pub(super) fn read_arrays<T, F, const N: usize>(
    r: &mut Reader<'_>,
    values: &mut Vec<T>,
    value: F,
) -> Result<(), DecodeError>
where
    F: Fn([u8; N]) -> T,
{
    let (arrays, torn) = r.rest.as_chunks::<N>();
    if !torn.is_empty() {
        return Err(DecodeError::unexpected_end(N, torn.len()));
    }
    r.take_packed(arrays.len())?;
    values.extend(arrays.iter().map(|array| value(*array)));
    Ok(())
}

/// Values that are to be written without tags, as if they were a message.
pub(super) struct Packed<'v, 'a, T: Type<'a>>(pub(super) &'v [T::Value]);

impl<'a, T: Type<'a>> Encode for Packed<'_, 'a, T> {
    #[inline]
    fn encode<S: Sink>(&self, s: &mut S) {
        for value in self.0 {
            T::write(value, s);
        }
    }
}
