//! How values lie in the binary protocol, for passing over them. WIRE.md §1.

use crate::{
    DecodeError,
    thrift::{
        Kind,
        skip::{FieldHead, Layout, SIZE_NONE, ValueHead},
    },
};

/// The layout of the binary protocol.
pub(crate) struct Binary;

impl Layout for Binary {
    #[inline]
    fn message(window: &[u8]) -> Result<Option<(usize, usize)>, DecodeError> {
        // Version and kind, the name's length, the name, the number. §2.1
        let name = window.first_chunk::<8>().map(|&[_, _, _, _, a, b, c, d]| {
            let bytes = u32::from_be_bytes([a, b, c, d]);
            (12, bytes as usize)
        });
        Ok(name)
    }

    #[inline]
    fn field(window: &[u8]) -> Result<FieldHead, DecodeError> {
        let Some(&number) = window.first() else {
            return Ok(FieldHead::Short);
        };
        Ok(match Kind::from_number(number)? {
            Kind::Stop => FieldHead::Stop,
            _ if window.len() < 3 => FieldHead::Short,
            kind => FieldHead::Value { kind, bytes: 3 },
        })
    }

    #[inline]
    fn value(kind: Kind, window: &[u8]) -> Result<ValueHead, DecodeError> {
        if let Some(bytes) = Binary::size_fixed(kind) {
            return Ok(ValueHead::Scalar { bytes });
        }
        Ok(match kind {
            Kind::Struct => ValueHead::Struct,
            Kind::Map => {
                let Some(&[key, value, ref count @ ..]) = window.first_chunk::<6>() else {
                    return Ok(ValueHead::Short);
                };
                ValueHead::Container {
                    bytes: 6,
                    key: Some(Kind::from_number(key)?),
                    value: Kind::from_number(value)?,
                    count: u32::from_be_bytes(*count),
                }
            }
            Kind::List | Kind::Set => {
                let Some(&[value, ref count @ ..]) = window.first_chunk::<5>() else {
                    return Ok(ValueHead::Short);
                };
                ValueHead::Container {
                    bytes: 5,
                    key: None,
                    value: Kind::from_number(value)?,
                    count: u32::from_be_bytes(*count),
                }
            }
            _ => match window.first_chunk() {
                None => ValueHead::Short,
                Some(bytes) => ValueHead::Binary {
                    head: 4,
                    bytes: u32::from_be_bytes(*bytes) as usize,
                },
            },
        })
    }

    #[inline]
    fn size_fixed(kind: Kind) -> Option<usize> {
        match kind {
            Kind::Bool | Kind::I8 => Some(1),
            Kind::I16 => Some(2),
            Kind::I32 => Some(4),
            Kind::Double | Kind::I64 => Some(8),
            Kind::Uuid => Some(16),
            Kind::Stop | Kind::Binary | Kind::Struct | Kind::Map | Kind::Set | Kind::List => None,
        }
    }

    #[inline]
    fn size_min(kind: Kind) -> u64 {
        match kind {
            // There is no such value: no count of them fits.
            Kind::Stop => SIZE_NONE,
            Kind::Bool | Kind::I8 | Kind::Struct => 1,
            Kind::I16 => 2,
            Kind::I32 | Kind::Binary => 4,
            Kind::Set | Kind::List => 5,
            Kind::Map => 6,
            Kind::Double | Kind::I64 => 8,
            Kind::Uuid => 16,
        }
    }
}
