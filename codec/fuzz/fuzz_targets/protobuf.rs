//! Protobuf: what decodes is encoded as something that decodes to the same bytes.

#![no_main]

libfuzzer_sys::fuzz_target!(|input: &[u8]| codec_fuzz::protobuf(input));
