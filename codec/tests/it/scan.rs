//! Measuring frames: however the bytes arrive, the same end is found, and never too early.

use codec::{
    ErrorKind, Limits,
    frame::{Form, Frame, Scan, Scanner},
    thrift::{Kind, Protocol},
};
use netpoll_buffer::{LinkBuffer, View};
use proptest::prelude::*;

use crate::{
    golden::{self, golden},
    hex, linked, parse, scan, value, written,
};

/// Feed `bytes` in the pieces that end at `ends`, and return how many bytes the frame has.
fn feed(bytes: &[u8], ends: impl IntoIterator<Item = usize>) -> usize {
    let limits = Limits::default();
    let mut scanner = Scanner::default();
    let mut input = LinkBuffer::new();
    let mut needed = 0;
    for end in ends {
        let piece = bytes[input.len()..end].to_vec();
        input.push(View::from(piece));
        match scanner.scan(&input, &limits).expect("a good frame") {
            Scan::Frame { bytes } => {
                assert!(needed <= bytes, "{needed} asked for in a frame of {bytes}");
                return bytes;
            }
            Scan::Need(total) => {
                assert!(total > input.len(), "{total} asked for and there");
                needed = total;
            }
        }
    }
    panic!("no frame");
}

#[test]
fn every_frame_is_found_byte_by_byte() {
    for (name, bytes) in golden::all() {
        let mut followed = bytes.clone();
        followed.extend(b"next");
        for step in [1, 2, 3, 7, 16, 17] {
            let ends = (0..followed.len())
                .step_by(step)
                .skip(1)
                .chain([followed.len()]);
            assert_eq!(feed(&followed, ends), bytes.len(), "{name} by {step}");
        }
    }
}

#[test]
fn every_frame_is_found_in_two_pieces() {
    for (name, bytes) in golden::all() {
        for cut in 0..bytes.len() {
            assert_eq!(
                feed(&bytes, [cut, bytes.len()]),
                bytes.len(),
                "{name} cut at {cut}"
            );
        }
    }
}

#[test]
fn frames_follow_each_other_on_one_scanner() {
    let frames: Vec<_> = golden::all();
    let stream: Vec<u8> = frames
        .iter()
        .flat_map(|(_, bytes)| bytes)
        .copied()
        .collect();
    let limits = Limits::default();
    for step in [5, 64, 1 << 20] {
        let mut scanner = Scanner::default();
        let mut input = LinkBuffer::new();
        let mut found = Vec::new();
        for piece in stream.chunks(step) {
            input.push(View::from(piece.to_vec()));
            while let Ok(Scan::Frame { bytes }) = scanner.scan(&input, &limits) {
                found.push(input.split_to(bytes).chunks().collect::<Vec<_>>().concat());
            }
        }
        assert!(input.is_empty());
        let expected: Vec<_> = frames.iter().map(|(_, bytes)| bytes.clone()).collect();
        assert_eq!(found, expected);
    }
}

/// A bare message in either protocol with these arguments.
fn message(arguments: &value::Value, protocol: Protocol) -> Vec<u8> {
    let mut bytes = match protocol {
        Protocol::Binary => hex("80010001 00000004 6563686f 00000001"),
        Protocol::Compact => hex("82 21 01 04 6563686f"),
    };
    bytes.extend(arguments.bytes(protocol));
    bytes
}

proptest! {
    #[test]
    fn a_bare_message_is_found_however_it_arrives(
        arguments in value::value(Kind::Struct, 5),
        cuts in prop::collection::vec(any::<prop::sample::Index>(), 0..10),
    ) {
        for protocol in [Protocol::Binary, Protocol::Compact] {
            let bytes = message(&arguments, protocol);
            let mut ends: Vec<_> = cuts.iter().map(|cut| cut.index(bytes.len())).collect();
            ends.push(bytes.len());
            ends.sort_unstable();
            prop_assert_eq!(feed(&bytes, ends), bytes.len());
            prop_assert_eq!(feed(&bytes, 1..=bytes.len()), bytes.len());
        }
    }

    #[test]
    fn a_damaged_message_is_judged_alike_whole_and_in_pieces(
        arguments in value::value(Kind::Struct, 4),
        at in any::<prop::sample::Index>(),
        byte in any::<u8>(),
    ) {
        for protocol in [Protocol::Binary, Protocol::Compact] {
            let mut bytes = message(&arguments, protocol);
            let index = at.index(bytes.len());
            bytes[index] = byte;
            let limits = Limits { frame_bytes_max: 4096, ..Limits::default() };
            let whole = scan(&bytes, &limits);
            let mut scanner = Scanner::default();
            let mut input = LinkBuffer::new();
            let mut pieces = Ok(Scan::Need(0));
            for byte in &bytes {
                input.push(View::from(vec![*byte]));
                pieces = scanner.scan(&input, &limits);
                if !matches!(pieces, Ok(Scan::Need(_))) {
                    break;
                }
            }
            prop_assert_eq!(whole, pieces);
        }
    }
}

#[test]
fn a_length_is_asked_for_before_the_rest_is_there() {
    let check = |digits: &str, total: usize| {
        assert_eq!(
            scan(&hex(digits), &Limits::default()),
            Ok(Scan::Need(total)),
            "{digits}"
        );
    };
    check("", 5);
    check("80", 5);
    check("00000011 800100", 8);
    check("00000011 80010001", 21);
    check("0000003f 10000000", 67);
    check("00000014 90010001", 24);
    check("0000000a 82210000", 14);
    check("ffaf0013 00020003", 31);
    check("80010001 00000004", 16);
    check("80010001 00001000", 12 + 4096);
    check("80010001 00000000 00000001 0b0001 00001000", 12 + 7 + 4096);
    check(
        "80010001 00000000 00000001 0f0001 0a 00000100",
        12 + 8 + 2048,
    );
    check("82", 5);
    check("8020", 8);
    check("8221", 3);
}

#[test]
fn the_smallest_length_is_checked() {
    let check = |digits: &str, form: Form| {
        let error = scan(&hex(digits), &Limits::default()).expect_err("a short frame");
        assert_eq!(
            (error.kind(), error.form()),
            (ErrorKind::LengthMismatch, Some(form))
        );
    };
    check("00000003 80010001", Form::Framed);
    check("0000000d 10000000", Form::TtHeader);
    check("00000000 90010001", Form::KitexProtobuf);
}

#[test]
fn what_is_no_frame_is_told_apart() {
    let check = |bytes: &[u8], kind: ErrorKind, form: Form| {
        let error = scan(bytes, &Limits::default()).expect_err("no frame");
        assert_eq!((error.kind(), error.form()), (kind, Some(form)), "{error}");
        let error = Frame::parse(bytes, &Limits::default()).expect_err("no frame");
        assert_eq!((error.kind(), error.form()), (kind, Some(form)), "{error}");
    };
    check(b"PRI * HTTP/2.0\r\n", ErrorKind::Http2, Form::Http2);
    check(
        b"GET / HTTP/1.1\r\n",
        ErrorKind::UnknownProtocol,
        Form::Unknown,
    );
    check(
        &hex("00000004 6563686f 01 00000001 00"),
        ErrorKind::Unversioned,
        Form::Unversioned,
    );
    check(
        &hex("00000001 6d 01 00000001 00"),
        ErrorKind::Unversioned,
        Form::Unversioned,
    );
    check(
        &hex("0000000e 00000004 6563686f 01 00000001 00"),
        ErrorKind::Unversioned,
        Form::Unversioned,
    );
    check(
        &hex("80020001 00000004"),
        ErrorKind::UnknownProtocol,
        Form::Unknown,
    );
    check(
        &hex("ffaf0002 0000 00000000 80010001"),
        ErrorKind::LengthMismatch,
        Form::Framed,
    );
    check(
        &hex("ffaf0002 0000 00000000 00000000"),
        ErrorKind::UnknownProtocol,
        Form::Unknown,
    );
    check(
        &hex("ffaf0002 0000 0000000e 10000000"),
        ErrorKind::UnknownProtocol,
        Form::TtHeader,
    );
    check(
        &hex("00000000 00000000"),
        ErrorKind::UnknownProtocol,
        Form::Unknown,
    );
}

#[test]
fn a_frame_over_the_limit_is_refused_by_its_length() {
    let limits = Limits {
        frame_bytes_max: 100,
        ..Limits::default()
    };
    let check = |digits: &str, text: &str| {
        let error = scan(&hex(digits), &limits).expect_err("too large a frame");
        assert_eq!(error.protocol_exception_id(), 3, "{digits}: {error}");
        assert!(error.to_string().ends_with(text), "{digits}: {error}");
    };
    let over = |frame| format!(": frame of {frame} bytes is over the limit of 100 bytes");
    check("00000061 80010001", &over(101));
    check("ffffffff 80010001", &over(u32::MAX));
    check("00000061 10000000", &over(101));
    check("ffaf0002 0000 0000005d 80010001", &over(103));
    check("80010001 00000059", &over(101));
    check("80010001 00000000 00000001 0b0001 00000052", &over(101));
    check(
        "80010001 00000000 00000001 0f0001 0a 0000000b",
        ": a container of 11 elements cannot be within 80 bytes",
    );
    check("8221 01 00 18 5f", &over(101));
}

#[test]
fn large_values_arrive_in_many_views() {
    let arguments = value::Value::Struct(vec![
        (1, value::Value::Binary(vec![7; 100_000])),
        (
            2,
            value::Value::List(Kind::Binary, vec![value::Value::Binary(vec![8; 3]); 5000]),
        ),
        (
            3,
            value::Value::List(Kind::I64, vec![value::Value::I64(-1); 5000]),
        ),
    ]);
    for protocol in [Protocol::Binary, Protocol::Compact] {
        let bytes = message(&arguments, protocol);
        let input = linked(bytes.chunks(9));
        let mut scanner = Scanner::default();
        let found = Scan::Frame { bytes: bytes.len() };
        assert_eq!(scanner.scan(&input, &Limits::default()), Ok(found));
        let ends = (0..bytes.len()).step_by(1000).skip(1).chain([bytes.len()]);
        assert_eq!(feed(&bytes, ends), bytes.len());
    }
}

#[test]
fn a_bare_message_behind_a_mesh_header_is_resumed() {
    let bytes = golden("mesh, buffered");
    let input = linked([&bytes[..30], &bytes[30..35]]);
    let mut scanner = Scanner::default();
    assert_eq!(scanner.scan(&input, &Limits::default()), Ok(Scan::Need(36)));
    let whole = written(|w| w.put_slice(&bytes));
    let input = linked([&whole[..]]);
    let found = Scan::Frame { bytes: bytes.len() };
    assert_eq!(scanner.scan(&input, &Limits::default()), Ok(found));
}

#[test]
fn frames_of_a_stream_are_measured_and_not_parsed() {
    let mut bytes = golden("ttheader");
    bytes[7] = 2;
    let found = Scan::Frame { bytes: 67 };
    assert_eq!(scan(&bytes, &Limits::default()), Ok(found));
    let error = Frame::parse(&bytes, &Limits::default()).expect_err("a stream");
    assert_eq!(
        (error.kind(), error.form()),
        (ErrorKind::Streaming, Some(Form::TtHeaderStream))
    );
}

#[test]
fn the_first_bytes_tell_more_than_those_behind() {
    let check = |digits: &str, form: Form| {
        let bytes = hex(digits);
        assert_eq!(
            Form::detect(bytes.first_chunk().expect("eight bytes")),
            form,
            "{digits}"
        );
    };
    // A number of a message, and a count of pairs, that look like the start of a message.
    check("8221 8080 8001 016d", Form::BufferedCompact);
    check("8221 8080 9001 016d", Form::BufferedCompact);
    check("ffaf 9000 1000 0001", Form::Mesh);
    check("8001 0001 1000 0000", Form::Buffered);
    let message = hex("82 21 80 80 80 01 01 6d 00");
    assert_eq!(feed(&message, 1..=message.len()), message.len());
    assert_eq!(parse(&message).head.seq_id, 1 << 21);
}
