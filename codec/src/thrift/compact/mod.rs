//! The compact protocol. WIRE.md §1.8 to §1.12.
//!
//! Types have other numbers than in the binary protocol, a field tells the distance from the one before, numbers are of
//! variable length, and the value of a `bool` field is its type.

mod layout;
mod read;
mod write;

pub(crate) use layout::Compact;
pub use read::CompactReader;
pub use write::CompactWriter;

use crate::{DecodeError, ErrorKind, thrift::Kind};

/// The type with this number. Both numbers of `bool` are that type. §1.8
#[inline]
fn kind_from_number(number: u8) -> Result<Kind, DecodeError> {
    Ok(match number {
        0 => Kind::Stop,
        TRUE | FALSE => Kind::Bool,
        3 => Kind::I8,
        4 => Kind::I16,
        5 => Kind::I32,
        6 => Kind::I64,
        7 => Kind::Double,
        8 => Kind::Binary,
        9 => Kind::List,
        10 => Kind::Set,
        11 => Kind::Map,
        12 => Kind::Struct,
        13 => Kind::Uuid,
        _ => {
            return Err(DecodeError::new(
                ErrorKind::InvalidType,
                u32::from(number),
                0,
            ));
        }
    })
}

/// The number of a type. That of `bool` is the one of elements. §1.8
#[inline]
fn number(kind: Kind) -> u8 {
    match kind {
        Kind::Stop => 0,
        Kind::Bool => TRUE,
        Kind::I8 => 3,
        Kind::I16 => 4,
        Kind::I32 => 5,
        Kind::I64 => 6,
        Kind::Double => 7,
        Kind::Binary => 8,
        Kind::List => 9,
        Kind::Set => 10,
        Kind::Map => 11,
        Kind::Struct => 12,
        Kind::Uuid => 13,
    }
}

/// Type of a `bool` field that is true, and value of a true element.
const TRUE: u8 = 1;
/// Type of a `bool` field that is false, and value of a false element.
const FALSE: u8 = 2;
/// In the head of a list: the count does not fit in here and follows.
const COUNT_FOLLOWS: u8 = 15;
