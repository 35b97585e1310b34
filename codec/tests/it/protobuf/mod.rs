//! Protobuf: a message by hand. What generated code makes of whole IDLs is tested with the generator.

mod message;

use codec::{
    ErrorKind, IntoOwned, Limits, Map,
    frame::{Format, FromPayload, Payload},
    protobuf::{Body, Decode, Encode, Encoder, UnknownFields, UnknownValue, WireType},
    thrift::{ApplicationException, Protocol},
};
use proptest::prelude::*;

use crate::written;
use message::{Bird, Colour, Place};

fn decode(bytes: &[u8]) -> Bird<'_> {
    match Bird::decode(bytes, &Limits::default()) {
        Ok(bird) => bird,
        Err(error) => panic!("{bytes:02x?}: {error}"),
    }
}

fn refuse(bytes: &[u8]) -> ErrorKind {
    match Bird::decode(bytes, &Limits::default()) {
        Ok(bird) => panic!("{bytes:02x?} became {bird:?}"),
        Err(error) => error.kind(),
    }
}

/// A bird with every member, and others inside it.
fn bird(levels: usize) -> Bird<'static> {
    let inner = || (levels > 0).then(|| Box::new(bird(levels - 1)));
    Bird {
        ring: -5,
        name: Some("kittiwake".into()),
        offsets: vec![0, -1, 300, i32::MIN],
        sightings: vec![0, u32::MAX],
        parent: inner(),
        chicks: inner().into_iter().map(|bird| *bird).collect(),
        weights: Map::from([("ada".into(), -1), ("".into(), i64::MAX)]),
        nest: inner(),
        place: Some(inner().map_or(Place::Map(b"x".into()), Place::Guest)),
        bill: Some(Colour(1)),
        feathers: vec![Colour(0), Colour(1)],
        plumage: Map::from([(-1, Colour(1))]),
        angles: vec![0.5, f64::INFINITY],
        ..Bird::default()
    }
}

fn assert_round_trip(bird: &Bird<'_>) {
    let bytes = bird.to_vec();
    assert_eq!(bird.encoded_len(), bytes.len());
    assert_eq!(written(|w| bird.encode(&mut Encoder::new(w))), bytes);
    assert_eq!(decode(&bytes), *bird);
}

#[test]
fn values_survive_the_wire() {
    for levels in 0..4 {
        assert_round_trip(&bird(levels));
    }
    assert_round_trip(&Bird::default());
    let mut bird = bird(1);
    bird.place = Some(Place::Colour(Colour(1)));
    bird.unknown_fields
        .push(100, UnknownValue::Group(b"\x08\x01"));
    assert_round_trip(&bird);
}

#[test]
fn bytes_are_as_the_format_says() {
    let bird = Bird {
        ring: 150,
        name: Some("gull".into()),
        offsets: vec![-1, 1],
        sightings: vec![7],
        parent: Some(Box::new(Bird::default())),
        nest: Some(Box::new(Bird::default())),
        place: Some(Place::Map(b"x".into())),
        bill: Some(Colour(1)),
        ..Bird::default()
    };
    let bytes = b"\x08\x96\x01\x12\x04gull\x1a\x02\x01\x02\x25\x07\0\0\0\x2a\x02\x08\0\x43\x08\0\x44\x4a\x01x\x60\x01";
    assert_eq!(bird.to_vec(), bytes);
    assert_eq!(decode(bytes), bird);
}

#[test]
fn a_required_field_may_be_in_any_part() {
    assert_eq!(refuse(b""), ErrorKind::MissingField);
    assert_eq!(refuse(b"\x08\x01\x2a\0"), ErrorKind::MissingField);
    assert_eq!(refuse(b"\x08\x01\x32\0"), ErrorKind::MissingField);
    assert_eq!(refuse(b"\x08\x01\x43\x44"), ErrorKind::MissingField);
    assert_eq!(refuse(b"\x08\x01\x52\0"), ErrorKind::MissingField);
    assert_eq!(
        decode(b"\x2a\0\x08\x01\x2a\x02\x08\x03\x2a\0")
            .parent
            .map(|bird| bird.ring),
        Some(3)
    );
    assert_eq!(
        decode(b"\x08\x01\x43\x44\x43\x08\x02\x44")
            .nest
            .map(|bird| bird.ring),
        Some(2)
    );
    assert_eq!(
        decode(b"\x08\x01\x52\0\x4a\x01x").place,
        Some(Place::Map(b"x".into()))
    );
}

#[test]
fn unknown_numbers_of_a_closed_enum_stay() {
    for bytes in [
        &b"\x08\x01\x60\x07"[..],
        b"\x08\x01\x68\x07",
        b"\x08\x01\x72\x04\x08\x01\x10\x07",
        b"\x08\x01\x58\x07",
    ] {
        assert_eq!(decode(bytes).to_vec(), bytes);
    }
    let packed = decode(b"\x08\x01\x6a\x03\x00\x07\x01");
    assert_eq!(packed.feathers, [Colour(0), Colour(1)]);
    let fields: Vec<_> = packed.unknown_fields.fields().collect();
    assert_eq!(fields.len(), 1);
    assert_eq!(
        (fields[0].number, fields[0].value),
        (13, UnknownValue::Varint(7))
    );
}

#[test]
fn unknown_fields_are_joined_and_kept() {
    let bytes = b"\x08\x01\x80\x08\x01\x8a\x08\x01a\x83\x08\x8b\x08\x8c\x08\x84\x08";
    let bird = decode(bytes);
    assert_eq!(bird.unknown_fields.runs().count(), 1);
    assert_eq!(bird.to_vec(), bytes);
    assert_eq!(
        bird.unknown_fields.clone().into_owned(),
        bird.unknown_fields
    );
    let apart = decode(b"\x80\x08\x01\x08\x01\x8a\x08\x01a\x83\x08\x8b\x08\x8c\x08\x84\x08");
    assert_eq!(apart.unknown_fields.runs().count(), 2);
    assert_eq!(apart, bird);
    assert_ne!(apart.unknown_fields, UnknownFields::default());
}

#[test]
fn wire_types_are_numbers() {
    assert_eq!(WireType::Varint.tag(1), 8);
    assert_eq!(WireType::GroupEnd.tag(536_870_911), 0xffff_fffc);
}

#[test]
fn a_payload_is_of_one_language() {
    let limits = Limits::default();
    let bird = bird(0);
    let bytes = bird.to_vec();
    let body = Body(&bird);
    let format = Body::<&Bird<'_>>::format(Protocol::Compact);
    assert_eq!(format, Format::KitexProtobuf);
    assert_eq!(written(|w| body.write_payload(format, w)), bytes);
    assert!(written(|w| body.write_payload(Format::Thrift(Protocol::Binary), w)).is_empty());
    let Body(read): Body<Bird<'_>> =
        Body::read_payload(format, &bytes, &limits).expect("own bytes");
    assert_eq!(read, bird);
    let thrift = Format::Thrift(Protocol::Binary);
    let wrong = Body::<Bird<'_>>::read_payload(thrift, &bytes, &limits);
    assert_eq!(
        wrong.map_err(|error| error.kind()),
        Err(ErrorKind::UnsupportedProtocolId)
    );
    let wrong = ApplicationException::read_payload(format, &bytes, &limits);
    assert_eq!(
        wrong.map_err(|error| error.kind()),
        Err(ErrorKind::UnsupportedProtocolId)
    );
    let exception = ApplicationException::new(6, "no");
    let bytes = written(|w| Body(&exception).write_payload(format, w));
    assert_eq!(bytes, b"\x08\x06\x12\x02no");
    assert!(written(|w| exception.write_payload(format, w)).is_empty());
    // What it does not know is passed over.
    let read = Body::read_payload(format, b"\x08\x06\x18\x01\x12\x02no", &limits);
    assert_eq!(read, Ok(Body(exception)));
}

#[test]
fn every_truncation_is_an_error_or_another_bird() {
    let bytes = bird(2).to_vec();
    for end in 0..bytes.len() {
        survive(&bytes[..end]);
    }
}

#[test]
fn every_corrupted_byte_is_an_error_or_another_bird() {
    let mut bytes = bird(1).to_vec();
    for at in 0..bytes.len() {
        let byte = bytes[at];
        for corrupted in [0, 1, 0x7f, 0x80, 0xff, byte ^ 1, byte ^ 4, byte ^ 0x80] {
            bytes[at] = corrupted;
            survive(&bytes);
        }
        bytes[at] = byte;
    }
}

proptest! {
    #[test]
    fn nothing_panics(bytes in prop::collection::vec(any::<u8>(), 0..64)) {
        survive(&bytes);
    }

    #[test]
    fn numbers_survive_the_wire(ring: i32, offsets: Vec<i32>, sightings: Vec<u32>, angles: Vec<u64>) {
        let angles = angles.into_iter().map(f64::from_bits).filter(|angle| !angle.is_nan());
        assert_round_trip(&Bird { ring, offsets, sightings, angles: angles.collect(), ..Bird::default() });
    }
}

/// Decodes; what comes out is encoded as something that decodes to the same bytes.
fn survive(bytes: &[u8]) {
    if let Ok(bird) = Bird::decode(bytes, &Limits::default()) {
        let again = bird.to_vec();
        assert_eq!(decode(&again).to_vec(), again);
    }
}
