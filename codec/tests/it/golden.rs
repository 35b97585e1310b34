//! Frames written out by hand, from the clauses of WIRE.md. All tests that damage frames take them from here.

use codec::{
    frame::{Flags, Format, Framing, key},
    thrift::{MessageKind, Protocol},
};

use crate::{hex, parse};

/// Every frame of this file and every captured one, with a name.
pub(crate) fn all() -> Vec<(String, Vec<u8>)> {
    let own = OWN
        .iter()
        .map(|(name, digits)| (name.to_string(), hex(digits)));
    let captured = crate::kitex::frames()
        .into_iter()
        .map(|frame| (frame.name, frame.bytes));
    own.chain(captured).collect()
}

pub(crate) fn golden(name: &str) -> Vec<u8> {
    let digits = OWN.iter().find(|(candidate, _)| *candidate == name);
    hex(digits.expect("a name of the list").1)
}

const OWN: &[(&str, &str)] = &[
    // WIRE.md §4.5
    (
        "ttheader",
        "0000003f 1000 0000 00000001 0009 00 00
         01 0001 0003 69736e 000a 4563686f536572766572
         10 0001 0009 0004 6563686f
         00 0000
         80010001 00000004 6563686f 00000001 00",
    ),
    (
        "ttheader framed, compact",
        "0000002f 1000 0001 fffffffe 0005 02 01 aa
         11 0003 746f6b
         10 0001 0002 0000
         00000000
         0000000d 82 21 81 01 04 6563686f 15 54 12 00",
    ),
    (
        "mesh, buffered",
        "ffaf 0012 0002 0003 726970 0001 61 0003 69736e 0001 62
         80010001 00000001 6d 00000003 00",
    ),
    (
        "mesh, framed",
        "ffaf 0002 0000 0000000e 80010004 00000001 6d 00000003 00",
    ),
    (
        "buffered",
        "80010001 00000004 6563686f 00000001
         0c 0001 0b 0001 00000002 6869
         0d 0002 0b 08 00000001 00000001 61 00000007
         0f 0003 02 00000003 000100
         0e 0004 0c 00000002 00 02 0001 01 00
         10 0005 000102030405060708090a0b0c0d0e0f
         00 00",
    ),
    (
        "buffered compact",
        "82 21 01 04 6563686f
         1c 18 02 6869
         1b 01 85 01 61 0e
         19 f1 0f 010201020102010201020102010201
         1a 2c 00 11 00
         1d 000102030405060708090a0b0c0d0e0f
         16 ffffffffffffffffff01
         03 60 7f
         00 00",
    ),
    ("framed", "00000011 80010001 00000004 6563686f 00000001 00"),
    ("framed compact", "0000000a 82 41 ffffffff0f 01 6d 00"),
    (
        "kitex protobuf",
        "00000014 90010001 00000004 6563686f 00000001 0a 02 6869",
    ),
    ("buffered compact, five bytes", "82 81 00 00 00"),
    (
        "heartbeat",
        "00000011 80010006 00000004 6563686f 00000001 00",
    ),
];

#[test]
fn a_ttheader_frame_is_parsed() {
    let bytes = golden("ttheader");
    assert_eq!(bytes.len(), 67);
    let frame = parse(&bytes);
    assert_eq!(frame.head.framing, Framing::TtHeader);
    assert_eq!(frame.head.format, Format::Thrift(Protocol::Binary));
    assert_eq!(frame.head.kind, MessageKind::Call);
    assert_eq!((frame.head.seq_id, frame.head.header_seq_id), (1, 1));
    assert_eq!(frame.head.flags, Flags(0));
    assert_eq!(frame.name(), "echo");
    assert_eq!(&bytes[frame.head.name_range()], b"echo");
    assert_eq!(frame.head.payload_range(), 66..67);
    let info = frame.info();
    assert_eq!(info.service(), Ok(Some("EchoServer")));
    assert_eq!(info.int_text(key::TO_METHOD), Ok(Some("echo")));
    assert_eq!(
        info.strings().collect::<Vec<_>>(),
        [(&b"isn"[..], &b"EchoServer"[..])]
    );
    assert_eq!(info.ints().collect::<Vec<_>>(), [(9, &b"echo"[..])]);
    assert_eq!(info.timeout_ms(), Ok(None));
}

#[test]
fn a_ttheader_frame_in_the_compact_protocol_is_parsed() {
    let bytes = golden("ttheader framed, compact");
    let frame = parse(&bytes);
    assert_eq!(frame.head.framing, Framing::TtHeaderFramed);
    assert_eq!(frame.head.format, Format::Thrift(Protocol::Compact));
    assert_eq!((frame.head.seq_id, frame.head.header_seq_id), (129, -2));
    assert!(frame.head.flags.contains(Flags::OUT_OF_ORDER));
    assert_eq!(&bytes[frame.head.name_range()], b"echo");
    assert_eq!(frame.payload(), hex("15 54 12 00"));
    assert_eq!(frame.info().string(key::ACL_TOKEN), Some(&b"tok"[..]));
    let token = (key::ACL_TOKEN.as_bytes(), &b"tok"[..]);
    assert_eq!(frame.info().strings().collect::<Vec<_>>(), [token]);
    assert_eq!(frame.info().int(key::LOG_ID), Some(&b""[..]));
    assert_eq!(frame.info().int(key::TO_METHOD), None);
}

#[test]
fn a_mesh_header_is_parsed() {
    for (name, framing, kind) in [
        ("mesh, buffered", Framing::Buffered, MessageKind::Call),
        ("mesh, framed", Framing::Framed, MessageKind::Oneway),
    ] {
        let bytes = golden(name);
        let frame = parse(&bytes);
        assert_eq!((frame.head.framing, frame.head.kind), (framing, kind));
        assert_eq!((frame.name(), frame.head.seq_id), ("m", 3));
        assert_eq!(frame.payload(), [0]);
    }
    let bytes = golden("mesh, buffered");
    let frame = parse(&bytes);
    assert_eq!(frame.info().string(key::REMOTE_ADDRESS), Some(&b"a"[..]));
    assert_eq!(frame.info().service(), Ok(Some("b")));
    assert_eq!(frame.info().strings().count(), 2);
    assert_eq!(frame.info().ints().count(), 0);
}

#[test]
fn bare_and_framed_messages_are_parsed() {
    for (name, framing, protocol, kind, method, seq_id, payload) in [
        (
            "buffered",
            Framing::Buffered,
            Protocol::Binary,
            1,
            "echo",
            1,
            76,
        ),
        (
            "buffered compact",
            Framing::Buffered,
            Protocol::Compact,
            1,
            "echo",
            1,
            67,
        ),
        ("framed", Framing::Framed, Protocol::Binary, 1, "echo", 1, 1),
        (
            "framed compact",
            Framing::Framed,
            Protocol::Compact,
            2,
            "m",
            -1,
            1,
        ),
        (
            "heartbeat",
            Framing::Framed,
            Protocol::Binary,
            6,
            "echo",
            1,
            1,
        ),
        (
            "buffered compact, five bytes",
            Framing::Buffered,
            Protocol::Compact,
            4,
            "",
            0,
            1,
        ),
    ] {
        let bytes = golden(name);
        let frame = parse(&bytes);
        assert_eq!(frame.head.framing, framing, "{name}");
        assert_eq!(frame.head.format, Format::Thrift(protocol), "{name}");
        assert_eq!(frame.head.kind.number(), kind, "{name}");
        assert_eq!(frame.name(), method, "{name}");
        assert_eq!(frame.head.seq_id, seq_id, "{name}");
        assert_eq!(frame.payload().len(), payload, "{name}");
        assert!(frame.info().is_empty(), "{name}");
    }
}

#[test]
fn a_kitex_protobuf_message_is_parsed() {
    let bytes = golden("kitex protobuf");
    let frame = parse(&bytes);
    assert_eq!(frame.head.framing, Framing::Framed);
    assert_eq!(frame.head.format, Format::KitexProtobuf);
    assert_eq!((frame.name(), frame.head.seq_id), ("echo", 1));
    assert_eq!(frame.payload(), b"\x0a\x02hi");
}
