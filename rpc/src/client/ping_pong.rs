//! A connection that carries one call at a time.
//!
//! Invariant: a connection is in the pool only while no reply is owed on it. Dropping it gives it up, so a call that is dropped
//! while it waits takes its connection along, and its late reply finds nobody.

use std::cell::RefCell;
use std::future::poll_fn;
use std::rc::Rc;
use std::task::{Poll, Waker};

use codec::DecodeError;
use codec::frame::{Flags, Payload, Scanner};
use netpoll::{CloseReason, Connection, LinkBuffer, Protocol};

use super::builder::Target;
use super::connect::{Ending, connect};
use super::reply::Reply;
use super::request::Request;
use crate::status::Status;
use crate::transport::frames::{Taken, take_frame};

/// A connection for one call at a time.
pub(super) struct PingPong {
    connection: Connection,
    slot: Rc<RefCell<Slot>>,
    target: Rc<Target>,
    /// Not to be given up when dropped.
    is_settled: bool,
}

/// What the connection is waiting for.
enum Slot {
    Idle,
    Waiting {
        waker: Option<Waker>,
        has_begun: bool,
    },
    Answered(Reply),
    Ended {
        ending: Ending,
        had_begun: bool,
    },
}

/// Why a call on a connection failed.
pub(super) struct Failure {
    pub(super) status: Status,
    /// The connection ended before the first byte of the reply.
    pub(super) is_stale: bool,
}

impl PingPong {
    pub(super) async fn connect(target: &Rc<Target>) -> Result<PingPong, Status> {
        let slot = Rc::new(RefCell::new(Slot::Idle));
        let receiver = Receiver {
            slot: Rc::clone(&slot),
            target: Rc::clone(target),
            scanner: Scanner::default(),
        };
        let connection = connect(target, |_| Box::new(receiver)).await?;
        Ok(PingPong {
            connection,
            slot,
            target: Rc::clone(target),
            is_settled: false,
        })
    }

    /// Whether the connection can take a call.
    pub(super) fn is_usable(&self) -> bool {
        !self.connection.is_closed() && matches!(*self.slot.borrow(), Slot::Idle)
    }

    /// Sends a request and waits for the reply, after which the connection may be used again.
    pub(super) async fn call<A: Payload>(
        &self,
        request: &Request<'_, A>,
        seq_id: i32,
    ) -> Result<Reply, Failure> {
        self.slot.replace(Slot::Waiting {
            waker: None,
            has_begun: false,
        });
        let reply = match request.write(&self.connection, seq_id, Flags::default()) {
            Ok(()) => self.answer().await?,
            Err(status) => {
                self.slot.replace(Slot::Idle);
                return Err(Failure {
                    status,
                    is_stale: false,
                });
            }
        };
        if let Err(status) = reply.check(request.method, seq_id) {
            // Out of step: the next reply might be this call's.
            self.connection.abort();
            return Err(Failure {
                status,
                is_stale: false,
            });
        }
        Ok(reply)
    }

    /// Sends a request that is not answered.
    pub(super) fn send<A: Payload>(
        &self,
        request: &Request<'_, A>,
        seq_id: i32,
    ) -> Result<(), Status> {
        request.write(&self.connection, seq_id, Flags::default())
    }

    /// Closes the connection when what was written is sent.
    pub(super) fn close(mut self) {
        self.is_settled = true;
        self.connection.close();
    }

    async fn answer(&self) -> Result<Reply, Failure> {
        poll_fn(|cx| {
            let mut slot = self.slot.borrow_mut();
            match std::mem::replace(&mut *slot, Slot::Idle) {
                Slot::Answered(reply) => Poll::Ready(Ok(reply)),
                Slot::Ended { ending, had_begun } => {
                    let is_stale = !had_begun && matches!(ending, Ending::Closed(_));
                    *slot = Slot::Ended {
                        ending: ending.clone(),
                        had_begun,
                    };
                    Poll::Ready(Err(Failure {
                        status: ending.to_status(&self.target),
                        is_stale,
                    }))
                }
                Slot::Idle => {
                    *slot = Slot::Waiting {
                        waker: Some(cx.waker().clone()),
                        has_begun: false,
                    };
                    Poll::Pending
                }
                Slot::Waiting { has_begun, .. } => {
                    *slot = Slot::Waiting {
                        waker: Some(cx.waker().clone()),
                        has_begun,
                    };
                    Poll::Pending
                }
            }
        })
        .await
    }
}

impl Drop for PingPong {
    fn drop(&mut self) {
        if !self.is_settled {
            self.connection.abort();
        }
    }
}

/// The receiving side, which the connection owns.
struct Receiver {
    slot: Rc<RefCell<Slot>>,
    target: Rc<Target>,
    scanner: Scanner,
}

impl Receiver {
    fn take_reply(
        &mut self,
        connection: &Connection,
        input: &mut LinkBuffer,
    ) -> Result<Option<Reply>, DecodeError> {
        let limits = &self.target.options.frame;
        match take_frame(&mut self.scanner, input, connection.pool(), limits)? {
            Taken::Need(bytes) => {
                connection.expect(bytes);
                Ok(None)
            }
            Taken::Whole(frame) => Reply::parse(frame, limits).map(Some),
        }
    }

    /// Puts the outcome where the call looks for it.
    fn settle(&self, outcome: Slot) {
        let before = self.slot.replace(outcome);
        if let Slot::Waiting {
            waker: Some(waker), ..
        } = before
        {
            waker.wake();
        }
    }

    fn end(&self, ending: Ending) {
        let had_begun = match &*self.slot.borrow() {
            // The reply is there, or the end is known.
            Slot::Answered(_) | Slot::Ended { .. } => return,
            Slot::Idle => false,
            Slot::Waiting { has_begun, .. } => *has_begun,
        };
        self.settle(Slot::Ended { ending, had_begun });
    }
}

impl Protocol for Receiver {
    fn on_read(&mut self, connection: &Connection, input: &mut LinkBuffer) {
        if let Slot::Waiting { has_begun, .. } = &mut *self.slot.borrow_mut() {
            *has_begun = true;
        } else {
            // Nobody asked for these bytes: whatever follows cannot be trusted.
            input.clear();
            return connection.abort();
        }
        match self.take_reply(connection, input) {
            Ok(None) => {}
            Ok(Some(reply)) => self.settle(Slot::Answered(reply)),
            Err(error) => {
                self.end(Ending::Garbage(error));
                connection.abort();
            }
        }
    }

    fn on_inactive(&mut self, _connection: &Connection, reason: CloseReason) {
        self.end(Ending::Closed(reason));
    }

    fn is_busy(&self) -> bool {
        matches!(*self.slot.borrow(), Slot::Waiting { .. })
    }
}
