//! `Info`: the keys and values of a header. WIRE.md §4.2 and §6.
//!
//! They are walked over once, when the header is parsed: that checks every length, and notes where the values are that nearly
//! every request is asked for. All others are found by another walk, which cannot fail any more. Nothing is copied.
//!
//! Invariant: the blocks of a `Spans` were walked to their end without an error, and every [`Span`] is within them.

use std::ops::Range;

use crate::{
    DecodeError, ErrorKind,
    frame::{key, metainfo},
    utf8,
};

/// The keys and values of a frame's header; none where the frame has no header.
///
/// Of two values with one key the last wins. Values are bytes: whether one is text is checked where it is read as text.
#[derive(Clone, Copy, Debug)]
pub struct Info<'a> {
    frame: &'a [u8],
    spans: &'a Spans,
}

/// Where the keys and values are in a frame.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Spans {
    /// All blocks of a TTHeader, or the pairs of a mesh header.
    blocks: Span,
    is_mesh: bool,
    known: [Span; KNOWN],
}

/// A part of a frame.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Span {
    start: u32,
    len: u32,
}

impl<'a> Info<'a> {
    #[inline]
    pub(crate) fn new(frame: &'a [u8], spans: &'a Spans) -> Info<'a> {
        Info { frame, spans }
    }

    /// Whether there is no key.
    pub fn is_empty(&self) -> bool {
        self.entries().next().is_none()
    }

    /// The value of a number, one of [`key`].
    #[inline]
    pub fn int(&self, key: u16) -> Option<&'a [u8]> {
        if key == key::RPC_TIMEOUT {
            return self.known(KNOWN_TIMEOUT);
        }
        self.ints().filter(|entry| entry.0 == key).last().map(value)
    }

    /// The value of a text, one of [`key`] or any other.
    #[inline]
    pub fn string(&self, key: &str) -> Option<&'a [u8]> {
        match known_string(key.as_bytes()) {
            Some(slot) => self.known(slot),
            None => {
                let key = key.as_bytes();
                let entries = self.strings().filter(|entry| entry.0 == key);
                entries.last().map(value)
            }
        }
    }

    /// The value of a number, as text.
    ///
    /// # Errors
    /// [`ErrorKind::InvalidUtf8`].
    pub fn int_text(&self, key: u16) -> Result<Option<&'a str>, DecodeError> {
        self.int(key).map(utf8::check).transpose()
    }

    /// The value of a text, as text.
    ///
    /// # Errors
    /// [`ErrorKind::InvalidUtf8`].
    pub fn string_text(&self, key: &str) -> Result<Option<&'a str>, DecodeError> {
        self.string(key).map(utf8::check).transpose()
    }

    /// Name of the called service, as it is in the IDL: key `isn`.
    ///
    /// # Errors
    /// [`ErrorKind::InvalidUtf8`].
    #[inline]
    pub fn service(&self) -> Result<Option<&'a str>, DecodeError> {
        self.string_text(key::SERVICE)
    }

    /// How long the caller waits for the answer, milliseconds: key 12. `None` where it is absent or empty.
    ///
    /// # Errors
    /// [`ErrorKind::InvalidNumber`] when it is no decimal number.
    #[inline]
    pub fn timeout_ms(&self) -> Result<Option<u64>, DecodeError> {
        self.number(key::RPC_TIMEOUT)
    }

    /// The value of a number, as a decimal number. `None` where it is absent or empty.
    ///
    /// # Errors
    /// [`ErrorKind::InvalidNumber`].
    #[inline]
    pub fn number(&self, key: u16) -> Result<Option<u64>, DecodeError> {
        let Some(digits) = self.int(key).filter(|digits| !digits.is_empty()) else {
            return Ok(None);
        };
        let digit = |byte: &u8| char::from(*byte).to_digit(10);
        let number = digits.iter().try_fold(0u64, |number, byte| {
            number.checked_mul(10)?.checked_add(u64::from(digit(byte)?))
        });
        match number {
            Some(number) => Ok(Some(number)),
            None => Err(DecodeError::new(
                ErrorKind::InvalidNumber,
                u32::from(key),
                0,
            )),
        }
    }

    /// All keys that are numbers, in wire order.
    pub fn ints(&self) -> impl Iterator<Item = (u16, &'a [u8])> + Clone + use<'a> {
        self.entries().filter_map(|entry| match entry {
            Entry::Int(key, value) => Some((key, value)),
            Entry::String(..) => None,
        })
    }

    /// All keys that are texts, in wire order. The token of a block of its own has the key [`key::ACL_TOKEN`].
    pub fn strings(&self) -> impl Iterator<Item = (&'a [u8], &'a [u8])> + Clone + use<'a> {
        self.entries().filter_map(|entry| match entry {
            Entry::Int(..) => None,
            Entry::String(key, value) => Some((key, value)),
        })
    }

    /// All values that travel with the request beyond this hop or back, in wire order: see [`metainfo`].
    pub fn metainfo(
        &self,
    ) -> impl Iterator<Item = (metainfo::Travel, &'a [u8], &'a [u8])> + Clone + use<'a> {
        self.strings().filter_map(|(key, value)| {
            let (travel, name) = metainfo::classify(key)?;
            Some((travel, name, value))
        })
    }

    #[inline]
    fn known(&self, slot: usize) -> Option<&'a [u8]> {
        let span = self.spans.known[slot];
        // Nothing of a header's info is at the start of a frame.
        (span.start != 0).then(|| span.of(self.frame))
    }

    fn entries(&self) -> Entries<'a> {
        let mut cursor = Cursor::new(self.spans.blocks.of(self.frame), 0);
        let block = if self.spans.is_mesh {
            Block::String(cursor.u16().unwrap_or(0))
        } else {
            Block::None
        };
        Entries { cursor, block }
    }
}

fn value<K>((_, value): (K, &[u8])) -> &[u8] {
    value
}

impl Spans {
    pub(crate) fn is_mesh(&self) -> bool {
        self.is_mesh
    }

    /// Walk over the blocks of a TTHeader, which are the end of `header` from `start` on. §4.2
    #[inline]
    pub(crate) fn of_ttheader(header: &[u8], start: usize) -> Result<Spans, DecodeError> {
        let mut spans = Spans {
            blocks: Span::new(start..header.len()),
            ..Spans::default()
        };
        let mut cursor = Cursor::new(header, start);
        while let Some(block) = cursor.byte() {
            match block {
                BLOCK_PADDING => {}
                BLOCK_STRINGS => spans.walk_strings(&mut cursor)?,
                BLOCK_INTS => {
                    for _ in 0..cursor.u16()? {
                        let (key, value) = cursor.int_pair()?;
                        if key == key::RPC_TIMEOUT {
                            spans.known[KNOWN_TIMEOUT] = value;
                        }
                    }
                }
                BLOCK_TOKEN => {
                    cursor.span()?;
                }
                other => return Err(unknown_block(other)),
            }
        }
        Ok(spans)
    }

    /// Walk over the pairs of a mesh header, which are the end of `header` from `start` on. §6
    pub(crate) fn of_mesh(header: &[u8], start: usize) -> Result<Spans, DecodeError> {
        let mut spans = Spans {
            is_mesh: true,
            ..Spans::default()
        };
        let mut cursor = Cursor::new(header, start);
        spans.walk_strings(&mut cursor)?;
        // What is behind the pairs is no block.
        spans.blocks = Span::new(start..cursor.position());
        Ok(spans)
    }

    #[inline]
    fn walk_strings(&mut self, cursor: &mut Cursor<'_>) -> Result<(), DecodeError> {
        for _ in 0..cursor.u16()? {
            let key = cursor.slice()?;
            let value = cursor.span()?;
            if let Some(slot) = known_string(key) {
                self.known[slot] = value;
            }
        }
        Ok(())
    }
}

impl Span {
    /// Lengths of frames are four bytes on the wire.
    #[inline]
    pub(crate) fn new(range: Range<usize>) -> Span {
        Span {
            start: range.start as u32,
            len: (range.end - range.start) as u32,
        }
    }

    /// Ends it at `end` instead, which is not before its start.
    #[inline]
    pub(crate) fn set_end(&mut self, end: usize) {
        self.len = (end as u32).wrapping_sub(self.start);
    }

    #[inline]
    pub(crate) fn range(self) -> Range<usize> {
        self.start as usize..self.start as usize + self.len as usize
    }

    /// The part of `frame`; empty where that is another, shorter one.
    #[inline]
    pub(crate) fn of(self, frame: &[u8]) -> &[u8] {
        frame.get(self.range()).unwrap_or_default()
    }
}

/// One key with its value.
#[derive(Clone, Copy)]
enum Entry<'a> {
    Int(u16, &'a [u8]),
    String(&'a [u8], &'a [u8]),
}

/// The block that is being walked over, and how many pairs of it are left.
#[derive(Clone, Copy)]
enum Block {
    None,
    Int(u16),
    String(u16),
}

/// A walk over blocks that were checked before. It ends early where they are not as they were.
#[derive(Clone)]
struct Entries<'a> {
    cursor: Cursor<'a>,
    block: Block,
}

impl<'a> Entries<'a> {
    fn step(&mut self) -> Result<Option<Entry<'a>>, DecodeError> {
        loop {
            match self.block {
                Block::Int(left @ 1..) => {
                    self.block = Block::Int(left - 1);
                    let key = self.cursor.u16()?;
                    return Ok(Some(Entry::Int(key, self.cursor.slice()?)));
                }
                Block::String(left @ 1..) => {
                    self.block = Block::String(left - 1);
                    let key = self.cursor.slice()?;
                    return Ok(Some(Entry::String(key, self.cursor.slice()?)));
                }
                _ => {}
            }
            self.block = match self.cursor.byte() {
                None => return Ok(None),
                Some(BLOCK_STRINGS) => Block::String(self.cursor.u16()?),
                Some(BLOCK_INTS) => Block::Int(self.cursor.u16()?),
                Some(BLOCK_TOKEN) => {
                    let token = self.cursor.slice()?;
                    return Ok(Some(Entry::String(key::ACL_TOKEN.as_bytes(), token)));
                }
                Some(_) => Block::None,
            };
        }
    }
}

impl<'a> Iterator for Entries<'a> {
    type Item = Entry<'a>;

    fn next(&mut self) -> Option<Entry<'a>> {
        self.step().ok().flatten()
    }
}

/// A walk over the bytes of a header; what it finds are places in the frame, which begins where the header does.
#[derive(Clone, Copy)]
struct Cursor<'a> {
    /// What is left.
    rest: &'a [u8],
    /// Where that ends in the frame.
    end: usize,
}

impl<'a> Cursor<'a> {
    #[inline]
    fn new(header: &'a [u8], start: usize) -> Cursor<'a> {
        Cursor {
            rest: header.get(start..).unwrap_or_default(),
            end: header.len(),
        }
    }

    #[inline]
    fn position(&self) -> usize {
        self.end - self.rest.len()
    }

    /// The next byte; `None` at the end.
    #[inline]
    fn byte(&mut self) -> Option<u8> {
        let (byte, rest) = self.rest.split_first()?;
        self.rest = rest;
        Some(*byte)
    }

    #[inline]
    fn u16(&mut self) -> Result<u16, DecodeError> {
        let Some((bytes, rest)) = self.rest.split_first_chunk() else {
            return Err(self.end(2));
        };
        self.rest = rest;
        Ok(u16::from_be_bytes(*bytes))
    }

    /// A key and a value, whose two fixed parts lie side by side.
    #[inline]
    fn int_pair(&mut self) -> Result<(u16, Span), DecodeError> {
        let Some((&[k0, k1, l0, l1], rest)) = self.rest.split_first_chunk() else {
            return Err(self.end(4));
        };
        self.rest = rest;
        let len = usize::from(u16::from_be_bytes([l0, l1]));
        let start = self.position();
        self.skip(len)?;
        let key = u16::from_be_bytes([k0, k1]);
        Ok((key, Span::new(start..start + len)))
    }

    #[inline]
    fn span(&mut self) -> Result<Span, DecodeError> {
        let len = usize::from(self.u16()?);
        let start = self.position();
        self.skip(len)?;
        Ok(Span::new(start..start + len))
    }

    #[inline]
    fn slice(&mut self) -> Result<&'a [u8], DecodeError> {
        let len = usize::from(self.u16()?);
        let Some((bytes, rest)) = self.rest.split_at_checked(len) else {
            return Err(self.end(len));
        };
        self.rest = rest;
        Ok(bytes)
    }

    #[inline]
    fn skip(&mut self, len: usize) -> Result<(), DecodeError> {
        let Some(rest) = self.rest.get(len..) else {
            return Err(self.end(len));
        };
        self.rest = rest;
        Ok(())
    }

    #[cold]
    fn end(&self, wanted: usize) -> DecodeError {
        DecodeError::unexpected_end(wanted, self.rest.len())
    }
}

#[cold]
fn unknown_block(block: u8) -> DecodeError {
    DecodeError::new(ErrorKind::UnknownInfoBlock, u32::from(block), 0)
}

/// The slot of a text whose value is noted.
#[inline]
fn known_string(key: &[u8]) -> Option<usize> {
    match key {
        b"isn" => Some(0),
        b"crrst" => Some(1),
        b"biz-status" => Some(2),
        _ => None,
    }
}

/// The slot of the one number whose value is noted.
const KNOWN_TIMEOUT: usize = 3;
/// How many slots there are. Few: they are copied with every head, and all other keys are found by a walk.
const KNOWN: usize = 4;

/// Types of blocks. §4.2
pub(crate) const BLOCK_PADDING: u8 = 0x00;
pub(crate) const BLOCK_STRINGS: u8 = 0x01;
pub(crate) const BLOCK_INTS: u8 = 0x10;
pub(crate) const BLOCK_TOKEN: u8 = 0x11;
