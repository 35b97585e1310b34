//! Load generator, comparison and raw servers: what tells how fast Kittiwake is.
//!
//! Nothing here depends on Kittiwake's own crates. The load generator, the raw echo servers and the
//! hand-written floor stand on system calls alone, so that a fault or a slowness of the runtime
//! cannot hide in the instrument that measures it.
//!
//! | program | what it is |
//! |---|---|
//! | `load` | sends prebuilt requests on many connections and checks every reply ([`load`]) |
//! | `echo-raw` | byte echo with no RPC: the price of the kernel |
//! | `floor` | the echo service written by hand for io_uring: the price of an RPC at its least |
//! | `compare` | runs the servers in turn under one load and prints tables of ratios ([`compare`]) |
//!
//! `unsafe` is found in [`sys`], [`epoll`] and [`uring`] only.

pub mod address;
pub mod compare;
pub mod cpu_time;
pub mod epoll;
pub mod frames;
pub mod load;
pub mod program;
pub mod sys;
pub mod uring;
