//! Counted memory blocks, views and linked buffers for one core.
//!
//! ```text
//!     Pool     free lists by size ─┐          one per core; last in, first out; bounded
//!                                  ▼
//!     Block    [ header | data ............................................ ]   one allocation, counted
//!                         ▲           ▲              ▲
//!     View                (ptr, len, block)          (ptr, len, block)          read-only, counted
//!                         └──────┬────┘              │
//!     LinkBuffer          first ─┴─ rest … ──────────┘                          received, or to be sent
//!     Writer              appends to a LinkBuffer, in the block all writers share
//! ```
//!
//! Received bytes are appended to a [`LinkBuffer`] by reference, decoded in place from a [`View`] of a whole frame, and sent by
//! reference or written with a [`Writer`]. Nothing in here makes a system call.
//!
//! Who owns what:
//!
//! - Everything but `Bytes` stays on its thread. There a count is a plain cell: no atomic operation.
//! - A block lives while a `Block`, a `View` or a `Bytes` of it does. Then it returns to its pool; from another thread it
//!   travels through the pool's return list, which [`Pool::reclaim`] empties.
//! - Blocks, views and `Bytes` may outlive the pool's handles, and the thread. What comes back too late is freed.
//! - Bytes in view are never written. A writer writes only behind what is committed; a driver that lets a kernel fill a
//!   [`Block`] hands out views of the filled part.
//!
//! `unsafe` code is in `block`, `header`, `external`, `pool`, `returns`, `view`, `foreign`, `link` and `write`. The counts are tested with loom, the
//! buffers against a plain vector.

mod block;
mod class;
mod compact;
mod external;
mod foreign;
mod gather;
mod header;
mod link;
mod pool;
mod read;
mod returns;
mod sync;
mod view;
mod write;

pub use block::Block;
pub use link::LinkBuffer;
pub use pool::{Pool, PoolConfig, PoolStats};
pub use view::View;
pub use write::{Mark, NO_COPY_BYTES, Writer};
