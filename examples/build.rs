//! Generates the Rust side of the IDL.

fn main() {
    codec_gen::build("idl/echo.thrift");
}
