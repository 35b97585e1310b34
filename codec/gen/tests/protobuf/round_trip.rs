//! Values survive the wire, whichever way they are written; decoding again changes nothing.

use codec::protobuf::{Decode, Encode, Encoder};
use codec::{Bin, ByteString, IntoOwned, Limits, Map, Str};
use netpoll_buffer::{Block, LinkBuffer, NO_COPY_BYTES, Pool, PoolConfig};
use proptest::prelude::*;

use crate::generated::all::everything::{All, Empty, all};
use crate::generated::all::google::protobuf::Timestamp;
use crate::generated::all::shared::Color;
use crate::generated::legacy::legacy;
use crate::generated::names::names::r#type as names;
use crate::sample::Sampler;

/// Encodes in both ways, measures, decodes, compares.
macro_rules! assert_round_trip {
    ($ty:ty, $value:expr) => {{
        let message: $ty = $value;
        let bytes = message.to_vec();
        assert_eq!(message.encoded_len(), bytes.len());
        assert_eq!(written(&message), bytes);
        let decoded = <$ty>::decode(&bytes, &Limits::default()).expect("own bytes");
        assert_eq!(decoded, message);
        assert_eq!(decoded.to_vec(), bytes);
        assert_eq!(IntoOwned::into_owned(decoded), message);
    }};
}

proptest! {
    #[test]
    fn what_was_decoded(seed: u64) {
        let mut sampler = Sampler::new(seed);
        sampler.with_unknown = true;
        let bytes = sampler.all(4);
        let message = All::decode(&bytes, &Limits::default()).expect("the bytes are valid");
        assert_round_trip!(All<'_>, message);
    }
}

#[test]
fn every_member() {
    let nested = |id: i64| all::Nested {
        id,
        value: "part".into(),
        children: vec![all::Nested::default(); 2],
        ..all::Nested::default()
    };
    let mut message = All {
        a_double: -0.0,
        a_float: f32::MIN_POSITIVE,
        an_int32: -1,
        an_int64: i64::MIN,
        a_uint32: u32::MAX,
        a_uint64: u64::MAX,
        a_sint32: i32::MIN,
        a_sint64: i64::MIN,
        a_fixed32: 1,
        a_fixed64: 2,
        a_sfixed32: -3,
        a_sfixed64: -4,
        a_bool: true,
        a_string: "text".into(),
        some_bytes: b"bytes".into(),
        a_message: Some(nested(1)),
        an_enum: all::Mood::GRIM,
        a_color: Color(77),
        ..All::default()
    };
    message.maybe_int32 = Some(0);
    message.maybe_bool = Some(false);
    message.maybe_string = Some("".into());
    message.maybe_bytes = Some(Bin::default());
    message.maybe_message = Some(all::Nested::default());
    message.maybe_enum = Some(all::Mood::CALM);
    message.doubles = vec![0.0, f64::MAX];
    message.int32s = vec![0, -1, i32::MAX];
    message.bools = vec![true, false];
    message.strings = vec!["".into(), "é".into()];
    message.messages = vec![nested(2), nested(3)];
    message.enums = vec![all::Mood::CHEERFUL, all::Mood(9)];
    message.unpacked = vec![-1, 0, 1];
    message.names = Map::from([(1, Str::from("one")), (0, Str::from(""))]);
    message.parts = Map::from([(Str::from(""), all::Nested::default())]);
    message.moods = Map::from([(-5, all::Mood::MERRY)]);
    message.time = Some(Timestamp {
        seconds: -1,
        nanos: 1,
        ..Timestamp::default()
    });
    for choice in [
        all::Choice::ANumber(0),
        all::Choice::AText("".into()),
        all::Choice::APart(all::Nested::default()),
        all::Choice::TheWhole(Box::new(message.clone())),
        all::Choice::AMood(all::Mood::default()),
    ] {
        message.choice = Some(choice);
        assert_round_trip!(All<'_>, message.clone());
    }
    assert_round_trip!(Empty<'_>, Empty::default());
}

#[test]
fn groups_and_closed_enums() {
    let single = legacy::groups::Single {
        number: Some(1),
        inner: Some(legacy::groups::single::Inner::default()),
        ..legacy::groups::Single::default()
    };
    let many = legacy::groups::Many {
        number: Some(-1),
        ..legacy::groups::Many::default()
    };
    let groups = legacy::Groups {
        single: Some(single),
        many: vec![many, legacy::groups::Many::default()],
        ..legacy::Groups::default()
    };
    assert_round_trip!(legacy::Groups<'_>, groups);
    let closed = legacy::Closed {
        one: Some(legacy::Color::RED),
        loose: vec![legacy::Color::BLUE, legacy::Color::GREEN],
        packed: vec![legacy::Color::GRUEN],
        mapped: Map::from([(1, legacy::Color::RED)]),
        choice: Some(legacy::closed::Choice::Chosen(legacy::Color::BLUE)),
        ..legacy::Closed::default()
    };
    assert_round_trip!(legacy::Closed<'_>, closed);
}

#[test]
fn names_that_are_taken() {
    let boxed = names::Option {
        r#type: "type".into(),
        unknown_fields_: "a field of that name".into(),
        some: Some(names::option::Some::Self2(names::Box::default())),
        result: Some(Box::default()),
        ..names::Option::default()
    };
    assert_round_trip!(names::Option<'_>, boxed);
    assert_round_trip!(
        names::Types<'_>,
        names::Types {
            inner: Some(names::types::Inner {
                number: -1,
                ..names::types::Inner::default()
            }),
            ..names::Types::default()
        }
    );
}

#[test]
fn defaults_are_those_of_the_idl() {
    let defaults = legacy::Defaults::default();
    assert!(defaults.to_vec().is_empty());
    assert_eq!(defaults.a_double_or_default(), -1.5e300);
    assert_eq!(defaults.infinite_or_default(), f64::INFINITY);
    assert!(defaults.lost_or_default().is_nan());
    assert_eq!(defaults.a_float_or_default(), 0.25);
    assert_eq!(defaults.negative_or_default(), f32::NEG_INFINITY);
    assert_eq!(defaults.an_int32_or_default(), i32::MIN);
    assert_eq!(defaults.an_int64_or_default(), i64::MIN);
    assert_eq!(defaults.a_uint32_or_default(), u32::MAX);
    assert_eq!(defaults.a_uint64_or_default(), u64::MAX);
    assert!(defaults.a_bool_or_default());
    assert_eq!(defaults.a_string_or_default(), "quote \" and \\ and \n");
    assert_eq!(defaults.some_bytes_or_default(), b"\0\xff\"x");
    assert_eq!(defaults.a_color_or_default(), legacy::Color::GRUEN);
    let given = legacy::Defaults {
        a_string: Some("given".into()),
        an_int32: Some(0),
        ..legacy::Defaults::default()
    };
    assert_eq!(given.a_string_or_default(), "given");
    assert_eq!(given.an_int32_or_default(), 0);
    assert_eq!(legacy::Color::default(), legacy::Color::RED);
    assert_eq!(legacy::Required::default().name, "nobody");
}

#[test]
fn large_values_go_by_reference() {
    let pool = Pool::new(PoolConfig::default());
    let large = "x".repeat(NO_COPY_BYTES);
    let frame = Block::filled(&pool, large.as_bytes());
    let borrowed = str::from_utf8(&frame).expect("it is ascii");
    let shared = ByteString::from(large.clone());
    let message = all::Nested {
        value: borrowed.into(),
        children: vec![all::Nested {
            value: shared.clone().into(),
            ..all::Nested::default()
        }],
        ..all::Nested::default()
    };
    let mut output = LinkBuffer::new();
    let mut writer = output.writer(&pool);
    writer.set_origin(frame.clone());
    message.encode(&mut Encoder::new(&mut writer));
    writer.finish();
    let places: Vec<*const u8> = output.chunks().map(<[u8]>::as_ptr).collect();
    assert!(places.contains(&frame.as_ptr()));
    assert!(places.contains(&shared.as_bytes().as_ptr()));
    let bytes: Vec<u8> = output.chunks().flatten().copied().collect();
    assert_eq!(bytes, message.to_vec());
}

/// The message as a connection would send it.
fn written(message: &impl Encode) -> Vec<u8> {
    let pool = Pool::new(PoolConfig::default());
    let mut output = LinkBuffer::new();
    let mut writer = output.writer(&pool);
    message.encode(&mut Encoder::new(&mut writer));
    writer.finish();
    output.chunks().flatten().copied().collect()
}
