//! The tests of the crate: a model, the accounting, other threads, and one file per type.
//!
//! They are to be run under the address sanitizer too, which also reports leaks: `RUSTFLAGS=-Zsanitizer=address
//! RUSTDOCFLAGS=-Zsanitizer=address cargo +nightly test -p netpoll-buffer --target x86_64-unknown-linux-gnu`.

#![cfg(not(loom))]

mod accounting;
mod link;
mod model;
mod threads;
mod view;
mod writer;

use netpoll_buffer::{LinkBuffer, Pool, PoolConfig, PoolStats};

/// A pool of small blocks, so that everything spans them.
fn pool_of(block_bytes: usize) -> Pool {
    Pool::new(PoolConfig {
        block_bytes,
        ..PoolConfig::default()
    })
}

/// All buffered bytes.
fn bytes_of(buffer: &LinkBuffer) -> Vec<u8> {
    buffer.invariants();
    buffer.chunks().flatten().copied().collect()
}

/// `len` bytes that differ from their neighbours, and from those of another `seed`.
fn pattern(seed: usize, len: usize) -> Vec<u8> {
    (0..len)
        .map(|i| (i * 7 + seed * 31 + i / 251) as u8)
        .collect()
}

/// Nothing is in use, and what was allocated is idle or freed.
#[track_caller]
fn assert_all_back(pool: &Pool) -> PoolStats {
    pool.reclaim();
    let stats = pool.stats();
    assert_eq!(
        (
            stats.in_use_bytes,
            stats.in_use_blocks,
            stats.foreign_blocks
        ),
        (0, 0, 0)
    );
    assert_eq!(
        stats.allocated_total - stats.freed_total,
        stats.idle_blocks as u64
    );
    stats
}
