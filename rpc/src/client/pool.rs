//! Connections for one call at a time, kept for the next call.
//!
//! The one that was used last is used first, so that those beyond what is needed grow old and are closed.

use std::cell::{Cell, RefCell};
use std::rc::Rc;
use std::time::Instant;

use codec::frame::Payload;

use super::builder::{Target, count};
use super::ping_pong::{Failure, PingPong};
use super::reply::Reply;
use super::request::Request;
use crate::status::Status;

/// The connections to one address.
pub(super) struct Pool {
    target: Rc<Target>,
    /// The last is the one that was used last.
    idle: RefCell<Vec<Idle>>,
    seq_id: Cell<i32>,
}

struct Idle {
    connection: PingPong,
    since: Instant,
}

impl Pool {
    pub(super) fn new(target: Rc<Target>) -> Pool {
        Pool {
            target,
            idle: RefCell::default(),
            seq_id: Cell::new(0),
        }
    }

    /// Calls over a kept connection, or a new one.
    pub(super) async fn call<A: Payload>(&self, request: &Request<'_, A>) -> Result<Reply, Status> {
        if let Some(connection) = self.take() {
            match self.call_over(connection, request).await {
                Err(Failure { is_stale: true, .. }) if self.target.options.retries_stale => {
                    count(&self.target.retried)
                }
                outcome => return outcome.map_err(|failure| failure.status),
            }
        }
        let connection = PingPong::connect(&self.target).await?;
        self.call_over(connection, request)
            .await
            .map_err(|failure| failure.status)
    }

    /// Sends a oneway request over a kept connection, or a new one.
    pub(super) async fn send<A: Payload>(&self, request: &Request<'_, A>) -> Result<(), Status> {
        let connection = match self.take() {
            Some(connection) => connection,
            None => PingPong::connect(&self.target).await?,
        };
        let sent = connection.send(request, self.next_seq_id());
        self.put(connection);
        sent
    }

    async fn call_over<A: Payload>(
        &self,
        connection: PingPong,
        request: &Request<'_, A>,
    ) -> Result<Reply, Failure> {
        let outcome = connection.call(request, self.next_seq_id()).await;
        match &outcome {
            Ok(reply) if reply.wants_reset() => connection.close(),
            _ => self.put(connection),
        }
        outcome
    }

    /// The kept connection that was used last.
    fn take(&self) -> Option<PingPong> {
        let mut idle = self.idle.borrow_mut();
        let now = netpoll::now();
        while let Some(Idle { connection, since }) = idle.pop() {
            if now.saturating_duration_since(since) >= self.target.options.idle_timeout {
                // Those below have waited even longer.
                idle.clear();
                return None;
            }
            if connection.is_usable() {
                count(&self.target.reused);
                return Some(connection);
            }
        }
        None
    }

    /// Keeps a connection for the next call.
    fn put(&self, connection: PingPong) {
        if !connection.is_usable() {
            return;
        }
        let mut idle = self.idle.borrow_mut();
        if idle.len() >= self.target.options.idle_connections_max {
            drop(idle);
            return connection.close();
        }
        let since = netpoll::now();
        let expired = idle.partition_point(|kept| {
            since.saturating_duration_since(kept.since) >= self.target.options.idle_timeout
        });
        let expired: Vec<_> = idle.drain(..expired).collect();
        idle.push(Idle { connection, since });
        drop(idle);
        drop(expired);
    }

    fn next_seq_id(&self) -> i32 {
        let next = self.seq_id.get().wrapping_add(1).max(1);
        self.seq_id.set(next);
        next
    }
}
