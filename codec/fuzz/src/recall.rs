//! Recalled heads: a frame that is known again has the head that parsing finds.
//!
//! The input is a count, that many edits of a place (two bytes) and a byte, and a frame with more behind it. The frame is
//! parsed and kept; it with what is behind it, edited, is what arrives next, where the frame may be known again.

use codec::frame::{Frame, Recall, Recalled, Scan, Scanner};
use netpoll_buffer::{LinkBuffer, View};

use super::limits;

/// Keeps one frame and looks for another.
pub fn recall(input: &[u8]) {
    let Some((&count, input)) = input.split_first() else {
        return;
    };
    let Some((edits, input)) = input.split_at_checked(3 * usize::from(count)) else {
        return;
    };
    let limits = limits();
    let Some(bytes) = scan(input) else {
        return;
    };
    let first = &input[..bytes];
    let Ok(frame) = Frame::parse(first, &limits) else {
        return;
    };
    let mut recall = Recall::default();
    recall.keep(&frame, ());

    let mut second = input.to_vec();
    if second.len() != first.len() && frame.head.framing.has_ttheader() {
        // Right again, so that it is not the length alone that tells the two apart.
        let length = (second.len() as u32 - 4).to_be_bytes();
        second[..4].copy_from_slice(&length);
    }
    for &[high, low, byte] in edits.as_chunks().0 {
        let at = usize::from(u16::from_be_bytes([high, low])) % second.len();
        second[at] = byte;
    }

    let check = |second: &[u8], known: Recalled<'_, ()>| {
        let parsed = Frame::parse(second, &limits).expect("a frame that is known again");
        assert_eq!(format!("{:?}", known.head()), format!("{:?}", parsed.head));
        assert_eq!(parsed.name(), frame.name());
    };
    let scanned = scan(&second);
    if let Some(known) = recall.find_first(&second, &limits) {
        assert_eq!(Some(known.numbers.frame_bytes), scanned);
        check(&second[..known.numbers.frame_bytes], known);
    }
    if let Some(bytes) = scanned
        && let Some(known) = recall.find(&second[..bytes])
    {
        check(&second[..bytes], known);
    }
}

/// How long the first frame is, if it is whole.
fn scan(bytes: &[u8]) -> Option<usize> {
    let mut arrived = LinkBuffer::new();
    arrived.push(View::from(bytes.to_vec()));
    match Scanner::default().scan(&arrived, &limits()) {
        Ok(Scan::Frame { bytes }) => Some(bytes),
        _ => None,
    }
}
