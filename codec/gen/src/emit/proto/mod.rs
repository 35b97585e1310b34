//! Protobuf's own items: messages, oneofs, and enums that may be closed.

mod decode;
mod encode;
pub(super) mod enumeration;
pub(super) mod message;
pub(super) mod oneof;
mod types;
