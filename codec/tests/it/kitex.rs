//! Frames captured from Kitex: what we read in them is what Kitex's own decoders read.

use std::{collections::BTreeMap, fs, path::Path};

use codec::{
    Limits,
    frame::{Flags, Format, Frame, Framing, Info, Outgoing, Scan, TtHeader},
    thrift::{ApplicationException, MessageKind, Protocol, Reader},
};

use crate::{hex, parse, scan, value::Value, written};

/// One captured frame, and what Kitex reads in it.
pub(crate) struct Captured {
    pub(crate) name: String,
    pub(crate) bytes: Vec<u8>,
    facts: BTreeMap<String, String>,
}

/// All captured frames of calls.
pub(crate) fn frames() -> Vec<Captured> {
    frames_in("tests/golden/kitex")
}

fn frames_in(folder: &str) -> Vec<Captured> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join(folder);
    let mut frames = Vec::new();
    for file in fs::read_dir(folder).expect("the folder of captured frames") {
        let path = file.expect("a file").path();
        if path.extension().is_some_and(|extension| extension == "hex") {
            let name = path.file_stem().expect("a name").to_string_lossy();
            let text = fs::read_to_string(&path).expect("text");
            let blocks = text.split("\n\n").enumerate();
            frames.extend(blocks.map(|(index, block)| captured(format!("{name} {index}"), block)));
        }
    }
    assert!(frames.len() > 20, "captured frames are missing");
    frames
}

fn captured(name: String, block: &str) -> Captured {
    let mut facts = BTreeMap::new();
    let mut digits = String::new();
    for line in block.lines() {
        match line.strip_prefix("# ") {
            Some(fact) => {
                let (fact, value) = fact.split_once(": ").expect("FACT: VALUE");
                facts.insert(fact.to_string(), value.to_string());
            }
            None => digits += line,
        }
    }
    let bytes = hex(&digits);
    Captured { name, bytes, facts }
}

/// What we read in a header, as facts.
fn keys(info: Info<'_>) -> impl Iterator<Item = (String, String)> {
    let text = |bytes: &[u8]| String::from_utf8(bytes.to_vec()).expect("text");
    let ints = info.ints();
    let ints = ints.map(move |(key, value)| (format!("ttheader.int.{key}"), text(value)));
    let strings = info.strings();
    ints.chain(
        strings.map(move |(key, value)| (format!("ttheader.str.{}", text(key)), text(value))),
    )
}

/// What we read in a frame, as facts.
fn facts(frame: &Frame<'_>) -> BTreeMap<String, String> {
    let mut facts = BTreeMap::new();
    let mut add =
        |fact: &str, value: String| assert!(facts.insert(fact.to_string(), value).is_none());
    let (head, bytes) = (&frame.head, frame.bytes());
    let name = head.name_range();
    let head_start = name.start - 8;
    add("frame.bytes", bytes.len().to_string());
    let mut header_bytes = head_start;
    if head.framing.is_framed() {
        header_bytes -= 4;
        add("framed.bytes", (bytes.len() - head_start).to_string());
    }
    if head.framing.has_ttheader() {
        add("ttheader.flags", head.flags.0.to_string());
        add("ttheader.seq_id", head.header_seq_id.to_string());
        add("ttheader.protocol_id", bytes[14].to_string());
        add("ttheader.header_bytes", header_bytes.to_string());
        for (key, value) in keys(frame.info()) {
            add(&key, value);
        }
    }
    let format = match head.format {
        Format::KitexProtobuf => "kitex-protobuf",
        _ => "thrift-binary",
    };
    add("message.format", format.to_string());
    add("message.name", frame.name().to_string());
    add("message.kind", head.kind.number().to_string());
    add("message.seq_id", head.seq_id.to_string());
    let message_head = head.payload_range().start - head_start;
    add("message.head_bytes", message_head.to_string());
    if head.kind == MessageKind::Exception && head.format != Format::KitexProtobuf {
        let exception: ApplicationException<'_> =
            frame.decode(&Limits::default()).expect("an exception");
        add("exception.type", exception.kind.to_string());
        add("exception.message", exception.message.replace('\n', "\\n"));
    }
    facts
}

#[test]
fn we_read_what_kitex_reads() {
    for captured in frames() {
        let frame = parse(&captured.bytes);
        let mut expected = captured.facts;
        for value in expected.values_mut() {
            *value = value.replace('\n', "\\n");
        }
        assert_eq!(facts(&frame), expected, "{}", captured.name);
    }
}

#[test]
fn payloads_are_structs_to_their_last_byte() {
    for captured in frames() {
        let frame = parse(&captured.bytes);
        if frame.head.format == Format::KitexProtobuf {
            continue;
        }
        let mut reader = codec::thrift::BinaryReader::new(frame.payload(), &Limits::default());
        let value = Value::read(&mut reader, codec::thrift::Kind::Struct);
        assert_eq!(reader.bytes_left(), 0, "{}", captured.name);
        let value = value.expect("a struct");
        assert_eq!(
            value.bytes(Protocol::Binary),
            frame.payload(),
            "{}",
            captured.name
        );
    }
}

#[test]
fn frames_are_written_as_kitex_writes_them() {
    let limits = Limits::default();
    for captured in frames() {
        let frame = parse(&captured.bytes);
        let outgoing = Outgoing::answer(&frame, frame.head.kind);
        let again = written(|w| {
            let info = frame.info();
            let text = |bytes| str::from_utf8(bytes).expect("text");
            let strings = info.strings().map(|(key, value)| (text(key), text(value)));
            let (tokens, strings): (Vec<_>, Vec<_>) =
                strings.partition(|(key, _)| *key == codec::frame::key::ACL_TOKEN);
            let ints = info.ints().map(|(key, value)| (key, text(value)));
            let token = tokens.first().map(|(_, token)| *token);
            let writer = outgoing.begin_with(w, &limits, token, strings, ints);
            w.put_slice(frame.payload());
            let bytes = writer.expect("a header").finish(w, &limits);
            assert_eq!(bytes, Ok(captured.bytes.len()), "{}", captured.name);
        });
        if frame
            .info()
            .strings()
            .any(|(key, _)| key == codec::frame::key::ACL_TOKEN.as_bytes())
        {
            // A token may be a text or a block of its own; the order of blocks is Kitex's either way.
            assert_eq!(facts(&parse(&again)), facts(&frame), "{}", captured.name);
        } else {
            assert_eq!(again, captured.bytes, "{}", captured.name);
        }
    }
}

#[test]
fn checksums_of_kitex_are_right() {
    let mut checked = 0;
    for captured in frames().iter_mut() {
        let is_checked = captured.facts.contains_key("ttheader.str.crc32c");
        let frame = parse(&captured.bytes);
        assert_eq!(frame.check_crc32c(), Ok(()), "{}", captured.name);
        if is_checked {
            checked += 1;
            let last = captured.bytes.len() - 1;
            captured.bytes[last] ^= 1;
            let error = parse(&captured.bytes)
                .check_crc32c()
                .expect_err("another payload");
            assert_eq!(error.kind(), codec::ErrorKind::ChecksumMismatch);
        }
    }
    assert!(checked >= 2);
}

#[test]
fn every_framing_was_captured() {
    let frames = frames();
    for framing in [
        Framing::Buffered,
        Framing::Framed,
        Framing::TtHeader,
        Framing::TtHeaderFramed,
    ] {
        let is = |captured: &Captured| parse(&captured.bytes).head.framing == framing;
        assert!(frames.iter().any(is), "{framing:?}");
    }
}

#[test]
fn headers_of_streams_are_read_as_kitex_reads_them() {
    let limits = Limits::default();
    for captured in frames_in("tests/golden/kitex/stream") {
        let (name, bytes) = (&captured.name, &captured.bytes);
        let whole = Scan::Frame { bytes: bytes.len() };
        assert_eq!(scan(bytes, &limits), Ok(whole), "{name}");
        let header = TtHeader::parse(bytes, &limits).expect("a header");
        assert!(header.flags.contains(Flags::STREAMING), "{name}");
        let fact = |name: &str| captured.facts.get(name).map(String::as_str);
        assert_eq!(
            fact("ttheader.seq_id"),
            Some(&*header.seq_id.to_string()),
            "{name}"
        );
        assert_eq!(
            fact("ttheader.header_bytes"),
            Some(&*header.header_bytes.to_string()),
            "{name}"
        );
        let read: BTreeMap<_, _> = keys(header.info(bytes)).collect();
        let is_key =
            |fact: &&String| fact.starts_with("ttheader.int.") || fact.starts_with("ttheader.str.");
        assert_eq!(
            read.len(),
            captured.facts.keys().filter(is_key).count(),
            "{name}"
        );
        for (key, value) in &read {
            assert_eq!(fact(key), Some(&**value), "{name}: {key}");
        }
    }
}
