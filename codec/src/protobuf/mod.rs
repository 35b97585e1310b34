//! Protobuf: how generated code reads and writes messages of proto2 and proto3.
//!
//! ```text
//!     generated code ── Decode::merge  ──► Reader      bytes of a frame, in place
//!                    ── Encode::encode ──► Sink ◄── Measure, Encoder      lengths first, then the connection's output
//! ```
//!
//! A message is decoded by merging its fields into a default value, so a message that arrives in parts and one that arrives
//! whole are the same code. Strings and bytes borrow from the input. What a message does not know, extensions included, stays
//! in its [`UnknownFields`] and is written again.
//!
//! A length comes before what it measures. Encoding a nested message therefore walks it twice, first with [`Measure`]; the
//! lengths of what lies deeper are kept on the way, so that no message is measured twice.
//!
//! Strings have to be UTF-8 in proto2 as well as in proto3. The format is Google's, "Protocol Buffers: Encoding".
//!
//! What generated code does for a message:
//!
//! ```
//! use codec::protobuf::{Decode, Encode, Reader, Sink, UnknownFields, types};
//! use codec::{DecodeError, Limits, Str};
//!
//! /// `message Request { string message = 1; repeated int32 numbers = 2; }`
//! #[derive(Debug, Default, PartialEq)]
//! struct Request<'a> {
//!     message: Str<'a>,
//!     numbers: Vec<i32>,
//!     unknown_fields: UnknownFields<'a>,
//! }
//!
//! impl<'a> Decode<'a> for Request<'a> {
//!     fn merge(&mut self, r: &mut Reader<'a>) -> Result<(), DecodeError> {
//!         while let Some(tag) = r.tag()? {
//!             match tag {
//!                 10 => self.message = r.read::<types::String>()?,
//!                 16 => r.repeated::<types::Int32>(&mut self.numbers)?,
//!                 18 => r.packed::<types::Int32>(&mut self.numbers)?,
//!                 _ if r.unknown(tag, &mut self.unknown_fields)? => {}
//!                 _ => break,
//!             }
//!         }
//!         Ok(())
//!     }
//! }
//!
//! impl Encode for Request<'_> {
//!     fn encode<S: Sink>(&self, s: &mut S) {
//!         s.implicit::<types::String>(10, &self.message);
//!         s.packed::<types::Int32>(18, &self.numbers);
//!         s.unknown(&self.unknown_fields);
//!     }
//! }
//!
//! let request = Request { message: "gull".into(), numbers: vec![1, 2, 300], ..Request::default() };
//! let bytes = request.to_vec();
//! assert_eq!(bytes, *b"\x0a\x04gull\x12\x04\x01\x02\xac\x02");
//! assert_eq!(Request::decode(&bytes, &Limits::default()), Ok(request));
//! ```

mod body;
mod closed;
mod decode;
mod encode;
mod encoder;
mod exception;
mod map;
mod reader;
mod repeated;
mod required;
mod skip;
pub mod types;
mod unknown;
mod wire;

pub use body::Body;
pub use decode::{Decode, Oneof};
pub use encode::{Encode, Measure, Sink};
pub use encoder::{Encoder, Output};
pub use reader::Reader;
pub use required::Required;
pub use types::{Enum, Type};
pub use unknown::{UnknownField, UnknownFields, UnknownValue};
pub use wire::WireType;
