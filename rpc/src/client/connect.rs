//! Makes connections, and says in words why one could not be made or did not last.

use std::fmt;

use codec::DecodeError;
use netpoll::{CloseReason, Connection, Elapsed, Protocol};

use super::builder::{Target, count};
use crate::status::{Reason, Status, exception};

/// Connects within the client's time.
pub(super) async fn connect(
    target: &Target,
    make: impl FnOnce(&Connection) -> Box<dyn Protocol>,
) -> Result<Connection, Status> {
    let options = &target.options;
    let attempt = netpoll::connect(&options.address, make);
    let cause: Box<dyn fmt::Display> =
        match netpoll::timeout(options.connect_timeout, attempt).await {
            Ok(Ok(connection)) => {
                count(&target.connected);
                return Ok(connection);
            }
            Ok(Err(error)) => Box::new(error),
            Err(Elapsed) => Box::new(format!("no answer within {:?}", options.connect_timeout)),
        };
    count(&target.refused);
    let text = format!("cannot connect to {}: {cause}", options.address);
    Err(Status::internal(Reason::Connect, text))
}

/// Why a connection is over before the reply was there.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Ending {
    /// It was closed or broke.
    Closed(CloseReason),
    /// What came is no frame.
    Garbage(DecodeError),
}

impl Ending {
    pub(super) fn to_status(&self, target: &Target) -> Status {
        let address = &target.options.address;
        match self {
            Ending::Closed(reason) => Status::internal(
                Reason::Closed,
                format!("the connection to {address} ended before the reply was there: {reason}"),
            ),
            Ending::Garbage(error) => Status::bad_reply(
                exception::PROTOCOL_ERROR,
                format!("{address} sent no reply: {error}"),
            ),
        }
    }
}
