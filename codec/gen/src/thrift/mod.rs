//! The front end for Thrift IDL: text → tokens → syntax tree.
//!
//! The grammar is Apache Thrift's (`compiler/cpp/src/thrift/thrifty.yy`), read generously: words that Apache reserves are
//! taken as names where nothing else can stand, and header keywords of old versions are skipped with a warning.

pub(crate) mod ast;
mod doc;
mod lex;
mod parse;

pub(crate) use parse::{parse, similar};
