//! Bytes that are dropped on other threads: they return, or are freed when there is nowhere to return to.

use std::{sync::mpsc, thread};

use bytes::Bytes;
use netpoll_buffer::{Block, View};

use crate::{assert_all_back, pattern, pool_of};

#[test]
fn bytes_dropped_elsewhere_return_their_block() {
    let pool = pool_of(1024);
    let expected = pattern(3, 1000);
    let view = Block::filled(&pool, &expected);
    let address = view.as_ptr();
    let (left, right) = (view.slice(..500).into_bytes(), view.into_bytes());
    assert_eq!(right.as_ptr(), address, "no copy");
    assert_eq!(pool.stats().foreign_blocks, 1);
    assert_eq!(pool.reclaim(), 0);
    let threads = [left, right].map(|bytes| {
        let expected = expected.clone();
        thread::spawn(move || assert!(expected.starts_with(&bytes)))
    });
    threads
        .into_iter()
        .for_each(|thread| thread.join().unwrap());
    assert_eq!(pool.stats().in_use_blocks, 1);
    assert_eq!(pool.reclaim(), 1);
    let stats = assert_all_back(&pool);
    assert_eq!(stats.idle_blocks, 1);
    assert_eq!(Block::filled(&pool, &expected).as_ptr(), address);
}

#[test]
fn a_block_with_local_views_does_not_travel() {
    let pool = pool_of(1024);
    let view = Block::filled(&pool, b"shared and kept");
    let bytes = view.clone().into_bytes();
    thread::spawn(move || drop(bytes)).join().unwrap();
    assert_eq!(pool.stats().foreign_blocks, 0);
    drop(view);
    assert_eq!(pool.stats().idle_blocks, 1, "back without `reclaim`");
    assert_eq!(pool.reclaim(), 0);
}

#[test]
fn bytes_outlive_the_pool() {
    let pool = pool_of(1024);
    let late = Block::filled(&pool, &pattern(1, 900)).into_bytes();
    let early = Block::filled(&pool, &pattern(2, 900)).into_bytes();
    thread::spawn(move || drop(early)).join().unwrap();
    // `early` is on the return list, `late` is not.
    drop(pool);
    assert!(*late == *pattern(1, 900));
    thread::spawn(move || drop(late)).join().unwrap();
}

#[test]
fn bytes_outlive_the_thread_of_their_pool() {
    let bytes = thread::spawn(|| {
        let pool = pool_of(1024);
        let view = Block::filled(&pool, &pattern(5, 700));
        drop(pool);
        view.into_bytes()
    });
    let bytes = bytes.join().unwrap();
    assert!(*bytes == *pattern(5, 700));
    drop(bytes);
}

#[test]
fn many_threads_return_blocks_while_the_pool_works() {
    let rounds = if cfg!(miri) { 30 } else { 20_000 };
    let pool = pool_of(1024);
    let (senders, threads): (Vec<_>, Vec<_>) = (0..3)
        .map(|_| {
            let (sender, receiver) = mpsc::sync_channel::<(Bytes, usize)>(64);
            let thread = thread::spawn(move || {
                for (bytes, seed) in receiver {
                    assert!(*bytes == *pattern(seed, bytes.len()));
                }
            });
            (sender, thread)
        })
        .unzip();
    for seed in 0..rounds {
        let view = Block::filled(&pool, &pattern(seed, seed % 300 + 1));
        // All three threads hold the same block; one handle each, made while the local side lives or as it ends.
        for sender in &senders[1..] {
            sender.send((view.clone().into_bytes(), seed)).unwrap();
        }
        senders[0].send((view.into_bytes(), seed)).unwrap();
        if seed % 16 == 0 {
            pool.reclaim();
        }
    }
    drop(senders);
    threads
        .into_iter()
        .for_each(|thread| thread.join().unwrap());
    let stats = assert_all_back(&pool);
    assert!(stats.allocated_total < 400, "blocks are used again");
}

#[test]
fn external_memory_passes_through() {
    let vector = pattern(9, 5000);
    let address = vector.as_ptr();
    let view = View::from(vector);
    assert_eq!(view.as_ptr(), address);
    let bytes = view.slice(100..200).into_bytes();
    assert_eq!(bytes.as_ptr().addr(), address.addr() + 100);
    drop(view);
    thread::spawn(move || assert!(*bytes == pattern(9, 5000)[100..200]))
        .join()
        .unwrap();
    assert_eq!(View::from_static(b"for ever").into_bytes(), "for ever");
    assert_eq!(View::new().into_bytes(), "");
}
