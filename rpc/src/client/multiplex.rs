//! Many calls at once over a few connections, told apart by their numbers.
//!
//! Each place for a connection holds the latest attempt to make one: under way, failed, or a connection that works. Whoever finds
//! an attempt that is of no more use starts the next one; everybody else waits for the same.
//!
//! Invariant: a connection that the server wants to be rid of takes no new calls, and is closed when its last call is over.

use std::cell::{Cell, RefCell};
use std::future::poll_fn;
use std::rc::Rc;
use std::task::{Poll, Waker};

use codec::DecodeError;
use codec::frame::{Flags, Payload, Scanner};
use netpoll::{CloseReason, Connection, LinkBuffer, Protocol};

use super::builder::{Target, count};
use super::connect::{Ending, connect};
use super::in_flight::InFlight;
use super::reply::Reply;
use super::request::Request;
use crate::status::{Reason, Status};
use crate::transport::frames::{Taken, take_frame};

/// A few connections to one address.
pub(super) struct Multiplexer {
    target: Rc<Target>,
    places: Vec<RefCell<Option<Rc<Attempt>>>>,
    next: Cell<usize>,
}

impl Multiplexer {
    pub(super) fn new(target: Rc<Target>) -> Multiplexer {
        let places = (0..target.options.multiplexed)
            .map(|_| RefCell::new(None))
            .collect();
        Multiplexer {
            target,
            places,
            next: Cell::new(0),
        }
    }

    /// Calls over the connection whose turn it is.
    pub(super) async fn call<A: Payload>(&self, request: &Request<'_, A>) -> Result<Reply, Status> {
        let link = self.link().await?;
        let call = link.begin(&self.target)?;
        request.write(&link.connection, call.seq_id, Flags::OUT_OF_ORDER)?;
        let reply = call
            .answer()
            .await
            .map_err(|ending| ending.to_status(&self.target))?;
        reply.check(request.method, call.seq_id)?;
        Ok(reply)
    }

    /// Sends a oneway request. Its number is free again at once: if it is answered all the same, nobody is meant.
    pub(super) async fn send<A: Payload>(&self, request: &Request<'_, A>) -> Result<(), Status> {
        let link = self.link().await?;
        let call = link.begin(&self.target)?;
        request.write(&link.connection, call.seq_id, Flags::OUT_OF_ORDER)
    }

    /// The connection whose turn it is, made anew if need be.
    async fn link(&self) -> Result<Rc<Link>, Status> {
        let place = &self.places[self.next.get() % self.places.len()];
        self.next.set(self.next.get().wrapping_add(1));
        let attempt = {
            let mut place = place.borrow_mut();
            match &*place {
                Some(attempt) if attempt.is_of_use() => {
                    count(&self.target.reused);
                    Rc::clone(attempt)
                }
                _ => Rc::clone(place.insert(Attempt::start(&self.target))),
            }
        };
        attempt.wait().await
    }
}

/// An attempt to connect, and what came of it.
#[derive(Default)]
struct Attempt {
    outcome: RefCell<Option<Result<Rc<Link>, Refusal>>>,
    waiting: RefCell<Vec<Waker>>,
}

/// Why the attempt failed, for everybody who waited for it.
#[derive(Clone)]
struct Refusal {
    reason: Reason,
    message: Rc<str>,
}

impl Attempt {
    fn start(target: &Rc<Target>) -> Rc<Attempt> {
        let attempt = Rc::new(Attempt::default());
        let (result, target) = (Rc::clone(&attempt), Rc::clone(target));
        let task = netpoll::spawn_local(async move {
            let outcome = Link::connect(&target).await.map_err(|status| Refusal {
                reason: status.reason(),
                message: status.message().into(),
            });
            result.outcome.replace(Some(outcome));
            let waiting = result.waiting.take();
            waiting.into_iter().for_each(Waker::wake);
        });
        drop(task);
        attempt
    }

    /// Whether it is under way, or led to a connection that takes calls.
    fn is_of_use(&self) -> bool {
        match &*self.outcome.borrow() {
            None => true,
            Some(Ok(link)) => link.is_usable(),
            Some(Err(_)) => false,
        }
    }

    async fn wait(&self) -> Result<Rc<Link>, Status> {
        poll_fn(|cx| match &*self.outcome.borrow() {
            None => {
                self.waiting.borrow_mut().push(cx.waker().clone());
                Poll::Pending
            }
            Some(Ok(link)) => Poll::Ready(Ok(Rc::clone(link))),
            Some(Err(Refusal { reason, message })) => {
                Poll::Ready(Err(Status::internal(*reason, message.to_string())))
            }
        })
        .await
    }
}

/// A connection with many calls on it. Dropped with the last call after its place was given to another; that closes it.
struct Link {
    connection: Connection,
    calls: Rc<Calls>,
}

/// What the connection's receiving side shares with the calls.
struct Calls {
    in_flight: RefCell<InFlight<Result<Reply, Ending>>>,
    /// The server wants no more calls on this connection.
    is_leaving: Cell<bool>,
}

impl Link {
    async fn connect(target: &Rc<Target>) -> Result<Rc<Link>, Status> {
        let in_flight = RefCell::new(InFlight::new(target.options.in_flight_max));
        let calls = Rc::new(Calls {
            in_flight,
            is_leaving: Cell::new(false),
        });
        let receiver = Receiver {
            calls: Rc::clone(&calls),
            target: Rc::clone(target),
            scanner: Scanner::default(),
        };
        let connection = connect(target, |_| Box::new(receiver)).await?;
        Ok(Rc::new(Link { connection, calls }))
    }

    fn is_usable(&self) -> bool {
        !self.connection.is_closed() && !self.calls.is_leaving.get()
    }

    /// Begins a call, unless the connection has too much to do already.
    fn begin(&self, target: &Target) -> Result<PendingCall<'_>, Status> {
        if self.connection.is_congested() {
            return Err(overloaded(
                target,
                "its connection has too much unsent output",
            ));
        }
        match self.calls.in_flight.borrow_mut().begin() {
            Some(seq_id) => Ok(PendingCall {
                calls: &self.calls,
                seq_id,
            }),
            None => Err(overloaded(
                target,
                "in_flight_max calls are under way on its connection",
            )),
        }
    }
}

impl Drop for Link {
    fn drop(&mut self) {
        self.connection.close();
    }
}

#[cold]
fn overloaded(target: &Target, cause: &str) -> Status {
    Status::internal(
        Reason::Overloaded,
        format!("no call to {} now: {cause}", target.options.address),
    )
}

/// A call under way. Dropping it gives it up.
struct PendingCall<'a> {
    calls: &'a Calls,
    seq_id: i32,
}

impl PendingCall<'_> {
    async fn answer(&self) -> Result<Reply, Ending> {
        poll_fn(|cx| {
            self.calls
                .in_flight
                .borrow_mut()
                .poll(self.seq_id, cx.waker())
        })
        .await
    }
}

impl Drop for PendingCall<'_> {
    fn drop(&mut self) {
        self.calls.in_flight.borrow_mut().release(self.seq_id);
    }
}

/// The receiving side, which the connection owns.
struct Receiver {
    calls: Rc<Calls>,
    target: Rc<Target>,
    scanner: Scanner,
}

impl Receiver {
    /// Hands out every whole reply.
    fn take_replies(
        &mut self,
        connection: &Connection,
        input: &mut LinkBuffer,
    ) -> Result<(), DecodeError> {
        let limits = &self.target.options.frame;
        loop {
            match take_frame(&mut self.scanner, input, connection.pool(), limits)? {
                Taken::Need(bytes) => {
                    connection.expect(bytes);
                    return Ok(());
                }
                Taken::Whole(frame) => self.handle_reply(Reply::parse(frame, limits)?),
            }
        }
    }

    fn handle_reply(&self, reply: Reply) {
        if reply.wants_reset() {
            self.calls.is_leaving.set(true);
        }
        let mut in_flight = self.calls.in_flight.borrow_mut();
        // A proxy's exception has its call's number in the header only. What belongs to no call is late, or a control frame.
        let numbers = [reply.head().seq_id, reply.head().header_seq_id];
        let seq_id = numbers
            .into_iter()
            .find(|&seq_id| in_flight.is_waiting(seq_id));
        let waker = seq_id.and_then(|seq_id| in_flight.settle(seq_id, Ok(reply)));
        drop(in_flight);
        if let Some(waker) = waker {
            waker.wake();
        }
    }

    fn end(&self, ending: Ending) {
        let outcome = || Err(ending.clone());
        let wakers = self.calls.in_flight.borrow_mut().settle_all(outcome);
        wakers.into_iter().for_each(Waker::wake);
    }
}

impl Protocol for Receiver {
    fn on_read(&mut self, connection: &Connection, input: &mut LinkBuffer) {
        if let Err(error) = self.take_replies(connection, input) {
            self.end(Ending::Garbage(error));
            connection.abort();
        }
    }

    fn on_inactive(&mut self, _connection: &Connection, reason: CloseReason) {
        self.end(Ending::Closed(reason));
    }

    fn is_busy(&self) -> bool {
        self.calls.in_flight.borrow().len() > 0
    }
}
