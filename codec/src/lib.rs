//! Frames, Thrift and protobuf, decoded in place; never panics on input.
//!
//! ```text
//!     received     frame::Scanner ──► where a frame ends ──► frame::Frame::parse ──► method, kind, numbers, keys
//!                                                                               └──► payload
//!     payload      Decode ──► a value that borrows from the payload
//!
//!     to be sent   frame::Outgoing::begin ──► head ── Encode ──► payload ── FrameWriter::finish ──► lengths
//! ```
//!
//! - [`frame`]: what is around a message, on both ways: TTHeader, framed, buffered, mesh header, Kitex protobuf.
//! - [`thrift`]: the verbs of generated code, and the binary and the compact protocol that speak them.
//! - [`protobuf`]: the same for protobuf.
//!
//! Values of messages are [`Str`], [`Bin`], [`Map`], [`Set`], numbers and vectors of them. They borrow from the frame;
//! [`IntoOwned`] lets go of it.
//!
//! No input and no output happens here and no clock is read; what is `unsafe` is one line of `utf8.rs`. Every length is
//! compared with one of the [`Limits`] before memory is reserved for it. What is wrong is a [`DecodeError`]: a number, and a
//! sentence for people.
//!
//! The formats are in `WIRE.md`, clause by clause; `§4.2` in a comment is a clause there.

#![deny(unsafe_code)]

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
