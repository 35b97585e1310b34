//! What a message does not know stays with it and is sent on.

use codec::Limits;
use codec::protobuf::{Decode, Encode, UnknownFields, UnknownValue};

use crate::generated::all::everything::{All, Empty};
use crate::generated::legacy::legacy;

fn empty(bytes: &[u8]) -> Empty<'_> {
    match Empty::decode(bytes, &Limits::default()) {
        Ok(message) => message,
        Err(error) => panic!("{bytes:02x?}: {error}"),
    }
}

#[test]
fn every_message_passes_through_one_that_knows_nothing() {
    for bytes in [
        &b"\x18\x96\x01"[..],
        b"\x09\0\0\0\0\0\0\xf0\x3f\x4d\x01\0\0\0",
        b"\x72\x07testing\x82\x01\0",
        b"\xc3\xbb\x01\x08\x01\xcb\xbb\x01\xcc\xbb\x01\xc4\xbb\x01\x18\x01",
        // A tag that is longer than it has to be becomes a short one.
        b"",
    ] {
        let message = empty(bytes);
        assert_eq!(message.to_vec(), bytes);
        assert_eq!(message.clone().into_owned().to_vec(), bytes);
        assert_eq!(message.unknown_fields.is_empty(), bytes.is_empty());
    }
}

#[test]
fn fields_side_by_side_are_one_run() {
    let message = empty(b"\x08\x01\x12\x01a\x08\x02");
    assert_eq!(message.unknown_fields.runs().count(), 1);
    let bytes = b"\x08\x01\x18\x01\x08\x02\x08\x03";
    let message = legacy::groups::single::Inner::decode(bytes, &Limits::default());
    assert_eq!(message.expect("valid").unknown_fields.runs().count(), 1);
    let bytes = b"\xf8\xff\x01\x01\x18\x01\xf8\xff\x01\x02";
    let all = All::decode(bytes, &Limits::default()).expect("valid");
    assert_eq!(all.unknown_fields.runs().count(), 2);
    assert_eq!(all.an_int32, 1);
    assert_eq!(all.to_vec(), b"\x18\x01\xf8\xff\x01\x01\xf8\xff\x01\x02");
}

#[test]
fn long_tags_become_short() {
    let message = empty(b"\x88\x80\x00\x07\x12\x01a\x90\x00\x05");
    assert_eq!(message.to_vec(), b"\x08\x07\x12\x01a\x10\x05");
}

#[test]
fn a_field_of_another_wire_type_is_unknown() {
    let all = All::decode(b"\x1a\x01a", &Limits::default()).expect("valid");
    assert_eq!(all.an_int32, 0);
    assert_eq!(all.to_vec(), b"\x1a\x01a");
}

#[test]
fn fields_can_be_read_and_written() {
    let mut unknown = UnknownFields::default();
    let values = [
        (1, UnknownValue::Varint(300)),
        (2, UnknownValue::Fixed32(7)),
        (536_870_911, UnknownValue::Fixed64(8)),
        (20, UnknownValue::Bytes(b"bytes")),
        (21, UnknownValue::Group(b"\x08\x01")),
    ];
    for (number, value) in values {
        unknown.push(number, value);
    }
    let read: Vec<_> = unknown
        .fields()
        .map(|field| (field.number, field.value))
        .collect();
    assert_eq!(read, values);
    let message = Empty {
        unknown_fields: unknown.clone(),
    };
    let bytes = message.to_vec();
    let decoded = empty(&bytes);
    assert_eq!(decoded, message);
    let read: Vec<_> = decoded
        .unknown_fields
        .fields()
        .map(|field| (field.number, field.value))
        .collect();
    assert_eq!(read, values);
    unknown.clear();
    assert!(unknown.is_empty());
}

#[test]
#[should_panic(expected = "0 is not the number of a field")]
fn a_field_needs_a_number() {
    UnknownFields::default().push(0, UnknownValue::Varint(1));
}

#[test]
fn extensions_are_unknown() {
    let bytes = b"\x08\x05\xa2\x06\x04gull";
    let message = legacy::Extensible::decode(bytes, &Limits::default()).expect("valid");
    assert_eq!(message.known, Some(5));
    let nickname = message
        .unknown_fields
        .fields()
        .find(|field| field.number == 100);
    let nickname = nickname.expect("the extension is there");
    assert_eq!(nickname.value, UnknownValue::Bytes(b"gull"));
    assert_eq!(message.to_vec(), bytes);
}

#[test]
fn numbers_that_a_closed_enum_does_not_name_are_unknown() {
    for (bytes, known) in [
        // Alone, in a list, packed, in a map, in a oneof.
        (&b"\x08\x07"[..], &b""[..]),
        (b"\x10\x07\x10\x03", b"\x10\x03"),
        (b"\x1a\x03\x03\x07\x04", b"\x1a\x02\x03\x04"),
        (
            b"\x22\x04\x08\x01\x10\x07\x22\x04\x08\x02\x10\x03",
            b"\x22\x04\x08\x02\x10\x03",
        ),
        (b"\x28\x07", b""),
        (b"\x32\x01a\x28\x07", b"\x32\x01a"),
    ] {
        let message = legacy::Closed::decode(bytes, &Limits::default()).expect("valid");
        assert!(!message.unknown_fields.is_empty(), "{bytes:02x?}");
        let again = message.to_vec();
        assert!(again.starts_with(known), "{bytes:02x?} became {again:02x?}");
        let mut message = message;
        message.unknown_fields.clear();
        assert_eq!(message.to_vec(), known);
    }
    let packed =
        legacy::Closed::decode(b"\x1a\x03\x03\x07\x04", &Limits::default()).expect("valid");
    assert_eq!(packed.packed, [legacy::Color::RED, legacy::Color::GREEN]);
    let number = packed
        .unknown_fields
        .fields()
        .next()
        .map(|field| field.value);
    assert_eq!(number, Some(UnknownValue::Varint(7)));
}

#[test]
fn an_open_enum_keeps_every_number() {
    let all = All::decode(b"\x88\x01\x7f", &Limits::default()).expect("valid");
    assert_eq!((all.an_enum.0, all.an_enum.name()), (127, None));
    assert_eq!(all.to_vec(), b"\x88\x01\x7f");
}

#[test]
fn equality_is_of_bytes_not_of_pieces() {
    let one_run = empty(b"\xf8\xff\x01\x01\xf8\xff\x01\x02");
    let two_runs = All::decode(
        b"\xf8\xff\x01\x01\x18\x01\xf8\xff\x01\x02",
        &Limits::default(),
    );
    assert_eq!(
        one_run.unknown_fields,
        two_runs.expect("valid").unknown_fields
    );
}
