//! Small programs, one purpose each.
//!
//! | program | what it shows |
//! |---|---|
//! | `echo-server` | a service from an IDL on any transport and driver |
//! | `netpoll-echo` | the runtime alone: sends back every byte |
//! | `echo-client` | calls in every framing; with `--check` it tells whether a server of `EchoServer` behaves |
//! | `cross-test` | both sides of Apache Thrift's cross tests: every type, exceptions, oneway calls |
//!
//! [`echo`] and [`thrift_test`] are what the build script generates from the files in `idl/`.

include!(concat!(env!("OUT_DIR"), "/echo.rs"));
include!(concat!(env!("OUT_DIR"), "/thrift_test.rs"));
