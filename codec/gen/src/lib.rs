//! Compiler from Thrift IDL to Rust types, server traits and clients.
//!
//! ```text
//!     files ── load ──► thrift: lex, parse ──► lower: names, ids, values ──► ir ── analyze, names ──► emit ──► one Rust file
//!                                 │                        │                           │
//!                                 └──────── Diagnostics: cause, place, hint ◄──────────┘
//! ```
//!
//! Three doors lead in. In a build script, one line:
//!
//! ```no_run
//! codec_gen::build("idl/echo.thrift");
//! ```
//!
//! and in the crate, where the modules are wanted (each is named after a namespace of the IDL):
//!
//! ```ignore
//! include!(concat!(env!("OUT_DIR"), "/echo.rs"));
//! ```
//!
//! The program `idlc` does the same for files that are checked in, and [`Compiler`] for programs of one's own. The generated
//! code calls the crates `codec` and `rpc` by these names; a crate that includes it depends on both.
//!
//! Invariants: one IDL gives one text, whatever the machine; the text is formatted as rustfmt would; nothing is written from
//! an IDL with errors; every error has a place, and one run finds them all.

mod analyze;
mod build;
mod circle;
mod compiler;
mod diagnostic;
mod emit;
mod ir;
mod load;
mod lower;
mod names;
mod proto;
mod source;
mod thrift;

pub use build::build;
pub use compiler::{Compilation, Compiler};
pub use diagnostic::{Diagnostic, Diagnostics, Severity};
pub use source::{FileId, SourceFile, Sources, Span};
