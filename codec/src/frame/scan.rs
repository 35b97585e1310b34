//! `Scanner`: where a frame ends in what has arrived. WIRE.md §3.
//!
//! Forms with a length are measured by their first eight bytes, each time anew. A bare message is passed over value by value;
//! when it has not arrived as a whole, the place is kept and the next scan goes on there. So the work is linear in the bytes
//! however they arrive.
//!
//! Every length is compared with its limit before the scanner asks for as many bytes: whoever reserves what a scan asks for
//! never reserves more than a frame may have.

use netpoll_buffer::{LinkBuffer, View};

use crate::{
    DecodeError, ErrorKind, Limits,
    bounds::Bounds,
    frame::{
        form::Form,
        head::refuse,
        mesh,
        ttheader::{FIXED_BYTES, check_length},
    },
    thrift::{Binary, COMPACT_ID, Compact, Kind, Layout, Progress, Skip, Source, WINDOW_BYTES},
};

/// Finds frames in the bytes of one connection.
///
/// ```
/// use codec::{Limits, frame::{Scan, Scanner}};
/// use netpoll_buffer::{LinkBuffer, Pool, PoolConfig};
///
/// let pool = Pool::new(PoolConfig::default());
/// let mut input = LinkBuffer::new();
/// let mut scanner = Scanner::default();
/// input.put_slice(b"\0\0\0\x11\x80\x01\0\x01", &pool);
/// assert_eq!(scanner.scan(&input, &Limits::default()), Ok(Scan::Need(21)));
/// input.put_slice(b"\0\0\0\x04echo\0\0\0\x01\0next", &pool);
/// assert_eq!(scanner.scan(&input, &Limits::default()), Ok(Scan::Frame { bytes: 21 }));
/// ```
#[derive(Debug, Default)]
pub struct Scanner {
    /// Where a bare message was left. The memory is kept for the next one.
    partial: Option<Box<Partial>>,
    is_partial: bool,
}

/// What a scan finds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Scan {
    /// No whole frame yet: it has at least so many bytes, counted from its start. More than there are.
    Need(usize),
    /// A whole frame: the first `bytes` of the input.
    Frame {
        /// Its length.
        bytes: usize,
    },
}

impl Scanner {
    /// Look at the start of `input`. When a frame is found the next scan expects its bytes to be gone.
    ///
    /// # Errors
    /// What is wrong with the frame, with its [`form`](DecodeError::form). The connection is of no more use: where the next
    /// frame begins is not known. A frame of a stream is measured; it is for [`TtHeader`](crate::frame::TtHeader) to parse.
    #[inline]
    pub fn scan(&mut self, input: &LinkBuffer, limits: &Limits) -> Result<Scan, DecodeError> {
        if self.is_partial {
            return self.resume(input, limits);
        }
        let mut first = [0; 8];
        let Some(bytes) = input.peek(8, &mut first) else {
            return self.scan_few(input, limits);
        };
        let Some(bytes) = bytes.first_chunk() else {
            return Ok(Scan::Need(8));
        };
        let form = Form::detect(bytes);
        match form {
            Form::TtHeader | Form::TtHeaderStream => {
                measured(bytes, 0, FIXED_BYTES + 4, form, input, limits)
            }
            Form::Framed | Form::FramedCompact | Form::KitexProtobuf => {
                measured(bytes, 0, 8, form, input, limits)
            }
            Form::Buffered => self.begin::<Binary>(form, 0, input, limits),
            Form::BufferedCompact => self.begin::<Compact>(form, 0, input, limits),
            Form::Mesh => self.scan_mesh(bytes, input, limits),
            _ => Err(refuse(form, bytes)),
        }
    }

    /// Fewer than eight bytes: enough for a short message in the compact protocol. §3.2
    #[cold]
    fn scan_few(&mut self, input: &LinkBuffer, limits: &Limits) -> Result<Scan, DecodeError> {
        let mut first = [0; 8];
        let count = input.copy_to_slice(0, &mut first);
        match Form::detect_in(&first[..count]) {
            form @ Form::BufferedCompact if first[0] == COMPACT_ID => {
                self.begin::<Compact>(form, 0, input, limits)
            }
            _ if count < 2 => Ok(Scan::Need(MESSAGE_BYTES_MIN)),
            _ => Ok(Scan::Need(8)),
        }
    }

    /// A mesh header, then a message in any form. §6
    #[cold]
    fn scan_mesh(
        &mut self,
        bytes: &[u8; 8],
        input: &LinkBuffer,
        limits: &Limits,
    ) -> Result<Scan, DecodeError> {
        let [m0, m1, l0, l1, ..] = *bytes;
        let at = mesh::header_bytes([m0, m1, l0, l1], limits)?;
        let mut first = [0; 8];
        if input.copy_to_slice(at, &mut first) < first.len() {
            return Ok(Scan::Need(at + first.len()));
        }
        let form = Form::detect(&first);
        match form {
            Form::Framed | Form::FramedCompact | Form::KitexProtobuf => {
                measured(&first, at, 8, form, input, limits)
            }
            Form::Buffered => self.begin::<Binary>(form, at, input, limits),
            Form::BufferedCompact => self.begin::<Compact>(form, at, input, limits),
            _ => Err(refuse(form, &first)),
        }
    }

    /// Begin to pass over a bare message at `at`.
    fn begin<L: Layout>(
        &mut self,
        form: Form,
        at: usize,
        input: &LinkBuffer,
        limits: &Limits,
    ) -> Result<Scan, DecodeError> {
        let mut partial = Partial {
            position: at,
            form,
            is_in_payload: false,
            skip: Skip::new(Kind::Struct, Bounds::new(limits)),
        };
        let scan = partial.advance::<L>(input, limits);
        if let Ok(Scan::Need(_)) = scan {
            match &mut self.partial {
                Some(slot) => **slot = partial,
                slot => *slot = Some(Box::new(partial)),
            }
            self.is_partial = true;
        }
        scan
    }

    /// Go on where a bare message was left.
    fn resume(&mut self, input: &LinkBuffer, limits: &Limits) -> Result<Scan, DecodeError> {
        let Some(partial) = &mut self.partial else {
            return Ok(Scan::Need(8));
        };
        let scan = match partial.form {
            Form::BufferedCompact => partial.advance::<Compact>(input, limits),
            _ => partial.advance::<Binary>(input, limits),
        };
        self.is_partial = matches!(scan, Ok(Scan::Need(_)));
        scan
    }
}

/// A frame, or the part of one from `at` on, that tells its length in its first four bytes and has at least `bytes_min`.
#[inline]
fn measured(
    bytes: &[u8; 8],
    at: usize,
    bytes_min: usize,
    form: Form,
    input: &LinkBuffer,
    limits: &Limits,
) -> Result<Scan, DecodeError> {
    let &[a, b, c, d, ..] = bytes;
    let length = u32::from_be_bytes([a, b, c, d]);
    let total = check_length(length, at, limits).map_err(|error| error.in_form(form))?;
    if total < at + bytes_min {
        let kind = ErrorKind::LengthMismatch;
        return Err(DecodeError::over_limit(kind, total - at, bytes_min).in_form(form));
    }
    Ok(match input.len() < total {
        true => Scan::Need(total),
        false => Scan::Frame { bytes: total },
    })
}

/// A bare message that is being passed over.
#[derive(Debug)]
struct Partial {
    /// Where the next head is; beyond what has arrived while a long value is awaited.
    position: usize,
    form: Form,
    /// Whether the message's head is behind.
    is_in_payload: bool,
    skip: Skip,
}

impl Partial {
    fn advance<L: Layout>(
        &mut self,
        input: &LinkBuffer,
        limits: &Limits,
    ) -> Result<Scan, DecodeError> {
        self.walk::<L>(input, limits)
            .map_err(|error| error.in_form(self.form))
    }

    fn walk<L: Layout>(
        &mut self,
        input: &LinkBuffer,
        limits: &Limits,
    ) -> Result<Scan, DecodeError> {
        if self.position > input.len() {
            return Ok(Scan::Need(self.position));
        }
        let mut source = arrived(input, self.position, limits.frame_bytes_max);
        if !self.is_in_payload {
            let Some((head, name)) = L::message(source.window())? else {
                return Ok(Scan::Need(input.len() + 1));
            };
            Bounds::new(limits).check_string(name)?;
            self.is_in_payload = true;
            source.consume(head + name)?;
        }
        let progress = self.skip.run::<L>(&mut source)?;
        self.position = source.position;
        Ok(match progress {
            Progress::Done => Scan::Frame {
                bytes: self.position,
            },
            Progress::Short => Scan::Need(self.position.max(input.len() + 1)),
        })
    }
}

/// What has arrived, from a position on.
struct Arrived<'a, I> {
    /// What is left of the view at the position.
    current: &'a [u8],
    /// The views behind it.
    later: I,
    scratch: [u8; WINDOW_BYTES],
    position: usize,
    position_max: usize,
}

/// The bytes of `input` from `position` on, which is at most its length.
fn arrived(
    input: &LinkBuffer,
    position: usize,
    position_max: usize,
) -> Arrived<'_, impl Iterator<Item = &View> + Clone> {
    let mut later = input.views();
    let mut start = input.len();
    let mut current: &[u8] = &[];
    if let Some(rest) = input.first().get(position..) {
        current = rest;
        later.next();
    } else {
        // From the back: what is new is there, however many views are before.
        let (mut before, _) = later.size_hint();
        for view in input.views().rev() {
            if start <= position {
                break;
            }
            start -= view.len();
            before -= 1;
            current = view
                .get(position.saturating_sub(start)..)
                .unwrap_or_default();
        }
        later.nth(before);
    }
    Arrived {
        current,
        later,
        scratch: [0; WINDOW_BYTES],
        position,
        position_max,
    }
}

impl<'a, I: Iterator<Item = &'a View> + Clone> Source for Arrived<'a, I> {
    #[inline]
    fn window(&mut self) -> &[u8] {
        if self.current.len() >= WINDOW_BYTES {
            return self.current;
        }
        let mut filled = 0;
        let later = self.later.clone().map(|view| &**view);
        for chunk in [self.current].into_iter().chain(later) {
            let room = &mut self.scratch[filled..];
            let count = chunk.len().min(room.len());
            room[..count].copy_from_slice(&chunk[..count]);
            filled += count;
            if filled == WINDOW_BYTES {
                break;
            }
        }
        &self.scratch[..filled]
    }

    #[inline]
    fn consume(&mut self, count: usize) -> Result<bool, DecodeError> {
        let position = self.position.saturating_add(count);
        if position > self.position_max {
            return Err(DecodeError::over_limit(
                ErrorKind::FrameTooLarge,
                position,
                self.position_max,
            ));
        }
        self.position = position;
        let mut left = count;
        while left > self.current.len() {
            left -= self.current.len();
            let Some(view) = self.later.next() else {
                self.current = &[];
                return Ok(false);
            };
            self.current = view;
        }
        self.current = &self.current[left..];
        Ok(true)
    }

    #[inline]
    fn bytes_max(&self) -> usize {
        self.position_max.saturating_sub(self.position)
    }
}

/// The shortest message, in the compact protocol: id, kind, number, no name, no field. §2.2
const MESSAGE_BYTES_MIN: usize = 5;
