//! Our Thrift codec beside pilota's: an echo request of 1 KiB, a struct of 100 fields, a list of 1,000 structs.
//!
//! Both decode and encode the same bytes as a server would: what was decoded is dropped within the measured time, and what is
//! encoded goes into memory that is used again. Pilota is called as Volo calls it by default, without unsafe code: strings
//! are counted parts of the input or, up to 24 bytes, copies, and are not checked to be UTF-8; ours borrow and are checked.
//! Volo also adds up the size of a message before it encodes it; that is left out here.
//!
//! Prints a table of both and their ratio in the end.

use std::{fmt, fs, hint::black_box, path::Path};

use codec::{
    Limits, Map, Str,
    thrift::{BinaryReader, BinaryWriter, Decode, Encode, Writer as _},
};
use codec_peers::{ours, theirs};
use criterion::{BatchSize, Criterion, Throughput};
use netpoll_buffer::{LinkBuffer, Pool, PoolConfig};
use pilota::{
    Bytes, LinkedBytes,
    thrift::{Message, binary::TBinaryProtocol},
};
use serde_json::Value;

fn main() {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join("criterion");
    let mut c = Criterion::default()
        .output_directory(&folder)
        .configure_from_args();
    compare::<ours::Request<'_>, theirs::Request>(&mut c, "echo_1k", &request());
    compare::<ours::Wide<'_>, theirs::Wide>(&mut c, "wide_100", &wide());
    compare::<ours::Items<'_>, theirs::Items>(&mut c, "list_1000", &items());
    c.final_summary();
    print_ratios(&folder);
}

/// One message in both codecs, which have to agree about its bytes and its value.
fn compare<'a, O, T>(c: &mut Criterion, name: &str, bytes: &'a [u8])
where
    O: Decode<'a> + Encode + fmt::Debug,
    T: Message + fmt::Debug,
{
    let limits = Limits::default();
    let ours: O = decode(bytes, &limits);
    let theirs: T = decode_pilota(&mut Bytes::copy_from_slice(bytes));
    // The types have the same names and fields, so they print the same.
    assert_eq!(format!("{ours:?}"), format!("{theirs:?}"));
    assert_eq!(encoded(&ours), bytes);
    assert_eq!(encoded_by_pilota(&theirs), bytes);

    let mut group = c.benchmark_group(format!("{name}_decode"));
    group.throughput(Throughput::Bytes(bytes.len() as u64));
    group.bench_function("ours", |b| {
        b.iter(|| drop(black_box(decode::<O>(black_box(bytes), black_box(&limits)))));
    });
    let shared = Bytes::copy_from_slice(bytes);
    group.bench_function("pilota", |b| {
        // Decoding uses up its handle on the input; to make one and to drop it is not measured.
        b.iter_batched_ref(
            || shared.clone(),
            |bytes| drop(black_box(decode_pilota::<T>(bytes))),
            BatchSize::SmallInput,
        );
    });
    group.finish();

    let mut group = c.benchmark_group(format!("{name}_encode"));
    group.throughput(Throughput::Bytes(bytes.len() as u64));
    let pool = Pool::new(PoolConfig::default());
    let mut output = LinkBuffer::new();
    group.bench_function("ours", |b| {
        b.iter(|| {
            encode(black_box(&ours), &mut output, &pool);
            black_box(&output);
            output.clear();
        });
    });
    let mut output = LinkedBytes::with_capacity(64 << 10);
    group.bench_function("pilota", |b| {
        b.iter(|| {
            encode_pilota(black_box(&theirs), &mut output);
            black_box(output.bytes());
            output.reset();
        });
    });
    group.finish();
}

fn decode<'a, T: Decode<'a>>(bytes: &'a [u8], limits: &Limits) -> T {
    let mut r = BinaryReader::new(bytes, limits);
    T::decode(&mut r).expect("a whole message")
}

fn decode_pilota<T: Message>(bytes: &mut Bytes) -> T {
    T::decode(&mut TBinaryProtocol::new(bytes, true)).expect("a whole message")
}

fn encode(message: &impl Encode, output: &mut LinkBuffer, pool: &Pool) {
    let mut w = output.writer(pool);
    message.encode(&mut BinaryWriter::new(&mut w));
    w.commit();
}

fn encode_pilota<T: Message>(message: &T, output: &mut LinkedBytes) {
    let mut protocol = TBinaryProtocol::new(output, true);
    message.encode(&mut protocol).expect("memory grows");
}

fn encoded(message: &impl Encode) -> Vec<u8> {
    write(|w| message.encode(w))
}

fn encoded_by_pilota(message: &impl Message) -> Vec<u8> {
    let mut output = LinkedBytes::new();
    encode_pilota(message, &mut output);
    output.concat().to_vec()
}

/// The bytes that `put` writes.
fn write(put: impl FnOnce(&mut BinaryWriter<'_, '_>)) -> Vec<u8> {
    let pool = Pool::new(PoolConfig::default());
    let mut output = LinkBuffer::new();
    let mut w = output.writer(&pool);
    put(&mut BinaryWriter::new(&mut w));
    w.finish();
    output.chunks().flatten().copied().collect()
}

fn request() -> Vec<u8> {
    encoded(&ours::Request {
        action: "echo".into(),
        msg: "a text of thirty-two characters.".repeat(32).into(),
    })
}

/// All fields of `Wide` in order, of the optional ones every other.
fn wide() -> Vec<u8> {
    write(|w| {
        w.struct_begin();
        for id in 1..=100 {
            field(w, id);
        }
        w.struct_end();
    })
}

/// The field of `Wide` with this number and a value of its own, or nothing.
fn field(w: &mut BinaryWriter<'_, '_>, id: i16) {
    let number = i64::from(id);
    let text = Str::from(format!("the value of field {id}"));
    match id % 10 {
        6..=8 if id % 20 > 10 => {}
        1 | 9 => put(w, id, &((number as i32).pow(4))),
        2 | 6 => put(w, id, &number.pow(8)),
        3 => put(w, id, &(number as f64 / 7.0)),
        4 | 8 => put(w, id, &(id % 20 < 10)),
        5 | 7 => put(w, id, &text),
        _ => match id % 40 {
            10 => put(w, id, &vec![1_i32, 2, 3, -4, i32::from(id)]),
            // Of more entries the other side would choose the order.
            20 => put(w, id, &Map::from_iter([(text, number)])),
            30 => put(w, id, &vec![text.clone(), text]),
            _ => put(w, id, &vec![i32::from(id); 3]),
        },
    }
}

fn put<T: Encode>(w: &mut BinaryWriter<'_, '_>, id: i16, value: &T) {
    w.field(T::KIND, id);
    value.encode(w);
}

fn items() -> Vec<u8> {
    let items = (0..1000).map(|index| ours::Item {
        id: index * index,
        value: format!("item {index}").into(),
        count: (index % 2 == 0).then_some(index as i32),
    });
    encoded(&ours::Items {
        items: items.collect(),
    })
}

/// Reads the medians that the run has left; a case that was filtered out has none.
fn print_ratios(folder: &Path) {
    println!("\nmedians, nanoseconds        ours    pilota  pilota / ours");
    for case in ["echo_1k", "wide_100", "list_1000"] {
        for verb in ["decode", "encode"] {
            let group = format!("{case}_{verb}");
            if let (Some(ours), Some(pilota)) = (
                median(folder, &group, "ours"),
                median(folder, &group, "pilota"),
            ) {
                let ratio = pilota / ours;
                println!("{group:<20} {ours:>11.1} {pilota:>9.1} {ratio:>14.2}");
            }
        }
    }
}

fn median(folder: &Path, group: &str, name: &str) -> Option<f64> {
    let path = folder.join(group).join(name).join("new/estimates.json");
    let estimates: Value = serde_json::from_slice(&fs::read(path).ok()?).ok()?;
    estimates["median"]["point_estimate"].as_f64()
}
