//! What is found is what parsing finds: for frames of every form, and every damage to them.

use netpoll_buffer::{LinkBuffer, Pool, PoolConfig};

use super::*;
use crate::{Limits, frame::Outgoing, frame::Scan, frame::Scanner};

fn request(framing: Framing, seq_id: i32, payload: &[u8]) -> Vec<u8> {
    request_in(Format::default(), framing, seq_id, payload)
}

fn request_in(format: Format, framing: Framing, seq_id: i32, payload: &[u8]) -> Vec<u8> {
    let pool = Pool::new(PoolConfig::default());
    let mut output = LinkBuffer::new();
    let mut w = output.writer(&pool);
    let limits = Limits::default();
    let outgoing = Outgoing {
        framing,
        format,
        ..Outgoing::call("Echo", seq_id)
    };
    let strings = [("isn", "EchoServer"), ("rip", "127.0.0.1")];
    let frame = match framing.has_ttheader() {
        true => outgoing
            .begin_with(&mut w, &limits, None, strings, [(12, "250"), (9, "Echo")])
            .expect("the header fits"),
        false => outgoing.begin(&mut w),
    };
    w.put_slice(payload);
    frame.finish(&mut w, &limits).expect("the frame fits");
    w.finish();
    output.chunks().flatten().copied().collect()
}

fn scans(bytes: &[u8]) -> bool {
    let pool = Pool::new(PoolConfig::default());
    let mut input = LinkBuffer::new();
    input.put_slice(bytes, &pool);
    let whole = Ok(Scan::Frame { bytes: bytes.len() });
    Scanner::default().scan(&input, &Limits::default()) == whole
}

fn check_same_as_parsed(recall: &Recall<u8>, bytes: &[u8]) -> bool {
    let limits = Limits::default();
    let found = recall.find(bytes);
    let first = [bytes, b"what follows"].concat();
    let first = recall.find_first(&first, &limits);
    let (Some(found), is_first) = (found, first.is_some()) else {
        assert!(first.is_none());
        return false;
    };
    let parsed = Frame::parse(bytes, &limits).expect("what is found again parses");
    assert_eq!(is_first, found.known.framing != Framing::Buffered);
    for found in first.iter().chain([&found]) {
        assert_eq!(format!("{:?}", found.head()), format!("{:?}", parsed.head));
        assert_eq!((*found.kept, found.numbers.frame_bytes), (7, bytes.len()));
    }
    true
}

const FRAMINGS: [Framing; 4] = [
    Framing::Buffered,
    Framing::Framed,
    Framing::TtHeader,
    Framing::TtHeaderFramed,
];

#[test]
fn knows_the_next_frame_with_other_numbers_and_payload() {
    for framing in FRAMINGS {
        let mut recall = Recall::default();
        let first = request(framing, 1, &[0]);
        recall.keep(
            &Frame::parse(&first, &Limits::default()).expect("it parses"),
            7,
        );
        for (seq_id, payload) in [
            (1, &[0][..]),
            (-5, &[8, 0, 1, 0, 0, 0, 9, 0]),
            (i32::MAX, &[0]),
        ] {
            let next = request(framing, seq_id, payload);
            assert!(check_same_as_parsed(&recall, &next), "{framing:?}");
        }
    }
}

#[test]
fn whatever_is_damaged_is_parsed_or_the_same() {
    for framing in FRAMINGS {
        let mut recall = Recall::default();
        let good = request(framing, 3, &[2, 0, 1, 1, 0]);
        recall.keep(
            &Frame::parse(&good, &Limits::default()).expect("it parses"),
            7,
        );
        for at in 0..good.len() {
            for flip in [0x01, 0x10, 0x80, 0xff] {
                let mut bad = good.clone();
                bad[at] ^= flip;
                // A recall is only asked about what the scanner calls a whole frame.
                if scans(&bad) {
                    check_same_as_parsed(&recall, &bad);
                }
            }
        }
        for end in 0..good.len() {
            if scans(&good[..end]) {
                check_same_as_parsed(&recall, &good[..end]);
            }
        }
    }
}

#[test]
fn another_method_is_not_known() {
    let mut recall = Recall::default();
    let first = request(Framing::TtHeader, 1, &[0]);
    recall.keep(
        &Frame::parse(&first, &Limits::default()).expect("it parses"),
        7,
    );
    let limits = Limits::default();
    let pool = Pool::new(PoolConfig::default());
    let mut output = LinkBuffer::new();
    let mut w = output.writer(&pool);
    let frame = Outgoing::call("Ecko", 1).begin(&mut w);
    w.put_u8(0);
    frame.finish(&mut w, &limits).expect("it fits");
    w.finish();
    assert!(recall.find(output.first()).is_none());
}

#[test]
fn a_frame_that_is_not_whole_or_over_the_limit_is_not_known() {
    for framing in FRAMINGS {
        let mut recall = Recall::default();
        let frame = request(framing, 3, &[2, 0, 1, 1, 0]);
        let limits = Limits::default();
        recall.keep(&Frame::parse(&frame, &limits).expect("it parses"), 7);
        for end in 0..frame.len() {
            assert!(recall.find_first(&frame[..end], &limits).is_none());
        }
        let frame_bytes_max = frame.len() - 1;
        let limits = Limits {
            frame_bytes_max,
            ..limits
        };
        assert!(recall.find_first(&frame, &limits).is_none());
    }
}

#[test]
fn heads_of_protobuf_are_known_and_those_of_the_compact_protocol_are_not() {
    let compact = Format::Thrift(Protocol::Compact);
    for (format, is_known) in [(Format::KitexProtobuf, true), (compact, false)] {
        for framing in [Framing::Framed, Framing::TtHeaderFramed] {
            let mut recall = Recall::default();
            let first = request_in(format, framing, 1, &[0]);
            let limits = Limits::default();
            recall.keep(&Frame::parse(&first, &limits).expect("it parses"), 7);
            let next = request_in(format, framing, 9, &[0x0a, 1, b'x', 0]);
            assert_eq!(check_same_as_parsed(&recall, &next), is_known);
        }
    }
}
