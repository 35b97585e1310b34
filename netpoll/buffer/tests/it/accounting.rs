//! What the pool counts, keeps and refuses.

use netpoll_buffer::{Block, LinkBuffer, Pool, PoolConfig, View};

use crate::{assert_all_back, pattern, pool_of};

#[test]
fn blocks_are_counted_out_and_in() {
    let pool = pool_of(1024);
    let standard = pool.block();
    let small = pool.block_exact(10);
    let large = pool.block_exact((4 << 20) + 1);
    assert_eq!(standard.capacity(), 1024);
    assert_eq!(small.capacity(), 256);
    assert_eq!(large.capacity(), (4 << 20) + 1);
    let stats = pool.stats();
    assert_eq!(stats.in_use_blocks, 3);
    assert_eq!(stats.in_use_bytes, 1024 + 256 + (4 << 20) + 1);
    drop((standard, small, large));
    let stats = assert_all_back(&pool);
    assert_eq!(stats.idle_bytes, 1024 + 256, "the large one is freed");
}

#[test]
fn the_last_block_back_is_the_first_out() {
    let pool = pool_of(1024);
    let (one, two) = (pool.block(), pool.block());
    let (one_at, two_at) = (one.as_ptr(), two.as_ptr());
    drop(one);
    drop(two);
    assert_eq!(pool.block().as_ptr(), two_at);
    let (first, second) = (pool.block(), pool.block());
    assert_eq!((first.as_ptr(), second.as_ptr()), (two_at, one_at));
    assert_eq!(pool.stats().allocated_total, 2);
}

#[test]
fn data_is_aligned_and_writable_to_its_end() {
    let pool = pool_of(1024);
    for bytes in [0, 1, 256, 257, 65_536, 65_537, (4 << 20) + 3] {
        let block = pool.block_exact(bytes);
        assert!(block.capacity() >= bytes);
        assert_eq!(block.as_ptr().addr() % 64, 0);
        // SAFETY: a fresh block of that capacity, to which nobody else refers.
        unsafe { block.as_ptr().write_bytes(7, block.capacity()) };
    }
}

#[test]
fn free_lists_are_bounded() {
    let pool = Pool::new(PoolConfig {
        block_bytes: 1024,
        idle_bytes_max: 3000,
        ..PoolConfig::default()
    });
    let blocks: Vec<Block> = (0..5).map(|_| pool.block()).collect();
    drop(blocks);
    let stats = assert_all_back(&pool);
    assert_eq!((stats.idle_bytes, stats.freed_total), (2048, 3));
}

#[test]
fn receive_blocks_are_refused_above_the_limit() {
    let pool = Pool::new(PoolConfig {
        block_bytes: 1024,
        bytes_max: 3000,
        ..PoolConfig::default()
    });
    let one = pool.try_block().unwrap();
    let _two = pool.try_block().unwrap();
    assert!(pool.try_block().is_none());
    assert!(pool.try_block_exact(usize::MAX).is_none());
    assert!(pool.try_block_exact(900).is_none());
    assert!(pool.try_block_exact(700).is_none(), "rounded up to 1024");
    assert!(pool.try_block_exact(500).is_some());
    let output = pool.block();
    drop(one);
    assert!(pool.try_block().is_none(), "output counts");
    drop(output);
    assert!(pool.try_block().is_some());
}

#[test]
fn a_refusal_takes_back_foreign_blocks_first() {
    let pool = Pool::new(PoolConfig {
        block_bytes: 1024,
        bytes_max: 1024,
        ..PoolConfig::default()
    });
    let bytes = Block::filled(&pool, &pattern(1, 1000)).into_bytes();
    assert_eq!(pool.stats().foreign_blocks, 1);
    assert!(pool.try_block().is_none());
    drop(bytes);
    assert!(pool.try_block().is_some());
    assert_eq!(pool.stats().allocated_total, 1);
}

#[test]
fn block_sizes_are_rounded_to_a_class() {
    assert_eq!(pool_of(0).block_bytes(), 256);
    assert_eq!(pool_of(1000).block_bytes(), 1024);
    assert_eq!(pool_of(usize::MAX).block_bytes(), 4 << 20);
    assert_eq!(Pool::new(PoolConfig::default()).block().capacity(), 65_536);
}

#[test]
fn blocks_and_views_outlive_the_pool() {
    let pool = pool_of(1024);
    let second = pool.clone();
    let block = pool.block();
    let view = Block::filled(&pool, b"still here");
    let mut buffer = LinkBuffer::new();
    buffer.put_slice(b"and here", &pool);
    drop(pool);
    drop(second);
    let copy = view.clone();
    drop(block);
    assert_eq!(copy, *b"still here");
    assert_eq!(buffer.first(), b"and here");
}

#[test]
fn uniqueness_sees_views_and_bytes() {
    let pool = pool_of(1024);
    let block = pool.block();
    assert!(block.is_unique());
    // SAFETY: the first four bytes are written here, once.
    unsafe { block.as_ptr().cast::<[u8; 4]>().write(*b"ping") };
    // SAFETY: written above.
    let view = unsafe { block.view(0, 4) };
    assert!(!block.is_unique());
    let bytes = view.into_bytes();
    assert!(!block.is_unique());
    drop(bytes);
    assert!(block.is_unique());
    let copy = block.clone();
    assert!(!block.is_unique());
    drop(copy);
    assert!(block.is_unique());
}

#[test]
fn after_warm_up_nothing_is_allocated() {
    let pool = pool_of(4096);
    let mut held = LinkBuffer::new();
    let mut total = 0;
    for round in 0..1000 {
        let mut buffer = LinkBuffer::new();
        buffer.put_slice(&pattern(round, round * 37 % 900), &pool);
        held.append(&mut buffer);
        held.skip(held.len().saturating_sub(10_000));
        let view = held.take(held.len().min(100), &pool).unwrap();
        drop(view.into_bytes());
        pool.reclaim();
        if round == 200 {
            total = pool.stats().allocated_total;
        }
    }
    assert_eq!(pool.stats().allocated_total, total);
    drop(held);
    assert_all_back(&pool);
}

#[test]
fn empty_and_static_views_hold_no_block() {
    let pool = pool_of(1024);
    assert_eq!(Block::filled(&pool, b"").pinned_bytes(), 0);
    assert_eq!(View::from_static(b"text").pinned_bytes(), 0);
    let view = Block::filled(&pool, b"text");
    assert_eq!(view.pinned_bytes(), 256);
    let empty = view.slice(2..2);
    drop(view);
    assert!(empty.is_empty());
    assert_all_back(&pool);
}
