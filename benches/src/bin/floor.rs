//! `floor`: the echo service written by hand for one purpose, as a bound from below.
//!
//! No framework, no generated code, one thread, one file. A frame is parsed in the buffer the kernel
//! received it into, its texts are checked to be UTF-8, the method is looked up in a hash map, and the
//! replies of one turn leave in one send per connection. A server with a framework that costs as much
//! as this one has no framework tax.
//!
//! Large frames take another way: once the length of one is known, the multishot receive is stopped,
//! the rest is received into a buffer of exactly its size, and its text is sent back from there. The
//! connection stays on that way for as long as its frames are large.
//!
//! It speaks TTHeader and framed Thrift, told apart per message; formats in [`benches::frames`].

use std::collections::HashMap;
use std::hash::{BuildHasherDefault, Hasher};
use std::mem;
use std::ops::Range;
use std::os::fd::AsFd;
use std::process::ExitCode;

use anyhow::Context;
use benches::address::{Address, Listener};
use benches::uring::output::Output;
use benches::uring::{Event, Ring, Sizes, Wait};
use benches::{program, sys};
use clap::Parser;

/// Hand-written echo server.
#[derive(Debug, Parser)]
struct Arguments {
    /// Where to listen: HOST:PORT (port 0: any) or unix:PATH.
    #[arg(long, default_value = "127.0.0.1:0")]
    addr: Address,
    /// CPU to run on.
    #[arg(long)]
    pin: Option<usize>,
    /// Never sleep: ask for events in a loop.
    #[arg(long)]
    spin: bool,
}

fn main() -> ExitCode {
    program::run(serve)
}

fn serve() -> anyhow::Result<ExitCode> {
    let arguments = Arguments::parse();
    if let Some(cpu) = arguments.pin {
        sys::pin_to_cpu(cpu).with_context(|| format!("cannot run on CPU {cpu}"))?;
    }
    sys::raise_open_files().context("cannot raise the limit of open files")?;
    let listener = Listener::bind(&arguments.addr)
        .with_context(|| format!("cannot listen on {}", arguments.addr))?;
    let wait = if arguments.spin {
        Wait::Spin
    } else {
        Wait::Sleep
    };
    let mut server = Server::new(&listener, wait)?;
    println!("listening on {} driver=uring cores=1", listener.address()?);
    server.run()
}

struct Server {
    ring: Ring,
    connections: Vec<Connection>,
    work: Work,
    /// Buffers of large frames for the next ones.
    spare: Vec<Vec<u8>>,
}

/// What connections share while they are served.
struct Work {
    methods: Methods,
    /// Connections that got their first reply of this turn.
    dirty: Vec<u32>,
    outputs: Vec<Output>,
}

type Methods = HashMap<&'static [u8], Method, BuildHasherDefault<Fnv>>;

#[derive(Clone, Copy)]
enum Method {
    Echo,
}

#[derive(Default)]
struct Connection {
    /// The beginning of a frame.
    partial: Vec<u8>,
    /// Bytes of that frame, 0 while unknown.
    needed: usize,
    /// The last frame was large.
    large: bool,
    unsent: Option<Output>,
    unsent_bytes: usize,
    sending: bool,
    receiving: Receiving,
}

#[derive(Clone, Copy, Default, PartialEq, Eq)]
enum Receiving {
    #[default]
    Multishot,
    /// Multishot, asked to stop.
    Stopping,
    /// Nothing is being received: a large frame comes next or too much is unsent.
    Stopped,
    /// Into an own buffer.
    Into,
    /// The client has closed.
    Ended,
    /// The connection is being closed.
    Closing,
}

/// The bytes are not what a client of the service sends; the connection is closed.
#[derive(Debug)]
struct Malformed;

impl Server {
    fn new(listener: &Listener, wait: Wait) -> anyhow::Result<Self> {
        let connections_max = sys::open_files_max()?.min(CONNECTIONS_MAX);
        let sizes = Sizes {
            connections_max,
            buffers: BUFFERS,
            buffer_bytes: BUFFER_BYTES,
        };
        let ring = Ring::new(listener.as_fd(), sizes, wait).context("io_uring cannot be set up")?;
        let mut connections = Vec::new();
        connections.resize_with(connections_max as usize, Connection::default);
        let methods = [(&b"Echo"[..], Method::Echo)].into_iter().collect();
        let work = Work {
            methods,
            dirty: Vec::new(),
            outputs: Vec::new(),
        };
        Ok(Self {
            ring,
            connections,
            work,
            spare: Vec::new(),
        })
    }

    /// Serves until io_uring itself fails.
    fn run(&mut self) -> anyhow::Result<ExitCode> {
        loop {
            self.ring.turn().context("io_uring_enter failed")?;
            while let Some(event) = self.ring.next_event()? {
                self.handle(event)?;
            }
            let mut dirty = mem::take(&mut self.work.dirty);
            for number in dirty.drain(..) {
                self.advance(number)?;
            }
            self.work.dirty = dirty;
        }
    }

    #[inline]
    fn handle(&mut self, event: Event) -> anyhow::Result<()> {
        match event {
            Event::Received(number, piece) => {
                let connection = &mut self.connections[number as usize];
                let input = self.ring.buffers().bytes(&piece);
                let served = connection.serve(number, input, &mut self.work);
                self.ring.buffers_mut().release(piece);
                match served {
                    Ok(()) => self.limit(number)?,
                    Err(Malformed) => self.close(number)?,
                }
            }
            Event::Filled(number, buffer) => {
                let connection = &mut self.connections[number as usize];
                connection.receiving = Receiving::Stopped;
                match connection.serve_buffer(number, buffer, &mut self.work) {
                    Ok(()) => self.advance(number)?,
                    Err(Malformed) => self.close(number)?,
                }
            }
            Event::Sent(number, output) => {
                self.connections[number as usize].sending = false;
                self.recycle(output);
                self.advance(number)?;
            }
            Event::Stopped(number) => {
                self.connections[number as usize].receiving = Receiving::Stopped;
                self.advance(number)?;
            }
            Event::Ended(number) => {
                self.connections[number as usize].receiving = Receiving::Ended;
                self.advance(number)?;
            }
            Event::Closed(number) => {
                let connection = mem::take(&mut self.connections[number as usize]);
                if let Some(output) = connection.unsent {
                    self.recycle(output);
                }
            }
            Event::Accepted(_) => {}
        }
        Ok(())
    }

    /// Stops the multishot receive before a large frame and while too much is unsent.
    #[inline]
    fn limit(&mut self, number: u32) -> anyhow::Result<()> {
        let connection = &mut self.connections[number as usize];
        let stop = connection.needed >= LARGE_BYTES || connection.unsent_bytes > UNSENT_BYTES_MAX;
        if stop && connection.receiving == Receiving::Multishot {
            connection.receiving = Receiving::Stopping;
            if self.ring.stop_receiving(number)? {
                connection.receiving = Receiving::Stopped;
                self.advance(number)?;
            }
        }
        Ok(())
    }

    /// Starts what can be started: a send, a receive, or at the end the close.
    fn advance(&mut self, number: u32) -> anyhow::Result<()> {
        let connection = &mut self.connections[number as usize];
        if connection.receiving == Receiving::Closing {
            return Ok(());
        }
        if !connection.sending {
            if let Some(output) = connection.unsent.take() {
                connection.unsent_bytes = 0;
                connection.sending = true;
                self.ring.send(number, output)?;
            } else if connection.receiving == Receiving::Ended {
                return self.close(number);
            }
        }
        let connection = &mut self.connections[number as usize];
        if connection.receiving != Receiving::Stopped || connection.unsent_bytes > UNSENT_BYTES_MAX
        {
            return Ok(());
        }
        if connection.needed < LARGE_BYTES && !connection.large {
            connection.receiving = Receiving::Multishot;
            return Ok(self.ring.start_receiving(number)?);
        }
        connection.receiving = Receiving::Into;
        let mut buffer = mem::take(&mut connection.partial);
        if buffer.capacity() == 0 {
            buffer = self.spare.pop().unwrap_or_default();
        }
        // Of a frame whose length is unknown only the beginning is read, lest the next one comes too.
        let all = connection.needed > 0;
        let target = if all {
            connection.needed
        } else {
            buffer.len() + BEGINNING_BYTES
        };
        let bytes = target - buffer.len();
        buffer.reserve_exact(bytes);
        Ok(self.ring.receive_into(number, buffer, bytes, all)?)
    }

    fn close(&mut self, number: u32) -> anyhow::Result<()> {
        self.connections[number as usize].receiving = Receiving::Closing;
        Ok(self.ring.close(number)?)
    }

    #[inline]
    fn recycle(&mut self, mut output: Output) {
        let spare = &mut self.spare;
        output.clear(self.ring.buffers_mut(), |mut buffer| {
            if spare.len() < SPARE_MAX {
                buffer.clear();
                spare.push(buffer);
            }
        });
        self.work.outputs.push(output);
    }
}

impl Connection {
    /// Answers every whole frame of what is there, with `input` behind the partial frame.
    #[inline]
    fn serve(&mut self, number: u32, input: &[u8], work: &mut Work) -> Result<(), Malformed> {
        if self.partial.is_empty() {
            let consumed = self.serve_frames(number, input, work)?;
            self.partial.extend_from_slice(&input[consumed..]);
            return Ok(());
        }
        let mut partial = mem::take(&mut self.partial);
        partial.extend_from_slice(input);
        let consumed = self.serve_frames(number, &partial, work)?;
        partial.drain(..consumed);
        // An empty one is dropped: ten thousand idle connections keep nothing.
        if !partial.is_empty() {
            self.partial = partial;
        }
        Ok(())
    }

    /// The same for an own buffer; a large frame that fills it is answered without a copy.
    fn serve_buffer(
        &mut self,
        number: u32,
        buffer: Vec<u8>,
        work: &mut Work,
    ) -> Result<(), Malformed> {
        if buffer.len() < LARGE_BYTES || frame_bytes(&buffer)? != Some(buffer.len()) {
            self.partial = buffer;
            return self.serve(number, &[], work);
        }
        (self.large, self.needed) = (true, 0);
        self.unsent_bytes += buffer.len();
        let (output, methods) = self.output(number, work);
        if let Some(msg) = answer(&buffer, methods, &mut output.bytes)? {
            output.push_buffer(buffer, msg);
            output.bytes.extend_from_slice(&REPLY_END);
        }
        Ok(())
    }

    /// Answers the whole frames of `input` and returns their length.
    #[inline]
    fn serve_frames(
        &mut self,
        number: u32,
        input: &[u8],
        work: &mut Work,
    ) -> Result<usize, Malformed> {
        let mut at = 0;
        loop {
            let rest = &input[at..];
            let Some(bytes) = frame_bytes(rest)? else {
                self.needed = 0;
                return Ok(at);
            };
            let Some(frame) = rest.get(..bytes) else {
                self.needed = bytes;
                return Ok(at);
            };
            at += bytes;
            self.large = bytes >= LARGE_BYTES;
            self.unsent_bytes += bytes;
            let (output, methods) = self.output(number, work);
            if let Some(msg) = answer(frame, methods, &mut output.bytes)? {
                output.bytes.extend_from_slice(&frame[msg]);
                output.bytes.extend_from_slice(&REPLY_END);
            }
        }
    }

    #[inline]
    fn output<'a>(&'a mut self, number: u32, work: &'a mut Work) -> (&'a mut Output, &'a Methods) {
        let output = self.unsent.get_or_insert_with(|| {
            work.dirty.push(number);
            work.outputs.pop().unwrap_or_default()
        });
        (output, &work.methods)
    }
}

/// Length of the frame that begins here; `None` when too little of it is there to tell.
#[inline]
fn frame_bytes(input: &[u8]) -> Result<Option<usize>, Malformed> {
    let Some(beginning) = input.first_chunk::<8>() else {
        return Ok(None);
    };
    let (length, kind) = beginning.split_at(4);
    if kind[..2] != TTHEADER_MAGIC && kind[..2] != THRIFT_VERSION {
        return Err(Malformed);
    }
    let length = u32::from_be_bytes([length[0], length[1], length[2], length[3]]) as usize;
    if length > FRAME_BYTES_MAX {
        Err(Malformed)
    } else {
        Ok(Some(length + 4))
    }
}

/// Writes the reply to a frame up to its text, which the caller appends, then [`REPLY_END`]. The
/// text's place in the frame, or `None` when the reply is complete as it is.
#[inline]
fn answer(
    frame: &[u8],
    methods: &Methods,
    reply: &mut Vec<u8>,
) -> Result<Option<Range<usize>>, Malformed> {
    let call = Call::parse(frame)?;
    match methods.get(call.name) {
        Some(Method::Echo) => {
            let request = Request::parse(frame, call.arguments_at)?;
            call.write_reply(frame, &request, reply);
            Ok(Some(request.msg))
        }
        None => {
            call.write_unknown_method(reply);
            Ok(None)
        }
    }
}

/// Everything of a request in front of its arguments.
struct Call<'a> {
    /// Sequence id of the TTHeader; `None` when framed.
    header: Option<[u8; 4]>,
    name: &'a [u8],
    sequence: [u8; 4],
    arguments_at: usize,
}

/// Places of the fields in the frame.
struct Request {
    action: Range<usize>,
    msg: Range<usize>,
}

impl<'a> Call<'a> {
    #[inline]
    fn parse(frame: &'a [u8]) -> Result<Self, Malformed> {
        let mut cursor = Cursor {
            bytes: frame,
            at: 4,
        };
        let header = if frame[4..6] == TTHEADER_MAGIC {
            Some(parse_ttheader(&mut cursor)?)
        } else {
            None
        };
        if cursor.array()? != CALL {
            return Err(Malformed);
        }
        let name = cursor.binary()?;
        let sequence = cursor.array()?;
        Ok(Self {
            header,
            name: &frame[name],
            sequence,
            arguments_at: cursor.at,
        })
    }

    #[inline]
    fn write_reply(&self, frame: &[u8], request: &Request, out: &mut Vec<u8>) {
        let (action, msg) = (&frame[request.action.clone()], request.msg.len());
        let fixed = STRUCT_0.len() + STRING_1.len() + 4 + STRING_2.len() + 4 + REPLY_END.len();
        let body = fixed + action.len() + msg;
        self.write_head(REPLY, body, out);
        out.extend_from_slice(&STRUCT_0);
        out.extend_from_slice(&STRING_1);
        out.extend_from_slice(&length(action.len()));
        out.extend_from_slice(action);
        out.extend_from_slice(&STRING_2);
        out.extend_from_slice(&length(msg));
    }

    #[cold]
    fn write_unknown_method(&self, out: &mut Vec<u8>) {
        let text = format!("unknown method {}", self.name.escape_ascii());
        let body = [
            &STRING_1[..],
            &length(text.len()),
            text.as_bytes(),
            &UNKNOWN_METHOD,
        ]
        .concat();
        self.write_head(EXCEPTION, body.len(), out);
        out.extend_from_slice(&body);
    }

    /// Everything in front of a body of `body` bytes; makes room for the body, too.
    #[inline]
    fn write_head(&self, kind: [u8; 4], body: usize, out: &mut Vec<u8>) {
        let message = kind.len() + 4 + self.name.len() + self.sequence.len() + body;
        out.reserve(TTHEADER_BYTES + message);
        if let Some(sequence) = self.header {
            out.extend_from_slice(&length(TTHEADER_BYTES - 4 + message));
            out.extend_from_slice(&TTHEADER_MAGIC);
            out.extend_from_slice(&[0, 0]); // flags
            out.extend_from_slice(&sequence);
            out.extend_from_slice(&[0, 1, 0, 0, 0, 0]); // one word: protocol, transforms, padding
        } else {
            out.extend_from_slice(&length(message));
        }
        out.extend_from_slice(&kind);
        out.extend_from_slice(&length(self.name.len()));
        out.extend_from_slice(self.name);
        out.extend_from_slice(&self.sequence);
    }
}

impl Request {
    /// Parses the argument struct, which has to end the frame.
    #[inline]
    fn parse(frame: &[u8], at: usize) -> Result<Self, Malformed> {
        let mut cursor = Cursor { bytes: frame, at };
        if cursor.array()? != STRUCT_1 {
            return Err(Malformed);
        }
        let (mut action, mut msg) = (None, None);
        loop {
            match cursor.u8()? {
                STOP => break,
                STRING => {}
                _ => return Err(Malformed),
            }
            let field = match cursor.u16()? {
                1 => &mut action,
                2 => &mut msg,
                _ => return Err(Malformed),
            };
            let text = cursor.binary()?;
            std::str::from_utf8(&frame[text.clone()]).map_err(|_| Malformed)?;
            *field = Some(text);
        }
        match (action, msg, cursor.u8()?, frame.len() - cursor.at) {
            (Some(action), Some(msg), STOP, 0) => Ok(Self { action, msg }),
            _ => Err(Malformed),
        }
    }
}

/// Walks through a TTHeader from behind its length to its end and returns its sequence id.
#[inline]
fn parse_ttheader(cursor: &mut Cursor<'_>) -> Result<[u8; 4], Malformed> {
    cursor.skip(4)?; // magic, flags
    let sequence = cursor.array()?;
    let words = usize::from(cursor.u16()?);
    let end = cursor.at + 4 * words;
    let mut info = Cursor {
        bytes: cursor.bytes.get(..end).ok_or(Malformed)?,
        at: cursor.at,
    };
    info.skip(1)?; // protocol id: the message says for itself what it is
    let transforms = info.u8()?;
    info.skip(usize::from(transforms))?;
    while info.at < end {
        match info.u8()? {
            INFO_PADDING => {}
            INFO_STRINGS => {
                for _ in 0..2 * u32::from(info.u16()?) {
                    info.skip_text()?;
                }
            }
            INFO_INTEGERS => {
                for _ in 0..info.u16()? {
                    info.skip(2)?;
                    info.skip_text()?;
                }
            }
            INFO_TOKEN => info.skip_text()?,
            _ => return Err(Malformed),
        }
    }
    cursor.at = end;
    Ok(sequence)
}

/// Reads big-endian values and never past the end.
struct Cursor<'a> {
    bytes: &'a [u8],
    at: usize,
}

impl Cursor<'_> {
    #[inline]
    fn array<const N: usize>(&mut self) -> Result<[u8; N], Malformed> {
        let rest = self.bytes.get(self.at..).ok_or(Malformed)?;
        let value = rest.first_chunk().ok_or(Malformed)?;
        self.at += N;
        Ok(*value)
    }

    #[inline]
    fn u8(&mut self) -> Result<u8, Malformed> {
        self.array().map(|[byte]| byte)
    }

    #[inline]
    fn u16(&mut self) -> Result<u16, Malformed> {
        self.array().map(u16::from_be_bytes)
    }

    #[inline]
    fn skip(&mut self, count: usize) -> Result<(), Malformed> {
        self.at += count;
        if self.at <= self.bytes.len() {
            Ok(())
        } else {
            Err(Malformed)
        }
    }

    #[inline]
    fn skip_text(&mut self) -> Result<(), Malformed> {
        let count = self.u16()?;
        self.skip(usize::from(count))
    }

    /// The place of a Thrift string or binary.
    #[inline]
    fn binary(&mut self) -> Result<Range<usize>, Malformed> {
        let count = self.array().map(u32::from_be_bytes)?;
        let from = self.at;
        self.skip(count as usize)?;
        Ok(from..self.at)
    }
}

/// FNV-1a: the fastest hash of a few bytes that needs no tables.
struct Fnv(u64);

impl Default for Fnv {
    fn default() -> Self {
        Self(0xCBF2_9CE4_8422_2325)
    }
}

impl Hasher for Fnv {
    #[inline]
    fn write(&mut self, bytes: &[u8]) {
        for byte in bytes {
            self.0 = (self.0 ^ u64::from(*byte)).wrapping_mul(0x0100_0000_01B3);
        }
    }

    #[inline]
    fn finish(&self) -> u64 {
        self.0
    }
}

#[inline]
fn length(bytes: usize) -> [u8; 4] {
    u32::try_from(bytes)
        .expect("replies are as short as requests")
        .to_be_bytes()
}

/// Most connections; the table of descriptors has this many places.
const CONNECTIONS_MAX: u32 = 32 * 1024;
const BUFFERS: u16 = 64;
const BUFFER_BYTES: u32 = 64 * 1024;
/// A frame above this is refused, as servers do by default.
const FRAME_BYTES_MAX: usize = 16 * 1024 * 1024;
/// From this size on a frame is received into a buffer of its own.
const LARGE_BYTES: usize = 64 * 1024;
/// Read of a frame that is likely to be large, to learn its size.
const BEGINNING_BYTES: usize = 4 * 1024;
/// A connection that does not take its replies is not received from above this.
const UNSENT_BYTES_MAX: usize = 4 * 1024 * 1024;
/// Buffers of large frames kept for the next ones.
const SPARE_MAX: usize = 8;

const TTHEADER_MAGIC: [u8; 2] = [0x10, 0x00];
/// TTHeader of a reply: no keys.
const TTHEADER_BYTES: usize = 18;
const INFO_PADDING: u8 = 0x00;
const INFO_STRINGS: u8 = 0x01;
const INFO_INTEGERS: u8 = 0x10;
const INFO_TOKEN: u8 = 0x11;
const THRIFT_VERSION: [u8; 2] = [0x80, 0x01];
const CALL: [u8; 4] = [0x80, 0x01, 0, 1];
const REPLY: [u8; 4] = [0x80, 0x01, 0, 2];
const EXCEPTION: [u8; 4] = [0x80, 0x01, 0, 3];
const STOP: u8 = 0;
const STRING: u8 = 11;
/// Field headers: type, id.
const STRUCT_0: [u8; 3] = [12, 0, 0];
const STRUCT_1: [u8; 3] = [12, 0, 1];
const STRING_1: [u8; 3] = [STRING, 0, 1];
const STRING_2: [u8; 3] = [STRING, 0, 2];
/// The ends of the response and of the result.
const REPLY_END: [u8; 2] = [STOP, STOP];
/// Field 2, i32: TApplicationException's type 1, and the end of the struct.
const UNKNOWN_METHOD: [u8; 8] = [8, 0, 2, 0, 0, 0, 1, STOP];
