//! What one request costs in the codec: `cargo bench -p codec`.

use std::{fs, hint::black_box};

use codec::{
    DecodeError, Limits, Str,
    frame::{Frame, Outgoing, Scanner, TtHeader},
    thrift::{BinaryReader, Decode, Encode, Kind, MessageKind, Protocol, Reader, Writer},
};
use criterion::{Criterion, criterion_group, criterion_main};
use netpoll_buffer::{LinkBuffer, Pool, PoolConfig, View};

/// The first frame of a captured file.
fn captured(name: &str) -> Vec<u8> {
    let path = format!(
        "{}/tests/golden/kitex/{name}.hex",
        env!("CARGO_MANIFEST_DIR")
    );
    let text = fs::read_to_string(path).expect("a captured frame");
    let frame = text.split("\n\n").next().unwrap_or_default();
    let digits: String = frame
        .lines()
        .filter(|line| !line.starts_with('#'))
        .collect();
    let pairs = digits
        .as_bytes()
        .chunks(2)
        .map(|pair| str::from_utf8(pair).expect("digits"));
    pairs
        .map(|pair| u8::from_str_radix(pair, 16).expect("digits"))
        .collect()
}

/// `struct Request { 1: string action, 2: string msg }`
struct Request<'a> {
    action: Str<'a>,
    message: Str<'a>,
}

impl<'a> Decode<'a> for Request<'a> {
    fn decode<R: Reader<'a>>(r: &mut R) -> Result<Self, DecodeError> {
        let (mut action, mut message) = (Str::default(), Str::default());
        r.struct_begin()?;
        while let Some(field) = r.field()? {
            match (field.id, field.kind) {
                (1, Kind::Binary) => action = r.str()?,
                (2, Kind::Binary) => message = r.str()?,
                _ => r.skip(field.kind)?,
            }
        }
        r.struct_end();
        Ok(Request { action, message })
    }
}

impl Encode for Request<'_> {
    fn encode<W: Writer>(&self, w: &mut W) {
        w.struct_begin();
        w.field(Kind::Binary, 1);
        w.str(&self.action);
        w.field(Kind::Binary, 2);
        w.str(&self.message);
        w.struct_end();
    }
}

fn frames(c: &mut Criterion) {
    let limits = Limits::default();
    let pool = Pool::new(PoolConfig::default());
    for name in ["ttheader-mirror", "framed-mirror", "buffered-mirror"] {
        let bytes = captured(&format!("{name}.request"));
        let input = {
            let mut input = LinkBuffer::new();
            input.push(View::from(bytes.clone()));
            input
        };
        let mut scanner = Scanner::default();
        c.bench_function(&format!("{name}: scan"), |b| {
            b.iter(|| scanner.scan(black_box(&input), &limits));
        });
        c.bench_function(&format!("{name}: parse"), |b| {
            b.iter(|| Frame::parse(black_box(&bytes), &limits));
        });
        let frame = Frame::parse(&bytes, &limits).expect("a frame");
        c.bench_function(&format!("{name}: skip the payload"), |b| {
            b.iter(|| BinaryReader::new(black_box(frame.payload()), &limits).skip(Kind::Struct));
        });
        let mut output = LinkBuffer::new();
        c.bench_function(&format!("{name}: write an empty answer"), |b| {
            b.iter(|| {
                let mut w = output.writer(&pool);
                let answer = Outgoing::answer(black_box(&frame), MessageKind::Reply).begin(&mut w);
                w.put_u8(0);
                let bytes = answer.finish(&mut w, &limits);
                w.finish();
                output.clear();
                bytes
            });
        });
        if frame.head.framing.has_ttheader() {
            c.bench_function(&format!("{name}: parse the header"), |b| {
                b.iter(|| TtHeader::parse(black_box(&bytes), &limits));
            });
        }
    }
}

fn structs(c: &mut Criterion) {
    let limits = Limits::default();
    let pool = Pool::new(PoolConfig::default());
    for len in [16, 128, 1024, 16 << 10] {
        let text = "a".repeat(len);
        let request = Request {
            action: "echo".into(),
            message: text.as_str().into(),
        };
        let mut output = LinkBuffer::new();
        for protocol in [Protocol::Binary, Protocol::Compact] {
            c.bench_function(&format!("{protocol:?}: encode {len} bytes"), |b| {
                b.iter(|| {
                    let mut w = output.writer(&pool);
                    protocol.encode(black_box(&request), &mut w);
                    w.finish();
                    output.clear();
                });
            });
            let mut w = output.writer(&pool);
            protocol.encode(&request, &mut w);
            w.finish();
            let bytes = output.take(output.len(), &pool).expect("a struct");
            c.bench_function(&format!("{protocol:?}: decode {len} bytes"), |b| {
                b.iter(|| protocol.decode::<Request<'_>>(black_box(&bytes), &limits));
            });
        }
    }
}

criterion_group!(benches, frames, structs);
criterion_main!(benches);
