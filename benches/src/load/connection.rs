//! One connection of the load: what is in flight, what is still to be written, what came back.
//!
//! Requests are not queued as bytes. A sequence id waits in `unsent`, and the bytes are made when
//! they can leave, by patching ids into a [`Train`]: a run of prebuilt frames that all connections
//! share. Invariant: `in_flight` is the number of occupied flights, `unsent` is a subset of them, and
//! the first `unsent_offset` bytes of the first unsent frame have left.

use std::collections::VecDeque;
use std::fmt;
use std::io::{self, ErrorKind, Read, Write};
use std::num::NonZeroU64;
use std::os::fd::{AsFd, BorrowedFd};

use crate::address::Stream;
use crate::frames::RequestTemplate;
use crate::load::reply::{Mismatch, ReplyReader, ReplyTemplate};

/// A client's end of one connection.
#[derive(Debug)]
pub struct Connection {
    stream: Stream,
    reader: ReplyReader,
    /// Indexed by sequence id modulo its length, a power of two.
    flights: Box<[Flight]>,
    next_sequence: u32,
    next_reply: u32,
    in_flight: usize,
    unsent: VecDeque<u32>,
    unsent_offset: usize,
    any_order: bool,
}

#[derive(Clone, Copy, Debug, Default)]
struct Flight {
    sequence: u32,
    /// Time of sending in nanoseconds plus one; `None` when the flight is free.
    sent_at: Option<NonZeroU64>,
}

/// A run of equal request frames, long enough for one write.
#[derive(Debug)]
pub struct Train {
    template: RequestTemplate,
    frames: Vec<u8>,
    frames_max: usize,
}

/// Why a connection ended.
#[derive(Debug)]
pub enum Failure {
    /// A reply was wrong.
    Mismatch(Mismatch),
    /// The connection broke.
    Io(io::Error),
}

impl Connection {
    /// A connection with room for `depth` requests in flight. `number` sets where its sequence ids
    /// begin, far from those of the others, so that a reply sent to the wrong one is noticed.
    #[must_use]
    pub fn new(stream: Stream, number: usize, depth: usize, any_order: bool) -> Self {
        let first = u32::try_from(number).unwrap_or(0).wrapping_mul(0x9E37_79B1) & 0x3FFF_FFFF;
        Self {
            stream,
            reader: ReplyReader::default(),
            flights: vec![Flight::default(); depth.next_power_of_two()].into(),
            next_sequence: first,
            next_reply: first,
            in_flight: 0,
            unsent: VecDeque::with_capacity(depth),
            unsent_offset: 0,
            any_order,
        }
    }

    /// The socket.
    #[must_use]
    pub fn socket(&self) -> BorrowedFd<'_> {
        self.stream.as_fd()
    }

    /// Requests whose reply has not come.
    #[must_use]
    pub fn in_flight(&self) -> usize {
        self.in_flight
    }

    /// Adds one request, sent at `now` (nanoseconds). The caller keeps to the depth.
    ///
    /// # Panics
    /// When every flight is taken.
    #[inline]
    pub fn enqueue(&mut self, now: u64) {
        assert!(
            self.in_flight < self.flights.len(),
            "more requests in flight than the depth"
        );
        // Flights free up out of order when replies do; an id whose flight is taken is left out.
        while self.flights[self.slot(self.next_sequence)]
            .sent_at
            .is_some()
        {
            self.next_sequence = self.next_sequence.wrapping_add(1);
        }
        let sequence = self.next_sequence;
        let slot = self.slot(sequence);
        self.flights[slot] = Flight {
            sequence,
            sent_at: NonZeroU64::new(now + 1),
        };
        self.next_sequence = sequence.wrapping_add(1);
        self.in_flight += 1;
        self.unsent.push_back(sequence);
    }

    /// Writes what is unsent. `false` when the socket is full.
    ///
    /// # Errors
    /// Those of `send(2)`.
    #[inline]
    pub fn flush(&mut self, train: &mut Train) -> io::Result<bool> {
        while !self.unsent.is_empty() {
            let bytes = train.load(&self.unsent);
            match self.stream.write(&bytes[self.unsent_offset..]) {
                Ok(count) => {
                    let sent = self.unsent_offset + count;
                    self.unsent.drain(..sent / train.frame_bytes());
                    self.unsent_offset = sent % train.frame_bytes();
                }
                Err(error) if error.kind() == ErrorKind::WouldBlock => return Ok(false),
                Err(error) if error.kind() == ErrorKind::Interrupted => {}
                Err(error) => return Err(error),
            }
        }
        Ok(true)
    }

    /// Reads once and checks what came; calls `on_reply` with the time of sending of each request
    /// answered. `true` when the socket may hold more.
    ///
    /// # Errors
    /// A broken connection, its end included, or a wrong reply.
    #[inline]
    pub fn receive(
        &mut self,
        template: &ReplyTemplate,
        buffer: &mut [u8],
        mut on_reply: impl FnMut(u64),
    ) -> Result<bool, Failure> {
        let count = match self.stream.read(buffer) {
            Ok(0) => return Err(Failure::Io(self.end_of_stream())),
            Ok(count) => count,
            Err(error) if error.kind() == ErrorKind::WouldBlock => return Ok(false),
            Err(error) if error.kind() == ErrorKind::Interrupted => return Ok(true),
            Err(error) => return Err(Failure::Io(error)),
        };
        let (flights, next_reply) = (&mut self.flights, &mut self.next_reply);
        let (any_order, in_flight) = (self.any_order, &mut self.in_flight);
        self.reader
            .feed(template, &buffer[..count], |sequence| {
                if !any_order && sequence != *next_reply {
                    return Err(unexpected(sequence, &format!("{next_reply} is next")));
                }
                let slot = sequence as usize & (flights.len() - 1);
                let flight = &mut flights[slot];
                let sent_at = flight
                    .sent_at
                    .take()
                    .filter(|_| flight.sequence == sequence);
                let Some(sent_at) = sent_at else {
                    return Err(unexpected(sequence, "no such request is in flight"));
                };
                *next_reply = sequence.wrapping_add(1);
                *in_flight -= 1;
                on_reply(sent_at.get() - 1);
                Ok(())
            })
            .map_err(Failure::Mismatch)?;
        Ok(count == buffer.len())
    }

    fn slot(&self, sequence: u32) -> usize {
        sequence as usize & (self.flights.len() - 1)
    }

    fn end_of_stream(&self) -> io::Error {
        let place = if self.reader.is_inside_reply() {
            "inside a reply"
        } else {
            "between replies"
        };
        let text = format!(
            "the server closed {place}, {} requests in flight",
            self.in_flight
        );
        io::Error::new(ErrorKind::UnexpectedEof, text)
    }
}

impl Train {
    /// A train of the frames of `template`, at most `depth` and about `TRAIN_BYTES` long.
    #[must_use]
    pub fn new(template: RequestTemplate, depth: usize) -> Self {
        let frames_max = (TRAIN_BYTES / template.frame().len()).clamp(1, depth.max(1));
        let frames = template.frame().repeat(frames_max);
        Self {
            template,
            frames,
            frames_max,
        }
    }

    /// Bytes of one frame.
    #[must_use]
    #[inline]
    pub fn frame_bytes(&self) -> usize {
        self.template.frame().len()
    }

    /// The frames of the first of these sequence ids, as many as fit.
    #[inline]
    fn load(&mut self, sequences: &VecDeque<u32>) -> &[u8] {
        let frame_bytes = self.frame_bytes();
        let count = sequences.len().min(self.frames_max);
        let frames = self.frames.chunks_exact_mut(frame_bytes);
        for (frame, sequence) in frames.zip(sequences.iter().take(count)) {
            self.template.patch(frame, *sequence);
        }
        &self.frames[..count * frame_bytes]
    }
}

#[cold]
fn unexpected(sequence: u32, reason: &str) -> Mismatch {
    Mismatch(format!("reply {sequence} is out of place: {reason}"))
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Mismatch(mismatch) => mismatch.fmt(f),
            Self::Io(error) => error.fmt(f),
        }
    }
}

/// Length of a train: enough to fill a socket with small frames, little enough to stay in cache.
const TRAIN_BYTES: usize = 128 * 1024;

#[cfg(test)]
mod tests {
    use super::*;
    use crate::frames::Protocol;
    use std::os::unix::net::UnixStream;

    const FRAME: usize = 32;

    /// A connection of `depth` with that many requests written, and the server's end.
    fn connected(depth: usize, any_order: bool) -> (Connection, UnixStream) {
        let (client, server) = UnixStream::pair().unwrap();
        client.set_nonblocking(true).unwrap();
        let mut connection = Connection::new(Stream::Unix(client), 3, depth, any_order);
        let mut train = Train::new(RequestTemplate::new(Protocol::Raw, FRAME, false), depth);
        for now in 0..depth as u64 {
            connection.enqueue(now);
        }
        assert!(connection.flush(&mut train).unwrap());
        (connection, server)
    }

    fn requests(server: &mut UnixStream, count: usize) -> Vec<Vec<u8>> {
        let mut bytes = vec![0; count * FRAME];
        server.read_exact(&mut bytes).unwrap();
        bytes.chunks(FRAME).map(<[u8]>::to_vec).collect()
    }

    fn receive(connection: &mut Connection) -> Result<Vec<u64>, String> {
        let template = ReplyTemplate::new(Protocol::Raw, FRAME);
        let mut sent = Vec::new();
        let result = connection.receive(&template, &mut [0; 4096], |at| sent.push(at));
        result.map(|_| sent).map_err(|failure| failure.to_string())
    }

    #[test]
    fn replies_in_order_are_matched_with_their_times() {
        let (mut connection, mut server) = connected(3, false);
        server
            .write_all(&requests(&mut server.try_clone().unwrap(), 3).concat())
            .unwrap();
        assert_eq!(receive(&mut connection), Ok(vec![0, 1, 2]));
        assert_eq!(connection.in_flight(), 0);
    }

    #[test]
    fn another_order_is_an_error_unless_asked_for() {
        for any_order in [false, true] {
            let (mut connection, mut server) = connected(3, any_order);
            let mut frames = requests(&mut server, 3);
            frames.reverse();
            server.write_all(&frames.concat()).unwrap();
            match receive(&mut connection) {
                Ok(times) => assert!(any_order && times == [2, 1, 0], "{times:?}"),
                Err(error) => assert!(!any_order && error.contains("is next"), "{error}"),
            }
        }
    }

    #[test]
    fn ids_whose_flight_is_taken_are_left_out() {
        let (mut connection, mut server) = connected(4, true);
        let frames = requests(&mut server, 4);
        server.write_all(&frames[1]).unwrap();
        assert_eq!(receive(&mut connection), Ok(vec![1]));
        let mut train = Train::new(RequestTemplate::new(Protocol::Raw, FRAME, false), 4);
        connection.enqueue(9);
        assert!(connection.flush(&mut train).unwrap());
        let sequence = |frame: &[u8]| u32::from_be_bytes(*frame.first_chunk().unwrap());
        let again = requests(&mut server, 1);
        assert_eq!(sequence(&again[0]), sequence(&frames[1]) + 4);
    }

    #[test]
    fn a_reply_that_comes_twice_is_an_error() {
        let (mut connection, mut server) = connected(2, true);
        let frames = requests(&mut server, 2);
        server
            .write_all(&[&frames[0][..], &frames[0]].concat())
            .unwrap();
        assert!(
            receive(&mut connection)
                .unwrap_err()
                .contains("no such request")
        );
    }

    #[test]
    fn the_end_of_the_stream_says_what_is_missing() {
        let (mut connection, server) = connected(2, false);
        drop(server);
        // Requests the server never read turn the end into a reset.
        let error = receive(&mut connection).unwrap_err();
        assert!(
            error.contains("2 requests in flight") || error.contains("reset"),
            "{error}"
        );
    }
}
