//! Passing over a value without decoding it, and without recursion.
//!
//! A small machine: a stack of the structs and containers that are open, and the type of the value that comes next. It looks
//! at the heads of values through a window and passes over their bytes by count. It stops wherever the input does and goes on
//! when there is more, so that a message without a length prefix is measured in linear time however it arrives.
//!
//! ```text
//!     levels   struct > list of struct, 3 left > struct > map of i32 to list, 7 left      at most DEPTH_MAX
//!     next     what comes: a field head, an element, a value of the type `pending`
//! ```
//!
//! What differs between the protocols is behind [`Layout`]; where bytes come from is behind [`Source`].
//! Invariant: the source stands where the machine says it does; a step either consumes a whole head or nothing.

use crate::{DecodeError, bounds::Bounds, limits::DEPTH_MAX, thrift::Kind};

/// How values are laid out in a protocol. A window is the bytes that come next, at least [`WINDOW_BYTES`] when there are
/// as many; a function answers `Short` when it is too small.
pub(crate) trait Layout {
    /// The head of a message: bytes of all but the method's name, and bytes of the name. `None` when the window is too small.
    fn message(window: &[u8]) -> Result<Option<(usize, usize)>, DecodeError>;
    /// The head of a field.
    fn field(window: &[u8]) -> Result<FieldHead, DecodeError>;
    /// The head of a value.
    fn value(kind: Kind, window: &[u8]) -> Result<ValueHead, DecodeError>;
    /// Bytes that every value of this type takes; `None` when they differ.
    fn size_fixed(kind: Kind) -> Option<usize>;
    /// Bytes that the smallest value of this type takes; [`SIZE_NONE`] where there is no value.
    fn size_min(kind: Kind) -> u64;
}

/// What a field begins with.
pub(crate) enum FieldHead {
    /// The window does not show all of it.
    Short,
    /// The end of the struct.
    Stop,
    /// `bytes` of head, then a value.
    Value { kind: Kind, bytes: usize },
    /// `bytes` of head, which hold the value.
    Complete { bytes: usize },
}

/// What a value begins with.
pub(crate) enum ValueHead {
    /// The window does not show all of it.
    Short,
    /// A value of so many bytes, head and all.
    Scalar { bytes: usize },
    /// A string: head and bytes.
    Binary { head: usize, bytes: usize },
    /// A struct; its fields follow.
    Struct,
    /// `bytes` of head, then elements: of type `key` and `value` by turns in a map, of type `value` elsewhere.
    Container {
        bytes: usize,
        key: Option<Kind>,
        value: Kind,
        count: u32,
    },
}

/// Where the bytes come from.
pub(crate) trait Source {
    /// The bytes that come next: all that are left, or at least [`WINDOW_BYTES`].
    fn window(&mut self) -> &[u8];
    /// Pass over `count` bytes. False when that is beyond what has arrived; the source then stands there all the same.
    fn consume(&mut self, count: usize) -> Result<bool, DecodeError>;
    /// The most bytes that can still come.
    fn bytes_max(&self) -> usize;
}

/// How far a run came.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Progress {
    /// The value is passed over.
    Done,
    /// The source has no more.
    Short,
}

/// The state of passing over one value.
#[derive(Clone, Debug)]
pub(crate) struct Skip {
    levels: [Level; DEPTH_MAX],
    depth: usize,
    /// Type of the value that comes next; `Stop` where the innermost level tells.
    pending: Kind,
    bounds: Bounds,
}

/// One open struct or container.
#[derive(Clone, Copy, Debug)]
struct Level {
    /// `Stop` for a struct.
    value: Kind,
    /// `Stop` where it is no map.
    key: Kind,
    /// Whether the key of the current entry is passed.
    is_at_value: bool,
    /// Elements, or entries, that are left.
    left: u32,
}

impl Skip {
    /// To pass over a value of type `kind` within `bounds`.
    pub(crate) fn new(kind: Kind, bounds: Bounds) -> Skip {
        Skip {
            levels: [Level::STRUCT; DEPTH_MAX],
            depth: 0,
            pending: kind,
            bounds,
        }
    }

    /// Pass over the value in a reader's `input`. Returns what follows it, and leaves what is left of the bounds.
    pub(crate) fn run_whole<'a, L: Layout>(
        mut self,
        input: &'a [u8],
        bounds: &mut Bounds,
    ) -> Result<&'a [u8], DecodeError> {
        let mut source = Whole { rest: input };
        match self.run::<L>(&mut source)? {
            Progress::Done => {
                *bounds = self.bounds;
                Ok(source.rest)
            }
            Progress::Short => {
                let left = source.rest.len();
                Err(DecodeError::unexpected_end(left + 1, left))
            }
        }
    }

    /// Go on until the value is passed over or the source has no more.
    pub(crate) fn run<L: Layout>(
        &mut self,
        source: &mut impl Source,
    ) -> Result<Progress, DecodeError> {
        loop {
            if self.pending == Kind::Stop {
                match self.next::<L>(source)? {
                    Next::Value(kind) => self.pending = kind,
                    Next::Again => continue,
                    Next::End => return Ok(Progress::Done),
                    Next::Short => return Ok(Progress::Short),
                }
            }
            if !self.value::<L>(source)? {
                return Ok(Progress::Short);
            }
        }
    }

    /// What comes next in the innermost level.
    #[inline]
    fn next<L: Layout>(&mut self, source: &mut impl Source) -> Result<Next, DecodeError> {
        let Some(level) = self.levels[..self.depth].last_mut() else {
            return Ok(Next::End);
        };
        if level.value != Kind::Stop {
            let next = level.next_element();
            if let Next::Again = next {
                self.pop();
            }
            return Ok(next);
        }
        let (next, bytes) = match L::field(source.window())? {
            FieldHead::Short => return Ok(Next::Short),
            FieldHead::Stop => {
                self.pop();
                (Next::Again, 1)
            }
            FieldHead::Value { kind, bytes } => (Next::Value(kind), bytes),
            FieldHead::Complete { bytes } => (Next::Again, bytes),
        };
        // The window showed these bytes: they are there.
        source.consume(bytes)?;
        Ok(next)
    }

    /// Pass over the pending value, or over its head when it opens a level. False when the source has no more.
    #[inline]
    fn value<L: Layout>(&mut self, source: &mut impl Source) -> Result<bool, DecodeError> {
        let bytes = match L::value(self.pending, source.window())? {
            ValueHead::Short => return Ok(false),
            ValueHead::Scalar { bytes } => bytes,
            ValueHead::Binary { head, bytes } => {
                self.bounds.check_string(bytes)?;
                head + bytes
            }
            ValueHead::Struct => {
                self.push(Level::STRUCT)?;
                0
            }
            ValueHead::Container {
                bytes,
                key,
                value,
                count,
            } => {
                let bytes_max = source.bytes_max().saturating_sub(bytes);
                bytes + self.open::<L>(key, value, count, bytes_max)?
            }
        };
        self.pending = Kind::Stop;
        source.consume(bytes)
    }

    /// Open a container, or tell how many bytes its elements take where that is known.
    fn open<L: Layout>(
        &mut self,
        key: Option<Kind>,
        value: Kind,
        count: u32,
        bytes_max: usize,
    ) -> Result<usize, DecodeError> {
        let size_min = key.map_or(0, L::size_min) + L::size_min(value);
        self.bounds.take_elements(count, size_min, bytes_max)?;
        let key_size = key.map_or(Some(0), L::size_fixed);
        if let (Some(key), Some(value)) = (key_size, L::size_fixed(value)) {
            // No overflow: at least as many bytes are left.
            return Ok(count as usize * (key + value));
        }
        if count > 0 {
            self.push(Level {
                value,
                key: key.unwrap_or(Kind::Stop),
                is_at_value: false,
                left: count,
            })?;
        }
        Ok(0)
    }

    #[inline]
    fn push(&mut self, level: Level) -> Result<(), DecodeError> {
        self.bounds.enter()?;
        self.levels[self.depth] = level;
        self.depth += 1;
        Ok(())
    }

    #[inline]
    fn pop(&mut self) {
        self.bounds.leave();
        self.depth -= 1;
    }
}

impl Level {
    const STRUCT: Level = Level {
        value: Kind::Stop,
        key: Kind::Stop,
        is_at_value: false,
        left: 0,
    };

    /// The type of the next element of a container.
    #[inline]
    fn next_element(&mut self) -> Next {
        if self.is_at_value {
            self.is_at_value = false;
            return Next::Value(self.value);
        }
        let Some(left) = self.left.checked_sub(1) else {
            return Next::Again;
        };
        self.left = left;
        if self.key == Kind::Stop {
            return Next::Value(self.value);
        }
        self.is_at_value = true;
        Next::Value(self.key)
    }
}

/// What comes next.
enum Next {
    Value(Kind),
    /// Something was passed; look again.
    Again,
    End,
    Short,
}

/// A source that is all there: the input of a reader.
struct Whole<'a> {
    rest: &'a [u8],
}

impl Source for Whole<'_> {
    #[inline]
    fn window(&mut self) -> &[u8] {
        self.rest
    }

    #[inline]
    fn consume(&mut self, count: usize) -> Result<bool, DecodeError> {
        self.rest = self
            .rest
            .get(count..)
            .ok_or_else(|| DecodeError::unexpected_end(count, self.rest.len()))?;
        Ok(true)
    }

    #[inline]
    fn bytes_max(&self) -> usize {
        self.rest.len()
    }
}

/// A size of which no input holds even one.
pub(crate) const SIZE_NONE: u64 = 1 << 40;

/// Bytes of a window that show every head, and every number of variable length.
pub(crate) const WINDOW_BYTES: usize = 16;
