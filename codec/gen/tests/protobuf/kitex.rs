//! Frames captured from Kitex: its protobuf means the same here.

use std::fs;

use codec::Limits;
use codec::frame::{Format, Frame};
use codec::protobuf::{Body, Decode, Encode};

use crate::generated::kitex::golden::{Inner, Item};

/// The bytes of a captured frame.
fn captured(name: &str) -> Vec<u8> {
    let path = format!("../tests/golden/kitex/{name}.hex");
    let text = fs::read_to_string(path).expect("a captured frame");
    let digits: String = text.lines().filter(|line| !line.starts_with('#')).collect();
    let digits: Vec<u8> = digits.bytes().collect();
    let pairs = digits
        .chunks(2)
        .map(|pair| str::from_utf8(pair).expect("digits"));
    pairs
        .map(|pair| u8::from_str_radix(pair, 16).expect("digits"))
        .collect()
}

#[test]
fn messages_are_read() {
    for (name, text) in [
        ("protobuf-mirror.request", "mirror"),
        ("protobuf-mirror.reply", "mirror"),
        ("protobuf-error.request", "error"),
    ] {
        let bytes = captured(name);
        let frame = Frame::parse(&bytes, &Limits::default()).expect("a whole frame");
        assert_eq!(frame.head.format, Format::KitexProtobuf);
        let Body(item): Body<Item<'_>> = frame.decode(&Limits::default()).expect("an item");
        let inner = |id: i32, text: &'static str| Inner {
            id,
            text: text.into(),
            ..Inner::default()
        };
        let expected = Item {
            yes: true,
            medium: i32::MIN,
            zigzag: -3,
            fixed: 4_000_000_000,
            real: -2.5,
            text: text.into(),
            raw: b"\0\x01\xfe\xff".into(),
            numbers: vec![1, -1, i32::MAX],
            inners: [("key".into(), inner(1, "inner"))].into_iter().collect(),
            inner: Some(inner(2, "")),
            ..Item::default()
        };
        assert_eq!(item, expected);
        // Kitex writes a negative int32 in five bytes where the format wants ten. Both are read, there and here.
        let written = item.to_vec();
        assert_eq!(written.len(), frame.payload().len() + 2 * 5, "{name}");
        assert_eq!(Item::decode(&written, &Limits::default()), Ok(expected));
    }
}

#[test]
fn exceptions_are_read() {
    let bytes = captured("protobuf-error.reply");
    let frame = Frame::parse(&bytes, &Limits::default()).expect("a whole frame");
    let exception = frame
        .head
        .exception(&bytes, &Limits::default())
        .expect("an exception");
    assert_eq!(exception.kind, 6);
    assert_eq!(exception.message, "biz error: failed as asked");
    assert_eq!(Encode::to_vec(&exception), frame.payload());
}
