//! Views: cutting, comparing, recognising their own memory.

use bytes::Bytes;
use netpoll_buffer::{Block, View};

use crate::{pattern, pool_of};

#[test]
fn cutting_keeps_every_byte() {
    let pool = pool_of(1024);
    let expected = pattern(1, 300);
    for view in [
        Block::filled(&pool, &expected),
        View::from(expected.clone()),
    ] {
        for at in 0..=expected.len() {
            let mut tail = view.clone();
            let head = tail.split_to(at);
            assert_eq!((&*head, &*tail), expected.split_at(at));
            let mut head = view.clone();
            let tail = head.split_off(at);
            assert_eq!((&*head, &*tail), expected.split_at(at));
            let mut part = view.clone();
            part.advance(at);
            part.truncate(7);
            assert_eq!(part, view.slice(at..(at + 7).min(300)));
        }
        assert_eq!(view.slice(..=4), view.slice(0..5));
        assert_eq!(view.slice(..), view);
    }
}

#[test]
fn a_part_of_its_memory_is_recognised() {
    let pool = pool_of(1024);
    let whole = Block::filled(&pool, &pattern(1, 100));
    let view = whole.slice(10..90);
    assert_eq!(view.slice_ref(&whole[10..90]), Some(view.clone()));
    assert_eq!(
        view.slice_ref(&whole[20..30]).unwrap().as_ptr(),
        whole[20..].as_ptr()
    );
    assert_eq!(view.slice_ref(&whole[9..20]), None);
    assert_eq!(view.slice_ref(&whole[80..91]), None);
    assert_eq!(view.slice_ref(&pattern(1, 100)), None);
    assert_eq!(view.slice_ref(&[]), Some(View::new()));
    assert_eq!(View::new().slice_ref(&whole), None);
}

#[test]
fn views_compare_and_print_as_bytes() {
    let view = View::from(Bytes::from_static(b"ab\n"));
    assert_eq!(view, View::from_static(b"ab\n"));
    assert_eq!(view, *b"ab\n");
    assert_eq!(view, b"ab\n"[..]);
    assert_eq!(format!("{view:?}"), "b\"ab\\n\"");
    let long = View::from(vec![b'x'; 70]);
    assert!(format!("{long:?}").ends_with("x\" and 6 bytes more"));
}

#[test]
#[should_panic(expected = "range 2..9 is not within a view of 4 bytes")]
fn a_range_beyond_the_end_is_refused() {
    let _ = View::from_static(b"four").slice(2..9);
}

#[test]
#[should_panic(expected = "cannot advance by 5 in a view of 4 bytes")]
fn advancing_beyond_the_end_is_refused() {
    View::from_static(b"four").advance(5);
}

#[test]
#[should_panic(expected = "cannot split 4 bytes at 5")]
fn splitting_beyond_the_end_is_refused() {
    View::from_static(b"four").split_to(5);
}
