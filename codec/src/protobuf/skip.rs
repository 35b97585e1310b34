//! Passing over what is unknown, without recursion, and keeping it.

use crate::{
    DecodeError, ErrorKind,
    limits::DEPTH_MAX,
    protobuf::{Reader, UnknownFields, WireType, wire},
    varint,
};

/// Where the field began that is being read.
pub(super) struct Run {
    tag: u32,
    /// Offset of its tag in the frame. None when the tag is longer than it has to be, so that its length is unknown.
    start: Option<usize>,
    /// Offset of its value.
    value: usize,
}

impl<'a> Reader<'a> {
    /// Pass over the value of a tag that the message does not know, and keep both. False when the tag ends the group that is
    /// being read.
    ///
    /// # Errors
    /// The tag makes no sense, the value is wrong, or there are too many.
    pub fn unknown(
        &mut self,
        tag: u32,
        unknown: &mut UnknownFields<'a>,
    ) -> Result<bool, DecodeError> {
        let wire_type = WireType::of(tag)?;
        if wire_type == WireType::GroupEnd {
            return self.group_end(tag);
        }
        let run = self.run(tag);
        self.skip(wire_type, tag)?;
        self.keep(run, unknown)?;
        Ok(true)
    }

    /// The run of the field whose tag was just read.
    pub(super) fn run(&self, tag: u32) -> Run {
        let value = self.position();
        // Only a number that is longer than it has to be ends with a zero.
        let is_minimal = self.frame.get(value.wrapping_sub(1)) != Some(&0);
        let start = value.checked_sub(wire::varint_len(u64::from(tag)));
        Run {
            tag,
            start: start.filter(|_| is_minimal),
            value,
        }
    }

    /// Keep the field that is read up to here.
    pub(super) fn keep(
        &mut self,
        run: Run,
        unknown: &mut UnknownFields<'a>,
    ) -> Result<(), DecodeError> {
        self.take_element()?;
        let end = self.position();
        if let Some(start) = run.start {
            unknown.keep(self.frame, start..end);
            return Ok(());
        }
        let (bytes, len) = varint::encode(u64::from(run.tag));
        let value = self.frame.get(run.value..end).unwrap_or_default();
        unknown.keep_apart([&bytes[..len], value].concat());
        Ok(())
    }

    fn group_end(&self, tag: u32) -> Result<bool, DecodeError> {
        let number = wire::number(tag);
        if number != self.group {
            return Err(DecodeError::new(ErrorKind::UnopenedGroup, number, 0));
        }
        Ok(false)
    }

    /// Pass over a value.
    pub(super) fn skip(&mut self, wire_type: WireType, tag: u32) -> Result<(), DecodeError> {
        match wire_type {
            WireType::Varint => self.varint().map(drop),
            WireType::Fixed64 => self.take(8).map(drop),
            WireType::Bytes => self.delimited().map(drop),
            WireType::GroupStart => self.skip_group(wire::number(tag)),
            WireType::GroupEnd => self.group_end(tag).map(drop),
            WireType::Fixed32 => self.take(4).map(drop),
        }
    }

    fn skip_group(&mut self, number: u32) -> Result<(), DecodeError> {
        // As many levels as the bounds let enter.
        let mut open = [0; DEPTH_MAX];
        let mut depth = 0;
        self.bounds.enter()?;
        open[depth] = number;
        loop {
            let Some(tag) = self.tag()? else {
                return Err(DecodeError::new(ErrorKind::UnclosedGroup, open[depth], 0));
            };
            let number = wire::number(tag);
            match WireType::of(tag)? {
                WireType::GroupStart => {
                    self.bounds.enter()?;
                    depth += 1;
                    open[depth] = number;
                }
                WireType::GroupEnd if number != open[depth] => {
                    return Err(DecodeError::new(ErrorKind::UnopenedGroup, number, 0));
                }
                WireType::GroupEnd => {
                    self.bounds.leave();
                    let Some(outer) = depth.checked_sub(1) else {
                        return Ok(());
                    };
                    depth = outer;
                }
                scalar => self.skip(scalar, tag)?,
            }
        }
    }
}
