//! Required fields of proto2: a message lacks one only when no part of it has it.

use codec::protobuf::{Decode, Encode};
use codec::{ErrorKind, Limits};

use crate::generated::legacy::legacy::{Color, Required, required};

fn complete() -> Required<'static> {
    Required {
        id: 1,
        name: "gull".into(),
        part: Some(part()),
        favourite: Color::BLUE,
        ..Required::default()
    }
}

fn part() -> required::Part<'static> {
    required::Part {
        content: b"x".into(),
        ..required::Part::default()
    }
}

fn refuse(bytes: &[u8]) -> String {
    let error = Required::decode(bytes, &Limits::default()).expect_err("a field is missing");
    assert_eq!(error.kind(), ErrorKind::MissingField);
    error.to_string()
}

#[test]
fn a_complete_message_is_read() {
    let bytes = complete().to_vec();
    assert_eq!(Required::decode(&bytes, &Limits::default()), Ok(complete()));
}

#[test]
fn each_missing_field_is_named() {
    assert_eq!(refuse(b""), "required field Required.id is missing");
    assert_eq!(
        refuse(b"\x08\x01"),
        "required field Required.name is missing"
    );
    assert_eq!(
        refuse(b"\x08\x01\x12\0"),
        "required field Required.part is missing"
    );
    let no_favourite = b"\x08\x01\x12\0\x1a\x02\x0a\0";
    assert_eq!(
        refuse(no_favourite),
        "required field Required.favourite is missing"
    );
    // A number without a name is not a value.
    let bad_favourite = b"\x08\x01\x12\0\x1a\x02\x0a\0\x50\x07";
    assert_eq!(
        refuse(bad_favourite),
        "required field Required.favourite is missing"
    );
}

#[test]
fn messages_inside_are_checked() {
    let missing = "required field Part.content is missing";
    let whole = complete().to_vec();
    for more in [
        // An element, a value of a map, a map's entry without value, a oneof.
        &b"\x22\0"[..],
        b"\x2a\x02\x12\0",
        b"\x2a\0",
        b"\x32\0",
    ] {
        assert_eq!(refuse(&[&whole, more].concat()), missing, "{more:02x?}");
    }
    let group = [&whole[..], b"\x3b\x3c"].concat();
    assert_eq!(refuse(&group), "required field Alternative.yes is missing");
    let again = [&whole[..], b"\x5a\x02\x08\x01"].concat();
    assert_eq!(refuse(&again), "required field Required.name is missing");
}

#[test]
fn a_message_may_come_in_parts() {
    // `part` three times: a part without the field, one with it, one without it.
    let bytes = b"\x08\x01\x12\0\x50\x03\x1a\x02\x10\x05\x1a\x03\x0a\x01x\x1a\0";
    let message = Required::decode(bytes, &Limits::default()).expect("nothing is missing");
    let part = message.part.expect("it is there");
    assert_eq!((part.size, &part.content[..]), (Some(5), &b"x"[..]));
    assert!(part.unknown_fields.is_empty());
}

#[test]
fn what_a_oneof_drops_is_not_checked() {
    let bytes = [&complete().to_vec()[..], b"\x32\0\x40\x05"].concat();
    let message = Required::decode(&bytes, &Limits::default()).expect("nothing is missing");
    assert_eq!(message.choice, Some(required::Choice::Number(5)));
}

#[test]
fn parts_of_a_oneof_merge() {
    let bytes = [&complete().to_vec()[..], b"\x32\0\x32\x03\x0a\x01y"].concat();
    let message = Required::decode(&bytes, &Limits::default()).expect("nothing is missing");
    let Some(required::Choice::Chosen(part)) = message.choice else {
        panic!("{message:?}");
    };
    assert_eq!(&part.content[..], b"y");
}
