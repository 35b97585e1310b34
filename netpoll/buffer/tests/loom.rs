//! Every interleaving of handles, return list and pool end, as far as loom explores them.
//!
//! Run with `RUSTFLAGS="--cfg loom" cargo test -p netpoll-buffer --release --test loom`. Loom reports a leak of the list, and,
//! through the header's probe, memory that is reused or freed before every reader is done with it.

#![cfg(loom)]

use bytes::Bytes;
use loom::thread;
use netpoll_buffer::{Block, Pool, PoolConfig};

fn pool() -> Pool {
    Pool::new(PoolConfig {
        block_bytes: 256,
        ..PoolConfig::default()
    })
}

fn drop_elsewhere(bytes: Bytes) -> thread::JoinHandle<()> {
    thread::spawn(move || drop(bytes))
}

#[track_caller]
fn assert_all_back(pool: &Pool) {
    pool.reclaim();
    let stats = pool.stats();
    assert_eq!((stats.in_use_blocks, stats.foreign_blocks), (0, 0));
    assert_eq!(stats.idle_blocks as u64, stats.allocated_total);
}

#[test]
fn the_local_and_a_foreign_handle_end_at_once() {
    loom::model(|| {
        let pool = pool();
        let view = Block::filled(&pool, b"shared");
        let thread = drop_elsewhere(view.clone().into_bytes());
        drop(view);
        // The memory may be in use again at once.
        drop(Block::filled(&pool, b"next"));
        thread.join().unwrap();
        assert_all_back(&pool);
    });
}

#[test]
fn two_foreign_handles_end_at_once() {
    loom::model(|| {
        let pool = pool();
        let view = Block::filled(&pool, b"shared");
        let one = drop_elsewhere(view.clone().into_bytes());
        let two = drop_elsewhere(view.into_bytes());
        pool.reclaim();
        drop(Block::filled(&pool, b"next"));
        one.join().unwrap();
        two.join().unwrap();
        assert_all_back(&pool);
    });
}

#[test]
fn two_blocks_return_while_the_pool_reclaims() {
    loom::model(|| {
        let pool = pool();
        let one = drop_elsewhere(Block::filled(&pool, b"one").into_bytes());
        let two = drop_elsewhere(Block::filled(&pool, b"two").into_bytes());
        let early = pool.reclaim();
        let next = Block::filled(&pool, b"next");
        one.join().unwrap();
        two.join().unwrap();
        drop(next);
        assert!(early <= 2);
        assert_all_back(&pool);
    });
}

#[test]
fn the_pool_ends_while_a_block_returns() {
    loom::model(|| {
        let pool = pool();
        let one = drop_elsewhere(Block::filled(&pool, b"one").into_bytes());
        let two = drop_elsewhere(Block::filled(&pool, b"two").into_bytes());
        drop(pool);
        one.join().unwrap();
        two.join().unwrap();
    });
}

#[test]
fn the_pool_ends_with_the_last_local_view() {
    loom::model(|| {
        let pool = pool();
        let view = Block::filled(&pool, b"shared");
        drop(pool);
        let thread = drop_elsewhere(view.clone().into_bytes());
        drop(view);
        thread.join().unwrap();
    });
}

#[test]
fn a_unique_block_may_be_written_again() {
    loom::model(|| {
        let pool = pool();
        let block = pool.block();
        // SAFETY: a fresh block; nobody else refers to it.
        unsafe { block.as_ptr().write(1) };
        // SAFETY: written above.
        let view = unsafe { block.view(0, 1) };
        let thread = drop_elsewhere(view.into_bytes());
        if block.is_unique() {
            // SAFETY: no view and no `Bytes` is left.
            unsafe { block.as_ptr().write(2) };
        }
        drop(block);
        thread.join().unwrap();
        assert_all_back(&pool);
    });
}
