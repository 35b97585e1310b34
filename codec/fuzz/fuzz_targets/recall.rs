//! Recalled heads: a frame that is known again has the head that parsing finds.

#![no_main]

libfuzzer_sys::fuzz_target!(|input: &[u8]| codec_fuzz::recall(input));
