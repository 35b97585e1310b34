//! Decoding of what other peers may send: other fields, other types, other orders, nothing.

use std::fmt::Debug;

use codec::thrift::{BinaryReader, BinaryWriter, Decode, Encode, Kind, Protocol, Reader, Writer};
use codec::{DecodeError, ErrorKind, Limits};
use netpoll_buffer::{LinkBuffer, Pool, PoolConfig};

use crate::generated::types::types;
use crate::generated::unions::unions;
use crate::round_trip::{encode, optional, required, scalars};

/// Bytes of a struct whose fields `fields` writes.
fn bytes(fields: impl FnOnce(&mut BinaryWriter<'_, '_>)) -> Vec<u8> {
    let pool = Pool::new(PoolConfig::default());
    let mut buffer = LinkBuffer::new();
    let mut out = buffer.writer(&pool);
    let mut w = BinaryWriter::new(&mut out);
    w.struct_begin();
    fields(&mut w);
    w.struct_end();
    out.finish();
    buffer.chunks().flatten().copied().collect()
}

fn decode<'a, T: Decode<'a>>(bytes: &'a [u8]) -> Result<T, DecodeError> {
    Protocol::Binary.decode(bytes, &Limits::default())
}

#[test]
fn the_bytes_are_those_of_thrift() {
    let point = unions::Point { x: 1.0, y: -2.0 };
    let expected = b"\x04\0\x01\x3f\xf0\0\0\0\0\0\0\x04\0\x02\xc0\0\0\0\0\0\0\0\0";
    assert_eq!(encode(&point, Protocol::Binary), expected);
    let ids = types::Ids {
        automatic: 1,
        ..Default::default()
    };
    let compact = encode(&ids, Protocol::Compact);
    assert_eq!(
        compact[..4],
        [0x05, 0xd8, 0x04, 0x00],
        "id 300 in zigzag, then 0"
    );
}

#[test]
fn a_missing_required_field_is_named() {
    let all = types::Required::default();
    assert!(decode::<types::Required<'_>>(&encode(&all, Protocol::Binary)).is_ok());
    let error = decode::<types::Required<'_>>(&bytes(|w| {
        w.field(Kind::Bool, 1);
        w.bool(true);
    }))
    .expect_err("seven fields are missing");
    assert_eq!(error.kind(), ErrorKind::MissingField);
    assert_eq!(
        error.to_string(),
        "required field Required.number is missing"
    );
}

#[test]
fn a_missing_field_has_its_default() {
    assert_eq!(decode(&[0]), Ok(types::Scalars::default()));
    assert_eq!(decode(&[0]), Ok(types::Optional::default()));
    let defaults = bytes(|w| {
        w.field(Kind::Binary, 12);
        w.string("needed");
    });
    assert_eq!(decode(&defaults), Ok(types::Defaults::default()));
}

#[test]
fn unknown_fields_and_other_kinds_are_skipped() {
    let input = bytes(|w| {
        w.field(Kind::Struct, 99);
        types::Scalars::default().encode(w);
        w.field(Kind::I64, 5);
        w.i64(7);
        w.field(Kind::List, 8);
        w.list(Kind::I32, 2);
        w.i32(1);
        w.i32(2);
        w.field(Kind::Bool, 1);
        w.bool(true);
    });
    let expected = types::Scalars {
        flag: true,
        ..Default::default()
    };
    assert_eq!(decode(&input), Ok(expected));
}

#[test]
fn fields_come_in_any_order_and_the_last_one_wins() {
    let input = bytes(|w| {
        for (id, value) in [(32767, 1), (1, 2), (300, 3), (-1, 4), (1, 5)] {
            w.field(Kind::I32, id);
            w.i32(value);
        }
    });
    let ids: types::Ids = decode(&input).expect("all are known");
    assert_eq!((ids.last, ids.first, ids.far, ids.automatic), (1, 5, 3, 4));
}

#[test]
fn fields_in_every_order_make_the_same_struct() {
    in_every_order(&scalars(), |bytes| {
        Ok(decode::<types::Scalars<'_>>(bytes)?.into_owned())
    });
    in_every_order(&required(), |bytes| {
        Ok(decode::<types::Required<'_>>(bytes)?.into_owned())
    });
    in_every_order(&optional(), |bytes| {
        Ok(decode::<types::Optional<'_>>(bytes)?.into_owned())
    });
    in_every_order(&types::Ids::default(), |bytes| decode(bytes));
}

type DecodeOwned<T> = fn(&[u8]) -> Result<T, DecodeError>;

/// Decodes `value` from its fields rotated, with every two exchanged, with an unknown one at every place; and no part of that.
fn in_every_order<T: Encode + Debug + PartialEq>(value: &T, decode: DecodeOwned<T>) {
    let whole = encode(value, Protocol::Binary);
    let fields = split(&whole);
    for first in 0..fields.len() {
        for second in 0..fields.len() {
            let mut order = fields.clone();
            order.swap(first, second);
            is_whole(&order, value, decode);
            order.rotate_left(first);
            is_whole(&order, value, decode);
            order.insert(second, b"\x0b\x7f\0\0\0\0\x01?");
            is_whole(&order, value, decode);
        }
    }
}

fn is_whole<T: Debug + PartialEq>(fields: &[&[u8]], value: &T, decode: DecodeOwned<T>) {
    let bytes = [&fields.concat()[..], b"\0"].concat();
    assert_eq!(decode(&bytes).as_ref(), Ok(value), "{bytes:x?}");
    for end in 0..bytes.len() {
        assert!(decode(&bytes[..end]).is_err(), "{end} of {bytes:x?}");
    }
}

/// The fields of a struct, each with its head.
fn split(bytes: &[u8]) -> Vec<&[u8]> {
    let mut r = BinaryReader::new(bytes, &Limits::default());
    let mut fields = Vec::new();
    loop {
        let begin = r.rest();
        let Some(field) = r.field().expect("own bytes") else {
            return fields;
        };
        r.skip(field.kind).expect("own bytes");
        fields.push(&begin[..begin.len() - r.rest().len()]);
    }
}

#[test]
fn elements_of_another_type_are_an_error_unless_there_are_none() {
    let list = |kind, count: usize| {
        bytes(|w| {
            w.field(Kind::List, 2);
            w.list(kind, count);
            (0..count).for_each(|_| w.i64(0));
        })
    };
    let error = decode::<types::Containers<'_>>(&list(Kind::I64, 1)).expect_err("i8 is declared");
    assert_eq!(error.kind(), ErrorKind::ElementType);
    assert_eq!(
        decode(&list(Kind::I64, 0)),
        Ok(types::Containers::default())
    );
}

#[test]
fn a_union_needs_exactly_one_field() {
    let shape = |fields: &[i16]| {
        bytes(|w| {
            for id in fields {
                w.field(Kind::Double, *id);
                w.double(1.0);
            }
        })
    };
    assert_eq!(decode(&shape(&[1])), Ok(unions::Shape::Circle(1.0)));
    assert_eq!(decode(&shape(&[99])), Ok(unions::Shape::Unknown(99)));
    for wrong in [&[][..], &[1, 1], &[1, 99]] {
        let input = shape(wrong);
        let error = decode::<unions::Shape<'_>>(&input).expect_err("not one field");
        assert_eq!(error.kind(), ErrorKind::InvalidUnion);
    }
}

#[test]
fn depth_is_limited() {
    use crate::generated::recursive::recursive::Chain;

    let chain = |length: i32| {
        (0..length).fold(Chain::default(), |next, value| Chain {
            value,
            next: Some(Box::new(next)),
        })
    };
    for protocol in [Protocol::Binary, Protocol::Compact] {
        let shallow = encode(&chain(63), protocol);
        assert_eq!(protocol.decode(&shallow, &Limits::default()), Ok(chain(63)));
        let deep = encode(&chain(64), protocol);
        let error = protocol
            .decode::<Chain>(&deep, &Limits::default())
            .expect_err("65 levels");
        assert_eq!(error.kind(), ErrorKind::TooDeep);
    }
}

#[test]
fn a_count_that_lies_reserves_nothing_and_fails() {
    let input = b"\x0f\0\x06\x0c\0\x3f\xff\xff\0";
    let error = decode::<types::Containers<'_>>(input).expect_err("no such many structs");
    assert_eq!(error.kind(), ErrorKind::ElementsOverInput);
}

#[test]
fn damaged_bytes_never_panic() {
    let value = types::Containers {
        texts: vec!["text".into()],
        structs: vec![types::Scalars::default()],
        nested: vec![vec![vec![1]]],
        ..Default::default()
    };
    for protocol in [Protocol::Binary, Protocol::Compact] {
        let whole = encode(&value, protocol);
        for at in 0..whole.len() {
            for bit in 0..8 {
                let mut damaged = whole.clone();
                damaged[at] ^= 1 << bit;
                // Either outcome is fine; a panic is not.
                let _ = protocol.decode::<types::Containers<'_>>(&damaged, &Limits::default());
            }
        }
    }
}
