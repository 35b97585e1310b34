//! The scanner: whole or in pieces, it finds the same; what it finds is parsed.

#![no_main]

libfuzzer_sys::fuzz_target!(|input: &[u8]| codec_fuzz::scan(input));
