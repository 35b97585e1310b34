//! Thrift: the verbs by which generated code reads and writes, and the protocols that speak them.
//!
//! ```text
//!     generated code ── Decode::decode ──► Reader ◄── BinaryReader, CompactReader      bytes of a frame, in place
//!                    ── Encode::encode ──► Writer ◄── BinaryWriter, CompactWriter      the connection's output
//! ```
//!
//! A [`Reader`] checks every length, count, type and depth; what it returns is within the input. A [`Writer`] cannot fail: its
//! buffer grows, and what became too long is found when the frame is finished.
//!
//! What generated code does for a struct:
//!
//! ```
//! use codec::thrift::{Decode, Encode, Kind, Reader, Writer};
//! use codec::{DecodeError, Str};
//!
//! struct Request<'a> {
//!     message: Str<'a>,
//!     tags: Vec<Str<'a>>,
//! }
//!
//! impl<'a> Decode<'a> for Request<'a> {
//!     fn decode<R: Reader<'a>>(r: &mut R) -> Result<Self, DecodeError> {
//!         let mut message = None;
//!         let mut tags = Vec::new();
//!         r.struct_begin()?;
//!         while let Some(field) = r.field()? {
//!             match (field.id, field.kind) {
//!                 (1, Kind::Binary) => message = Some(r.str()?),
//!                 (2, Kind::List) => tags = codec::thrift::read_list(r, Kind::Binary, |r| r.str())?,
//!                 _ => r.skip(field.kind)?,
//!             }
//!         }
//!         r.struct_end();
//!         let Some(message) = message else {
//!             return Err(DecodeError::missing_field("Request.message"));
//!         };
//!         Ok(Request { message, tags })
//!     }
//! }
//!
//! impl Encode for Request<'_> {
//!     fn encode<W: Writer>(&self, w: &mut W) {
//!         w.struct_begin();
//!         w.str_field(1, &self.message);
//!         w.field(Kind::List, 2);
//!         codec::thrift::write_list(w, Kind::Binary, &self.tags, |w, tag| w.str(tag));
//!         w.struct_end();
//!     }
//! }
//! ```

mod binary;
mod compact;
mod container;
mod exception;
mod kind;
mod message;
mod protocol;
mod reader;
mod skip;
mod value;
mod writer;

pub(crate) use binary::Binary;
pub use binary::{BinaryReader, BinaryWriter};
pub(crate) use compact::Compact;
pub use compact::{CompactReader, CompactWriter};
pub use container::{read_list, read_map, read_set, vec_for, write_list, write_map, write_set};
pub use exception::ApplicationException;
pub use kind::Kind;
pub(crate) use message::{BINARY_VERSION, COMPACT_ID, COMPACT_VERSION, COMPACT_VERSION_MASK};
pub use message::{MessageHead, MessageKind};
pub use protocol::Protocol;
pub use reader::{Decode, Field, ListHead, MapHead, Reader};
pub(crate) use skip::{Layout, Progress, Skip, Source, WINDOW_BYTES};
pub use writer::{Encode, Writer};
