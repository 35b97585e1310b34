//! Protobuf's own items: messages, oneofs, and enums that may be closed.

mod decode;
mod encode;
pub(super) mod enumeration;
mod layout;
pub(super) mod message;
pub(super) mod oneof;
mod required;
mod types;
