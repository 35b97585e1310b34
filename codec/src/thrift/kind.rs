//! `Kind`: the types of the wire. WIRE.md §1.

use crate::error::{DecodeError, ErrorKind};

/// A Thrift type as it is told on the wire. The numbers are those of the binary protocol, §1.1.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[repr(u8)]
pub enum Kind {
    /// No field: the end of a struct.
    Stop = 0,
    /// `bool`.
    Bool = 2,
    /// `byte`, `i8`.
    I8 = 3,
    /// `double`.
    Double = 4,
    /// `i16`.
    I16 = 6,
    /// `i32`, and every enum.
    I32 = 8,
    /// `i64`.
    I64 = 10,
    /// `string` and `binary`.
    Binary = 11,
    /// A struct, union or exception.
    Struct = 12,
    /// `map`.
    Map = 13,
    /// `set`.
    Set = 14,
    /// `list`.
    List = 15,
    /// `uuid`.
    Uuid = 16,
}

impl Kind {
    /// The type with this number.
    ///
    /// # Errors
    /// [`ErrorKind::InvalidType`] when there is none.
    #[inline]
    pub fn from_number(number: u8) -> Result<Kind, DecodeError> {
        Ok(match number {
            0 => Kind::Stop,
            2 => Kind::Bool,
            3 => Kind::I8,
            4 => Kind::Double,
            6 => Kind::I16,
            8 => Kind::I32,
            10 => Kind::I64,
            11 => Kind::Binary,
            12 => Kind::Struct,
            13 => Kind::Map,
            14 => Kind::Set,
            15 => Kind::List,
            16 => Kind::Uuid,
            _ => return Err(DecodeError::new(ErrorKind::InvalidType, number as u32, 0)),
        })
    }

    /// The number of the type in the binary protocol.
    #[inline]
    pub const fn number(self) -> u8 {
        self as u8
    }
}
