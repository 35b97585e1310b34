//! A framed test protocol: four bytes of length, big endian, then as many bytes.

use netpoll::{Connection, LinkBuffer, Protocol, View};

/// Answers each whole frame with what `answer` makes of it; tells the core how long an unfinished one is.
pub(crate) struct Framed<A> {
    answer: A,
}

impl<A: FnMut(&Connection, View) + 'static> Framed<A> {
    pub(crate) fn new(answer: A) -> Self {
        Framed { answer }
    }
}

impl<A: FnMut(&Connection, View) + 'static> Protocol for Framed<A> {
    fn on_read(&mut self, connection: &Connection, input: &mut LinkBuffer) {
        // Frames that a congested connection leaves are delivered again when its output has drained.
        while !connection.is_congested()
            && let Some(frame) = take_frame(connection, input)
        {
            (self.answer)(connection, frame);
        }
    }
}

/// Takes a whole frame; when there is none, tells the core how long the one is that has begun.
pub(crate) fn take_frame(connection: &Connection, input: &mut LinkBuffer) -> Option<View> {
    let mut scratch = [0; 4];
    let head = input.peek(4, &mut scratch)?;
    let body = u32::from_be_bytes([head[0], head[1], head[2], head[3]]) as usize;
    assert!(body <= FRAME_BYTES_MAX, "a test sends no such frame");
    let frame = input.take(4 + body, connection.pool());
    if frame.is_none() {
        connection.expect(4 + body);
    }
    frame
}

/// Sends each frame back.
pub(crate) fn echo_frames() -> Framed<impl FnMut(&Connection, View)> {
    Framed::new(|connection: &Connection, frame| {
        let mut output = LinkBuffer::new();
        output.push(frame);
        connection.send(&mut output);
    })
}

/// The bytes of a frame around `body`.
pub(crate) fn frame(body: &[u8]) -> Vec<u8> {
    let mut bytes = (body.len() as u32).to_be_bytes().to_vec();
    bytes.extend_from_slice(body);
    bytes
}

const FRAME_BYTES_MAX: usize = 16 << 20;
