//! How values lie in the compact protocol, for reading heads and for passing over values. WIRE.md §1.8 to §1.12.

use super::{COUNT_FOLLOWS, kind_from_number};
use crate::{
    DecodeError, ErrorKind,
    thrift::{
        Kind,
        skip::{FieldHead, Layout, SIZE_NONE, ValueHead},
    },
    varint::{self, Varint},
};

/// The layout of the compact protocol.
pub(crate) struct Compact;

impl Layout for Compact {
    #[inline]
    fn message(window: &[u8]) -> Result<Option<(usize, usize)>, DecodeError> {
        // Id, version and kind, the number, the name's length, the name. §2.2
        let after = |at: usize| window.get(at..).unwrap_or_default();
        let Some((_, seq_id)) = number(after(2), varint::BYTES_MAX_32)? else {
            return Ok(None);
        };
        let name = number(after(2 + seq_id), varint::BYTES_MAX_32)?;
        Ok(name.map(|(name, length)| (2 + seq_id + length, name as u32 as usize)))
    }

    #[inline]
    fn field(window: &[u8]) -> Result<FieldHead, DecodeError> {
        let Some(&byte) = window.first() else {
            return Ok(FieldHead::Short);
        };
        let kind = kind_from_number(byte & 0x0f)?;
        if kind == Kind::Stop {
            return Ok(FieldHead::Stop);
        }
        let mut bytes = 1;
        if byte >> 4 == 0 {
            // The id follows. §1.9
            match number(&window[1..], varint::BYTES_MAX_16)? {
                None => return Ok(FieldHead::Short),
                Some((_, len)) => bytes += len,
            }
        }
        Ok(match kind {
            Kind::Bool => FieldHead::Complete { bytes },
            kind => FieldHead::Value { kind, bytes },
        })
    }

    #[inline]
    fn value(kind: Kind, window: &[u8]) -> Result<ValueHead, DecodeError> {
        if let Some(bytes) = Compact::size_fixed(kind) {
            return Ok(ValueHead::Scalar { bytes });
        }
        let head = match kind {
            Kind::Struct => Some(ValueHead::Struct),
            Kind::List | Kind::Set => list(window)?,
            Kind::Map => map(window)?,
            Kind::I16 => scalar(window, varint::BYTES_MAX_16)?,
            Kind::I32 => scalar(window, varint::BYTES_MAX_32)?,
            Kind::I64 => scalar(window, varint::BYTES_MAX)?,
            _ => number(window, varint::BYTES_MAX_32)?.map(|(value, head)| ValueHead::Binary {
                head,
                bytes: value as u32 as usize,
            }),
        };
        Ok(head.unwrap_or(ValueHead::Short))
    }

    #[inline]
    fn size_fixed(kind: Kind) -> Option<usize> {
        match kind {
            Kind::Bool | Kind::I8 => Some(1),
            Kind::Double => Some(8),
            Kind::Uuid => Some(16),
            _ => None,
        }
    }

    #[inline]
    fn size_min(kind: Kind) -> u64 {
        match kind {
            // There is no such value: no count of them fits.
            Kind::Stop => SIZE_NONE,
            Kind::Double => 8,
            Kind::Uuid => 16,
            _ => 1,
        }
    }
}

/// The head of a list or set, §1.10; `None` when the window is too small.
#[inline]
pub(super) fn list(window: &[u8]) -> Result<Option<ValueHead>, DecodeError> {
    let Some(&byte) = window.first() else {
        return Ok(None);
    };
    let (mut bytes, mut count) = (1, u32::from(byte >> 4));
    if byte >> 4 == COUNT_FOLLOWS {
        let Some((value, len)) = number(&window[1..], varint::BYTES_MAX_32)? else {
            return Ok(None);
        };
        (bytes, count) = (1 + len, value as u32);
    }
    Ok(Some(ValueHead::Container {
        bytes,
        key: None,
        value: kind_from_number(byte & 0x0f)?,
        count,
    }))
}

/// The head of a map, §1.11; `None` when the window is too small.
#[inline]
pub(super) fn map(window: &[u8]) -> Result<Option<ValueHead>, DecodeError> {
    let Some((count, bytes)) = number(window, varint::BYTES_MAX_32)? else {
        return Ok(None);
    };
    if count == 0 {
        // An empty map has no types.
        return Ok(Some(ValueHead::Container {
            bytes,
            key: Some(Kind::Stop),
            value: Kind::Stop,
            count: 0,
        }));
    }
    let Some(&types) = window.get(bytes) else {
        return Ok(None);
    };
    Ok(Some(ValueHead::Container {
        bytes: bytes + 1,
        key: Some(kind_from_number(types >> 4)?),
        value: kind_from_number(types & 0x0f)?,
        count: count as u32,
    }))
}

/// A number of variable length as a value.
#[inline]
fn scalar(window: &[u8], bytes_max: usize) -> Result<Option<ValueHead>, DecodeError> {
    Ok(number(window, bytes_max)?.map(|(_, bytes)| ValueHead::Scalar { bytes }))
}

/// A number of variable length and its bytes; `None` when the window is too small.
#[inline]
pub(super) fn number(window: &[u8], bytes_max: usize) -> Result<Option<(u64, usize)>, DecodeError> {
    match varint::decode(window, bytes_max) {
        Varint::Value(value, bytes) => Ok(Some((value, bytes))),
        Varint::Short => Ok(None),
        Varint::Long => Err(DecodeError::new(ErrorKind::InvalidVarint, 0, 0)),
    }
}
