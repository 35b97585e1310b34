//! The types of `messages.thrift`, as either generator writes them.

/// As our generator does.
pub mod ours {
    include!(concat!(env!("OUT_DIR"), "/messages.rs"));
    pub use messages::*;
}

/// As pilota's does.
pub mod theirs {
    include!(concat!(env!("OUT_DIR"), "/peer.rs"));
    pub use peer::messages::*;
}
