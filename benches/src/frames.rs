//! The frames of `EchoServer.Echo`, built once and patched with a sequence id afterwards.
//!
//! The IDL is that of kitex-benchmark:
//!
//! ```text
//! struct Request  { 1: required string action, 2: required string msg }
//! struct Response { 1: required string action, 2: required string msg }
//! service EchoServer { Response Echo(1: Request req) }
//! ```
//!
//! Formats (all integers big-endian):
//!
//! ```text
//! TTHeader  u32 length after this field | u16 0x1000 | u16 flags | u32 sequence id | u16 header words |
//!           u8 protocol | u8 transforms | info blocks | zero padding to a whole word | Thrift message
//! Framed    u32 length of the message | Thrift message
//! Buffered  Thrift message
//! Raw       u32 sequence id | text             no RPC: what a byte echo is measured with
//!
//! message   u32 0x80010000 + kind | u32 name length | name | u32 sequence id | args or result struct
//! ```

use clap::ValueEnum;

/// How a request travels.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Protocol {
    /// A sequence id and text, for servers that send back every byte.
    Raw,
    /// Thrift with a length in front.
    Framed,
    /// Thrift behind CloudWeGo's TTHeader.
    #[value(name = "ttheader")]
    TtHeader,
    /// Thrift alone.
    Buffered,
}

/// Kind of a Thrift message.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum MessageKind {
    /// A request.
    Call = 1,
    /// Its answer.
    Reply = 2,
    /// The answer when the call failed.
    Exception = 3,
}

/// A request frame and the places of its sequence id.
#[derive(Clone, Debug)]
pub struct RequestTemplate {
    frame: Vec<u8>,
    sequence_at: Vec<usize>,
}

impl RequestTemplate {
    /// The request whose `msg` has `payload_bytes` bytes. For [`Protocol::Raw`] that is the length
    /// of the whole frame, at least [`SEQUENCE_BYTES`]. `out_of_order` sets the TTHeader flag that
    /// lets the server answer in any order.
    #[must_use]
    pub fn new(protocol: Protocol, payload_bytes: usize, out_of_order: bool) -> Self {
        if protocol == Protocol::Raw {
            return Self {
                frame: raw_frame(payload_bytes),
                sequence_at: vec![0],
            };
        }
        let message = echo_message(MessageKind::Call, payload_bytes);
        let (head, sequence_at) = match protocol {
            Protocol::TtHeader => {
                let flags = if out_of_order { FLAG_OUT_OF_ORDER } else { 0 };
                let strings = [("isn", SERVICE)];
                (
                    ttheader(flags, 0, &strings, &REQUEST_INFO, message.len()),
                    vec![TTHEADER_SEQUENCE_AT],
                )
            }
            Protocol::Framed => (length_u32(message.len()).to_vec(), vec![]),
            Protocol::Buffered | Protocol::Raw => (vec![], vec![]),
        };
        let mut sequence_at = sequence_at;
        sequence_at.push(head.len() + MESSAGE_SEQUENCE_AT);
        Self {
            frame: [head, message].concat(),
            sequence_at,
        }
    }

    /// The frame with sequence id 0.
    #[must_use]
    pub fn frame(&self) -> &[u8] {
        &self.frame
    }

    /// Writes a sequence id into a copy of the frame.
    ///
    /// # Panics
    /// When `frame` is shorter than the template.
    #[inline]
    pub fn patch(&self, frame: &mut [u8], sequence: u32) {
        for at in &self.sequence_at {
            frame[*at..*at + SEQUENCE_BYTES].copy_from_slice(&sequence.to_be_bytes());
        }
    }
}

/// A frame for a byte echo: room for the sequence id, then text, `frame_bytes` in all.
#[must_use]
pub fn raw_frame(frame_bytes: usize) -> Vec<u8> {
    let mut frame = vec![0; SEQUENCE_BYTES];
    frame.extend_from_slice(text(frame_bytes.saturating_sub(SEQUENCE_BYTES)).as_bytes());
    frame
}

/// The Thrift message of a call or of its reply, sequence id 0, with a `msg` of `payload_bytes`.
#[must_use]
pub fn echo_message(kind: MessageKind, payload_bytes: usize) -> Vec<u8> {
    let field = if kind == MessageKind::Call { 1 } else { 0 };
    let mut body = vec![TYPE_STRUCT, 0, field];
    for (id, value) in [(1, ACTION), (2, &text(payload_bytes))] {
        body.extend_from_slice(&[TYPE_STRING, 0, id]);
        body.extend_from_slice(&length_u32(value.len()));
        body.extend_from_slice(value.as_bytes());
    }
    body.extend_from_slice(&[TYPE_STOP, TYPE_STOP]);
    message(kind, METHOD, 0, &body)
}

/// A strict binary Thrift message around an encoded struct.
#[must_use]
pub fn message(kind: MessageKind, name: &str, sequence: u32, body: &[u8]) -> Vec<u8> {
    let mut bytes = (MESSAGE_VERSION | kind as u32).to_be_bytes().to_vec();
    bytes.extend_from_slice(&length_u32(name.len()));
    bytes.extend_from_slice(name.as_bytes());
    bytes.extend_from_slice(&sequence.to_be_bytes());
    bytes.extend_from_slice(body);
    bytes
}

/// The TTHeader in front of a message of `message_bytes`, with its string and integer keys.
///
/// # Panics
/// When a value or the header is longer than its length field can say.
#[must_use]
pub fn ttheader(
    flags: u16,
    sequence: u32,
    strings: &[(&str, &str)],
    integers: &[(u16, &str)],
    message_bytes: usize,
) -> Vec<u8> {
    let mut info = vec![0, 0]; // protocol id: Thrift binary; no transforms
    if !strings.is_empty() {
        info.push(INFO_STRINGS);
        info.extend_from_slice(&length_u16(strings.len()));
        for text in strings.iter().flat_map(|(key, value)| [key, value]) {
            info.extend_from_slice(&length_u16(text.len()));
            info.extend_from_slice(text.as_bytes());
        }
    }
    if !integers.is_empty() {
        info.push(INFO_INTEGERS);
        info.extend_from_slice(&length_u16(integers.len()));
        for (key, value) in integers {
            info.extend_from_slice(&key.to_be_bytes());
            info.extend_from_slice(&length_u16(value.len()));
            info.extend_from_slice(value.as_bytes());
        }
    }
    info.resize(info.len().next_multiple_of(4), 0);
    let mut header = length_u32(TTHEADER_FIXED_BYTES - 4 + info.len() + message_bytes).to_vec();
    header.extend_from_slice(&TTHEADER_MAGIC.to_be_bytes());
    header.extend_from_slice(&flags.to_be_bytes());
    header.extend_from_slice(&sequence.to_be_bytes());
    header.extend_from_slice(&length_u16(info.len() / 4));
    header.extend_from_slice(&info);
    header
}

/// `length` characters in a fixed order without short periods, so that a piece that arrives in the
/// wrong place does not compare equal.
#[must_use]
pub fn text(length: usize) -> String {
    let mut state = 0x2545_F491_u32;
    let mut next = || {
        state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        char::from(ALPHABET[(state >> 26) as usize])
    };
    (0..length).map(|_| next()).collect()
}

fn length_u32(length: usize) -> [u8; 4] {
    u32::try_from(length)
        .expect("a frame is shorter than 4 GiB")
        .to_be_bytes()
}

fn length_u16(length: usize) -> [u8; 2] {
    u16::try_from(length)
        .expect("a header text is shorter than 64 KiB")
        .to_be_bytes()
}

/// Bytes of a sequence id.
pub const SEQUENCE_BYTES: usize = 4;
/// Place of the sequence id in a TTHeader.
pub const TTHEADER_SEQUENCE_AT: usize = 8;
/// Bytes of a TTHeader in front of what its header size counts.
pub const TTHEADER_FIXED_BYTES: usize = 14;
/// Second field of a TTHeader.
pub const TTHEADER_MAGIC: u16 = 0x1000;
/// TTHeader flag: replies may come in any order.
pub const FLAG_OUT_OF_ORDER: u16 = 0x01;
/// Place of the sequence id in a message of method [`METHOD`].
pub const MESSAGE_SEQUENCE_AT: usize = 8 + METHOD.len();
/// The method's name on the wire.
pub const METHOD: &str = "Echo";

const SERVICE: &str = "EchoServer";
const ACTION: &str = "echo";
/// What a Kitex client with metadata handler sends: transport, services and methods on both ends,
/// message type (`metakey.go` of cloudwego/gopkg names the keys).
const REQUEST_INFO: [(u16, &str); 6] = [
    (1, "unframed"),
    (3, "load"),
    (6, "echo"),
    (9, METHOD),
    (20, "load"),
    (22, "1"),
];
const MESSAGE_VERSION: u32 = 0x8001_0000;
const INFO_STRINGS: u8 = 0x01;
const INFO_INTEGERS: u8 = 0x10;
const TYPE_STOP: u8 = 0;
const TYPE_STRING: u8 = 11;
const TYPE_STRUCT: u8 = 12;
const ALPHABET: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+-";

#[cfg(test)]
mod tests {
    use super::*;

    fn hex(bytes: &[u8]) -> String {
        bytes.iter().map(|byte| format!("{byte:02x}")).collect()
    }

    #[test]
    fn ttheader_with_both_kinds_of_keys() {
        let call = message(MessageKind::Call, "echo", 1, &[0]);
        let header = ttheader(0, 1, &[("isn", "EchoServer")], &[(9, "echo")], call.len());
        let expected = [
            "0000003f100000000000000100090000",
            "010001000369736e000a4563686f5365",
            "72766572100001000900046563686f00",
            "000080010001000000046563686f0000",
            "000100",
        ];
        let expected = expected.concat();
        assert_eq!(hex(&[header, call].concat()), expected);
    }

    #[test]
    fn framed_request() {
        let request = RequestTemplate::new(Protocol::Framed, 3, false);
        let msg = hex(text(3).as_bytes());
        let expected = format!(
            "0000002a\
             80010001000000044563686f00000000\
             0c0001\
             0b0001000000046563686f\
             0b000200000003{msg}\
             0000"
        );
        assert_eq!(hex(request.frame()), expected);
    }

    #[test]
    fn patching_changes_the_sequence_ids_only() {
        for protocol in [
            Protocol::Raw,
            Protocol::Framed,
            Protocol::TtHeader,
            Protocol::Buffered,
        ] {
            let request = RequestTemplate::new(protocol, 64, false);
            let mut frame = request.frame().to_vec();
            request.patch(&mut frame, u32::MAX);
            let changed = frame
                .iter()
                .zip(request.frame())
                .filter(|(new, old)| new != old)
                .count();
            let places = if protocol == Protocol::TtHeader { 2 } else { 1 };
            assert_eq!(changed, places * SEQUENCE_BYTES, "{protocol:?}");
        }
    }

    #[test]
    fn lengths_in_the_header_add_up() {
        let request = RequestTemplate::new(Protocol::TtHeader, 1000, true);
        let frame = request.frame();
        assert_eq!(
            frame[..4],
            u32::try_from(frame.len() - 4).unwrap().to_be_bytes()
        );
        assert_eq!(frame[6..8], FLAG_OUT_OF_ORDER.to_be_bytes());
        let words = usize::from(u16::from_be_bytes([frame[12], frame[13]]));
        let message_at = TTHEADER_FIXED_BYTES + 4 * words;
        assert_eq!(
            frame[message_at..message_at + 4],
            0x8001_0001_u32.to_be_bytes()
        );
    }

    #[test]
    fn a_raw_frame_has_the_length_asked_for() {
        assert_eq!(raw_frame(100).len(), 100);
        assert_eq!(raw_frame(0).len(), SEQUENCE_BYTES);
    }
}
