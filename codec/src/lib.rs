//! Frames, Thrift and protobuf, decoded in place; never panics on input.

#![forbid(unsafe_code)]

mod bin;
mod bounds;
mod crc32c;
mod error;
pub mod frame;
mod limits;
mod map;
mod owned;
pub mod protobuf;
mod set;
mod string;
pub mod thrift;
mod unknown_name;
mod utf8;
mod varint;

pub use bin::Bin;
pub use bytestring::ByteString;
pub use crc32c::{crc32c, crc32c_text};
pub use error::{DecodeError, ErrorKind};
pub use limits::{DEPTH_MAX, Limits};
pub use map::Map;
pub use owned::IntoOwned;
pub use set::Set;
pub use string::Str;
pub use unknown_name::UnknownName;
