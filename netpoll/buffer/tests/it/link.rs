//! Link buffers: what merges, what is copied, what stays small.

use bytes::Bytes;
use netpoll_buffer::{Block, LinkBuffer, View};

use crate::{assert_all_back, bytes_of, pattern, pool_of};

#[test]
fn adjacent_views_of_a_block_become_one() {
    let pool = pool_of(1024);
    let view = Block::filled(&pool, &pattern(1, 90));
    let mut buffer = LinkBuffer::new();
    buffer.push(view.slice(0..30));
    buffer.push(view.slice(30..60));
    buffer.push(View::new());
    assert_eq!(buffer.chunks().count(), 1);
    buffer.push(view.slice(61..90));
    assert_eq!(buffer.chunks().count(), 2);
    let mut seam = LinkBuffer::new();
    seam.push(view.slice(0..61));
    let mut rest = buffer.split_to(60);
    assert_eq!(bytes_of(&rest), &view[..60]);
    seam.append(&mut buffer);
    assert_eq!(seam.chunks().count(), 1, "merged where they meet");
    seam.append(&mut rest);
    assert_eq!(seam.chunks().count(), 2);
}

#[test]
fn views_of_different_memory_stay_apart() {
    static TEXT: [u8; 8] = *b"one text";
    let mut buffer = LinkBuffer::new();
    buffer.push(View::from_static(&TEXT[..4]));
    buffer.push(View::from_static(&TEXT[4..]));
    let bytes = Bytes::from(vec![1, 2, 3]);
    buffer.push(View::from(bytes.slice(..1)));
    buffer.push(View::from(bytes.slice(1..)));
    assert_eq!(
        buffer.chunks().count(),
        4,
        "each keeps its own memory alive"
    );
    assert_eq!(bytes_of(&buffer), b"one text\x01\x02\x03");
}

#[test]
fn one_run_is_taken_without_a_copy() {
    let pool = pool_of(1024);
    let view = Block::filled(&pool, &pattern(1, 100));
    let mut buffer = LinkBuffer::new();
    buffer.push(view.clone());
    let taken = buffer.take(40, &pool).unwrap();
    assert_eq!(taken.as_ptr(), view.as_ptr());
    assert_eq!(
        buffer.contiguous(60, &pool).unwrap().as_ptr(),
        view[40..].as_ptr()
    );
    assert_eq!(
        buffer.take(60, &pool).unwrap().as_ptr(),
        view[40..].as_ptr()
    );
    assert_eq!(pool.stats().allocated_total, 1);
}

#[test]
fn a_span_is_copied_once() {
    let pool = pool_of(1024);
    let expected = pattern(2, 600);
    let mut buffer = LinkBuffer::new();
    for piece in expected.chunks(100) {
        buffer.push(View::from(piece.to_vec()));
    }
    let run = buffer.contiguous(250, &pool).unwrap().as_ptr();
    assert_eq!(buffer.contiguous(250, &pool).unwrap().as_ptr(), run);
    assert_eq!(bytes_of(&buffer), expected);
    assert_eq!(buffer.take(250, &pool).unwrap().as_ptr(), run);
    assert_eq!(bytes_of(&buffer), &expected[250..]);
    assert_eq!(buffer.take(350, &pool).unwrap(), expected[250..]);
    assert!(buffer.is_empty());
    assert_eq!(pool.stats().allocated_total, 2);
    assert_all_back(&pool);
}

#[test]
fn a_small_rest_lets_a_large_block_go() {
    let pool = pool_of(64 << 10);
    let mut buffer = LinkBuffer::new();
    buffer.push(Block::filled(&pool, &pattern(1, 60_000)));
    assert!(!buffer.compact(&pool));
    buffer.skip(59_900);
    assert!(buffer.compact(&pool));
    assert_eq!(bytes_of(&buffer), &pattern(1, 60_000)[59_900..]);
    assert_eq!(buffer.pinned_bytes(), 256);
    assert!(!buffer.compact(&pool));
    buffer.clear();
    assert!(!buffer.compact(&pool));
    assert_all_back(&pool);
}

#[test]
fn pinned_bytes_count_a_block_once() {
    let pool = pool_of(1024);
    let view = Block::filled(&pool, &pattern(1, 1000));
    let mut buffer = LinkBuffer::new();
    buffer.push(view.slice(0..10));
    buffer.push(view.slice(20..30));
    buffer.push(View::from_static(b"nothing"));
    assert_eq!(buffer.pinned_bytes(), 1024);
}

#[test]
#[should_panic(expected = "5 bytes asked of a buffer of 4")]
fn skipping_more_than_is_buffered_is_refused() {
    let mut buffer = LinkBuffer::new();
    buffer.push(View::from_static(b"four"));
    buffer.skip(5);
}
