//! The server on every transport, and the client against it.

mod allocations;
mod calls;
mod client;
mod hostile;
mod layers;
mod order;
mod protobuf;
mod stop;
mod support;
