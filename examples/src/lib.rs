//! Small programs, one purpose each.
//!
//! | program | what it shows |
//! |---|---|
//! | `echo-server` | a service from an IDL on any transport and driver |
//! | `netpoll-echo` | the runtime alone: sends back every byte |
//! | `echo-client` | calls in every framing; with `--check` it tells whether a server of `EchoServer` behaves |
//!
//! [`echo`] is what the build script generates from `idl/echo.thrift`.

include!(concat!(env!("OUT_DIR"), "/echo.rs"));
