//! Protobuf: what decodes is encoded as something that decodes to the same bytes.

use codec::{
    Limits,
    protobuf::{Decode, Encode},
    thrift::ApplicationException,
};
use message::Bird;

use super::limits;

#[allow(
    clippy::duplicate_mod,
    reason = "the tests of codec run these checks too, and have the module already"
)]
#[path = "../../tests/it/protobuf/message.rs"]
mod message;

/// Decodes a message of every kind of field, and an exception.
pub fn protobuf(input: &[u8]) {
    if let Ok(bird) = Bird::decode(input, &limits()) {
        let bytes = encoded(&bird);
        let again = Bird::decode(&bytes, &Limits::default()).expect("own bytes");
        assert_eq!(again.to_vec(), bytes);
    }
    if let Ok(exception) = <ApplicationException<'_> as Decode<'_>>::decode(input, &limits()) {
        let bytes = encoded(&exception);
        let again = <ApplicationException<'_> as Decode<'_>>::decode(&bytes, &Limits::default());
        assert_eq!(again, Ok(exception));
    }
}

fn encoded(message: &impl Encode) -> Vec<u8> {
    let bytes = message.to_vec();
    assert_eq!(bytes.len(), message.encoded_len());
    bytes
}
