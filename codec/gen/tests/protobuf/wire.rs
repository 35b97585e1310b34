//! Bytes: what protobuf's own description of the format says, and what its corner cases mean.

use codec::protobuf::{Decode, Encode};
use codec::{ErrorKind, Limits};

use crate::generated::all::everything::{All, all};
use crate::generated::legacy::legacy;

fn decode(bytes: &[u8]) -> All<'_> {
    match All::decode(bytes, &Limits::default()) {
        Ok(message) => message,
        Err(error) => panic!("{bytes:02x?}: {error}"),
    }
}

fn refuse(bytes: &[u8]) -> ErrorKind {
    match All::decode(bytes, &Limits::default()) {
        Ok(message) => panic!("{bytes:02x?} became {message:?}"),
        Err(error) => error.kind(),
    }
}

#[test]
fn values_are_as_the_format_says() {
    for (message, bytes) in [
        (
            All {
                an_int32: 150,
                ..All::default()
            },
            &b"\x18\x96\x01"[..],
        ),
        (
            All {
                an_int32: -2,
                ..All::default()
            },
            b"\x18\xfe\xff\xff\xff\xff\xff\xff\xff\xff\x01",
        ),
        (
            All {
                a_sint32: -2,
                ..All::default()
            },
            b"\x38\x03",
        ),
        (
            All {
                a_sint64: i64::MIN,
                ..All::default()
            },
            b"\x40\xff\xff\xff\xff\xff\xff\xff\xff\xff\x01",
        ),
        (
            All {
                a_fixed32: 1,
                ..All::default()
            },
            b"\x4d\x01\0\0\0",
        ),
        (
            All {
                a_double: 1.0,
                ..All::default()
            },
            b"\x09\0\0\0\0\0\0\xf0\x3f",
        ),
        (
            All {
                a_double: -0.0,
                ..All::default()
            },
            b"\x09\0\0\0\0\0\0\0\x80",
        ),
        (
            All {
                a_bool: true,
                ..All::default()
            },
            b"\x68\x01",
        ),
        (
            All {
                a_string: "testing".into(),
                ..All::default()
            },
            b"\x72\x07testing",
        ),
        (
            All {
                int32s: vec![3, 270, 86942],
                ..All::default()
            },
            b"\x8a\x02\x06\x03\x8e\x02\x9e\xa7\x05",
        ),
        (
            All {
                unpacked: vec![1, -1],
                ..All::default()
            },
            b"\x80\x03\x02\x80\x03\x01",
        ),
        (
            All {
                maybe_int32: Some(0),
                ..All::default()
            },
            b"\xa8\x01\0",
        ),
        (
            All {
                a_message: Some(all::Nested::default()),
                ..All::default()
            },
            b"\x82\x01\0",
        ),
        (
            All {
                choice: Some(all::Choice::ANumber(0)),
                ..All::default()
            },
            b"\xe8\x03\0",
        ),
        (
            All {
                inner: Some(Box::default()),
                ..All::default()
            },
            b"\x82\x7d\0",
        ),
    ] {
        assert_eq!(message.to_vec(), bytes, "{message:?}");
        assert_eq!(decode(bytes), message);
    }
}

#[test]
fn a_map_is_a_list_of_entries() {
    let message = decode(b"\x9a\x03\x07\x08\x01\x12\x03one");
    assert_eq!(message.names.get(&1).map(|name| name.as_str()), Some("one"));
    assert_eq!(message.to_vec(), b"\x9a\x03\x07\x08\x01\x12\x03one");
    let fallback = decode(b"\x9a\x03\0");
    assert_eq!(fallback.names.get(&0).map(|name| name.as_str()), Some(""));
}

#[test]
fn the_last_scalar_wins() {
    assert_eq!(decode(b"\x18\x01\x18\x02").an_int32, 2);
    assert_eq!(
        decode(b"\x9a\x03\x06\x08\x01\x12\0\x12\x00")
            .names
            .get(&1)
            .map(|name| name.len()),
        Some(0)
    );
    let twice = decode(b"\x9a\x03\x05\x08\x01\x12\x01a\x9a\x03\x05\x08\x01\x12\x01b");
    assert_eq!(twice.names.get(&1).map(|name| name.as_str()), Some("b"));
}

#[test]
fn messages_merge_and_lists_grow() {
    let bytes =
        b"\x82\x01\x04\x08\x01\x1a\0\x82\x01\x05\x12\x01a\x1a\0\xf2\x02\0\xf2\x02\x02\x08\x05";
    let message = decode(bytes);
    let merged = message.a_message.expect("it is there");
    assert_eq!((merged.id, merged.value.as_str()), (1, "a"));
    assert_eq!(merged.children.len(), 2);
    let ids: Vec<i64> = message.messages.iter().map(|message| message.id).collect();
    assert_eq!(ids, [0, 5]);
}

#[test]
fn packed_and_unpacked_are_both_read() {
    assert_eq!(
        decode(b"\x88\x02\x01\x8a\x02\x02\x02\x03").int32s,
        [1, 2, 3]
    );
    assert_eq!(
        decode(b"\x82\x03\x02\x02\x01\x80\x03\x04").unpacked,
        [1, -1, 2]
    );
    assert!(decode(b"\x8a\x02\0").int32s.is_empty());
}

#[test]
fn a_oneof_keeps_the_last_field() {
    let text = decode(b"\xe8\x03\x05\xf2\x03\x01a");
    assert_eq!(text.choice, Some(all::Choice::AText("a".into())));
    let merged = decode(b"\xfa\x03\x02\x08\x05\xfa\x03\x03\x12\x01a");
    let Some(all::Choice::APart(part)) = merged.choice else {
        panic!("{merged:?}");
    };
    assert_eq!((part.id, part.value.as_str()), (5, "a"));
    let fresh = decode(b"\xfa\x03\x02\x08\x05\xe8\x03\x01\xfa\x03\x03\x12\x01a");
    let Some(all::Choice::APart(part)) = fresh.choice else {
        panic!("{fresh:?}");
    };
    assert_eq!((part.id, part.value.as_str()), (0, "a"));
}

#[test]
fn numbers_are_cut_to_their_type() {
    assert_eq!(decode(b"\x18\x80\x80\x80\x80\x10").an_int32, 0);
    assert_eq!(decode(b"\x18\xff\xff\xff\xff\x0f").an_int32, -1);
    assert!(decode(b"\x68\x80\x80\x80\x80\x80\x80\x80\x80\x80\x01").a_bool);
    // More bytes than needed.
    assert_eq!(decode(b"\x18\x81\x80\x80\x00").an_int32, 1);
    assert_eq!(decode(b"\x98\x80\x80\x00\x01").an_int32, 1);
}

#[test]
fn what_is_no_message_is_refused() {
    for (bytes, kind) in [
        (&b"\x18"[..], ErrorKind::UnexpectedEnd),
        (b"\x18\x80", ErrorKind::UnexpectedEnd),
        (b"\x80", ErrorKind::UnexpectedEnd),
        (b"\x4d\0\0\0", ErrorKind::UnexpectedEnd),
        (b"\x72\x05text", ErrorKind::UnexpectedEnd),
        (b"\x82\x01\x03\x08\x01", ErrorKind::UnexpectedEnd),
        // A value that crosses the end of the message that it is in.
        (b"\x82\x01\x01\x08\x01", ErrorKind::UnexpectedEnd),
        (b"\xfa\x01\x07\0\0\0\0\0\0\0", ErrorKind::UnexpectedEnd),
        (b"\x8a\x02\x01\x80\x01", ErrorKind::UnexpectedEnd),
        (b"\x72\x01\xff", ErrorKind::InvalidUtf8),
        (
            b"\x18\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\x01",
            ErrorKind::InvalidVarint,
        ),
        (b"\0", ErrorKind::InvalidTag),
        (b"\x01\0", ErrorKind::InvalidTag),
        (b"\x1e", ErrorKind::InvalidTag),
        (b"\x1f", ErrorKind::InvalidTag),
        (b"\x98\x80\x80\x80\x80\x00\x01", ErrorKind::InvalidTag),
        (b"\xf8\xff\xff\xff\x1f\x01", ErrorKind::InvalidTag),
        (b"\xc3\xbb\x01", ErrorKind::UnclosedGroup),
        (b"\xc4\xbb\x01", ErrorKind::UnopenedGroup),
        (b"\xc3\xbb\x01\xcc\xbb\x01", ErrorKind::UnopenedGroup),
        // A group that began outside of the message in which it ends.
        (
            b"\xc3\xbb\x01\x82\x01\x03\xc4\xbb\x01",
            ErrorKind::UnclosedGroup,
        ),
    ] {
        assert_eq!(refuse(bytes), kind, "{bytes:02x?}");
    }
}

#[test]
fn groups_are_between_tags() {
    let bytes = b"\x0b\x08\x05\x13\x0a\x01a\x14\x0c\x1b\x08\x01\x1c\x1b\x1c";
    let groups = legacy::Groups::decode(bytes, &Limits::default()).expect("valid groups");
    let single = groups.single.as_ref().expect("the group is there");
    assert_eq!(single.number, Some(5));
    assert_eq!(groups.many.len(), 2);
    assert_eq!(groups.to_vec(), bytes);
    for broken in [
        &bytes[..1],
        &bytes[..3],
        &bytes[..8],
        b"\x0b\x14",
        b"\x0b\x13\x0c\x14",
        b"\x0c",
    ] {
        assert!(
            legacy::Groups::decode(broken, &Limits::default()).is_err(),
            "{broken:02x?}"
        );
    }
}

#[test]
fn a_group_merges_like_a_message() {
    let bytes = b"\x0b\x08\x05\x0c\x0b\x13\x14\x0c";
    let groups = legacy::Groups::decode(bytes, &Limits::default()).expect("valid groups");
    let single = groups.single.expect("the group is there");
    assert_eq!(single.number, Some(5));
    assert!(single.inner.is_some());
}
