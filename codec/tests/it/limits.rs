//! Limits: what is over one is refused under its name, before memory is taken for it.

use codec::{
    DEPTH_MAX, DecodeError, ErrorKind, Limits, Str,
    thrift::{Decode, Kind, Protocol, Reader},
};

use crate::{
    allocation::allocated,
    hex, scan,
    value::{Value, skip},
};

const PROTOCOLS: [Protocol; 2] = [Protocol::Binary, Protocol::Compact];

/// A struct that holds itself, `levels` deep.
fn nested_structs(levels: usize) -> Value {
    let mut value = Value::Struct(vec![]);
    for _ in 1..levels {
        value = Value::Struct(vec![(1, value)]);
    }
    value
}

/// A list that holds itself, `levels` deep.
fn nested_lists(levels: usize) -> Value {
    let mut value = Value::List(Kind::Binary, vec![Value::Binary(vec![])]);
    for _ in 1..levels {
        value = Value::List(Kind::List, vec![value]);
    }
    value
}

#[test]
fn depth_is_limited() {
    for protocol in PROTOCOLS {
        for depth_max in [1, 7, DEPTH_MAX, 1000] {
            let limits = Limits {
                depth_max,
                ..Limits::default()
            };
            let levels = depth_max.min(DEPTH_MAX);
            let fits = nested_structs(levels).bytes(protocol);
            let over = nested_structs(levels + 1).bytes(protocol);
            assert_eq!(skip(&fits, Kind::Struct, protocol, &limits), Ok(fits.len()));
            assert!(Value::parse(&fits, Kind::Struct, protocol, &limits).is_ok());
            for error in [
                skip(&over, Kind::Struct, protocol, &limits).expect_err("too deep"),
                Value::parse(&over, Kind::Struct, protocol, &limits).expect_err("too deep"),
            ] {
                assert_eq!(error.kind(), ErrorKind::TooDeep);
                assert_eq!(error.protocol_exception_id(), 6);
            }
            let lists = nested_lists(levels).bytes(protocol);
            assert_eq!(skip(&lists, Kind::List, protocol, &limits), Ok(lists.len()));
            let lists = nested_lists(levels + 1).bytes(protocol);
            assert!(skip(&lists, Kind::List, protocol, &limits).is_err());
        }
    }
}

#[test]
fn a_scan_is_as_deep_as_a_skip() {
    let message = |levels| {
        [
            hex("80010001 00000000 00000001"),
            nested_structs(levels).bytes(Protocol::Binary),
        ]
        .concat()
    };
    assert!(scan(&message(DEPTH_MAX), &Limits::default()).is_ok());
    let error = scan(&message(DEPTH_MAX + 1), &Limits::default()).expect_err("too deep");
    assert_eq!(
        error.to_string(),
        "buffered thrift: nested deeper than the limit of 64 levels"
    );
}

#[test]
fn skipping_is_not_recursive() {
    // Deep enough to overflow the stack of a recursive function, were it not for the limit.
    let bytes = [0x0c, 0, 1].repeat(1 << 20);
    let error =
        skip(&bytes, Kind::Struct, Protocol::Binary, &Limits::default()).expect_err("too deep");
    assert_eq!(error.kind(), ErrorKind::TooDeep);
}

#[test]
fn strings_are_limited() {
    let limits = Limits {
        string_bytes_max: 10,
        ..Limits::default()
    };
    for protocol in PROTOCOLS {
        let fits = Value::Binary(vec![b'a'; 10]).bytes(protocol);
        let over = Value::Binary(vec![b'a'; 11]).bytes(protocol);
        assert_eq!(protocol.decode(&fits, &limits), Ok(Str::from("aaaaaaaaaa")));
        assert_eq!(skip(&fits, Kind::Binary, protocol, &limits), Ok(fits.len()));
        for error in [
            protocol
                .decode::<Str<'_>>(&over, &limits)
                .expect_err("too long"),
            skip(&over, Kind::Binary, protocol, &limits).expect_err("too long"),
        ] {
            assert_eq!(
                error.to_string(),
                "string of 11 bytes is over the limit of 10 bytes"
            );
        }
    }
}

#[test]
fn elements_are_limited_for_a_message_as_a_whole() {
    let limits = Limits {
        elements_max: 10,
        ..Limits::default()
    };
    let list = |len| Value::List(Kind::Bool, vec![Value::Bool(true); len]);
    let lists =
        |lens: &[usize]| Value::List(Kind::List, lens.iter().map(|len| list(*len)).collect());
    for protocol in PROTOCOLS {
        let check = |value: Value, is_ok: bool| {
            let bytes = value.bytes(protocol);
            let read = Value::parse(&bytes, Kind::List, protocol, &limits).map(drop);
            let skipped = skip(&bytes, Kind::List, protocol, &limits).map(drop);
            assert_eq!(read, skipped);
            assert_eq!(read.is_ok(), is_ok, "{read:?}");
        };
        check(list(10), true);
        check(list(11), false);
        check(lists(&[4, 4]), true);
        check(lists(&[4, 5]), false);
        let map = Value::Map(
            Kind::Bool,
            Kind::Bool,
            vec![(Value::Bool(true), Value::Bool(true)); 11],
        );
        let bytes = map.bytes(protocol);
        let error = skip(&bytes, Kind::Map, protocol, &limits).expect_err("too many");
        assert_eq!(
            error.to_string(),
            "a container of 11 elements is over the 10 that are left of the limit for a message"
        );
    }
}

#[test]
fn counts_are_bounded_by_the_bytes_left() {
    let check = |digits: &str, kind: Kind, protocol: Protocol, text: &str| {
        let bytes = hex(digits);
        for error in [
            skip(&bytes, kind, protocol, &Limits::default()).expect_err("too many"),
            Value::parse(&bytes, kind, protocol, &Limits::default()).expect_err("too many"),
        ] {
            assert_eq!(error.to_string(), text, "{digits}");
        }
    };
    let binary = Protocol::Binary;
    let over =
        |count, left| format!("a container of {count} elements cannot be within {left} bytes");
    check(
        "08 00000003 0000000100000002",
        Kind::List,
        binary,
        &over(3, 8),
    );
    check(
        "0b 00000003 0000000100000002",
        Kind::List,
        binary,
        &over(3, 8),
    );
    check(
        "0c 00000009 0000000100000002",
        Kind::List,
        binary,
        &over(9, 8),
    );
    check(
        "0f 00000002 0000000000000000",
        Kind::Set,
        binary,
        &over(2, 8),
    );
    check(
        "10 00000001 000102030405060708090a0b0c0d0e",
        Kind::List,
        binary,
        &over(1, 15),
    );
    check(
        "02 0a 00000001 0001020304050607",
        Kind::Map,
        binary,
        &over(1, 8),
    );
    check(
        "00 00000001 0000000000000000",
        Kind::List,
        binary,
        &over(1, 8),
    );
    check(
        "0800 00000001 0000000000000000",
        Kind::Map,
        binary,
        &over(1, 8),
    );
    check("08 ffffffff 00", Kind::List, binary, "size -1 is negative");
    check("ffffffff", Kind::Binary, binary, "size -1 is negative");
    let compact = Protocol::Compact;
    check("35 0000", Kind::List, compact, &over(3, 2));
    check("27 0000000000000000", Kind::List, compact, &over(2, 8));
    check("f5 808004", Kind::List, compact, &over(65536, 0));
    check("03 55 0000000000", Kind::Map, compact, &over(3, 5));
    check("f5 ffffffff7f", Kind::List, compact, "size -1 is negative");
    let long = "a variable-length integer is too long";
    check("ffffff", Kind::I16, compact, long);
    check("ffffffffff", Kind::I32, compact, long);
    check("ffffffffffffffffffff", Kind::I64, compact, long);
    check("ffffffffff", Kind::Binary, compact, long);
    check(
        "ffffffffff01",
        Kind::Binary,
        compact,
        "a variable-length integer is too long",
    );
    check(
        "ffffff00",
        Kind::I16,
        compact,
        "a variable-length integer is too long",
    );
    check(
        "1e 00",
        Kind::List,
        compact,
        "14 is not the number of a thrift type",
    );
    check(
        "05 00000001 00",
        Kind::List,
        binary,
        "5 is not the number of a thrift type",
    );
}

/// 64 bytes in memory for one byte on the wire.
struct Large {
    _memory: [u64; 8],
}

impl<'a> Decode<'a> for Large {
    fn decode<R: Reader<'a>>(r: &mut R) -> Result<Self, DecodeError> {
        r.skip(Kind::Struct)?;
        Ok(Large { _memory: [0; 8] })
    }
}

#[test]
fn no_more_is_reserved_than_bytes_are_left() {
    // A million structs of one byte each, of which the second is no struct.
    let mut bytes = hex("0c 00100000");
    bytes.resize(5 + (1 << 20), 0xff);
    bytes[5] = 0;
    let (result, taken) =
        allocated(|| Protocol::Binary.decode::<Vec<Large>>(&bytes, &Limits::default()));
    assert!(result.is_err());
    let limit = bytes.len() + ERROR_BYTES;
    assert!(taken <= limit, "{taken} bytes where {limit} are left");
    bytes[5..].fill(0);
    let large = Protocol::Binary.decode::<Vec<Large>>(&bytes, &Limits::default());
    assert_eq!(large.map(|list| list.len()), Ok(1 << 20));
}

#[test]
fn text_has_to_be_utf8() {
    for protocol in PROTOCOLS {
        let bytes = Value::Binary(b"ab\xffcd".to_vec()).bytes(protocol);
        let error = protocol
            .decode::<Str<'_>>(&bytes, &Limits::default())
            .expect_err("no text");
        assert_eq!(
            error.to_string(),
            "a string of 5 bytes is not utf-8 at byte 2"
        );
    }
}

#[test]
fn text_is_judged_as_std_judges_it() {
    let limits = Limits::default();
    let check = |text: &[u8]| {
        let bytes = Value::Binary(text.to_vec()).bytes(Protocol::Binary);
        let judged = Protocol::Binary.decode::<Str<'_>>(&bytes, &limits);
        match str::from_utf8(text) {
            Ok(text) => assert_eq!(judged, Ok(Str::from(text))),
            Err(error) => {
                let ours = judged.expect_err("no text").to_string();
                let at = format!("is not utf-8 at byte {}", error.valid_up_to());
                assert!(ours.ends_with(&at), "{ours}");
            }
        }
    };
    let pieces = [
        "\u{7f}",
        "\u{80}",
        "\u{7ff}",
        "\u{800}",
        "\u{ffff}",
        "\u{10000}",
    ];
    let pieces = pieces.map(str::as_bytes).into_iter().chain([&b"\x80"[..]]);
    for (piece, filler) in pieces.flat_map(|piece| [(piece, b'a'), (piece, 0)]) {
        for len in (0..70).chain([127, 128, 129, 300]) {
            for at in 0..len {
                for cut in 1..=piece.len().min(len - at) {
                    let mut text = vec![filler; len];
                    text[at..at + cut].copy_from_slice(&piece[..cut]);
                    check(&text);
                }
            }
        }
    }
}

/// What an error takes that tells what is wrong.
const ERROR_BYTES: usize = 32;
