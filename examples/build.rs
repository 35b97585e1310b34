//! Generates the Rust side of the IDL.

fn main() {
    codec_gen::build("idl/echo.thrift");
    codec_gen::build("idl/echo_pb.proto");
    codec_gen::build("idl/thrift_test.thrift");
}
