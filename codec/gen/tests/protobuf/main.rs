//! The protobuf compiler from outside: golden output, reports, and the generated code at work beside prost.

mod allocation;
#[allow(dead_code, reason = "the tests of Thrift use the rest")]
#[path = "../it/compile.rs"]
mod compile;
mod damage;
mod errors;
mod generated;
mod golden;
mod kitex;
mod limits;
mod peer;
mod required;
mod round_trip;
mod sample;
mod service;
mod unknown;
mod wire;
