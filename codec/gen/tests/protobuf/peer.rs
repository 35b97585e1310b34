//! prost beside the generated code: what one writes, the other reads as the same.

use std::collections::HashMap;

use codec::Limits;
use codec::protobuf::{Decode, Encode};
use proptest::prelude::*;
use prost::Message;

use crate::generated::all::everything;
use crate::sample::Sampler;

proptest! {
    #[test]
    fn both_read_the_same(seed: u64) {
        assert_same(&Sampler::new(seed).all(3));
    }

    #[test]
    fn both_read_the_same_beside_unknown_fields(seed: u64) {
        let mut sampler = Sampler::new(seed);
        sampler.with_unknown = true;
        assert_same(&sampler.all(3));
    }

    /// Damaged bytes that both accept mean the same to both, and what prost accepts is accepted.
    #[test]
    fn both_read_the_same_of_damaged_bytes(seed: u64) {
        let mut sampler = Sampler::new(seed);
        sampler.with_unknown = true;
        let mut bytes = sampler.all(3);
        if bytes.is_empty() {
            return Ok(());
        }
        let at = sampler.below(bytes.len() as u64) as usize;
        bytes[at] = sampler.below(256) as u8;
        let Ok(theirs) = All::decode(bytes.as_slice()) else {
            return Ok(());
        };
        let ours = everything::All::decode(&bytes, &Limits::default());
        let ours = ours.unwrap_or_else(|error| panic!("prost accepts {bytes:02x?}: {error}"));
        let echoed = All::decode(ours.to_vec().as_slice()).expect("our bytes are valid");
        // What is not a number does not equal itself.
        if theirs == theirs.clone() {
            assert_eq!(echoed, theirs);
        }
    }
}

/// Reads `bytes` with both, writes with each, and reads that with the other.
fn assert_same(bytes: &[u8]) {
    let ours = everything::All::decode(bytes, &Limits::default()).expect("the bytes are valid");
    let theirs = All::decode(bytes).expect("the bytes are valid");
    let echoed = All::decode(ours.to_vec().as_slice()).expect("our bytes are valid");
    assert_eq!(echoed, theirs);
    let written = theirs.encode_to_vec();
    let read = everything::All::decode(&written, &Limits::default()).expect("prost's are valid");
    let rewritten = All::decode(read.to_vec().as_slice()).expect("our bytes are valid");
    assert_eq!(rewritten, theirs);
}

/// `All` of `all.proto`.
#[derive(Clone, PartialEq, Message)]
struct All {
    #[prost(double, tag = "1")]
    a_double: f64,
    #[prost(float, tag = "2")]
    a_float: f32,
    #[prost(int32, tag = "3")]
    an_int32: i32,
    #[prost(int64, tag = "4")]
    an_int64: i64,
    #[prost(uint32, tag = "5")]
    a_uint32: u32,
    #[prost(uint64, tag = "6")]
    a_uint64: u64,
    #[prost(sint32, tag = "7")]
    a_sint32: i32,
    #[prost(sint64, tag = "8")]
    a_sint64: i64,
    #[prost(fixed32, tag = "9")]
    a_fixed32: u32,
    #[prost(fixed64, tag = "10")]
    a_fixed64: u64,
    #[prost(sfixed32, tag = "11")]
    a_sfixed32: i32,
    #[prost(sfixed64, tag = "12")]
    a_sfixed64: i64,
    #[prost(bool, tag = "13")]
    a_bool: bool,
    #[prost(string, tag = "14")]
    a_string: String,
    #[prost(bytes = "vec", tag = "15")]
    some_bytes: Vec<u8>,
    #[prost(message, optional, tag = "16")]
    a_message: Option<Nested>,
    #[prost(int32, tag = "17")]
    an_enum: i32,
    #[prost(int32, tag = "18")]
    a_color: i32,
    #[prost(int32, optional, tag = "21")]
    maybe_int32: Option<i32>,
    #[prost(bool, optional, tag = "22")]
    maybe_bool: Option<bool>,
    #[prost(string, optional, tag = "23")]
    maybe_string: Option<String>,
    #[prost(bytes = "vec", optional, tag = "24")]
    maybe_bytes: Option<Vec<u8>>,
    #[prost(message, optional, tag = "25")]
    maybe_message: Option<Nested>,
    #[prost(int32, optional, tag = "26")]
    maybe_enum: Option<i32>,
    #[prost(double, repeated, tag = "31")]
    doubles: Vec<f64>,
    #[prost(float, repeated, tag = "32")]
    floats: Vec<f32>,
    #[prost(int32, repeated, tag = "33")]
    int32s: Vec<i32>,
    #[prost(int64, repeated, tag = "34")]
    int64s: Vec<i64>,
    #[prost(uint32, repeated, tag = "35")]
    uint32s: Vec<u32>,
    #[prost(uint64, repeated, tag = "36")]
    uint64s: Vec<u64>,
    #[prost(sint32, repeated, tag = "37")]
    sint32s: Vec<i32>,
    #[prost(sint64, repeated, tag = "38")]
    sint64s: Vec<i64>,
    #[prost(fixed32, repeated, tag = "39")]
    fixed32s: Vec<u32>,
    #[prost(fixed64, repeated, tag = "40")]
    fixed64s: Vec<u64>,
    #[prost(sfixed32, repeated, tag = "41")]
    sfixed32s: Vec<i32>,
    #[prost(sfixed64, repeated, tag = "42")]
    sfixed64s: Vec<i64>,
    #[prost(bool, repeated, tag = "43")]
    bools: Vec<bool>,
    #[prost(string, repeated, tag = "44")]
    strings: Vec<String>,
    #[prost(bytes = "vec", repeated, tag = "45")]
    byteses: Vec<Vec<u8>>,
    #[prost(message, repeated, tag = "46")]
    messages: Vec<Nested>,
    #[prost(int32, repeated, tag = "47")]
    enums: Vec<i32>,
    #[prost(sint32, repeated, packed = "false", tag = "48")]
    unpacked: Vec<i32>,
    #[prost(map = "int32, string", tag = "51")]
    names: HashMap<i32, String>,
    #[prost(map = "string, message", tag = "52")]
    parts: HashMap<String, Nested>,
    #[prost(map = "bool, bytes", tag = "53")]
    blobs: HashMap<bool, Vec<u8>>,
    #[prost(map = "fixed64, double", tag = "54")]
    weights: HashMap<u64, f64>,
    #[prost(map = "sint32, int32", tag = "55")]
    moods: HashMap<i32, i32>,
    #[prost(oneof = "Choice", tags = "61, 62, 63, 64, 65")]
    choice: Option<Choice>,
    #[prost(message, optional, tag = "66")]
    time: Option<Timestamp>,
    #[prost(message, optional, boxed, tag = "2000")]
    inner: Option<Box<All>>,
}

#[derive(Clone, PartialEq, Message)]
struct Nested {
    #[prost(int64, tag = "1")]
    id: i64,
    #[prost(string, tag = "2")]
    value: String,
    #[prost(message, repeated, tag = "3")]
    children: Vec<Nested>,
}

#[derive(Clone, PartialEq, prost::Oneof)]
enum Choice {
    #[prost(uint32, tag = "61")]
    Number(u32),
    #[prost(string, tag = "62")]
    Text(String),
    #[prost(message, tag = "63")]
    Part(Nested),
    #[prost(message, boxed, tag = "64")]
    Whole(Box<All>),
    #[prost(int32, tag = "65")]
    Mood(i32),
}

#[derive(Clone, PartialEq, Message)]
struct Timestamp {
    #[prost(int64, tag = "1")]
    seconds: i64,
    #[prost(int32, tag = "2")]
    nanos: i32,
}
