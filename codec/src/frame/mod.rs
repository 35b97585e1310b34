//! Frames: what is around a message, read and written.
//!
//! ```text
//!     Scanner     where the frame that begins a connection's input ends          scan, resumable
//!     Frame       one whole frame: FrameHead (numbers and places) and bytes      head, info, ttheader, mesh
//!     Recall      knows the head of a frame again that was parsed before            recall
//!     Payload     what a frame carries, of either language                      payload
//!     Outgoing    what a frame is to say; FrameWriter fills in its lengths        write
//! ```
//!
//! A frame tells its [`Form`] by its first eight bytes, each frame anew: one connection may carry several. An answer has the
//! form of its request. Formats: WIRE.md §3 to §7.
//!
//! ```
//! use codec::{Limits, frame::{Frame, Outgoing}, thrift::{ApplicationException, MessageKind}};
//! use netpoll_buffer::{LinkBuffer, Pool, PoolConfig};
//!
//! let (pool, limits) = (Pool::new(PoolConfig::default()), Limits::default());
//! let request = b"\0\0\0\x11\x80\x01\0\x01\0\0\0\x04echo\0\0\0\x07\0";
//! let request = Frame::parse(request, &limits)?;
//! assert_eq!((request.name(), request.head.seq_id), ("echo", 7));
//!
//! let mut output = LinkBuffer::new();
//! let mut w = output.writer(&pool);
//! let answer = Outgoing::answer(&request, MessageKind::Exception).begin(&mut w);
//! if let Some(protocol) = request.head.format.thrift() {
//!     protocol.encode(&ApplicationException::new(1, "no such method"), &mut w);
//! }
//! answer.finish(&mut w, &limits)?;
//! w.finish();
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

mod form;
mod head;
mod info;
pub mod key;
mod mesh;
pub mod metainfo;
mod payload;
mod recall;
mod scan;
mod ttheader;
mod write;

pub use form::Form;
pub use head::{Format, Frame, FrameHead, Framing, Numbers};
pub use info::Info;
pub(crate) use payload::unsupported;
pub use payload::{FromPayload, Payload};
pub use recall::{Recall, Recalled};
pub use scan::{Scan, Scanner};
pub use ttheader::{Flags, TtHeader};
pub use write::{EncodeError, FrameWriter, Outgoing};
