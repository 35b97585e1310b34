//! RPC server and client, wire-compatible with Kitex, on the netpoll runtime.
//!
//! A server is a set of services behind one port. A service comes from an IDL through generated code, or is written by
//! hand as below; a request never leaves the core that received it, and a handler that does not wait costs no allocation.
//!
//! ```
//! use codec::thrift::{ApplicationException, Decode, Encode, Reader, Writer};
//! use rpc::{Call, Config, Describe, MethodDescriptor, Server, Service, ServiceDescriptor, Status};
//!
//! /// `service Counter { void Count() }`
//! struct Counter;
//!
//! struct Empty;
//!
//! impl Encode for Empty {
//!     fn encode<W: Writer>(&self, w: &mut W) {
//!         w.struct_begin();
//!         w.struct_end();
//!     }
//! }
//!
//! impl Service for Counter {
//!     async fn call(&self, call: &mut Call) -> Result<(), Status> {
//!         call.reply(&Empty)
//!     }
//! }
//!
//! impl Describe for Counter {
//!     fn descriptor() -> &'static ServiceDescriptor {
//!         &ServiceDescriptor { name: "Counter", methods: &[MethodDescriptor { name: "Count", oneway: false }] }
//!     }
//! }
//!
//! let server = Server::builder().service(|| Counter).build()?;
//! let running = server.start(&Config { cores: 1, ..Config::listen("127.0.0.1:0".parse()?) })?;
//! println!("listening on {}", running.addresses()[0]);
//! running.stop();
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! | module | what it is |
//! |---|---|
//! | `server` | builder, registry of services, start and stop |
//! | `transport` | a connection's protocol without I/O, and what carries its bytes |
//! | `call`, `context`, `service`, `status` | what handlers and layers see |
//! | `runner`, `host` | where and how the future of a call runs |
//! | `client` | calls to other servers |

#![forbid(unsafe_code)]

mod call;
mod client;
mod context;
mod descriptor;
mod host;
mod layer;
mod runner;
mod server;
mod service;
mod status;
pub mod time;
mod transport;

pub use call::Call;
pub use client::{Client, ClientBuilder, ClientCounters, Reply, ReplyMetadata};
pub use context::Context;
pub use descriptor::{Describe, MethodDescriptor, ServiceDescriptor};
pub use layer::{Deadline, DeadlineLayer};
pub use netpoll::{Address, AddressError};
pub use server::{
    Config, CountersSnapshot, Layers, RegistryError, Running, Server, ServerBuilder, Services,
    StartError, Transport,
};
pub use service::Service;
pub use status::{BizStatus, Fault, Reason, Status, exception};
pub use tower_layer::Layer;
