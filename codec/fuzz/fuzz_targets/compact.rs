//! The compact protocol: reading and passing over agree.

#![no_main]

use codec::thrift::CompactReader;
use codec_fuzz::{compare, limits};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|input: &[u8]| {
    let reader = CompactReader::new(input, &limits());
    compare(reader.clone(), reader);
});
