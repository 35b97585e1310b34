//! Values that travel with a request: onwards for one hop or for all, and back. WIRE.md §5.3.
//!
//! They are texts of a header whose key has a prefix. On the way through a service a transient value becomes an upstream one,
//! which is seen and not passed on.

/// How far a value travels.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Travel {
    /// With every call that follows: prefix `RPC_PERSIST_`.
    Persistent,
    /// To the called service: prefix `RPC_TRANSIT_`.
    Transient,
    /// Came as a transient value of a caller that passes it on as such: prefix `RPC_TRANSIT_UPSTREAM_`.
    TransientUpstream,
    /// Back to the caller: prefix `RPC_BACKWARD_`.
    Backward,
    /// Came back from a called service: prefix `RPC_BACKWARD_DOWNSTREAM_`.
    BackwardDownstream,
}

impl Travel {
    /// The prefix of the keys.
    pub const fn prefix(self) -> &'static str {
        match self {
            Travel::Persistent => "RPC_PERSIST_",
            Travel::Transient => "RPC_TRANSIT_",
            Travel::TransientUpstream => "RPC_TRANSIT_UPSTREAM_",
            Travel::Backward => "RPC_BACKWARD_",
            Travel::BackwardDownstream => "RPC_BACKWARD_DOWNSTREAM_",
        }
    }
}

/// How far the value with this key travels, and its name: the key without prefix. `None` for all other keys.
///
/// ```
/// use codec::frame::metainfo::{Travel, classify};
///
/// assert_eq!(classify(b"RPC_PERSIST_USER"), Some((Travel::Persistent, &b"USER"[..])));
/// assert_eq!(classify(b"isn"), None);
/// ```
#[inline]
pub fn classify(key: &[u8]) -> Option<(Travel, &[u8])> {
    if !key.starts_with(b"RPC_") {
        return None;
    }
    // The longer prefixes first: they begin with the shorter ones.
    let travels = [
        Travel::Persistent,
        Travel::TransientUpstream,
        Travel::Transient,
        Travel::BackwardDownstream,
        Travel::Backward,
    ];
    travels.into_iter().find_map(|travel| {
        let name = key.strip_prefix(travel.prefix().as_bytes())?;
        (!name.is_empty()).then_some((travel, name))
    })
}
