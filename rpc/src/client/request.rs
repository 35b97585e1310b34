//! A request: everything about it but its number, which the connection gives it.

use std::time::Duration;

use codec::frame::{EncodeError, Flags, Format, FrameWriter, Outgoing, Payload, key};
use codec::thrift::MessageKind;
use netpoll::{Connection, Writer};

use super::builder::Options;
use super::metadata::Metadata;
use crate::status::{Reason, Status};

/// A request to be encoded, once for each connection it is tried on.
pub(super) struct Request<'a, A> {
    pub(super) options: &'a Options,
    pub(super) service: &'a str,
    pub(super) method: &'a str,
    pub(super) kind: MessageKind,
    pub(super) timeout: Option<Duration>,
    pub(super) metadata: Option<&'a Metadata>,
    pub(super) arguments: &'a A,
}

impl<A: Payload> Request<'_, A> {
    /// Writes the request to a connection.
    ///
    /// # Errors
    /// When it does not fit into a frame; nothing is written then.
    pub(super) fn write(
        &self,
        connection: &Connection,
        seq_id: i32,
        flags: Flags,
    ) -> Result<(), Status> {
        connection
            .write(|w| self.encode(w, seq_id, flags))
            .map_err(|error| {
                Status::internal(
                    Reason::Overloaded,
                    format!("cannot send the request: {error}"),
                )
            })
    }

    fn encode(&self, w: &mut Writer<'_>, seq_id: i32, flags: Flags) -> Result<(), EncodeError> {
        let format = A::format(self.options.protocol);
        let framing = match format {
            Format::Thrift(_) => self.options.framing,
            Format::KitexProtobuf => self.options.framing.with_length(),
        };
        let outgoing = Outgoing {
            framing,
            format,
            name: self.method,
            kind: self.kind,
            seq_id,
            flags,
            header_seq_id: seq_id,
        };
        let frame = self.begin(w, &outgoing)?;
        self.arguments.write_payload(format, w);
        frame.finish(w, &self.options.frame).map(drop)
    }

    fn begin(
        &self,
        w: &mut Writer<'_>,
        outgoing: &Outgoing<'_>,
    ) -> Result<FrameWriter, EncodeError> {
        if !self.options.framing.has_ttheader() {
            return Ok(outgoing.begin(w));
        }
        let milliseconds = self
            .timeout
            .map(|timeout| Decimal::new(timeout.as_millis() as u64));
        let kind = Decimal::new(self.kind.number().into());
        let caller = self.options.caller.as_str();
        let integers = [
            Some((key::TO_METHOD, self.method)),
            Some((key::TO_SERVICE, self.service)),
            Some((key::MESSAGE_TYPE, kind.as_str())),
            (!caller.is_empty()).then_some((key::FROM_SERVICE, caller)),
            milliseconds
                .as_ref()
                .map(|milliseconds| (key::RPC_TIMEOUT, milliseconds.as_str())),
        ];
        let service = [(key::SERVICE, self.service)];
        let strings = self.metadata.into_iter().flat_map(Metadata::iter);
        outgoing.begin_with(
            w,
            &self.options.frame,
            None,
            service.into_iter().chain(strings),
            integers.into_iter().flatten(),
        )
    }
}

/// A number in decimal digits, without memory from the heap.
struct Decimal {
    digits: [u8; DIGITS],
    start: usize,
}

impl Decimal {
    fn new(mut number: u64) -> Decimal {
        let mut decimal = Decimal {
            digits: [b'0'; DIGITS],
            start: DIGITS - 1,
        };
        loop {
            decimal.digits[decimal.start] = b'0' + (number % 10) as u8;
            number /= 10;
            if number == 0 {
                return decimal;
            }
            decimal.start -= 1;
        }
    }

    fn as_str(&self) -> &str {
        // Digits are always text.
        std::str::from_utf8(&self.digits[self.start..]).unwrap_or_default()
    }
}

/// Digits of the largest `u64`.
const DIGITS: usize = 20;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn decimal_digits_are_those_of_the_standard_library() {
        for number in [
            0,
            1,
            9,
            10,
            99,
            100,
            5_000,
            u64::from(u32::MAX),
            u64::MAX - 1,
            u64::MAX,
        ] {
            assert_eq!(Decimal::new(number).as_str(), number.to_string());
        }
    }
}
