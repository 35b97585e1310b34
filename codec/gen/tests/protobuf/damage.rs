//! Damaged bytes: every truncation and every corrupted byte of samples is an error or another message, never a panic.

use codec::Limits;
use codec::protobuf::{Decode, Encode};

use crate::generated::all::everything::All;
use crate::generated::legacy::legacy::{Closed, Groups, Required};
use crate::sample::Sampler;

/// Samples in which every field of `All` occurs.
fn samples() -> Vec<Vec<u8>> {
    (0..40)
        .map(|seed| {
            let mut sampler = Sampler::new(seed);
            sampler.with_unknown = true;
            sampler.all(3)
        })
        .collect()
}

/// Decodes; what comes out can be encoded, and is then what it was.
macro_rules! survive {
    ($ty:ty, $bytes:expr) => {
        if let Ok(message) = <$ty>::decode($bytes, &Limits::default()) {
            let again = message.to_vec();
            let echoed = <$ty>::decode(&again, &Limits::default()).expect("own bytes");
            assert_eq!(echoed.to_vec(), again);
            assert_eq!(message.into_owned().to_vec(), again);
        }
    };
}

/// All messages read all bytes, so that each also sees what it does not know.
fn survive_everywhere(bytes: &[u8]) {
    survive!(All<'_>, bytes);
    survive!(Closed<'_>, bytes);
    survive!(Groups<'_>, bytes);
    survive!(Required<'_>, bytes);
}

#[test]
fn every_truncation() {
    for sample in samples() {
        for end in 0..=sample.len() {
            survive_everywhere(&sample[..end]);
        }
    }
}

#[test]
fn every_corrupted_byte() {
    for mut sample in samples() {
        for at in 0..sample.len() {
            let byte = sample[at];
            for corrupted in [0, 1, 0x7f, 0x80, 0xff, byte ^ 1, byte ^ 4, byte ^ 0x80] {
                sample[at] = corrupted;
                survive_everywhere(&sample);
            }
            sample[at] = byte;
        }
    }
}

#[test]
fn every_short_message() {
    for first in 0..=255 {
        survive_everywhere(&[first]);
        for second in 0..=255 {
            for rest in [
                &[][..],
                &[0],
                &[1, 2, 3],
                &[0x80, 0x80],
                &[0x0b, 0x0c, 0x0c],
            ] {
                survive_everywhere(&[&[first, second], rest].concat());
            }
        }
    }
}
