//! A value of any type: reading it and passing over it agree.

use codec::{
    DecodeError, ErrorKind,
    thrift::{BinaryReader, CompactReader, Kind, Reader},
};

use super::limits;

/// The binary protocol.
pub fn binary(input: &[u8]) {
    let reader = BinaryReader::new(input, &limits());
    compare(reader.clone(), reader);
}

/// The compact protocol.
pub fn compact(input: &[u8]) {
    let reader = CompactReader::new(input, &limits());
    compare(reader.clone(), reader);
}

/// Read a struct with one reader and pass over it with the other: both take the same bytes, or refuse.
fn compare<'a, R: Reader<'a>>(mut reading: R, mut skipping: R) {
    let read = read(&mut reading, Kind::Struct);
    let skipped = skipping.skip(Kind::Struct);
    match (read, skipped) {
        (Ok(()), Ok(())) => assert_eq!(reading.bytes_left(), skipping.bytes_left()),
        // Passing over counts containers as levels as well.
        (_, Err(error)) if error.kind() == ErrorKind::TooDeep => {}
        (read, skipped) => assert!(read.is_err() && skipped.is_err(), "{read:?}, {skipped:?}"),
    }
}

/// Read a value of any type and forget it. Containers nest no deeper than on a stack of a test's thread.
fn read<'a, R: Reader<'a>>(r: &mut R, kind: Kind) -> Result<(), DecodeError> {
    read_within(r, kind, 4096)
}

fn read_within<'a, R: Reader<'a>>(r: &mut R, kind: Kind, levels: usize) -> Result<(), DecodeError> {
    assert!(levels > 0, "deeper than the input is long");
    let levels = levels - 1;
    match kind {
        Kind::Stop => unreachable!("no value has this type"),
        Kind::Bool => r.bool().map(drop),
        Kind::I8 => r.i8().map(drop),
        Kind::I16 => r.i16().map(drop),
        Kind::I32 => r.i32().map(drop),
        Kind::I64 => r.i64().map(drop),
        Kind::Double => r.double().map(drop),
        Kind::Uuid => r.uuid().map(drop),
        Kind::Binary => r.binary().map(drop),
        Kind::Struct => {
            r.struct_begin()?;
            while let Some(field) = r.field()? {
                read_within(r, field.kind, levels)?;
            }
            r.struct_end();
            Ok(())
        }
        Kind::List | Kind::Set => {
            let head = r.list()?;
            (0..head.len).try_for_each(|_| read_within(r, head.kind, levels))
        }
        Kind::Map => {
            let head = r.map()?;
            (0..head.len).try_for_each(|_| {
                read_within(r, head.key, levels)?;
                read_within(r, head.value, levels)
            })
        }
    }
}
