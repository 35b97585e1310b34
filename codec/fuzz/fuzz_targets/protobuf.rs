//! Protobuf: what decodes is encoded as something that decodes to the same bytes.

#![no_main]

use codec::{
    Limits,
    protobuf::{Decode, Encode},
};
use codec_fuzz::limits;
use libfuzzer_sys::fuzz_target;
use message::Bird;

#[path = "../../tests/it/protobuf/message.rs"]
mod message;

fuzz_target!(|input: &[u8]| {
    if let Ok(bird) = Bird::decode(input, &limits()) {
        let bytes = bird.to_vec();
        assert_eq!(bytes.len(), bird.encoded_len());
        let again = Bird::decode(&bytes, &Limits::default()).expect("own bytes");
        assert_eq!(again.to_vec(), bytes);
    }
});
