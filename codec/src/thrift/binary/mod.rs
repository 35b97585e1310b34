//! The binary protocol. WIRE.md §1.

mod layout;
mod read;
mod write;

pub(crate) use layout::Binary;
pub use read::BinaryReader;
pub use write::BinaryWriter;
