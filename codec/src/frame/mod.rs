//! Frames.

mod form;
mod head;
mod info;
pub mod key;
mod mesh;
pub mod metainfo;
mod scan;
mod ttheader;
mod write;

pub use form::Form;
pub use head::{Format, Frame, FrameHead, Framing};
pub use info::Info;
pub use scan::{Scan, Scanner};
pub use ttheader::{Flags, TtHeader};
pub use write::{EncodeError, FrameWriter, Outgoing};
