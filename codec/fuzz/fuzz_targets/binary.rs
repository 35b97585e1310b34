//! The binary protocol: reading and passing over agree.

#![no_main]

use codec::thrift::BinaryReader;
use codec_fuzz::{compare, limits};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|input: &[u8]| {
    let reader = BinaryReader::new(input, &limits());
    compare(reader.clone(), reader);
});
