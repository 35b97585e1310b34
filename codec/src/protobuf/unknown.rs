//! `UnknownFields`: the fields of a message that its type does not know, as they lay on the wire.
//!
//! Fields that lie side by side are one run, borrowed from the frame; a message without unknown fields has nothing but an
//! empty pointer. They are written behind the known fields. An extension of proto2 is such a field.

use std::{fmt, ops::Range, slice};

use crate::{
    Bin, DecodeError, IntoOwned, Limits,
    protobuf::{Reader, Sink, WireType, wire},
    varint,
};

/// Fields that a message arrived with and that its type does not know.
///
/// ```
/// use codec::protobuf::{UnknownFields, UnknownValue};
///
/// let mut unknown = UnknownFields::default();
/// unknown.push(120, UnknownValue::Varint(7));
/// let field = unknown.fields().next().expect("one field");
/// assert_eq!((field.number, field.value), (120, UnknownValue::Varint(7)));
/// ```
#[derive(Clone, Default)]
pub struct UnknownFields<'a>(Option<Box<Kept<'a>>>);

#[derive(Clone, Default)]
struct Kept<'a> {
    /// Whole fields: tags with their values.
    runs: Vec<Bin<'a>>,
    /// Bits of the required fields that parts of the message lacked until now, see `Required`.
    missing: Vec<u64>,
}

/// A field by its number.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct UnknownField<'u> {
    /// The number, 1 to 2²⁹ − 1.
    pub number: u32,
    /// What follows the tag.
    pub value: UnknownValue<'u>,
}

/// A value, of which only the layout is known.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum UnknownValue<'u> {
    /// A number of variable length.
    Varint(u64),
    /// Eight bytes.
    Fixed64(u64),
    /// A string, bytes, message, or packed numbers.
    Bytes(&'u [u8]),
    /// The fields of a group, without its end.
    Group(&'u [u8]),
    /// Four bytes.
    Fixed32(u32),
}

impl<'a> UnknownFields<'a> {
    /// Whether there is none.
    #[inline]
    pub fn is_empty(&self) -> bool {
        self.0.as_ref().is_none_or(|kept| kept.runs.is_empty())
    }

    /// The bytes of all fields, in pieces: whole fields each.
    pub fn runs(&self) -> impl Iterator<Item = &[u8]> {
        self.bins().iter().map(Bin::as_slice)
    }

    /// The fields, in the order of their arrival.
    pub fn fields(&self) -> impl Iterator<Item = UnknownField<'_>> {
        Fields {
            runs: self.bins().iter(),
            reader: Reader::new(&[], &UNLIMITED),
        }
    }

    /// Append a field.
    ///
    /// # Panics
    /// When the number is not one of a field, 1 to 2²⁹ − 1.
    pub fn push(&mut self, number: u32, value: UnknownValue<'_>) {
        assert!(
            (1..1 << 29).contains(&number),
            "{number} is not the number of a field"
        );
        let mut bytes = Vec::new();
        let mut put = |number| {
            let (digits, len) = varint::encode(number);
            bytes.extend_from_slice(&digits[..len]);
        };
        put(u64::from(value.wire_type().tag(number)));
        match value {
            UnknownValue::Varint(value) => put(value),
            UnknownValue::Fixed64(value) => bytes.extend_from_slice(&value.to_le_bytes()),
            UnknownValue::Bytes(value) => {
                put(value.len() as u64);
                bytes.extend_from_slice(value);
            }
            UnknownValue::Group(fields) => {
                bytes.extend_from_slice(fields);
                let (digits, len) = varint::encode(u64::from(WireType::GroupEnd.tag(number)));
                bytes.extend_from_slice(&digits[..len]);
            }
            UnknownValue::Fixed32(value) => bytes.extend_from_slice(&value.to_le_bytes()),
        }
        self.keep_apart(bytes);
    }

    /// Forget all of them.
    pub fn clear(&mut self) {
        self.0 = None;
    }

    /// For generated code: fails when a required field is still missing. `name` tells what the one of an index is called.
    ///
    /// # Errors
    /// [`MissingField`](crate::ErrorKind::MissingField).
    pub fn check_required(&self, name: impl Fn(usize) -> &'static str) -> Result<(), DecodeError> {
        for (index, word) in self.missing().iter().enumerate() {
            if *word != 0 {
                let index = index * 64 + word.trailing_zeros() as usize;
                return Err(DecodeError::missing_field(name(index)));
            }
        }
        Ok(())
    }

    /// Keep a range of the frame, as part of the last run where it goes on from there.
    pub(super) fn keep(&mut self, frame: &'a [u8], range: Range<usize>) {
        let runs = &mut self.0.get_or_insert_default().runs;
        if let Some(Bin::Borrowed(last)) = runs.last_mut()
            && let Some(start) = range.start.checked_sub(last.len())
            && let Some(joined) = frame.get(start..range.end)
            && joined.as_ptr() == last.as_ptr()
        {
            *last = joined;
            return;
        }
        let run = frame.get(range).unwrap_or_default();
        runs.push(Bin::Borrowed(run));
    }

    /// Keep fields that are no part of a frame, as part of the last run where that is none either.
    pub(super) fn keep_apart(&mut self, fields: Vec<u8>) {
        let runs = &mut self.0.get_or_insert_default().runs;
        match runs.last_mut() {
            Some(Bin::Owned(last)) => last.extend(fields),
            _ => runs.push(Bin::Owned(fields)),
        }
    }

    pub(super) fn missing(&self) -> &[u64] {
        self.0.as_ref().map_or(&[], |kept| &kept.missing)
    }

    pub(super) fn set_missing(&mut self, missing: &[u64]) {
        let is_complete = missing.iter().all(|word| *word == 0);
        if is_complete && self.missing().is_empty() {
            return;
        }
        let kept = self.0.get_or_insert_default();
        kept.missing.clear();
        if !is_complete {
            kept.missing.extend_from_slice(missing);
        }
    }

    #[inline]
    pub(super) fn write<S: Sink>(&self, s: &mut S) {
        for run in self.bins() {
            s.raw(run);
        }
    }

    #[inline]
    fn bins(&self) -> &[Bin<'a>] {
        self.0.as_ref().map_or(&[], |kept| &kept.runs)
    }
}

impl UnknownValue<'_> {
    /// How the value is laid out.
    pub const fn wire_type(&self) -> WireType {
        match self {
            UnknownValue::Varint(_) => WireType::Varint,
            UnknownValue::Fixed64(_) => WireType::Fixed64,
            UnknownValue::Bytes(_) => WireType::Bytes,
            UnknownValue::Group(_) => WireType::GroupStart,
            UnknownValue::Fixed32(_) => WireType::Fixed32,
        }
    }
}

impl IntoOwned for UnknownFields<'_> {
    type Owned = UnknownFields<'static>;

    fn into_owned(self) -> UnknownFields<'static> {
        UnknownFields(self.0.map(|kept| {
            let Kept { runs, missing } = *kept;
            let runs = runs.into_owned();
            Box::new(Kept { runs, missing })
        }))
    }
}

impl PartialEq for UnknownFields<'_> {
    /// Whether both are the same bytes, in whatever pieces.
    fn eq(&self, other: &UnknownFields<'_>) -> bool {
        self.runs().flatten().eq(other.runs().flatten())
    }
}

impl Eq for UnknownFields<'_> {}

impl fmt::Debug for UnknownFields<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut map = f.debug_map();
        for field in self.fields() {
            map.entry(&field.number, &field.value);
        }
        map.finish()
    }
}

/// Takes the runs apart. They were checked when they were kept.
struct Fields<'u> {
    runs: slice::Iter<'u, Bin<'u>>,
    reader: Reader<'u>,
}

impl<'u> Iterator for Fields<'u> {
    type Item = UnknownField<'u>;

    fn next(&mut self) -> Option<UnknownField<'u>> {
        loop {
            match self.reader.tag() {
                Ok(Some(tag)) => {
                    let number = wire::number(tag);
                    let value = self.reader.unknown_value(tag).ok()?;
                    return Some(UnknownField { number, value });
                }
                _ => self.reader = Reader::new(self.runs.next()?, &UNLIMITED),
            }
        }
    }
}

impl<'a> Reader<'a> {
    fn unknown_value(&mut self, tag: u32) -> Result<UnknownValue<'a>, DecodeError> {
        Ok(match WireType::of(tag)? {
            WireType::Varint => UnknownValue::Varint(self.varint()?),
            WireType::Fixed64 => UnknownValue::Fixed64(self.fixed64()?),
            WireType::Bytes => UnknownValue::Bytes(self.delimited()?),
            WireType::Fixed32 => UnknownValue::Fixed32(self.fixed32()?),
            group => {
                let whole = self.rest;
                self.skip(group, tag)?;
                let end = WireType::GroupEnd.tag(wire::number(tag));
                let bytes = whole.len() - self.rest.len();
                UnknownValue::Group(&whole[..bytes.saturating_sub(wire::varint_len(end.into()))])
            }
        })
    }
}

const UNLIMITED: Limits = Limits {
    frame_bytes_max: usize::MAX,
    header_bytes_max: usize::MAX,
    depth_max: usize::MAX,
    string_bytes_max: usize::MAX,
    elements_max: u32::MAX,
};
