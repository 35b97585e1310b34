//! Makes connections, and says in words why one could not be made or did not last.

use std::fmt;

use codec::DecodeError;
use netpoll::{CloseReason, Connection, Elapsed, Protocol};

use super::builder::Options;
use crate::status::{Reason, Status, exception};

/// Connects within the client's time.
pub(super) async fn connect(
    options: &Options,
    make: impl FnOnce(&Connection) -> Box<dyn Protocol>,
) -> Result<Connection, Status> {
    let address = &options.address;
    match netpoll::timeout(options.connect_timeout, netpoll::connect(address, make)).await {
        Ok(Ok(connection)) => Ok(connection),
        Ok(Err(error)) => Err(failed(options, &error)),
        Err(Elapsed) => Err(failed(
            options,
            &format_args!("no answer within {:?}", options.connect_timeout),
        )),
    }
}

/// Why a connection is over before the reply was there.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Ending {
    /// It was closed or broke.
    Closed(CloseReason),
    /// What came is no frame.
    Garbage(DecodeError),
}

impl Ending {
    pub(super) fn to_status(self, options: &Options) -> Status {
        let address = &options.address;
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

#[cold]
fn failed(options: &Options, cause: &dyn fmt::Display) -> Status {
    Status::internal(
        Reason::Connect,
        format!("cannot connect to {}: {cause}", options.address),
    )
}
