//! Checks a stream of replies byte by byte without keeping it.
//!
//! A reply is a head, which ends behind the sequence id, and a body, which is the same in every
//! reply. The head is parsed where it lies in the receive buffer; only one that arrives in pieces is
//! collected first. The body is compared with the template as it arrives, so a reply of 4 MiB costs
//! no memory.

use std::fmt;

use crate::frames::{
    self, MESSAGE_SEQUENCE_AT, MessageKind, Protocol, SEQUENCE_BYTES, TTHEADER_FIXED_BYTES,
    TTHEADER_MAGIC, TTHEADER_SEQUENCE_AT,
};

/// What every reply has to look like.
#[derive(Debug)]
pub struct ReplyTemplate {
    protocol: Protocol,
    /// The message (for raw the frame) with sequence id 0.
    message: Vec<u8>,
    /// Where in `message` the body begins.
    body_at: usize,
}

/// Reads the replies of one connection.
#[derive(Debug, Default)]
pub struct ReplyReader {
    /// The beginning of a head that has not arrived whole.
    head: Vec<u8>,
    /// The reply whose body is arriving.
    current: Option<Partial>,
}

/// A reply that is not what it has to be. One line for people.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Mismatch(pub String);

#[derive(Clone, Copy, Debug)]
struct Partial {
    sequence: u32,
    /// Next byte of the template to compare.
    at: usize,
}

#[derive(Debug, PartialEq, Eq)]
struct Head {
    bytes: usize,
    sequence: u32,
}

impl ReplyTemplate {
    /// The reply to the request of the same protocol and payload.
    #[must_use]
    pub fn new(protocol: Protocol, payload_bytes: usize) -> Self {
        if protocol == Protocol::Raw {
            let message = frames::raw_frame(payload_bytes);
            return Self {
                protocol,
                message,
                body_at: SEQUENCE_BYTES,
            };
        }
        let message = frames::echo_message(MessageKind::Reply, payload_bytes);
        Self {
            protocol,
            message,
            body_at: MESSAGE_SEQUENCE_AT + SEQUENCE_BYTES,
        }
    }

    /// Parses a head at the beginning of `bytes`; `None` when more of it has to arrive.
    #[inline]
    fn head(&self, bytes: &[u8]) -> Result<Option<Head>, Mismatch> {
        let message_at = match self.protocol {
            Protocol::Raw | Protocol::Buffered => 0,
            Protocol::Framed => {
                let Some(length) = read_u32(bytes, 0) else {
                    return Ok(None);
                };
                self.check_length(length as usize, &bytes[4..])?;
                4
            }
            Protocol::TtHeader => match self.ttheader(bytes)? {
                Some(message_at) => message_at,
                None => return Ok(None),
            },
        };
        let fixed = self.body_at - SEQUENCE_BYTES;
        let Some(sequence) = read_u32(bytes, message_at + fixed) else {
            return Ok(None);
        };
        if bytes[message_at..message_at + fixed] != self.message[..fixed] {
            return Err(Mismatch(format!(
                "reply begins with {}",
                Excerpt(&bytes[message_at..])
            )));
        }
        if self.protocol == Protocol::TtHeader
            && read_u32(bytes, TTHEADER_SEQUENCE_AT) != Some(sequence)
        {
            let header = read_u32(bytes, TTHEADER_SEQUENCE_AT).unwrap_or_default();
            return Err(Mismatch(format!(
                "header has sequence id {header}, its message {sequence}"
            )));
        }
        Ok(Some(Head {
            bytes: message_at + self.body_at,
            sequence,
        }))
    }

    /// Checks the fixed part of a TTHeader and returns where the message begins.
    #[inline]
    fn ttheader(&self, bytes: &[u8]) -> Result<Option<usize>, Mismatch> {
        let Some(fixed) = bytes.first_chunk::<TTHEADER_FIXED_BYTES>() else {
            return Ok(None);
        };
        if fixed[4..6] != TTHEADER_MAGIC.to_be_bytes() {
            return Err(Mismatch(format!(
                "reply has no TTHeader: {}",
                Excerpt(bytes)
            )));
        }
        let length = read_u32(fixed, 0).unwrap_or_default() as usize;
        let header =
            TTHEADER_FIXED_BYTES + 4 * usize::from(u16::from_be_bytes([fixed[12], fixed[13]]));
        if header > HEADER_BYTES_MAX {
            return Err(Mismatch(format!(
                "reply header of {header} bytes is above {HEADER_BYTES_MAX}"
            )));
        }
        let Some(message_bytes) = (length + 4).checked_sub(header) else {
            return Err(Mismatch(format!(
                "frame length {length} is shorter than its header {header}"
            )));
        };
        self.check_length(message_bytes, bytes.get(header..).unwrap_or_default())?;
        Ok(Some(header))
    }

    fn check_length(&self, found: usize, message: &[u8]) -> Result<(), Mismatch> {
        if found == self.message.len() {
            return Ok(());
        }
        let expected = self.message.len();
        let excerpt = Excerpt(message);
        Err(Mismatch(format!(
            "reply message has {found} bytes and not {expected}: {excerpt}"
        )))
    }
}

impl ReplyReader {
    /// Takes the bytes that arrived and calls `on_reply` with the sequence id of every reply they
    /// complete. An error, of the bytes or of `on_reply`, is final.
    ///
    /// # Errors
    /// The first difference from the template.
    #[inline]
    pub fn feed(
        &mut self,
        template: &ReplyTemplate,
        mut bytes: &[u8],
        mut on_reply: impl FnMut(u32) -> Result<(), Mismatch>,
    ) -> Result<(), Mismatch> {
        while !bytes.is_empty() {
            let mut partial = match self.current.take() {
                Some(partial) => partial,
                None => match self.next_head(template, &mut bytes)? {
                    Some(head) => Partial {
                        sequence: head.sequence,
                        at: template.body_at,
                    },
                    None => return Ok(()),
                },
            };
            let expected = &template.message[partial.at..];
            let count = expected.len().min(bytes.len());
            if bytes[..count] != expected[..count] {
                return Err(body_mismatch(&partial, &bytes[..count], expected));
            }
            bytes = &bytes[count..];
            partial.at += count;
            if partial.at == template.message.len() {
                on_reply(partial.sequence)?;
            } else {
                self.current = Some(partial);
            }
        }
        Ok(())
    }

    /// Whether a reply has arrived in part.
    #[must_use]
    pub fn is_inside_reply(&self) -> bool {
        self.current.is_some() || !self.head.is_empty()
    }

    #[inline]
    fn next_head(
        &mut self,
        template: &ReplyTemplate,
        bytes: &mut &[u8],
    ) -> Result<Option<Head>, Mismatch> {
        if !self.head.is_empty() {
            return self.split_head(template, bytes);
        }
        let Some(head) = template.head(bytes)? else {
            self.head.extend_from_slice(bytes);
            *bytes = &[];
            return Ok(None);
        };
        *bytes = &bytes[head.bytes..];
        Ok(Some(head))
    }

    /// Completes a head that began in earlier bytes.
    #[cold]
    fn split_head(
        &mut self,
        template: &ReplyTemplate,
        bytes: &mut &[u8],
    ) -> Result<Option<Head>, Mismatch> {
        let before = self.head.len();
        let count = bytes.len().min(HEADER_BYTES_MAX + template.body_at);
        self.head.extend_from_slice(&bytes[..count]);
        let Some(head) = template.head(&self.head)? else {
            *bytes = &bytes[count..];
            return Ok(None);
        };
        self.head = Vec::new();
        *bytes = &bytes[head.bytes - before..];
        Ok(Some(head))
    }
}

#[cold]
fn body_mismatch(partial: &Partial, found: &[u8], expected: &[u8]) -> Mismatch {
    let offset = found
        .iter()
        .zip(expected)
        .take_while(|(found, expected)| found == expected)
        .count();
    Mismatch(format!(
        "reply {} differs at byte {} of its message: {}",
        partial.sequence,
        partial.at + offset,
        Excerpt(&found[offset..])
    ))
}

#[inline]
fn read_u32(bytes: &[u8], at: usize) -> Option<u32> {
    bytes
        .get(at..)?
        .first_chunk()
        .map(|word| u32::from_be_bytes(*word))
}

impl fmt::Display for Mismatch {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

/// The first bytes of something unexpected: printable ones as they are, an exception's name first.
struct Excerpt<'a>(&'a [u8]);

impl fmt::Display for Excerpt<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self
            .0
            .starts_with(&[0x80, 0x01, 0x00, MessageKind::Exception as u8])
        {
            f.write_str("an exception ")?;
        }
        let shown = &self.0[..self.0.len().min(EXCERPT_BYTES_MAX)];
        write!(f, "\"{}\"", shown.escape_ascii())
    }
}

/// A reply's TTHeader is refused above this; a server that echoes has little to say there.
const HEADER_BYTES_MAX: usize = 4096;
const EXCERPT_BYTES_MAX: usize = 96;

#[cfg(test)]
mod tests {
    use super::*;

    const PAYLOAD: usize = 50;

    /// A good stream of three replies.
    fn replies(protocol: Protocol) -> Vec<u8> {
        let mut stream = Vec::new();
        for sequence in [7_u32, 8, 9] {
            let mut message = ReplyTemplate::new(protocol, PAYLOAD).message;
            let at = if protocol == Protocol::Raw {
                0
            } else {
                MESSAGE_SEQUENCE_AT
            };
            message[at..at + 4].copy_from_slice(&sequence.to_be_bytes());
            match protocol {
                Protocol::TtHeader => {
                    let keys = [(22, "2")];
                    stream.extend(frames::ttheader(0, sequence, &[], &keys, message.len()));
                }
                Protocol::Framed => {
                    stream.extend(u32::try_from(message.len()).unwrap().to_be_bytes());
                }
                Protocol::Raw | Protocol::Buffered => {}
            }
            stream.extend(message);
        }
        stream
    }

    fn read(protocol: Protocol, pieces: &[&[u8]]) -> Result<(Vec<u32>, bool), Mismatch> {
        let template = ReplyTemplate::new(protocol, PAYLOAD);
        let mut reader = ReplyReader::default();
        let mut found = Vec::new();
        for piece in pieces {
            reader.feed(&template, piece, |sequence| {
                found.push(sequence);
                Ok(())
            })?;
        }
        Ok((found, reader.is_inside_reply()))
    }

    const PROTOCOLS: [Protocol; 4] = [
        Protocol::Raw,
        Protocol::Framed,
        Protocol::TtHeader,
        Protocol::Buffered,
    ];

    #[test]
    fn replies_are_found_at_every_split() {
        for protocol in PROTOCOLS {
            let stream = replies(protocol);
            for split in 0..stream.len() {
                let (front, back) = stream.split_at(split);
                let expected = Ok((vec![7, 8, 9], false));
                assert_eq!(
                    read(protocol, &[front, back]),
                    expected,
                    "{protocol:?} at {split}"
                );
            }
            let bytes: Vec<&[u8]> = stream.chunks(1).collect();
            assert_eq!(
                read(protocol, &bytes),
                Ok((vec![7, 8, 9], false)),
                "{protocol:?}"
            );
        }
    }

    #[test]
    fn a_stream_that_ends_early_is_inside_a_reply() {
        for protocol in PROTOCOLS {
            let stream = replies(protocol);
            let found = read(protocol, &[&stream[..stream.len() - 1]]);
            assert_eq!(found, Ok((vec![7, 8], true)), "{protocol:?}");
        }
    }

    #[test]
    fn every_changed_byte_is_noticed() {
        for protocol in PROTOCOLS {
            let stream = replies(protocol);
            for at in 0..stream.len() {
                let mut changed = stream.clone();
                changed[at] ^= 0x01;
                let found = read(protocol, &[&changed]);
                let ignored = protocol == Protocol::TtHeader && is_free(&stream, at);
                assert_eq!(
                    found == Ok((vec![7, 8, 9], false)),
                    ignored,
                    "{protocol:?} at {at}"
                );
            }
        }
    }

    /// Bytes of a TTHeader that a server may choose: flags, protocol id, transforms, keys.
    fn is_free(stream: &[u8], at: usize) -> bool {
        let at = at % (stream.len() / 3);
        let words = usize::from(u16::from_be_bytes([stream[12], stream[13]]));
        at == 6 || at == 7 || (14..TTHEADER_FIXED_BYTES + 4 * words).contains(&at)
    }

    #[test]
    fn an_exception_is_called_one() {
        let body = [11, 0, 1, 0, 0, 0, 2, b'n', b'o', 8, 0, 2, 0, 0, 0, 6, 0];
        let message = frames::message(MessageKind::Exception, frames::METHOD, 7, &body);
        let header = frames::ttheader(0, 7, &[], &[], message.len());
        let error = read(Protocol::TtHeader, &[&header, &message]).unwrap_err();
        assert!(error.0.contains("bytes"), "{error}");
        let error = read(Protocol::TtHeader, &[&[header, message].concat()]).unwrap_err();
        assert!(error.0.contains("an exception"), "{error}");
    }
}
