//! A Thrift value of any type: the model that generated code, skipping and both protocols are compared with.

use codec::{
    DecodeError, Limits,
    thrift::{
        BinaryReader, BinaryWriter, CompactReader, CompactWriter, Kind, Protocol, Reader, Writer,
    },
};
use proptest::prelude::*;

use crate::written;

#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Value {
    Bool(bool),
    I8(i8),
    I16(i16),
    I32(i32),
    I64(i64),
    Double(u64),
    Uuid([u8; 16]),
    Binary(Vec<u8>),
    Struct(Vec<(i16, Value)>),
    List(Kind, Vec<Value>),
    Set(Kind, Vec<Value>),
    Map(Kind, Kind, Vec<(Value, Value)>),
}

impl Value {
    pub(crate) fn kind(&self) -> Kind {
        match self {
            Value::Bool(_) => Kind::Bool,
            Value::I8(_) => Kind::I8,
            Value::I16(_) => Kind::I16,
            Value::I32(_) => Kind::I32,
            Value::I64(_) => Kind::I64,
            Value::Double(_) => Kind::Double,
            Value::Uuid(_) => Kind::Uuid,
            Value::Binary(_) => Kind::Binary,
            Value::Struct(_) => Kind::Struct,
            Value::List(..) => Kind::List,
            Value::Set(..) => Kind::Set,
            Value::Map(..) => Kind::Map,
        }
    }

    pub(crate) fn write<W: Writer>(&self, w: &mut W) {
        match self {
            Value::Bool(value) => w.bool(*value),
            Value::I8(value) => w.i8(*value),
            Value::I16(value) => w.i16(*value),
            Value::I32(value) => w.i32(*value),
            Value::I64(value) => w.i64(*value),
            Value::Double(bits) => w.double(f64::from_bits(*bits)),
            Value::Uuid(value) => w.uuid(value),
            Value::Binary(value) => w.binary(value),
            Value::Struct(fields) => {
                w.struct_begin();
                for (id, value) in fields {
                    w.field(value.kind(), *id);
                    value.write(w);
                }
                w.struct_end();
            }
            Value::List(kind, elements) => {
                w.list(*kind, elements.len());
                elements.iter().for_each(|element| element.write(w));
            }
            Value::Set(kind, elements) => {
                w.set(*kind, elements.len());
                elements.iter().for_each(|element| element.write(w));
            }
            Value::Map(key, value, entries) => {
                w.map(*key, *value, entries.len());
                for (key, value) in entries {
                    key.write(w);
                    value.write(w);
                }
            }
        }
    }

    pub(crate) fn read<'a, R: Reader<'a>>(r: &mut R, kind: Kind) -> Result<Value, DecodeError> {
        Ok(match kind {
            Kind::Stop => unreachable!("no value has this type"),
            Kind::Bool => Value::Bool(r.bool()?),
            Kind::I8 => Value::I8(r.i8()?),
            Kind::I16 => Value::I16(r.i16()?),
            Kind::I32 => Value::I32(r.i32()?),
            Kind::I64 => Value::I64(r.i64()?),
            Kind::Double => Value::Double(r.double()?.to_bits()),
            Kind::Uuid => Value::Uuid(r.uuid()?),
            Kind::Binary => Value::Binary(r.binary()?.to_vec()),
            Kind::Struct => {
                r.struct_begin()?;
                let mut fields = Vec::new();
                while let Some(field) = r.field()? {
                    fields.push((field.id, Value::read(r, field.kind)?));
                }
                r.struct_end();
                Value::Struct(fields)
            }
            Kind::List => {
                let head = r.list()?;
                Value::List(head.kind, read_elements(r, head.kind, head.len)?)
            }
            Kind::Set => {
                let head = r.set()?;
                Value::Set(head.kind, read_elements(r, head.kind, head.len)?)
            }
            Kind::Map => {
                let head = r.map()?;
                let mut entries = Vec::new();
                for _ in 0..head.len {
                    entries.push((Value::read(r, head.key)?, Value::read(r, head.value)?));
                }
                Value::Map(head.key, head.value, entries)
            }
        })
    }

    /// The value as a protocol has it.
    pub(crate) fn bytes(&self, protocol: Protocol) -> Vec<u8> {
        written(|w| match protocol {
            Protocol::Binary => self.write(&mut BinaryWriter::new(w)),
            Protocol::Compact => self.write(&mut CompactWriter::new(w)),
        })
    }

    /// The value at the start of `bytes`, and how many bytes it is.
    pub(crate) fn parse(
        bytes: &[u8],
        kind: Kind,
        protocol: Protocol,
        limits: &Limits,
    ) -> Result<(Value, usize), DecodeError> {
        match protocol {
            Protocol::Binary => {
                let mut reader = BinaryReader::new(bytes, limits);
                let value = Value::read(&mut reader, kind)?;
                Ok((value, bytes.len() - reader.bytes_left()))
            }
            Protocol::Compact => {
                let mut reader = CompactReader::new(bytes, limits);
                let value = Value::read(&mut reader, kind)?;
                Ok((value, bytes.len() - reader.bytes_left()))
            }
        }
    }
}

/// How many bytes the value at the start of `bytes` is, by skipping it.
pub(crate) fn skip(
    bytes: &[u8],
    kind: Kind,
    protocol: Protocol,
    limits: &Limits,
) -> Result<usize, DecodeError> {
    let left = match protocol {
        Protocol::Binary => {
            let mut reader = BinaryReader::new(bytes, limits);
            reader.skip(kind)?;
            reader.bytes_left()
        }
        Protocol::Compact => {
            let mut reader = CompactReader::new(bytes, limits);
            reader.skip(kind)?;
            reader.bytes_left()
        }
    };
    Ok(bytes.len() - left)
}

fn read_elements<'a, R: Reader<'a>>(
    r: &mut R,
    kind: Kind,
    len: usize,
) -> Result<Vec<Value>, DecodeError> {
    // Not reserved ahead: what is read decides how much memory is taken.
    let mut elements = Vec::new();
    for _ in 0..len {
        elements.push(Value::read(r, kind)?);
    }
    Ok(elements)
}

const KINDS: [Kind; 12] = [
    Kind::Bool,
    Kind::I8,
    Kind::I16,
    Kind::I32,
    Kind::I64,
    Kind::Double,
    Kind::Uuid,
    Kind::Binary,
    Kind::Struct,
    Kind::List,
    Kind::Set,
    Kind::Map,
];

/// Any value of this type, nested at most `depth` levels.
pub(crate) fn value(kind: Kind, depth: u32) -> BoxedStrategy<Value> {
    let elements = move |kind| prop::collection::vec(value(kind, depth - 1), 0..4);
    match kind {
        Kind::Stop => unreachable!("no value has this type"),
        Kind::Bool => any::<bool>().prop_map(Value::Bool).boxed(),
        Kind::I8 => any::<i8>().prop_map(Value::I8).boxed(),
        Kind::I16 => any::<i16>().prop_map(Value::I16).boxed(),
        Kind::I32 => any::<i32>().prop_map(Value::I32).boxed(),
        Kind::I64 => any::<i64>().prop_map(Value::I64).boxed(),
        Kind::Double => any::<u64>().prop_map(Value::Double).boxed(),
        Kind::Uuid => any::<[u8; 16]>().prop_map(Value::Uuid).boxed(),
        Kind::Binary => prop::collection::vec(any::<u8>(), 0..40)
            .prop_map(Value::Binary)
            .boxed(),
        Kind::Struct => {
            let field = (any_id(), any_kind(depth)).prop_flat_map(move |(id, kind)| {
                value(kind, depth.saturating_sub(1)).prop_map(move |value| (id, value))
            });
            let fields = prop::collection::vec(field, 0..5);
            fields.prop_map(Value::Struct).boxed()
        }
        Kind::List => any_kind(depth)
            .prop_flat_map(move |kind| elements(kind).prop_map(move |list| Value::List(kind, list)))
            .boxed(),
        Kind::Set => any_kind(depth)
            .prop_flat_map(move |kind| elements(kind).prop_map(move |list| Value::Set(kind, list)))
            .boxed(),
        Kind::Map => (any_kind(depth), any_kind(depth))
            .prop_flat_map(move |(key, item)| {
                let entry = (value(key, depth - 1), value(item, depth - 1));
                let entries = prop::collection::vec(entry, 1..4);
                entries.prop_map(move |entries| Value::Map(key, item, entries))
            })
            .boxed(),
    }
}

/// Ids near to each other, and any.
fn any_id() -> impl Strategy<Value = i16> {
    prop_oneof![0i16..20, any::<i16>()]
}

/// A type; containers and structs only where there is depth for what is in them.
fn any_kind(depth: u32) -> impl Strategy<Value = Kind> {
    let kinds = if depth > 1 { &KINDS[..] } else { &KINDS[..8] };
    prop::sample::select(kinds)
}
