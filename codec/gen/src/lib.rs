//! Compiler from Thrift IDL to Rust types, server traits and clients.
