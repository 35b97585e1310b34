//! Protobuf beside prost: decoding and encoding an echo request of 1 KiB, a message of 100 fields, a list of 1,000 messages.
//!
//! `cargo bench -p benches --bench codec_protobuf`. What is decoded is dropped within the measured time, as a server would.

use std::hint::black_box;

use codec::Limits;
use codec::protobuf::{Decode, Encode, Encoder};
use criterion::measurement::WallTime;
use criterion::{BenchmarkGroup, Criterion, Throughput, criterion_group, criterion_main};
use netpoll_buffer::{LinkBuffer, Pool, PoolConfig};
use prost::Message;

#[path = "codec_protobuf/messages.rs"]
mod messages;
#[path = "codec_protobuf/prost.rs"]
mod peer;

use messages::messages as ours;

fn decode<'a, T: Decode<'a>>(input: &'a [u8]) {
    let limits = Limits::default();
    black_box(T::decode(black_box(input), &limits).expect("a whole message"));
}

fn decode_prost<T: Message + Default>(input: &[u8]) {
    black_box(T::decode(black_box(input)).expect("a whole message"));
}

/// Encodes into buffers that are used again, as those of connections are.
fn encode<T: Encode>(group: &mut BenchmarkGroup<'_, WallTime>, name: &str, message: &T) {
    let pool = Pool::new(PoolConfig::default());
    let mut output = LinkBuffer::new();
    group.bench_function(name, |b| {
        b.iter(|| {
            let mut writer = output.writer(&pool);
            black_box(message).encode(&mut Encoder::new(&mut writer));
            black_box(writer.finish());
            output.clear();
        });
    });
}

fn encode_prost<T: Message>(group: &mut BenchmarkGroup<'_, WallTime>, name: &str, message: &T) {
    let mut output = Vec::new();
    group.bench_function(name, |b| {
        b.iter(|| {
            output.clear();
            black_box(message)
                .encode(&mut output)
                .expect("a vector grows");
            black_box(&output);
        });
    });
}

/// One message in both implementations, whose bytes have to be equal.
fn compare<'a, T, P>(c: &mut Criterion, name: &str, bytes: &'a [u8])
where
    T: Decode<'a> + Encode,
    P: Message + Default,
{
    let message = T::decode(bytes, &Limits::default()).expect("a whole message");
    let peer = P::decode(bytes).expect("a whole message");
    assert_eq!(message.to_vec(), bytes);
    assert_eq!(peer.encode_to_vec(), bytes);
    let mut group = c.benchmark_group(format!("protobuf/{name}"));
    group.throughput(Throughput::Bytes(bytes.len() as u64));
    group.bench_function("decode", |b| b.iter(|| decode::<T>(bytes)));
    group.bench_function("decode_prost", |b| b.iter(|| decode_prost::<P>(bytes)));
    encode(&mut group, "encode", &message);
    encode_prost(&mut group, "encode_prost", &peer);
    group.finish();
}

fn echo(c: &mut Criterion) {
    let request = ours::Echo {
        action: "echo".into(),
        msg: "a text of thirty-two characters.".repeat(32).into(),
        ..ours::Echo::default()
    };
    compare::<ours::Echo<'_>, peer::Echo>(c, "echo_1k", &request.to_vec());
}

fn wide(c: &mut Criterion) {
    // Field `n` has a value of its own, so that numbers of all lengths occur.
    let mut bytes = Vec::new();
    for number in 1..=100 {
        bytes.extend(field(number));
    }
    compare::<ours::Wide<'_>, peer::Wide>(c, "wide_100", &bytes);
}

/// Field `number` of `Wide`. The types repeat every ten fields.
fn field(number: u32) -> Vec<u8> {
    let mut bytes = Vec::new();
    let wire_type = match number % 10 {
        5 => 1,
        2 | 9 => 2,
        8 => 5,
        _ => 0,
    };
    varint(&mut bytes, u64::from(number << 3 | wire_type));
    let value = u64::from(number).pow(number % 5 + 1);
    match number % 10 {
        4 => bytes.push(1),
        5 => bytes.extend((value as f64).to_le_bytes()),
        2 | 9 => {
            let text = format!("the value of field {number}");
            varint(&mut bytes, text.len() as u64);
            bytes.extend(text.bytes());
        }
        3 | 7 => varint(&mut bytes, value & 0x7fff_ffff),
        8 => bytes.extend((value as u32).to_le_bytes()),
        _ => varint(&mut bytes, value),
    }
    bytes
}

fn varint(bytes: &mut Vec<u8>, mut value: u64) {
    while value >= 0x80 {
        bytes.push(value as u8 | 0x80);
        value >>= 7;
    }
    bytes.push(value as u8);
}

fn list(c: &mut Criterion) {
    let items = (0..1000).map(|index| ours::Item {
        id: index * index,
        value: format!("item {index}").into(),
        ..ours::Item::default()
    });
    let list = ours::List {
        items: items.collect(),
        ..ours::List::default()
    };
    compare::<ours::List<'_>, peer::List>(c, "list_1000", &list.to_vec());
}

criterion_group!(benches, echo, wide, list);
criterion_main!(benches);
