//! Compiler from Thrift IDL and protobuf to Rust types, server traits and clients.
//!
//! ```text
//!     files ── load ──► thrift: lex, parse ──► lower: names, ids, values ──► ir ── analyze, names ──► emit ──► one Rust file
//!       │                         │                        │                 ▲         │
//!       │                         └──────── Diagnostics: cause, place, hint ◄┼─────────┘
//!       └─ .proto ──► proto: load, by way of protox ──► lower ───────────────┘
//! ```
//!
//! Three doors lead in. In a build script, one line:
//!
//! ```no_run
//! codec_gen::build("idl/echo.thrift");
//! ```
//!
//! and in the crate, where the modules are wanted (each is named after a namespace or package of the IDL):
//!
//! ```ignore
//! include!(concat!(env!("OUT_DIR"), "/echo.rs"));
//! ```
//!
//! The program `idlc` does the same for files that are checked in, and [`Compiler`] for programs of one's own. The generated
//! code calls the crates `codec` and `rpc` by these names; a crate that includes it depends on both.
//!
//! # What Thrift becomes
//!
//! | IDL | Rust |
//! |---|---|
//! | `namespace rs a.b`, else `*`, else the first, else the file's name | `mod a { mod b { … } }` |
//! | `string`, `binary` | `codec::Str<'a>`, `codec::Bin<'a>`: borrowed from the frame, shared or owned |
//! | `list<T>`, `set<T>`, `map<K, V>` | `Vec<T>`, `codec::Set<T>`, `codec::Map<K, V>` |
//! | `uuid` | `[u8; 16]` |
//! | `enum E` | `struct E(pub i32)` with a constant per name; numbers without a name are kept |
//! | `struct S`, `exception S` | `struct S<'a>`, with a lifetime only where it can borrow; `into_owned()` makes it `S<'static>` |
//! | `required` | a plain field; decoding fails without it |
//! | `optional` | `Option`; with a default it starts as `Some` |
//! | neither | a plain field with its default, but an `Option` where the type is a union or contains the struct itself |
//! | `union U` | `enum U<'a>`, and a variant `Unknown` for a field of a newer IDL |
//! | `const` | `const` for scalars and strings, `static` and `LazyLock` for the rest |
//! | `service S` | `trait S` for the handler, `SServer` around a handler, `SClient` around an `rpc::Client` |
//! | `throws (1: E e)` | an error `SMethodError` with a variant per exception and one for `rpc::Status`; `?` converts to it |
//! | comments above | documentation |
//!
//! Names are converted to Rust's conventions; those that become equal are told apart by a trailing `_`. A struct that contains
//! itself is boxed where it must be. A method with Kitex's `streaming.mode` annotation is left out, with a warning.
//!
//! # What protobuf becomes
//!
//! | IDL | Rust |
//! |---|---|
//! | `package a.b`, else the file's name | `mod a { mod b { … } }` |
//! | `message M` | `struct M<'a>`; `into_owned()` makes it `M<'static>` |
//! | what is inside of it | in `mod m` beside it |
//! | `string`, `bytes` | `codec::Str<'a>`, `codec::Bin<'a>`; strings are UTF-8 in proto2 as well |
//! | a field without a word in proto3 | a plain field, not written when it is zero or empty |
//! | `optional`, and every message | `Option`; a default of proto2 is what `field_or_default()` returns |
//! | `required` | a plain field; decoding fails without it |
//! | `repeated`, `map<K, V>` | `Vec<T>`, `codec::Map<K, V>` |
//! | `oneof o` | `Option<m::O<'a>>`, an enum with a variant per field |
//! | `enum E` | `struct E(pub i32)` as for Thrift; in proto2 a number without a name is an unknown field |
//! | `group G` | a message, written between a start and an end |
//! | `extend`, extensions | nothing: they are unknown fields |
//! | unknown fields | the member `unknown_fields`, which is written again |
//! | `service S` | `trait S`, `SServer` and `SClient` as for Thrift |
//!
//! Both proto2 and proto3 are read, editions are not. Of a file that is only imported, what is used is compiled. A method that
//! is a stream is left out, with a warning. JSON names and other options mean nothing here.
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
