//! Limits: nothing is reserved, and nothing is entered, for what is over them.

use codec::protobuf::Decode;
use codec::{DEPTH_MAX, DecodeError, ErrorKind, Limits};

use crate::generated::all::everything::{All, Empty};
use crate::generated::legacy::legacy::Groups;
use crate::sample::put_bytes;

fn kind<T>(result: Result<T, DecodeError>) -> Option<ErrorKind> {
    result.err().map(|error| error.kind())
}

/// `All` in `All`, so many levels.
fn nested(levels: usize) -> Vec<u8> {
    let mut bytes = Vec::new();
    for _ in 0..levels {
        let inner = std::mem::take(&mut bytes);
        put_bytes(&mut bytes, 2000, &inner);
    }
    bytes
}

#[test]
fn depth() {
    let limits = Limits::default();
    assert_eq!(kind(All::decode(&nested(DEPTH_MAX), &limits)), None);
    let deeper = nested(DEPTH_MAX + 1);
    assert_eq!(
        kind(All::decode(&deeper, &limits)),
        Some(ErrorKind::TooDeep)
    );
    let limits = Limits {
        depth_max: 2,
        ..limits
    };
    assert_eq!(kind(All::decode(&nested(2), &limits)), None);
    assert_eq!(
        kind(All::decode(&nested(3), &limits)),
        Some(ErrorKind::TooDeep)
    );
    let groups = b"\x0b\x13\x14\x0c";
    assert_eq!(kind(Groups::decode(groups, &limits)), None);
    let limits = Limits {
        depth_max: 1,
        ..limits
    };
    assert_eq!(
        kind(Groups::decode(groups, &limits)),
        Some(ErrorKind::TooDeep)
    );
}

#[test]
fn depth_of_unknown_groups() {
    let groups = |levels: usize| [vec![0x0b; levels], vec![0x0c; levels]].concat();
    let limits = Limits::default();
    assert_eq!(kind(Empty::decode(&groups(DEPTH_MAX), &limits)), None);
    let deeper = groups(DEPTH_MAX + 1);
    assert_eq!(
        kind(Empty::decode(&deeper, &limits)),
        Some(ErrorKind::TooDeep)
    );
    let many = groups(1 << 20);
    assert_eq!(
        kind(Empty::decode(&many, &limits)),
        Some(ErrorKind::TooDeep)
    );
}

#[test]
fn levels_that_are_left_can_be_entered_again() {
    let bytes = nested(DEPTH_MAX).repeat(3);
    assert_eq!(kind(All::decode(&bytes, &Limits::default())), None);
}

#[test]
fn strings() {
    let limits = Limits {
        string_bytes_max: 4,
        ..Limits::default()
    };
    assert_eq!(kind(All::decode(b"\x72\x04text", &limits)), None);
    for long in [
        &b"\x72\x05texts"[..],
        b"\x7a\x05bytes",
        b"\x9a\x03\x07\x12\x05texts",
    ] {
        assert_eq!(
            kind(All::decode(long, &limits)),
            Some(ErrorKind::StringTooLong)
        );
    }
}

#[test]
fn elements_of_all_containers_together() {
    let limits = Limits {
        elements_max: 3,
        ..Limits::default()
    };
    let three = b"\x8a\x02\x02\x01\x01\x9a\x03\x00";
    assert_eq!(kind(All::decode(three, &limits)), None);
    for one_more in [
        // Packed, unpacked, a text, a message, an entry, a run of unknown fields.
        &b"\x8a\x02\x01\x01"[..],
        b"\x88\x02\x01",
        b"\xe2\x02\0",
        b"\xf2\x02\0",
        b"\xaa\x03\0",
        b"\xf8\xff\x01\x01",
    ] {
        let four = [three, one_more].concat();
        let kind = kind(All::decode(&four, &limits));
        assert_eq!(kind, Some(ErrorKind::TooManyElements), "{one_more:02x?}");
    }
}

#[test]
fn a_length_reserves_nothing_that_is_not_there() {
    for bytes in [
        // Packed numbers, a text, a message, an unknown field: lengths of four gigabytes and more.
        &b"\x8a\x02\xff\xff\xff\xff\x0f\x01"[..],
        b"\x72\xff\xff\xff\x07a",
        b"\x82\x01\xff\xff\xff\xff\xff\xff\xff\xff\xff\x01",
        b"\xfa\xff\x01\xff\xff\xff\xff\x0f",
        b"\xfa\x01\xf8\xff\xff\xff\x0f",
    ] {
        let kind = kind(All::decode(bytes, &Limits::default()));
        let expected = [ErrorKind::UnexpectedEnd, ErrorKind::StringTooLong];
        assert!(
            kind.is_some_and(|kind| expected.contains(&kind)),
            "{bytes:02x?}: {kind:?}"
        );
    }
}
