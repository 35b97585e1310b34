//! Parsing frames: keys and values, and what is refused by name.

use codec::{
    ErrorKind, Limits,
    frame::{Form, Frame, TtHeader, key, metainfo::Travel},
    thrift::{ApplicationException, MessageKind},
};

use crate::{golden::golden, hex, parse, scan};

/// A frame with a TTHeader that holds `info`, padded.
fn frame(info: &[u8]) -> Vec<u8> {
    let mut header = vec![0, 0];
    header.extend(info);
    header.resize(header.len().next_multiple_of(4), 0);
    let mut bytes = hex("00000000 1000 0000 00000001");
    bytes.extend((header.len() as u16 / 4).to_be_bytes());
    bytes.extend(header);
    bytes.extend(golden("buffered"));
    let length = (bytes.len() as u32 - 4).to_be_bytes();
    bytes[..4].copy_from_slice(&length);
    bytes
}

/// A block of pairs.
fn block(kind: u8, pairs: &[(&[u8], &[u8])]) -> Vec<u8> {
    let text = |text: &[u8]| [&(text.len() as u16).to_be_bytes(), text].concat();
    let mut bytes = vec![kind];
    bytes.extend((pairs.len() as u16).to_be_bytes());
    for (key, value) in pairs {
        match kind {
            0x10 => bytes.extend(*key),
            _ => bytes.extend(text(key)),
        }
        bytes.extend(text(value));
    }
    bytes
}

#[track_caller]
fn check_refused(bytes: &[u8], kind: ErrorKind, form: Form, text: &str) {
    let error = Frame::parse(bytes, &Limits::default()).expect_err("a bad frame");
    assert_eq!((error.kind(), error.form()), (kind, Some(form)));
    assert_eq!(error.to_string(), text);
}

#[test]
fn of_two_values_with_one_key_the_last_wins() {
    let info = [
        block(
            0x01,
            &[(b"isn", b"first"), (b"own", b"1"), (b"isn", b"second")],
        ),
        block(0x10, &[(&[0, 3], b"a"), (&[0, 5], b"x"), (&[0, 3], b"b")]),
        block(0x01, &[(b"own", b"2")]),
        block(0x10, &[(&[0, 5], b"y"), (&[1, 3], b"z")]),
    ];
    let bytes = frame(&info.concat());
    let frame = parse(&bytes);
    assert_eq!(frame.info().service(), Ok(Some("second")));
    assert_eq!(frame.info().string("own"), Some(&b"2"[..]));
    assert_eq!(frame.info().int(key::FROM_SERVICE), Some(&b"b"[..]));
    assert_eq!(frame.info().int(key::FROM_IDC), Some(&b"y"[..]));
    assert_eq!(frame.info().int(0x103), Some(&b"z"[..]));
    assert_eq!(
        (frame.info().strings().count(), frame.info().ints().count()),
        (4, 5)
    );
}

#[test]
fn every_key_is_found_whether_noted_or_not() {
    let ints: Vec<_> = (0..40u16)
        .map(|key| (key.to_be_bytes(), key.to_string()))
        .collect();
    let pairs: Vec<_> = ints
        .iter()
        .map(|(key, value)| (&key[..], value.as_bytes()))
        .collect();
    let names = [
        key::SERVICE,
        key::REMOTE_ADDRESS,
        key::STRING_TO_CLUSTER,
        key::STRING_TO_IDC,
        key::CONNECTION_RESET,
        key::PROCESS_AT_TIME,
        key::CRC32C,
        key::STREAM_CANCEL_PATH,
        key::BIZ_STATUS,
        key::BIZ_MESSAGE,
        key::BIZ_EXTRA,
        key::ACL_TOKEN,
        "",
    ];
    let texts: Vec<_> = names
        .iter()
        .map(|name| (name.as_bytes(), name.as_bytes()))
        .collect();
    let bytes = frame(&[block(0x10, &pairs), block(0x01, &texts)].concat());
    let frame = parse(&bytes);
    for (index, (_, value)) in ints.iter().enumerate() {
        assert_eq!(frame.info().int(index as u16), Some(value.as_bytes()));
    }
    for name in names {
        assert_eq!(frame.info().string_text(name), Ok(Some(name)));
    }
    assert_eq!(
        (frame.info().int(40), frame.info().string("other")),
        (None, None)
    );
}

#[test]
fn padding_may_be_anywhere_and_blocks_may_be_empty() {
    let info = [
        vec![0, 0, 0],
        block(0x01, &[]),
        vec![0],
        block(0x10, &[(&[0, 12], b"1500")]),
        vec![0, 0],
        block(0x10, &[]),
        hex("11 0000"),
    ];
    let bytes = frame(&info.concat());
    let frame = parse(&bytes);
    assert_eq!(frame.info().timeout_ms(), Ok(Some(1500)));
    assert_eq!(frame.info().string(key::ACL_TOKEN), Some(&b""[..]));
    assert_eq!(frame.info().ints().count(), 1);
    assert!(!frame.info().is_empty());
}

#[test]
fn values_are_checked_where_they_are_read() {
    let info = [
        block(0x01, &[(b"isn", b"\xff"), (b"\xff\xfe", b"v")]),
        block(
            0x10,
            &[
                (&[0, 12], b"12x"),
                (&[0, 17], b"18446744073709551616"),
                (&[0, 13], b""),
            ],
        ),
    ];
    let bytes = frame(&info.concat());
    let frame = parse(&bytes);
    assert_eq!(frame.info().string("isn"), Some(&b"\xff"[..]));
    let error = frame.info().service().expect_err("no text");
    assert_eq!((error.kind(), error.form()), (ErrorKind::InvalidUtf8, None));
    let error = frame.info().timeout_ms().expect_err("no number");
    assert_eq!(error.to_string(), "header key 12 holds no decimal number");
    assert!(frame.info().number(key::CONNECT_TIMEOUT).is_err());
    assert_eq!(frame.info().number(key::READ_TIMEOUT), Ok(None));
    assert_eq!(frame.info().number(key::LOG_ID), Ok(None));
}

#[test]
fn travelling_values_are_told_by_their_prefix() {
    let names: [&[u8]; 8] = [
        b"RPC_PERSIST_P",
        b"RPC_TRANSIT_T",
        b"RPC_TRANSIT_UPSTREAM_U",
        b"RPC_BACKWARD_B",
        b"RPC_BACKWARD_DOWNSTREAM_D",
        b"RPC_PERSIST_",
        b"RPC_OTHER",
        b"isn",
    ];
    let pairs: Vec<_> = names.iter().map(|name| (*name, &b"v"[..])).collect();
    let bytes = frame(&[block(0x01, &pairs), hex("11 0001 61")].concat());
    let frame = parse(&bytes);
    let travels: Vec<_> = frame.info().metainfo().collect();
    let expected: [(Travel, &[u8], &[u8]); 6] = [
        (Travel::Persistent, b"P", b"v"),
        (Travel::Transient, b"T", b"v"),
        (Travel::TransientUpstream, b"U", b"v"),
        (Travel::Backward, b"B", b"v"),
        (Travel::BackwardDownstream, b"D", b"v"),
        (Travel::Transient, b"gdpr-token", b"a"),
    ];
    assert_eq!(travels, expected);
}

#[test]
fn bad_headers_are_refused_by_name() {
    let form = Form::TtHeader;
    check_refused(
        &frame(&hex("02")),
        ErrorKind::UnknownInfoBlock,
        form,
        "ttheader: info block of unknown type 0x02 in the header",
    );
    check_refused(
        &frame(&hex("01 0002 0001 61 0001 62")),
        ErrorKind::UnexpectedEnd,
        form,
        "ttheader: the bytes end too early: 2 are needed and 1 are left",
    );
    let mut bytes = golden("ttheader");
    bytes[13] = 0;
    let text = "ttheader: header of 14 bytes does not fit its 67 bytes";
    check_refused(&bytes, ErrorKind::InvalidHeaderSize, form, text);
    bytes[13] = 14;
    let text = "ttheader: header of 70 bytes does not fit its 67 bytes";
    check_refused(&bytes, ErrorKind::InvalidHeaderSize, form, text);
    let mut bytes = golden("ttheader");
    bytes[15] = 35;
    let text = "ttheader: header of 51 bytes does not fit its 50 bytes";
    check_refused(&bytes, ErrorKind::InvalidHeaderSize, form, text);
    let mut bytes = golden("ttheader");
    bytes[14] = 0x05;
    let text = "ttheader: payload protocol 0x05 is not spoken here";
    check_refused(&bytes, ErrorKind::UnsupportedProtocolId, form, text);
    bytes[14] = 0x10;
    let text = "ttheader: a ttheader stream is not spoken here";
    check_refused(&bytes, ErrorKind::Streaming, form, text);
    let mut bytes = golden("ttheader");
    bytes[3] = 0x3e;
    let text = "ttheader: length 66 contradicts the 67 bytes of the frame around it";
    check_refused(&bytes, ErrorKind::LengthMismatch, form, text);
    let mut bytes = golden("ttheader");
    bytes[12] = 0xff;
    let text = "ttheader: header of 261170 bytes is over the limit of 65536 bytes";
    check_refused(&bytes, ErrorKind::HeaderTooLarge, form, text);
}

#[test]
fn a_header_is_parsed_before_its_payload_is_there() {
    let bytes = golden("ttheader");
    let header = TtHeader::parse(&bytes[..50], &Limits::default()).expect("a whole header");
    assert_eq!((header.frame_bytes, header.header_bytes), (67, 50));
    assert_eq!(header.info(&bytes[..50]).service(), Ok(Some("EchoServer")));
    for len in 0..50 {
        let error = TtHeader::parse(&bytes[..len], &Limits::default()).expect_err("a part");
        assert_eq!(error.kind(), ErrorKind::UnexpectedEnd);
    }
}

#[test]
fn lengths_within_a_frame_have_to_fit() {
    let mut bytes = golden("ttheader framed, compact");
    bytes[37] = 14;
    let text = "framed compact thrift: length 18 contradicts the 17 bytes of the frame around it";
    check_refused(&bytes, ErrorKind::LengthMismatch, Form::FramedCompact, text);
    let mut bytes = golden("framed");
    bytes[11] = 10;
    let error = Frame::parse(&bytes, &Limits::default()).expect_err("the name is too long");
    assert_eq!(
        (error.kind(), error.form()),
        (ErrorKind::UnexpectedEnd, Some(Form::Framed))
    );
}

#[test]
fn a_method_has_to_be_text() {
    let mut bytes = golden("framed");
    bytes[12] = 0xff;
    let text = "framed thrift: a string of 4 bytes is not utf-8 at byte 0";
    check_refused(&bytes, ErrorKind::InvalidUtf8, Form::Framed, text);
}

#[test]
fn unknown_kinds_of_messages_can_be_answered() {
    let mut bytes = golden("framed");
    bytes[7] = 9;
    let frame = parse(&bytes);
    assert_eq!(frame.head.kind, MessageKind::Unknown(9));
    assert!(!frame.head.kind.is_call() && !frame.head.kind.is_answer());
}

#[test]
fn only_thrift_is_decoded_as_thrift() {
    let bytes = golden("kitex protobuf");
    let limits = Limits::default();
    let error = parse(&bytes)
        .decode::<ApplicationException<'_>>(&limits)
        .expect_err("protobuf");
    assert_eq!(
        (error.kind(), error.form()),
        (ErrorKind::UnsupportedProtocolId, None)
    );
}

#[test]
fn a_header_needs_a_payload() {
    let mut bytes = golden("ttheader")[..50].to_vec();
    bytes[3] = 46;
    let text = "ttheader: the bytes end too early: 8 are needed and 0 are left";
    check_refused(&bytes, ErrorKind::UnexpectedEnd, Form::TtHeader, text);
    bytes.extend(b"nonsense");
    bytes[3] += 8;
    let text = "ttheader: no known protocol starts with the bytes 6e6f6e73 656e7365";
    check_refused(&bytes, ErrorKind::UnknownProtocol, Form::TtHeader, text);
}

#[test]
fn what_is_behind_the_pairs_of_a_mesh_header_is_no_block() {
    let mut bytes = hex("ffaf 0010 0001 0001 61 0001 62 01 0001 0001 63 0000");
    bytes.extend(golden("framed"));
    let frame = parse(&bytes);
    let pairs: Vec<_> = frame.info().strings().collect();
    assert_eq!(pairs, [(&b"a"[..], &b"b"[..])]);
}

#[test]
fn mesh_headers_are_limited() {
    let bytes = golden("mesh, buffered");
    for (header_bytes_max, is_ok) in [(22, true), (21, false)] {
        let limits = Limits {
            header_bytes_max,
            ..Limits::default()
        };
        assert_eq!(Frame::parse(&bytes, &limits).is_ok(), is_ok);
        let scanned = scan(&bytes, &limits);
        assert_eq!(scanned.is_ok(), is_ok);
        if let Err(error) = scanned {
            let text = "mesh header: header of 22 bytes is over the limit of 21 bytes";
            assert_eq!(error.to_string(), text);
        }
    }
}

#[test]
fn the_third_byte_of_a_thrift_message_means_nothing() {
    let mut bytes = golden("framed");
    bytes[6] = 0x77;
    assert_eq!(parse(&bytes).head.kind, MessageKind::Call);
    let mut bytes = golden("kitex protobuf");
    bytes[6] = 0x77;
    assert_eq!(parse(&bytes).head.kind, MessageKind::Unknown(0x7701));
}
