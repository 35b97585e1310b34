//! Small programs, one purpose each.
//!
//! | program | what it shows |
//! |---|---|
//! | `echo-server` | a service from a Thrift IDL and one from a protobuf IDL on one port, on any transport and driver |
//! | `netpoll-echo` | the runtime alone: sends back every byte |
//! | `echo-client` | calls in every framing, in Thrift and protobuf; with `--check` it tells whether a server behaves |
//! | `cross-test` | both sides of Apache Thrift's cross tests: every type, exceptions, oneway calls |
//!
//! [`echo`], [`echo_pb`] and [`thrift_test`] are what the build script generates from the files in `idl/`.

include!(concat!(env!("OUT_DIR"), "/echo.rs"));
include!(concat!(env!("OUT_DIR"), "/echo_pb.rs"));
include!(concat!(env!("OUT_DIR"), "/thrift_test.rs"));
