//! Recalled heads: a frame that is known again has the head that parsing finds.

#![no_main]

use codec::frame::{Frame, Recall, Scan, Scanner};
use codec_fuzz::limits;
use libfuzzer_sys::fuzz_target;
use netpoll_buffer::{LinkBuffer, View};

fuzz_target!(|input: (Vec<(u16, u8)>, Vec<u8>, Vec<u8>)| {
    let (edits, first, more) = input;
    let limits = limits();
    let Ok(frame) = Frame::parse(&first, &limits) else {
        return;
    };
    let mut recall = Recall::default();
    recall.keep(&frame, ());

    let mut second = first.clone();
    second.extend(more);
    if second.len() != first.len() && frame.head.framing.has_ttheader() {
        // Right again, so that it is not the length alone that tells the two apart.
        let length = (second.len() as u32 - 4).to_be_bytes();
        second[..4].copy_from_slice(&length);
    }
    for (at, byte) in edits {
        let at = usize::from(at) % second.len();
        second[at] = byte;
    }

    let mut arrived = LinkBuffer::new();
    arrived.push(View::from(second.clone()));
    let Ok(Scan::Frame { bytes }) = Scanner::default().scan(&arrived, &limits) else {
        return;
    };
    let second = &second[..bytes];
    if let Some((known, ())) = recall.find(second) {
        let parsed = Frame::parse(second, &limits).expect("a frame that is known again");
        assert_eq!(format!("{known:?}"), format!("{:?}", parsed.head));
        assert_eq!(parsed.name(), frame.name());
    }
});
