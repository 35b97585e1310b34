//! A reply: the frame that came back, and whether it answers the call.

use std::fmt;

use codec::DecodeError;
use codec::Limits;
use codec::frame::{Frame, FrameHead, FromPayload, key};
use codec::thrift::MessageKind;
use netpoll::View;

use crate::status::{BizStatus, Reason, Status, exception};

/// The reply to a call. What is decoded from it borrows from it.
pub struct Reply {
    frame: View,
    head: FrameHead,
    limits: Limits,
}

impl Reply {
    /// Parses a whole frame.
    pub(super) fn parse(frame: View, limits: &Limits) -> Result<Reply, DecodeError> {
        let head = Frame::parse(&frame, limits)?.head;
        Ok(Reply {
            frame,
            head,
            limits: *limits,
        })
    }

    /// Decodes the result.
    ///
    /// # Errors
    /// A status of [`Reason::BadReply`] if the bytes are no such value.
    pub fn decode<'a, T: FromPayload<'a>>(&'a self) -> Result<T, Status> {
        self.head
            .decode(&self.frame, &self.limits)
            .map_err(undecodable)
    }

    /// The header value with this text key, which is where the server's metadata is.
    pub fn header(&self, key: &str) -> Option<&str> {
        self.head.info(&self.frame).string_text(key).ok().flatten()
    }

    /// All header values with text keys, in wire order.
    pub fn headers(&self) -> impl Iterator<Item = (&str, &str)> {
        self.head
            .info(&self.frame)
            .strings()
            .filter_map(|(key, value)| {
                Some((
                    std::str::from_utf8(key).ok()?,
                    std::str::from_utf8(value).ok()?,
                ))
            })
    }

    pub(super) fn head(&self) -> &FrameHead {
        &self.head
    }

    /// Whether the server asks for the connection to be used no more.
    pub(super) fn wants_reset(&self) -> bool {
        self.header(key::CONNECTION_RESET) == Some("1")
    }

    /// Checks that this answers the call of this method with this number. An exception is not held to its number: proxies send
    /// them with 0.
    pub(super) fn check(&self, method: &str, seq_id: i32) -> Result<(), Status> {
        let name = &self.frame[self.head.name_range()];
        match self.head.kind {
            MessageKind::Exception => Ok(()),
            MessageKind::Reply if self.head.seq_id != seq_id => Err(Status::bad_reply(
                exception::BAD_SEQUENCE_ID,
                format!(
                    "the reply has number {} and the call {seq_id}",
                    self.head.seq_id
                ),
            )),
            MessageKind::Reply if name != method.as_bytes() => Err(Status::bad_reply(
                exception::WRONG_METHOD_NAME,
                format!(
                    "the reply is of method {} and the call of {method}",
                    String::from_utf8_lossy(name)
                ),
            )),
            MessageKind::Reply => Ok(()),
            other => Err(Status::bad_reply(
                exception::INVALID_MESSAGE_TYPE,
                format!("a message of type {} is no reply", other.number()),
            )),
        }
    }

    /// The reply, unless it is an exception or a business status.
    pub(super) fn into_result(self) -> Result<Reply, Status> {
        if self.head.kind == MessageKind::Exception {
            let exception = self.head.exception(&self.frame, &self.limits);
            let exception = exception.map_err(undecodable)?;
            return Err(Status::with(
                Reason::Remote,
                exception.kind,
                exception.message.to_string(),
            ));
        }
        match BizStatus::from_headers(|key| self.header(key)) {
            Some(biz) => Err(Status::received_biz(biz)),
            None => Ok(self),
        }
    }
}

#[cold]
fn undecodable(error: DecodeError) -> Status {
    Status::bad_reply(
        exception::PROTOCOL_ERROR,
        format!("cannot decode the reply: {error}"),
    )
}

impl fmt::Debug for Reply {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Reply")
            .field("kind", &self.head.kind)
            .field("seq_id", &self.head.seq_id)
            .field("bytes", &self.frame.len())
            .finish_non_exhaustive()
    }
}
