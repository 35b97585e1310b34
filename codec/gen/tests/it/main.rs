//! The Thrift compiler from outside: golden output, reports, layout, the program, and the generated code at work.

mod compile;
mod determinism;
mod errors;
mod generated;
mod golden;
mod grammar;
mod idlc;
mod layout;
mod round_trip;
mod wire;
