//! The outcome of a call that gave no result: why, whose fault it is, and what goes over the wire for it.
//!
//! A `Status` is one pointer, so a `Result<(), Status>` fits into a register and costs a call that succeeds nothing. The
//! server turns it into an exception of Thrift's `TApplicationException` kind (ids of Kitex's `trans_errors.go`), or, for
//! a business status, into headers of a normal reply. The client makes one of whatever it got instead of a reply.

mod biz;

use std::borrow::Cow;
use std::fmt;

pub use biz::BizStatus;
use codec::DecodeError;

/// Why a call failed. One pointer wide.
///
/// A handler that fails makes one with [`Status::new`], or with `?` from text or an `io::Error`:
///
/// ```
/// use rpc::{Fault, Reason, Status};
///
/// fn find(id: i64) -> Result<&'static str, Status> {
///     if id < 0 {
///         return Err(Status::new(format!("no user {id}")));
///     }
///     Ok("gull")
/// }
///
/// let status = find(-1).unwrap_err();
/// assert_eq!(status.message(), "no user -1");
/// assert_eq!((status.reason(), status.fault()), (Reason::Handler, Fault::Us));
/// ```
pub struct Status(Box<Inner>);

struct Inner {
    reason: Reason,
    exception: i32,
    message: Cow<'static, str>,
    biz: Option<BizStatus>,
}

impl Status {
    /// The handler failed. The caller gets an exception of type 6 (internal error) with the text
    /// `biz error: <message>`, as from Kitex.
    pub fn new(message: impl Into<Cow<'static, str>>) -> Status {
        Self::with(Reason::Handler, exception::INTERNAL_ERROR, message)
    }

    /// An exception that goes over the wire as it is: `exception` is its type id, see [`exception`].
    pub fn exception(exception: i32, message: impl Into<Cow<'static, str>>) -> Status {
        Self::with(Reason::Exception, exception, message)
    }

    /// The application refused the request on its own grounds. Over TTHeader this is a normal reply with the headers
    /// `biz-status`, `biz-message` and `biz-extra`; the other framings have no headers, so there it becomes an
    /// exception of type 6. Code 0 means "no business status" to Kitex's clients.
    pub fn biz(
        code: i32,
        message: impl Into<String>,
        extra: impl IntoIterator<Item = (String, String)>,
    ) -> Status {
        let biz = BizStatus::new(code, message.into(), extra.into_iter().collect());
        let mut status = Self::with(Reason::Business, exception::INTERNAL_ERROR, biz.to_string());
        status.0.biz = Some(biz);
        status
    }

    /// The service has no method of this name (or index): exception type 1.
    pub fn unknown_method(method: impl fmt::Display) -> Status {
        Self::with(
            Reason::UnknownMethod,
            exception::UNKNOWN_METHOD,
            format!("unknown method {method}"),
        )
    }

    /// Why the call failed.
    pub fn reason(&self) -> Reason {
        self.0.reason
    }

    /// Who is at fault.
    pub fn fault(&self) -> Fault {
        self.0.reason.fault()
    }

    /// Type id of the exception that was received, or that is sent for this status. See [`exception`].
    pub fn exception_id(&self) -> i32 {
        self.0.exception
    }

    /// What happened, in words; of a received exception the peer's own words.
    pub fn message(&self) -> &str {
        &self.0.message
    }

    /// Code, message and extra values of a business status.
    pub fn as_biz(&self) -> Option<&BizStatus> {
        self.0.biz.as_ref()
    }

    /// What the wire carries for this status when it ends a call of this server: type id and text.
    ///
    /// What the framework found goes as it is. What the handler returned is marked as such, and that includes the
    /// failure of a call that the handler made itself: for the caller of this server it is not "unknown method".
    pub(crate) fn to_exception(&self) -> (i32, Cow<'_, str>) {
        match self.0.reason.fault() {
            Fault::Caller => (self.0.exception, Cow::Borrowed(self.message())),
            _ if matches!(
                self.0.reason,
                Reason::DeadlinePassed | Reason::Exception | Reason::Overloaded | Reason::Panic
            ) =>
            {
                (self.0.exception, Cow::Borrowed(self.message()))
            }
            _ => (
                exception::INTERNAL_ERROR,
                Cow::Owned(format!("biz error: {self}")),
            ),
        }
    }

    pub(crate) fn with(
        reason: Reason,
        exception: i32,
        message: impl Into<Cow<'static, str>>,
    ) -> Status {
        Status(Box::new(Inner {
            reason,
            exception,
            message: message.into(),
            biz: None,
        }))
    }

    pub(crate) fn internal(reason: Reason, message: impl Into<Cow<'static, str>>) -> Status {
        Self::with(reason, exception::INTERNAL_ERROR, message)
    }

    /// The arguments of a call do not decode.
    #[cold]
    pub(crate) fn undecodable(error: DecodeError) -> Status {
        Self::with(
            Reason::Undecodable,
            error.application_exception_id(),
            format!("cannot decode the arguments: {error}"),
        )
    }

    /// The peer answered with something that is not the reply to this call.
    #[cold]
    pub(crate) fn bad_reply(exception: i32, message: impl Into<Cow<'static, str>>) -> Status {
        Self::with(Reason::BadReply, exception, message)
    }

    pub(crate) fn received_biz(biz: BizStatus) -> Status {
        let mut status = Self::with(Reason::Business, exception::INTERNAL_ERROR, biz.to_string());
        status.0.biz = Some(biz);
        status
    }
}

/// Why a call failed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Reason {
    /// What came instead of a reply is no reply to this call, or does not decode.
    BadReply,
    /// The application refused the request: see [`Status::as_biz`].
    Business,
    /// The connection ended before the reply was there.
    Closed,
    /// No connection could be made.
    Connect,
    /// The deadline that came with the request passed while the handler was at work.
    DeadlinePassed,
    /// The handler answered with an exception of its own choice.
    Exception,
    /// The handler returned an error.
    Handler,
    /// A limit of this side was reached; nothing was sent or begun.
    Overloaded,
    /// The handler panicked.
    Panic,
    /// The peer answered with an exception.
    Remote,
    /// No reply came in time.
    Timeout,
    /// The arguments do not decode.
    Undecodable,
    /// The service has no such method.
    UnknownMethod,
    /// The server has no such service.
    UnknownService,
}

impl Reason {
    /// Who is at fault.
    pub fn fault(self) -> Fault {
        match self {
            Reason::Undecodable | Reason::UnknownMethod | Reason::UnknownService => Fault::Caller,
            Reason::BadReply | Reason::Business | Reason::Remote => Fault::Peer,
            Reason::Closed | Reason::Connect | Reason::Timeout => Fault::Network,
            Reason::DeadlinePassed
            | Reason::Exception
            | Reason::Handler
            | Reason::Overloaded
            | Reason::Panic => Fault::Us,
        }
    }
}

/// Who is at fault when a call fails.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Fault {
    /// Whoever called this server asked for something impossible.
    Caller,
    /// Connections, or the time they take.
    Network,
    /// The server that this client called.
    Peer,
    /// This process.
    Us,
}

impl std::error::Error for Status {}

impl fmt::Display for Status {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.0.reason {
            Reason::Remote => {
                write!(
                    f,
                    "the peer answered with exception {}: {}",
                    self.0.exception,
                    self.message()
                )
            }
            _ => f.write_str(self.message()),
        }
    }
}

impl fmt::Debug for Status {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Status")
            .field("reason", &self.0.reason)
            .field("exception", &self.0.exception)
            .field("message", &self.0.message)
            .field("biz", &self.0.biz)
            .finish()
    }
}

impl From<String> for Status {
    fn from(message: String) -> Status {
        Status::new(message)
    }
}

impl From<&'static str> for Status {
    fn from(message: &'static str) -> Status {
        Status::new(message)
    }
}

impl From<std::io::Error> for Status {
    fn from(error: std::io::Error) -> Status {
        Status::new(error.to_string())
    }
}

/// Type ids of exceptions: Thrift's `TApplicationException`, and from 20 on Kitex's own (`trans_errors.go`).
pub mod exception {
    /// Nothing is known about the failure.
    pub const UNKNOWN: i32 = 0;
    /// The service has no such method.
    pub const UNKNOWN_METHOD: i32 = 1;
    /// The message is of a type that is not expected here.
    pub const INVALID_MESSAGE_TYPE: i32 = 2;
    /// The reply names another method than the call.
    pub const WRONG_METHOD_NAME: i32 = 3;
    /// The reply carries another sequence id than the call.
    pub const BAD_SEQUENCE_ID: i32 = 4;
    /// The reply has neither a result nor a declared exception.
    pub const MISSING_RESULT: i32 = 5;
    /// The server failed.
    pub const INTERNAL_ERROR: i32 = 6;
    /// The bytes do not decode.
    pub const PROTOCOL_ERROR: i32 = 7;
    /// The payload is in a protocol that is not spoken here.
    pub const INVALID_PROTOCOL: i32 = 9;
    /// The server has no such service.
    pub const UNKNOWN_SERVICE: i32 = 20;
    /// The request names no service and the server insists on one.
    pub const NO_SERVICE_NAME: i32 = 21;
}

const _: () = assert!(size_of::<Result<(), Status>>() == size_of::<usize>());

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_goes_over_the_wire_depends_on_the_reason() {
        let check = |status: Status, exception: i32, text: &str| {
            assert_eq!(
                status.to_exception(),
                (exception, Cow::Borrowed(text)),
                "{status:?}"
            );
        };
        check(Status::new("no user"), 6, "biz error: no user");
        check(Status::from("no user".to_owned()), 6, "biz error: no user");
        check(Status::exception(42, "mine"), 42, "mine");
        check(Status::unknown_method("Fly"), 1, "unknown method Fly");
        check(
            Status::internal(Reason::Panic, "panic in Fly: x"),
            6,
            "panic in Fly: x",
        );
        check(
            Status::with(Reason::Remote, 1, "unknown method Swim"),
            6,
            "biz error: the peer answered with exception 1: unknown method Swim",
        );
        check(
            Status::internal(Reason::Closed, "closed"),
            6,
            "biz error: closed",
        );
    }
}
