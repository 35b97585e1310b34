//! Damaged frames: nothing panics, and nothing takes much memory.

use codec::{
    DecodeError, Limits, Map, Set, Str,
    frame::{Form, Format, Frame, Scan, Scanner, TtHeader},
    thrift::{ApplicationException, BinaryReader, CompactReader, Kind, Protocol, Reader},
};
use proptest::prelude::*;

use crate::{allocation::allocated, golden, linked, value::Value};

/// Everything that can be done with bytes from the network. Returns whether a frame was found.
fn digest(bytes: &[u8]) -> Result<(), DecodeError> {
    let limits = Limits::default();
    let _ = TtHeader::parse(bytes, &limits);
    let frame = Frame::parse(bytes, &limits)?;
    read_info(&frame);
    let _ = frame.check_crc32c();
    let payload = frame.payload();
    for protocol in [Protocol::Binary, Protocol::Compact] {
        let _ = protocol.decode::<ApplicationException<'_>>(payload, &limits);
        let _ = protocol.decode::<Vec<Vec<Str<'_>>>>(payload, &limits);
        let _ = protocol.decode::<Map<i32, Set<[u8; 16]>>>(payload, &limits);
        let _ = Value::parse(payload, Kind::Struct, protocol, &limits);
    }
    let _ = BinaryReader::new(payload, &limits).skip(Kind::Struct);
    let _ = CompactReader::new(payload, &limits).skip(Kind::Struct);
    Ok(())
}

fn read_info(frame: &Frame<'_>) {
    let info = frame.info();
    let ints = info.ints().count();
    let strings = info.strings().count();
    assert!(2 * (ints + strings) <= frame.bytes().len());
    for (key, value) in info.ints() {
        assert!(info.int(key).is_some());
        assert!(frame.bytes().as_ptr_range().contains(&value.as_ptr()) || value.is_empty());
        let _ = info.number(key);
    }
    for (key, _) in info.strings() {
        if let Ok(key) = str::from_utf8(key) {
            assert!(info.string(key).is_some());
        }
    }
    let _ = (info.service(), info.timeout_ms(), info.metainfo().count());
}

/// Scan and digest `bytes`; the scanner and the parser have to agree on where the frame ends.
#[track_caller]
fn check(name: &str, bytes: &[u8]) {
    let input = linked([bytes]);
    let limits = Limits::default();
    let (scan, scanned) = allocated(|| Scanner::default().scan(&input, &limits));
    assert!(
        scanned <= SCAN_BYTES_MAX,
        "{name}: scanning took {scanned} bytes"
    );
    let (parsed, taken) = allocated(|| digest(bytes).err().map(|error| error.to_string()));
    let limit = 64 * bytes.len() + 32 * 1024;
    assert!(
        taken <= limit,
        "{name}: {taken} bytes for a frame of {}",
        bytes.len()
    );
    if let Ok(Scan::Need(total)) = scan {
        assert!(
            total > bytes.len() && total <= limits.frame_bytes_max + 8,
            "{name}"
        );
        let mut first = [0; 8];
        first
            .iter_mut()
            .zip(bytes)
            .for_each(|(byte, given)| *byte = *given);
        let form = Form::detect(&first);
        if !matches!(form, Form::Buffered | Form::BufferedCompact | Form::Mesh) {
            assert!(parsed.is_some(), "{name}: a part of a frame was parsed");
        }
    }
}

#[test]
fn every_truncation_is_survived() {
    for (name, bytes) in golden::all() {
        for len in 0..bytes.len() {
            check(&name, &bytes[..len]);
        }
    }
}

#[test]
fn every_damaged_byte_is_survived() {
    for (name, mut bytes) in golden::all() {
        for at in 0..bytes.len() {
            let good = bytes[at];
            for bad in [
                0,
                1,
                2,
                0x0b,
                0x0c,
                0x0d,
                0x0f,
                0x7f,
                0x80,
                0xff,
                good ^ 1,
                good ^ 0x80,
            ] {
                bytes[at] = bad;
                check(&name, &bytes);
            }
            bytes[at] = good;
        }
    }
}

#[test]
fn every_value_of_every_byte_is_survived() {
    for (name, digits) in [
        ("ttheader", 0..67),
        ("mesh, buffered", 0..36),
        ("buffered compact", 0..20),
    ] {
        let mut bytes = golden::golden(name);
        for at in digits {
            let good = bytes[at];
            for bad in 0..=u8::MAX {
                bytes[at] = bad;
                check(name, &bytes);
            }
            bytes[at] = good;
        }
    }
}

#[test]
fn headers_cut_short_are_refused() {
    // The length is set right again, so that it is the header itself that is wrong.
    for (name, bytes) in golden::all() {
        for len in 8..bytes.len() {
            let mut cut = bytes[..len].to_vec();
            if Form::detect(cut.first_chunk().expect("eight bytes")) == Form::TtHeader {
                let length = (len as u32 - 4).to_be_bytes();
                cut[..4].copy_from_slice(&length);
                check(&name, &cut);
            }
        }
    }
}

proptest! {
    #[test]
    fn any_bytes_are_survived(bytes in prop::collection::vec(any::<u8>(), 0..200)) {
        check("any", &bytes);
    }

    #[test]
    fn any_header_is_survived(
        fixed in prop::sample::select(vec![0u8, 1, 2, 4]),
        words in 0u16..12,
        info in prop::collection::vec(prop::sample::select(vec![0u8, 1, 2, 3, 0x10, 0x11, b'i']), 48),
    ) {
        let mut bytes = vec![0, 0, 0, 0, 0x10, 0, 0, fixed & 1, 0, 0, 0, 1];
        bytes.extend(words.to_be_bytes());
        bytes.push(fixed);
        bytes.extend(&info[..(usize::from(words) * 4).saturating_sub(1)]);
        bytes.extend(golden::golden("buffered"));
        let length = (bytes.len() as u32 - 4).to_be_bytes();
        bytes[..4].copy_from_slice(&length);
        check("header", &bytes);
    }

    #[test]
    fn any_payload_is_survived(payload in prop::collection::vec(any::<u8>(), 0..300)) {
        for start in ["framed", "kitex protobuf", "framed compact"] {
            let mut bytes = golden::golden(start);
            bytes.extend(&payload);
            let length = (bytes.len() as u32 - 4).to_be_bytes();
            bytes[..4].copy_from_slice(&length);
            check(start, &bytes);
            let frame = Frame::parse(&bytes, &Limits::default()).expect("a good head");
            prop_assert!(frame.payload().ends_with(&payload));
            prop_assert_eq!(frame.head.format == Format::KitexProtobuf, start == "kitex protobuf");
        }
    }
}

/// What a scan keeps: the place in a bare message.
const SCAN_BYTES_MAX: usize = 1024;
