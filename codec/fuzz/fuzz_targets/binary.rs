//! The binary protocol: reading and passing over agree.

#![no_main]

libfuzzer_sys::fuzz_target!(|input: &[u8]| codec_fuzz::binary(input));
