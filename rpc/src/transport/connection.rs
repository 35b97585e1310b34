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
use codec::frame::{Frame, FrameHead, Scanner, key};
use codec::thrift::MessageKind;
use netpoll::{Address, CloseReason};
use netpoll_buffer::{LinkBuffer, View};

use super::frames::{Taken, take_frame};
use super::reply_queue::ReplyQueue;
use crate::call::Call;
use crate::descriptor::ServiceDescriptor;
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
    output: RefCell<LinkBuffer>,
    replies: RefCell<ReplyQueue>,
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
            output: RefCell::default(),
            replies: RefCell::default(),
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
        let view = match take_frame(&mut self.scanner, input, &serving.pool, limits)? {
            Taken::Need(bytes) => return Ok(Some(bytes)),
            Taken::Whole(view) => view,
        };
        let known = serving.recall.borrow().find(&view);
        if let Some((head, target)) = known {
            self.state.handle_call(view, &head, Ok(target));
            return Ok(None);
        }
        let frame = Frame::parse(&view, limits)?;
        let (head, request) = (frame.head, self.state.classify(&frame));
        match request {
            Request::Call(route) => {
                if let Ok(target) = &route {
                    serving.recall.borrow_mut().keep(&frame, *target);
                }
                self.state.handle_call(view, &head, route);
            }
            Request::Heartbeat => self.state.send_heartbeat(&head, frame.name()),
        }
        Ok(None)
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
    pub(super) fn output(&self) -> &RefCell<LinkBuffer> {
        &self.output
    }

    #[inline]
    pub(super) fn replies(&self) -> &RefCell<ReplyQueue> {
        &self.replies
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
        if pending >= config.pending_calls_max || self.replies.borrow().parked_bytes() > high_water
        {
            self.is_paused.set(true);
            return Some(After::Pause);
        }
        let unsent = self.output.borrow().len() + unsent;
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

    /// Serves a call, or answers that there is no such method.
    #[inline]
    fn handle_call(self: &Rc<Self>, view: View, head: &FrameHead, route: Result<Target, Status>) {
        self.pending.set(self.pending.get() + 1);
        match route {
            Ok(Target { service, method }) => {
                self.serving.counters.requests.add(1);
                let descriptor = self.serving.shared.registry.descriptor(service);
                let call = Call::new(Rc::clone(self), view, head, descriptor, method as usize);
                self.serving.runner(service).run(call);
            }
            Err(status) => {
                let call = Call::new(Rc::clone(self), view, head, &NO_SERVICE, usize::MAX);
                call.finish(Err(status));
            }
        }
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
        let parked = self.replies.borrow().parked_bytes();
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
        let mut output = self.output.borrow_mut();
        if self.has_ended.get() {
            output.clear();
        } else if !output.is_empty() {
            self.outlet.send(&mut output);
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

/// The service of a call that found none.
static NO_SERVICE: ServiceDescriptor = ServiceDescriptor {
    name: "",
    methods: &[],
};
