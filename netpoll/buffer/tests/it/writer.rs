//! Writers: the shared tail, patches across blocks, rollback, references instead of copies.

use std::panic::{self, AssertUnwindSafe};

use netpoll_buffer::{Block, LinkBuffer, NO_COPY_BYTES, Pool, View};

use crate::{assert_all_back, bytes_of, pattern, pool_of};

#[test]
fn writers_share_one_block() {
    let pool = pool_of(4096);
    let mut buffers: Vec<LinkBuffer> = (0..10).map(|_| LinkBuffer::new()).collect();
    for (index, buffer) in buffers.iter_mut().enumerate() {
        buffer.put_slice(&pattern(index, 100), &pool);
    }
    assert_eq!(pool.stats().in_use_blocks, 1);
    for (index, buffer) in buffers.iter().enumerate() {
        assert_eq!(buffer.first(), pattern(index, 100));
    }
    let end = buffers[9].first().as_ptr_range().end;
    let mut buffer = LinkBuffer::new();
    buffer.put_slice(b"next", &pool);
    assert_eq!(buffer.first().as_ptr(), end);
}

#[test]
fn messages_of_one_buffer_become_one_run() {
    let pool = pool_of(4096);
    let mut buffer = LinkBuffer::new();
    for index in 0..10 {
        buffer.put_slice(&pattern(index, 100), &pool);
    }
    assert_eq!(buffer.chunks().count(), 1);
}

#[test]
fn an_unused_tail_is_written_from_its_start_again() {
    let pool = pool_of(4096);
    let mut buffer = LinkBuffer::new();
    buffer.put_slice(&pattern(1, 1000), &pool);
    let start = buffer.first().as_ptr();
    let held = buffer.take(10, &pool).unwrap().into_bytes();
    buffer.clear();
    buffer.put_slice(b"behind", &pool);
    assert_eq!(buffer.first().as_ptr(), start.wrapping_add(1000));
    buffer.clear();
    drop(held);
    buffer.put_slice(b"again", &pool);
    assert_eq!(buffer.first().as_ptr(), start);
    assert_eq!(pool.stats().allocated_total, 1);
}

#[test]
fn a_slice_of_any_length_is_copied_as_it_is() {
    for len in 0..100 {
        let pool = pool_of(4096);
        let mut buffer = LinkBuffer::new();
        let mut expected = vec![];
        // Through the end of several blocks.
        for round in 0..4096 * 3 / (len + 1) {
            buffer.put_slice(&pattern(round, len), &pool);
            expected.extend(pattern(round, len));
        }
        assert_eq!(bytes_of(&buffer), expected, "pieces of {len} bytes");
    }
}

#[test]
fn a_small_message_is_not_split_at_the_end_of_a_block() {
    let pool = pool_of(4096);
    let (mut long, mut short) = (LinkBuffer::new(), LinkBuffer::new());
    long.put_slice(&pattern(1, 4000), &pool);
    short.put_slice(&pattern(2, 200), &pool);
    assert_eq!(short.chunks().count(), 1);
}

#[test]
fn a_large_slice_gets_a_block_of_its_own() {
    let pool = pool_of(4096);
    let mut buffer = LinkBuffer::new();
    let mut writer = buffer.writer(&pool);
    writer.put_slice(b"head");
    writer.put_slice(&pattern(1, 10_000));
    writer.put_slice(b"foot");
    assert_eq!(writer.finish(), 10_008);
    let lengths: Vec<usize> = buffer.chunks().map(<[u8]>::len).collect();
    assert_eq!(lengths, [4, 10_000, 4]);
    assert_eq!(pool.stats().in_use_blocks, 2);
}

#[test]
fn marks_are_patched_wherever_they_are() {
    let pool = pool_of(256);
    let mut buffer = LinkBuffer::new();
    buffer.put_slice(b"before", &pool);
    let mut writer = buffer.writer(&pool);
    let outer = writer.mark_u32();
    writer.put_slice(&pattern(1, 200));
    let inner = writer.mark_u16();
    writer.put_view(View::from_static(b"by reference"));
    let last = writer.mark_u32();
    writer.put_slice(&pattern(2, 1000));
    writer.patch_u32(outer, 0x0102_0304);
    writer.patch_u16(inner, 0x0506);
    writer.patch_u32(last, 0x0708_090a);
    writer.finish();
    let mut expected = b"before\x01\x02\x03\x04".to_vec();
    expected.extend(pattern(1, 200));
    expected.extend(b"\x05\x06by reference\x07\x08\x09\x0a");
    expected.extend(pattern(2, 1000));
    assert_eq!(bytes_of(&buffer), expected);
}

#[test]
fn a_mark_survives_the_rollback_of_what_follows() {
    let pool = pool_of(256);
    let mut buffer = LinkBuffer::new();
    let mut writer = buffer.writer(&pool);
    let mark = writer.mark_u32();
    writer.put_slice(&pattern(1, 2000));
    writer.truncate_to(4);
    writer.put_slice(b"failed");
    writer.patch_u32(mark, 6);
    writer.finish();
    assert_eq!(bytes_of(&buffer), b"\0\0\0\x06failed");
}

/// A patch must never reach memory that somebody else may be looking at.
#[test]
fn a_stale_mark_is_refused() {
    let pool = pool_of(256);
    let committed = written_over_two_blocks(&pool);
    // Refused for their place in the block, their number, and their kind of memory.
    for view in [
        committed[1].clone(),
        committed[0].clone(),
        Block::filled(&pool, &pattern(1, 100)),
        View::from_static(&[0; 100]),
        View::from(pattern(1, 100)),
    ] {
        assert_patch_refused(&pool, &view);
    }
    // Refused for its pool alone: both are the second writer's of their pools, and nothing was committed behind 200.
    let (second, third) = (pool_of(256), pool_of(256));
    LinkBuffer::new().put_slice(b"the first writer", &third);
    assert_patch_refused(&third, &written_over_two_blocks(&second)[0].slice(200..));
}

/// A first writer puts 200 bytes into a block, a second one goes on in it and in another.
fn written_over_two_blocks(pool: &Pool) -> [View; 2] {
    let mut buffer = LinkBuffer::new();
    for len in [200, 200] {
        let mut writer = buffer.writer(pool);
        writer.put_slice(&pattern(len, len));
        writer.finish();
    }
    let views: Vec<View> = buffer.views().cloned().collect();
    views.try_into().unwrap()
}

/// Reserve a place, roll it back, put `view` there instead.
#[track_caller]
fn assert_patch_refused(pool: &Pool, view: &View) {
    let expected = view.to_vec();
    let mut buffer = LinkBuffer::new();
    let mut writer = buffer.writer(pool);
    writer.put_slice(b"....");
    let stale = writer.mark_u32();
    writer.truncate_to(0);
    writer.put_view(view.clone());
    let patched = panic::catch_unwind(AssertUnwindSafe(|| writer.patch_u32(stale, u32::MAX)));
    assert!(patched.is_err());
    assert_eq!(**view, *expected);
}

#[test]
fn a_mark_of_another_writer_is_refused() {
    let pool = pool_of(1024);
    let mut buffer = LinkBuffer::new();
    let mut writer = buffer.writer(&pool);
    writer.put_slice(&pattern(1, 100));
    let mark = writer.mark_u32();
    writer.finish();
    let mut writer = buffer.writer(&pool);
    writer.put_slice(b"short");
    let patched = panic::catch_unwind(AssertUnwindSafe(|| writer.patch_u32(mark, 1)));
    assert!(patched.is_err());
}

#[test]
fn a_dropped_writer_leaves_no_trace() {
    let pool = pool_of(256);
    let mut buffer = LinkBuffer::new();
    buffer.put_slice(b"kept", &pool);
    for len in [0, 10, 300, 3000] {
        let mut writer = buffer.writer(&pool);
        writer.put_slice(&pattern(1, len));
        writer.put_view(View::from_static(b"gone"));
        drop(writer);
        assert_eq!(bytes_of(&buffer), b"kept");
    }
    buffer.put_slice(b" on", &pool);
    assert_eq!(bytes_of(&buffer), b"kept on");
    drop(buffer);
    assert_all_back(&pool);
}

#[test]
fn what_is_committed_stays_when_the_next_message_fails() {
    let pool = pool_of(256);
    let mut buffer = LinkBuffer::new();
    let mut writer = buffer.writer(&pool);
    for len in [5, 700] {
        let mark = writer.mark_u32();
        writer.put_slice(&pattern(len, len));
        writer.patch_u32(mark, len as u32);
        assert_eq!(writer.commit(), 4 + len);
        assert_eq!(writer.position(), 0);
    }
    writer.put_slice(&pattern(3, 700));
    drop(writer);
    let expected = [
        &[0, 0, 0, 5][..],
        &pattern(5, 5),
        &[0, 0, 2, 188],
        &pattern(700, 700),
    ];
    assert_eq!(bytes_of(&buffer), expected.concat());
    buffer.put_slice(b"next", &pool);
    assert_eq!(
        bytes_of(&buffer),
        [&expected.concat()[..], b"next"].concat()
    );
}

#[test]
fn a_nested_writer_has_a_block_of_its_own() {
    let pool = pool_of(1024);
    let (mut outer, mut inner) = (LinkBuffer::new(), LinkBuffer::new());
    let mut writer = outer.writer(&pool);
    writer.put_slice(b"outer ");
    inner.put_slice(b"inner", &pool);
    writer.put_slice(b"message");
    writer.finish();
    assert_eq!(bytes_of(&outer), b"outer message");
    assert_eq!(bytes_of(&inner), b"inner");
    outer.clear();
    inner.clear();
    assert_all_back(&pool);
}

#[test]
fn large_fields_of_the_origin_are_not_copied() {
    let pool = pool_of(64 << 10);
    let frame = Block::filled(&pool, &pattern(1, 20_000));
    let mut buffer = LinkBuffer::new();
    let mut writer = buffer.writer(&pool);
    writer.set_origin(frame.clone());
    writer.put_field_bytes(&frame[100..100 + NO_COPY_BYTES]);
    writer.put_field_bytes(&frame[9000..9000 + NO_COPY_BYTES - 1]);
    writer.put_field_bytes(&pattern(7, NO_COPY_BYTES));
    writer.finish();
    let runs: Vec<&[u8]> = buffer.chunks().collect();
    assert_eq!(runs.len(), 2);
    assert_eq!(runs[0].as_ptr(), frame[100..].as_ptr());
    let copied = [
        &frame[9000..9000 + NO_COPY_BYTES - 1],
        &pattern(7, NO_COPY_BYTES),
    ]
    .concat();
    assert_eq!(runs[1], copied);
}

#[test]
fn spare_room_is_one_run_of_any_size() {
    let pool = pool_of(256);
    for count in [0, 1, 255, 256, 257, 5000] {
        let mut buffer = LinkBuffer::new();
        let mut writer = buffer.writer(&pool);
        writer.put_u8(1);
        let spare = writer.spare(count);
        assert!(spare.len() >= count);
        spare[..count].iter_mut().for_each(|byte| {
            byte.write(9);
        });
        // SAFETY: `count` bytes were just written.
        unsafe { writer.advance(count) };
        assert_eq!(writer.finish(), count + 1);
        assert!(bytes_of(&buffer)[1..].iter().all(|&byte| byte == 9));
    }
    assert_all_back(&pool);
}

#[test]
#[should_panic(expected = "cannot roll back to 5: only 4 bytes are written")]
fn rolling_back_to_the_future_is_refused() {
    let pool = pool_of(256);
    let mut buffer = LinkBuffer::new();
    let mut writer = buffer.writer(&pool);
    writer.put_u32(1);
    writer.truncate_to(5);
}
