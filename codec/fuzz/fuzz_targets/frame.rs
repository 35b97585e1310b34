//! Frames: whatever is parsed can be written again and means the same.

#![no_main]

libfuzzer_sys::fuzz_target!(|input: &[u8]| codec_fuzz::frame(input));
