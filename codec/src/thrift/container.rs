//! Lists, sets and maps of anything: what generated code would otherwise repeat for each field.
//!
//! Reading checks that the elements are of the declared type, and reserves no more memory ahead than there are bytes left.

use crate::{
    DecodeError, ErrorKind, Map, Set,
    thrift::{Kind, Reader, Writer},
};

/// Read a list whose elements `element` reads.
///
/// # Errors
/// Those of the reader and of `element`; [`ErrorKind::ElementType`] when the elements are not of type `kind`.
#[inline]
pub fn read_list<'a, R, T, F>(r: &mut R, kind: Kind, element: F) -> Result<Vec<T>, DecodeError>
where
    R: Reader<'a>,
    F: FnMut(&mut R) -> Result<T, DecodeError>,
{
    let head = r.list()?;
    check_type(head.kind, kind, head.len)?;
    read_elements(r, head.len, element)
}

/// Read a set whose elements `element` reads.
///
/// # Errors
/// As [`read_list`].
#[inline]
pub fn read_set<'a, R, T, F>(r: &mut R, kind: Kind, element: F) -> Result<Set<T>, DecodeError>
where
    R: Reader<'a>,
    F: FnMut(&mut R) -> Result<T, DecodeError>,
{
    let head = r.set()?;
    check_type(head.kind, kind, head.len)?;
    read_elements(r, head.len, element).map(Set::from)
}

/// Read a map whose keys `key` and values `value` read.
///
/// # Errors
/// As [`read_list`].
#[inline]
pub fn read_map<'a, R, K, V, FK, FV>(
    r: &mut R,
    kinds: (Kind, Kind),
    mut key: FK,
    mut value: FV,
) -> Result<Map<K, V>, DecodeError>
where
    R: Reader<'a>,
    FK: FnMut(&mut R) -> Result<K, DecodeError>,
    FV: FnMut(&mut R) -> Result<V, DecodeError>,
{
    let head = r.map()?;
    check_type(head.key, kinds.0, head.len)?;
    check_type(head.value, kinds.1, head.len)?;
    read_elements(r, head.len, |r| Ok((key(r)?, value(r)?))).map(Map::from)
}

/// Write a list whose elements `element` writes.
#[inline]
pub fn write_list<W, T, F>(w: &mut W, kind: Kind, elements: &[T], mut element: F)
where
    W: Writer,
    F: FnMut(&mut W, &T),
{
    w.list(kind, elements.len());
    for item in elements {
        element(w, item);
    }
}

/// Write a set whose elements `element` writes.
#[inline]
pub fn write_set<W, T, F>(w: &mut W, kind: Kind, elements: &Set<T>, mut element: F)
where
    W: Writer,
    F: FnMut(&mut W, &T),
{
    w.set(kind, elements.len());
    for item in elements {
        element(w, item);
    }
}

/// Write a map whose keys `key` and values `value` write.
#[inline]
pub fn write_map<W, K, V, FK, FV>(
    w: &mut W,
    kinds: (Kind, Kind),
    entries: &Map<K, V>,
    mut key: FK,
    mut value: FV,
) where
    W: Writer,
    FK: FnMut(&mut W, &K),
    FV: FnMut(&mut W, &V),
{
    w.map(kinds.0, kinds.1, entries.len());
    for entry in entries {
        key(w, &entry.0);
        value(w, &entry.1);
    }
}

/// An empty vector for `len` elements that are to be read, with room for no more of them than the bytes left would fill.
///
/// So a small message that claims many large elements reserves little; the vector grows as elements arrive.
#[inline]
pub fn vec_for<'a, R: Reader<'a>, T>(r: &R, len: usize) -> Vec<T> {
    let bytes = r.bytes_left().max(RESERVE_BYTES_MIN);
    Vec::with_capacity(len.min(bytes / size_of::<T>().max(1)))
}

#[inline]
fn read_elements<'a, R, T, F>(r: &mut R, len: usize, mut element: F) -> Result<Vec<T>, DecodeError>
where
    R: Reader<'a>,
    F: FnMut(&mut R) -> Result<T, DecodeError>,
{
    let mut elements = vec_for(r, len);
    for _ in 0..len {
        elements.push(element(r)?);
    }
    Ok(elements)
}

/// Whether `len` elements of type `found` can be read as type `declared`. An empty container may be of any type.
#[inline]
fn check_type(found: Kind, declared: Kind, len: usize) -> Result<(), DecodeError> {
    if found != declared && len > 0 {
        return Err(DecodeError::new(
            ErrorKind::ElementType,
            found as u32,
            declared as u32,
        ));
    }
    Ok(())
}

/// Memory that may be reserved ahead however few bytes are left.
const RESERVE_BYTES_MIN: usize = 1024;
