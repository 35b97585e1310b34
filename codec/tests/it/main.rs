//! The tests of the crate: frames as others write them, values there and back, damage, limits.

mod allocation;
mod corpus;
mod damage;
mod errors;
mod frames;
mod golden;
mod kitex;
mod limits;
mod protobuf;
mod round_trip;
mod scan;
mod value;
mod values;
mod write;

use codec::{
    DecodeError, Limits,
    frame::{Frame, Scan, Scanner},
};
use netpoll_buffer::{LinkBuffer, Pool, PoolConfig, View};

fn pool() -> Pool {
    Pool::new(PoolConfig::default())
}

/// What `write` writes.
fn written(write: impl FnOnce(&mut netpoll_buffer::Writer<'_>)) -> Vec<u8> {
    let pool = pool();
    let mut output = LinkBuffer::new();
    let mut writer = output.writer(&pool);
    write(&mut writer);
    writer.finish();
    output.chunks().flatten().copied().collect()
}

/// A buffer of `chunks`, each a view of its own.
fn linked<'a>(chunks: impl IntoIterator<Item = &'a [u8]>) -> LinkBuffer {
    let mut input = LinkBuffer::new();
    for chunk in chunks {
        input.push(View::from(chunk.to_vec()));
    }
    input
}

/// What a fresh scanner finds in `bytes`.
fn scan(bytes: &[u8], limits: &Limits) -> Result<Scan, DecodeError> {
    Scanner::default().scan(&linked([bytes]), limits)
}

/// The frame that is all of `bytes`, measured and parsed.
#[track_caller]
fn parse(bytes: &[u8]) -> Frame<'_> {
    let limits = Limits::default();
    let whole = Scan::Frame { bytes: bytes.len() };
    assert_eq!(scan(bytes, &limits), Ok(whole));
    Frame::parse(bytes, &limits).expect("a whole frame")
}

/// The bytes of hexadecimal digits; white space does not count.
fn hex(digits: &str) -> Vec<u8> {
    let digits: Vec<u8> = digits
        .chars()
        .filter(|char| !char.is_whitespace())
        .map(|char| char.to_digit(16).expect("a hexadecimal digit") as u8)
        .collect();
    let (pairs, rest) = digits.as_chunks::<2>();
    assert!(rest.is_empty(), "half a byte");
    pairs.iter().map(|[high, low]| high << 4 | low).collect()
}
