//! The scanner: whole or in pieces, it finds the same; what it finds is parsed.

use codec::frame::{Frame, Scan, Scanner, TtHeader};
use netpoll_buffer::{LinkBuffer, View};

use super::limits;

/// Looks for a frame in pieces of which the first two bytes give the sizes.
pub fn scan(input: &[u8]) {
    let Some((&[first, step], bytes)) = input.split_first_chunk() else {
        return;
    };
    let limits = limits();
    let mut whole = LinkBuffer::new();
    whole.push(View::from(bytes.to_vec()));
    let expected = Scanner::default().scan(&whole, &limits);

    let mut scanner = Scanner::default();
    let mut arrived = LinkBuffer::new();
    let mut found = Ok(Scan::Need(0));
    let mut rest = bytes;
    let mut size = usize::from(first);
    while !rest.is_empty() && matches!(found, Ok(Scan::Need(_))) {
        let (piece, later) = rest.split_at(size.clamp(1, rest.len()));
        arrived.push(View::from(piece.to_vec()));
        found = scanner.scan(&arrived, &limits);
        if let Ok(Scan::Need(total)) = found {
            assert!(total > arrived.len());
            assert!(total <= limits.frame_bytes_max + limits.header_bytes_max);
        }
        (rest, size) = (later, usize::from(step));
    }
    if !bytes.is_empty() {
        assert_eq!(found, expected);
    }
    if let Ok(Scan::Frame { bytes: len }) = expected {
        let frame = &bytes[..len];
        if let Err(error) = Frame::parse(frame, &limits) {
            assert!(error.form().is_some(), "{error}");
            let _ = TtHeader::parse(frame, &limits);
        }
    }
}
