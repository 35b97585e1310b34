//! Values there and back in both protocols, and passed over.

use codec::{
    Bin, ByteString, DecodeError, Limits, Map, Set, Str,
    thrift::{
        ApplicationException, BinaryWriter, CompactWriter, Decode, Encode, Kind, Protocol, Writer,
    },
};
use proptest::prelude::*;

use crate::{
    value::{self, Value},
    written,
};

const PROTOCOLS: [Protocol; 2] = [Protocol::Binary, Protocol::Compact];

proptest! {
    #[test]
    fn a_value_is_read_as_it_was_written(value in value::value(Kind::Struct, 5)) {
        for protocol in PROTOCOLS {
            let bytes = value.bytes(protocol);
            let read = Value::parse(&bytes, Kind::Struct, protocol, &Limits::default());
            prop_assert_eq!(read, Ok((value.clone(), bytes.len())));
        }
    }

    #[test]
    fn skipping_ends_where_reading_ends(value in value::value(Kind::Struct, 5), more in any::<[u8; 3]>()) {
        for protocol in PROTOCOLS {
            let mut bytes = value.bytes(protocol);
            let len = bytes.len();
            bytes.extend(more);
            prop_assert_eq!(value::skip(&bytes, Kind::Struct, protocol, &Limits::default()), Ok(len));
        }
    }

    #[test]
    fn skipping_accepts_what_reading_accepts(
        value in value::value(Kind::Struct, 5),
        at in any::<prop::sample::Index>(),
        byte in any::<u8>(),
        cut in any::<prop::sample::Index>(),
    ) {
        // Few elements, so that the budget runs out at times; depth is counted differently and not reached.
        let limits = Limits { elements_max: 20, ..Limits::default() };
        for protocol in PROTOCOLS {
            let mut bytes = value.bytes(protocol);
            let index = at.index(bytes.len());
            bytes[index] = byte;
            bytes.truncate(cut.index(bytes.len() + 1));
            let read = Value::parse(&bytes, Kind::Struct, protocol, &limits).map(|(_, len)| len);
            let skipped = value::skip(&bytes, Kind::Struct, protocol, &limits);
            prop_assert_eq!(read.map_err(drop), skipped.map_err(drop), "{:02x?}", bytes);
        }
    }

    #[test]
    fn an_exception_is_read_as_it_was_written(message in ".*", kind in any::<i32>()) {
        let exception = ApplicationException::new(kind, message);
        for protocol in PROTOCOLS {
            let bytes = written(|w| protocol.encode(&exception, w));
            let read = protocol.decode(&bytes, &Limits::default());
            prop_assert_eq!(read.as_ref(), Ok(&exception));
        }
    }
}

/// One field of each kind of value that generated code has.
#[derive(Clone, Debug, Default, PartialEq)]
struct Everything<'a> {
    text: Str<'a>,
    raw: Bin<'a>,
    names: Set<Str<'a>>,
    ages: Map<Str<'a>, i32>,
    nested: Vec<Vec<bool>>,
    id: [u8; 16],
    real: f64,
}

impl<'a> Decode<'a> for Everything<'a> {
    fn decode<R: codec::thrift::Reader<'a>>(r: &mut R) -> Result<Self, DecodeError> {
        let mut value = Everything::default();
        r.struct_begin()?;
        while let Some(field) = r.field()? {
            match (field.id, field.kind) {
                (1, Kind::Binary) => value.text = Decode::decode(r)?,
                (2, Kind::Binary) => value.raw = Decode::decode(r)?,
                (3, Kind::Set) => value.names = Decode::decode(r)?,
                (4, Kind::Map) => value.ages = Decode::decode(r)?,
                (5, Kind::List) => value.nested = Decode::decode(r)?,
                (6, Kind::Uuid) => value.id = Decode::decode(r)?,
                (7, Kind::Double) => value.real = Decode::decode(r)?,
                _ => r.skip(field.kind)?,
            }
        }
        r.struct_end();
        Ok(value)
    }
}

impl Encode for Everything<'_> {
    fn encode<W: codec::thrift::Writer>(&self, w: &mut W) {
        w.struct_begin();
        w.field(Kind::Binary, 1);
        self.text.encode(w);
        w.field(Kind::Binary, 2);
        self.raw.encode(w);
        w.field(Kind::Set, 3);
        self.names.encode(w);
        w.field(Kind::Map, 4);
        self.ages.encode(w);
        w.field(Kind::List, 5);
        self.nested.encode(w);
        w.field(Kind::Uuid, 6);
        self.id.encode(w);
        w.field(Kind::Double, 7);
        self.real.encode(w);
        w.struct_end();
    }
}

#[test]
fn what_is_borrowed_owned_or_shared_is_written_alike() {
    let long = "m\u{f6}we ".repeat(2000);
    let raw = vec![0xfe; 9000];
    let borrowed = Everything {
        text: Str::from(long.as_str()),
        raw: Bin::from(raw.as_slice()),
        names: ["a", "b"].into_iter().map(Str::from).collect(),
        ages: [(Str::from("a"), -1), (Str::from("b"), i32::MAX)].into(),
        nested: vec![vec![true, false], vec![], vec![true; 20]],
        id: *b"0123456789abcdef",
        real: -2.5,
    };
    let owned = Everything {
        text: Str::from(long.clone()),
        raw: Bin::from(raw.clone()),
        ..borrowed.clone()
    };
    let shared = Everything {
        text: Str::from(codec::ByteString::from(long.as_str())),
        raw: Bin::from(bytes::Bytes::from(raw.clone())),
        ..borrowed.clone()
    };
    for protocol in PROTOCOLS {
        let bytes = written(|w| protocol.encode(&borrowed, w));
        assert_eq!(written(|w| protocol.encode(&owned, w)), bytes);
        assert_eq!(written(|w| protocol.encode(&shared, w)), bytes);
        let read: Everything<'_> = protocol
            .decode(&bytes, &Limits::default())
            .expect("a struct");
        assert_eq!(read, borrowed);
        assert!(matches!(read.text, Str::Borrowed(_)));
    }
}

#[test]
fn a_field_of_another_type_is_passed_over() {
    let other = Value::Struct(vec![
        (1, Value::I32(7)),
        (
            2,
            Value::List(
                Kind::Struct,
                vec![Value::Struct(vec![(1, Value::Bool(true))])],
            ),
        ),
        (8, Value::Bool(true)),
        (7, Value::Double(1.5f64.to_bits())),
    ]);
    for protocol in PROTOCOLS {
        let bytes = other.bytes(protocol);
        let read: Everything<'_> = protocol
            .decode(&bytes, &Limits::default())
            .expect("a struct");
        assert_eq!(
            read,
            Everything {
                real: 1.5,
                ..Everything::default()
            }
        );
    }
}

#[test]
fn elements_of_another_type_are_refused() {
    for protocol in PROTOCOLS {
        let wrong = Value::List(Kind::I32, vec![Value::I32(1)]).bytes(protocol);
        let error = protocol
            .decode::<Vec<Str<'_>>>(&wrong, &Limits::default())
            .expect_err("numbers");
        assert_eq!(
            error.to_string(),
            "elements of thrift type 8 where type 11 is declared"
        );
        let empty = Value::List(Kind::I32, vec![]).bytes(protocol);
        assert_eq!(
            protocol.decode(&empty, &Limits::default()),
            Ok(Vec::<Str<'_>>::new())
        );
    }
}

#[test]
fn bytes_of_compact_values_are_as_the_clauses_say() {
    let check = |value: Value, digits: &str| {
        assert_eq!(
            value.bytes(Protocol::Compact),
            crate::hex(digits),
            "{value:?}"
        );
    };
    check(Value::I16(-1), "01");
    check(Value::I16(i16::MIN), "ff ff 03");
    check(Value::I32(i32::MIN), "ff ff ff ff 0f");
    check(Value::I64(i64::MIN), "ff ff ff ff ff ff ff ff ff 01");
    check(Value::Double(1f64.to_bits()), "00 00 00 00 00 00 f0 3f");
    check(Value::Map(Kind::I8, Kind::Bool, vec![]), "00");
    check(
        Value::List(Kind::Bool, vec![Value::Bool(true), Value::Bool(false)]),
        "21 01 02",
    );
    let fields = [(1, true), (16, false), (32, true), (31, true)];
    let fields = fields.map(|(id, value)| (id, Value::Bool(value)));
    check(Value::Struct(fields.into()), "11 f2 01 40 01 3e 00");
}

/// Each verb that writes a whole field, and the two that write it in parts.
fn fields(w: &mut impl Writer, id: i16, len: usize, in_parts: bool) {
    let text = "é".repeat(len);
    let shared = ByteString::from(text.as_str());
    let texts = [Str::from(text.as_str()), shared.clone().into()];
    let binaries = [Bin::from(text.as_bytes()), shared.into_bytes().into()];
    macro_rules! field {
        ($kind:ident, $parts:ident, $whole:ident, $value:expr) => {
            if in_parts {
                w.field(Kind::$kind, id);
                w.$parts($value);
            } else {
                w.$whole(id, $value);
            }
        };
    }
    field!(Bool, bool, bool_field, len.is_multiple_of(2));
    field!(I8, i8, i8_field, -(len as i8));
    field!(I16, i16, i16_field, -0x0102 - len as i16);
    field!(I32, i32, i32_field, 0x0102_0304 - len as i32);
    field!(I64, i64, i64_field, -0x0102_0304_0506_0708 - len as i64);
    field!(Double, double, double_field, -1.0 / (1.0 + len as f64));
    field!(Uuid, uuid, uuid_field, &[len as u8; 16]);
    field!(Binary, binary, binary_field, text.as_bytes());
    field!(Binary, string, string_field, &text);
    for text in &texts {
        field!(Binary, str, str_field, text);
    }
    for binary in &binaries {
        field!(Binary, bin, bin_field, binary);
    }
}

/// Fields of every length of a head, and with texts long enough for several blocks and for going by reference.
fn all_fields(w: &mut impl Writer, in_parts: bool) {
    for id in [1, 2, 17, 255, 256, i16::MAX, 0, -1, i16::MIN] {
        for len in [0, 1, 7, 40, 2047, 2048, 2100] {
            fields(w, id, len, in_parts);
        }
    }
}

#[test]
fn a_field_is_its_head_and_its_value() {
    for protocol in PROTOCOLS {
        let bytes = |in_parts| {
            written(|out| match protocol {
                Protocol::Binary => all_fields(&mut BinaryWriter::new(out), in_parts),
                Protocol::Compact => all_fields(&mut CompactWriter::new(out), in_parts),
            })
        };
        assert!(bytes(false) == bytes(true), "{protocol:?}");
    }
}
