//! What Volo's generator wrote for `echo.thrift` and `unknown_method.thrift`, a module each.

include!(concat!(env!("OUT_DIR"), "/volo_gen.rs"));

pub use volo_gen::{echo, unknown_method};
