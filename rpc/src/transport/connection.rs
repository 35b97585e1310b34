//! The protocol of one server connection, without I/O and without a clock of its own.
//!
//! ```text
//!     carrier ── handle_read(input) ──► frames ──► calls ──► services
//!     carrier ◄── Outlet::send(output) ◄── replies, in order ◄──┘
//! ```
//!
//! [`Inbound`] belongs to the carrier and takes the bytes; [`ConnectionState`] is shared with the calls, which outlive a turn
//! when they wait. Output that comes up while bytes are being handled leaves with one `send` at the end; output of a call that
//! finishes later leaves at once.
//!
//! Invariants: `pending` counts the calls that are alive; frames are not taken while it is at its limit, while too much output
//! is unsent, or after the last call. No `RefCell` here is borrowed while a handler runs.

use std::cell::{Cell, OnceCell, RefCell};
use std::fmt;
use std::rc::Rc;

use codec::DecodeError;
use codec::frame::{Frame, FrameHead, Numbers, Scanner, key};
use codec::thrift::MessageKind;
use netpoll::{Address, CloseReason};
use netpoll_buffer::{LinkBuffer, View};

use super::frames::{Taken, take_frame};
use super::reply_queue::ReplyQueue;
use super::route::Route;
use crate::call::Call;
use crate::server::{Serving, Target};
use crate::status::{Reason, Status, exception};

/// What a connection asks of its carrier.
pub(crate) trait Outlet {
    /// Takes all of `output` to be sent.
    fn send(&self, output: &mut LinkBuffer);
    /// Bytes taken and not yet sent.
    fn unsent_bytes(&self) -> usize;
    /// Goes on after [`After::Pause`].
    fn resume(&self);
    /// Closes the connection when everything taken is sent.
    fn close(&self);
    /// Address of the peer.
    fn peer(&self) -> Option<Address>;
}

/// What the carrier does after it handed bytes over.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum After {
    /// Reads on. The input begins with a frame of at least so many bytes.
    Wait { frame_bytes: usize },
    /// Stops reading until told to resume: as many calls are pending as may be.
    Pause,
    /// Sends what it has before it hands over more: the peer does not take its replies.
    Drain,
    /// Sends what it has and closes.
    Close,
}

/// The receiving side of a connection.
pub(crate) struct Inbound {
    scanner: Scanner,
    /// Frames may be left in the input that were not looked at.
    is_stalled: bool,
    state: Rc<ConnectionState>,
}

/// What a connection shares with its calls.
pub(crate) struct ConnectionState {
    serving: Rc<Serving>,
    /// Asked of the carrier when somebody wants to know: that may cost a system call.
    peer: OnceCell<Option<Address>>,
    outlet: Box<dyn Outlet>,
    outbound: RefCell<Outbound>,
    /// Calls that are alive.
    pending: Cell<usize>,
    /// Bytes are being handled: output leaves when that is done.
    is_handling: Cell<bool>,
    /// The carrier was told to pause.
    is_paused: Cell<bool>,
    /// The peer sends no more.
    is_input_over: Cell<bool>,
    /// No more requests are taken; the connection closes when the last call is done.
    is_last_call: Cell<bool>,
    /// Nobody receives replies any more.
    has_ended: Cell<bool>,
}

/// The sending side of a connection.
#[derive(Default)]
pub(super) struct Outbound {
    /// Replies that leave when the turn's bytes are handled.
    pub(super) output: LinkBuffer,
    /// Replies that wait for the ones before them.
    pub(super) queue: ReplyQueue,
}

/// What a frame asks for.
enum Request {
    Call(Result<Target, Status>),
    Heartbeat,
}

impl Inbound {
    pub(crate) fn new(serving: Rc<Serving>, outlet: Box<dyn Outlet>) -> Inbound {
        serving.counters.connections_opened.add(1);
        let state = ConnectionState {
            serving,
            peer: OnceCell::new(),
            outlet,
            outbound: RefCell::default(),
            pending: Cell::new(0),
            is_handling: Cell::new(false),
            is_paused: Cell::new(false),
            is_input_over: Cell::new(false),
            is_last_call: Cell::new(false),
            has_ended: Cell::new(false),
        };
        Inbound {
            scanner: Scanner::default(),
            is_stalled: false,
            state: Rc::new(state),
        }
    }

    /// Takes whole frames out of `input` and serves them; leaves the beginning of an unfinished one.
    #[inline]
    pub(crate) fn handle_read(&mut self, input: &mut LinkBuffer) -> After {
        self.state.is_handling.set(true);
        let after = self.take_frames(input);
        self.state.is_handling.set(false);
        self.is_stalled = matches!(after, After::Pause | After::Drain);
        self.state.flush();
        after
    }

    #[inline]
    fn take_frames(&mut self, input: &mut LinkBuffer) -> After {
        // Asked once: while bytes are being handled the carrier is given nothing.
        let unsent = self.state.outlet.unsent_bytes();
        loop {
            if let Some(after) = self.state.must_stop(unsent) {
                return after;
            }
            match self.take_frame(input) {
                Ok(None) => {}
                Ok(Some(frame_bytes)) if !self.state.is_input_over.get() => {
                    return After::Wait { frame_bytes };
                }
                Ok(Some(_)) => {
                    input.clear();
                    self.state.is_last_call.set(true);
                }
                Err(error) => {
                    self.state.note_garbage(error);
                    return After::Close;
                }
            }
        }
    }

    /// Serves the frame at the start of the input; returns its length if it is not whole yet.
    #[inline]
    fn take_frame(&mut self, input: &mut LinkBuffer) -> Result<Option<usize>, DecodeError> {
        let serving = &self.state.serving;
        let limits = &serving.shared.config.frame;
        let recall = serving.recall.borrow();
        if let Some(found) = recall.find_first(input.first(), limits)
            && let Some(view) = input.take(found.numbers.frame_bytes, &serving.pool)
        {
            let service = found.kept.index;
            let call = self
                .state
                .begin(view, found.known, found.numbers, found.kept);
            drop(recall);
            self.state.serving.runner(service).run(call);
            return Ok(None);
        }
        drop(recall);
        match take_frame(&mut self.scanner, input, &serving.pool, limits)? {
            Taken::Need(bytes) => Ok(Some(bytes)),
            Taken::Whole(view) => self.take_other(view).map(|()| None),
        }
    }

    /// Serves a frame whose head is new, or whose form does not tell its length.
    fn take_other(&self, view: View) -> Result<(), DecodeError> {
        let recall = self.state.serving.recall.borrow();
        let Some(found) = recall.find(&view) else {
            drop(recall);
            return self.parse(view);
        };
        let (head, route) = (found.head(), *found.kept);
        drop(recall);
        self.state.serve(view, &head, &route);
        Ok(())
    }

    /// Serves a frame with a new head.
    fn parse(&self, view: View) -> Result<(), DecodeError> {
        let serving = &self.state.serving;
        let frame = Frame::parse(&view, &serving.shared.config.frame)?;
        let head = frame.head;
        match self.state.classify(&frame) {
            Request::Call(Ok(target)) => {
                let route = Route::new(target, &frame, &serving.shared.registry);
                serving.recall.borrow_mut().keep(&frame, route);
                self.state.serve(view, &head, &route);
            }
            Request::Call(Err(status)) => self.state.refuse(view, &head, status),
            Request::Heartbeat => self.state.send_heartbeat(&head, frame.name()),
        }
        Ok(())
    }

    /// The peer sends no more. What it sent is still served, and the connection closes when the last reply has left.
    pub(crate) fn handle_end_of_stream(&mut self) {
        self.state.is_input_over.set(true);
        if !self.is_stalled {
            self.handle_last_call();
        }
    }

    /// The server stops: no more requests are taken, and the connection closes when the last reply has left.
    pub(crate) fn handle_last_call(&mut self) {
        self.state.is_last_call.set(true);
        if self.state.pending.get() == 0 {
            self.state.outlet.close();
        }
    }

    /// The connection is over.
    pub(crate) fn handle_end(&mut self, reason: CloseReason) {
        let state = &self.state;
        state.has_ended.set(true);
        state.serving.counters.connections_closed.add(1);
        tracing::debug!(peer = state.peer_text(), %reason, pending = state.pending.get(), "connection ended");
    }

    /// Whether calls are at work.
    pub(crate) fn is_busy(&self) -> bool {
        self.state.pending.get() > 0
    }
}

impl ConnectionState {
    #[inline]
    pub(crate) fn serving(&self) -> &Serving {
        &self.serving
    }

    #[inline]
    pub(super) fn outbound(&self) -> &RefCell<Outbound> {
        &self.outbound
    }

    pub(crate) fn peer(&self) -> Option<&Address> {
        self.peer.get_or_init(|| self.outlet.peer()).as_ref()
    }

    /// Why no frame may be taken now.
    #[inline]
    fn must_stop(&self, unsent: usize) -> Option<After> {
        let config = &self.serving.shared.config;
        let pending = self.pending.get();
        if self.is_last_call.get() {
            return Some(if pending == 0 {
                After::Close
            } else {
                After::Wait { frame_bytes: 0 }
            });
        }
        let high_water = config.runtime.output_high_water_bytes;
        let outbound = self.outbound.borrow();
        if pending >= config.pending_calls_max || outbound.queue.parked_bytes() > high_water {
            self.is_paused.set(true);
            return Some(After::Pause);
        }
        let unsent = outbound.output.len() + unsent;
        (unsent > high_water).then_some(After::Drain)
    }

    /// What a frame asks for.
    #[inline]
    fn classify(&self, frame: &Frame<'_>) -> Request {
        match frame.head.kind {
            MessageKind::Call | MessageKind::Oneway => Request::Call(self.route(frame)),
            MessageKind::Heartbeat => Request::Heartbeat,
            other => Request::Call(Err(Status::with(
                Reason::Undecodable,
                exception::INVALID_MESSAGE_TYPE,
                format!("a message of type {} is no request", other.number()),
            ))),
        }
    }

    #[inline]
    fn route(&self, frame: &Frame<'_>) -> Result<Target, Status> {
        let service = frame.info().string(key::SERVICE).unwrap_or_default();
        self.serving
            .shared
            .registry
            .find(service, frame.name().as_bytes())
    }

    /// Serves a call.
    fn serve(self: &Rc<Self>, frame: View, head: &FrameHead, route: &Route) {
        let call = self.begin(frame, head, head.numbers(), route);
        self.serving.runner(route.index).run(call);
    }

    /// Begins a call: it takes its place among those of the connection.
    #[inline(always)]
    fn begin(
        self: &Rc<Self>,
        frame: View,
        head: &FrameHead,
        numbers: Numbers,
        route: &Route,
    ) -> Call {
        self.pending.set(self.pending.get() + 1);
        self.serving.counters.requests.add(1);
        Call::new(Rc::clone(self), frame, head, numbers, route)
    }

    /// Answers a call to something that is not there.
    #[cold]
    fn refuse(self: &Rc<Self>, frame: View, head: &FrameHead, status: Status) {
        self.pending.set(self.pending.get() + 1);
        let call = Call::new(
            Rc::clone(self),
            frame,
            head,
            head.numbers(),
            &Route::NOWHERE,
        );
        call.finish(Err(status));
    }

    /// A call is over, and with it its place among the pending ones.
    #[inline]
    pub(crate) fn release_call(&self) {
        let pending = self.pending.get() - 1;
        self.pending.set(pending);
        if self.is_paused.get() || self.is_last_call.get() {
            self.note_released(pending);
        }
    }

    #[cold]
    fn note_released(&self, pending: usize) {
        let config = &self.serving.shared.config;
        let parked = self.outbound.borrow().queue.parked_bytes();
        // Half way down, so that a full connection does not pause and resume with every call.
        if self.is_paused.get()
            && pending <= config.pending_calls_max / 2
            && parked <= config.runtime.output_low_water_bytes
        {
            self.is_paused.set(false);
            self.outlet.resume();
        }
        if self.is_last_call.get() && pending == 0 && !self.is_handling.get() {
            self.outlet.close();
        }
    }

    /// Hands the output over, unless bytes are being handled: then that does it once, at its end.
    #[inline]
    pub(crate) fn flush(&self) {
        if self.is_handling.get() {
            return;
        }
        let output = &mut self.outbound.borrow_mut().output;
        if self.has_ended.get() {
            output.clear();
        } else if !output.is_empty() {
            self.outlet.send(output);
        }
    }

    /// Counts, and logs one line in a while.
    #[cold]
    fn note_garbage(&self, error: DecodeError) {
        self.serving.counters.connections_garbage.add(1);
        if let Some(skipped) = self.serving.may_log() {
            tracing::warn!(peer = self.peer_text(), %error, skipped, "connection closed: its bytes are no frame");
        }
    }

    fn peer_text(&self) -> String {
        self.peer()
            .map_or_else(|| "unknown".to_owned(), Address::to_string)
    }
}

impl fmt::Debug for ConnectionState {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ConnectionState")
            .field("peer", &self.peer)
            .field("pending", &self.pending.get())
            .field("is_last_call", &self.is_last_call.get())
            .finish_non_exhaustive()
    }
}
