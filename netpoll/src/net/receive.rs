//! The receiving half of a connection: from a completion to `on_read`.

use std::time::Instant;

use netpoll_buffer::{LinkBuffer, View};

use super::connection::{Connection, Receive, Stage};
use super::join_short;
use crate::driver::{ExactBlock, Op, Outcome, Token};
use crate::error::CloseReason;
use crate::timer::after;

impl Connection {
    /// Tells the core that the frame at the start of the input has `total_bytes`. When much of it is still to come,
    /// the rest is received straight into one block of that size, so that it can be decoded in place. To be called
    /// from `on_read`, after the length was checked against a limit; it holds until the next call of `on_read`.
    pub fn expect(&self, total_bytes: usize) {
        self.inner.expected_bytes.set(total_bytes);
    }

    /// Stops reading until [`resume_reading`](Self::resume_reading). What is received already may still be delivered.
    pub fn pause_reading(&self) {
        if !self.inner.paused.replace(true) {
            self.stop_reading();
        }
    }

    /// Goes on reading after [`pause_reading`](Self::pause_reading); `on_read` is called with what waits in the input.
    pub fn resume_reading(&self) {
        if self.inner.paused.replace(false) {
            self.continue_reading();
        }
    }

    /// Reads again after a pause, unless there is another reason not to.
    pub(super) fn continue_reading(&self) {
        self.arm_receive();
        let inner = &*self.inner;
        let has_input = inner
            .input
            .try_borrow()
            .is_ok_and(|input| !input.is_empty());
        if has_input && !inner.delivery_due.replace(true) {
            // Delivered by a task and not here: the caller may be in the middle of this connection's callback.
            let connection = self.clone();
            inner.core.spawn(Box::pin(async move {
                connection.inner.delivery_due.set(false);
                connection.deliver();
            }));
        }
    }

    pub(super) fn may_read(&self) -> bool {
        self.inner.stage.get() == Stage::Open
            && !self.inner.paused.get()
            && !self.inner.congested.get()
    }

    /// Starts a receive if none is under way and the connection may read.
    pub(crate) fn arm_receive(&self) {
        let inner = &*self.inner;
        if inner.receive.get() == Receive::Starved {
            inner.receive.set(Receive::Idle);
        }
        if inner.receive.get() == Receive::Idle && self.may_read() && !self.arm_exact() {
            let key = inner
                .core
                .submit(inner.socket, Op::Receive, Token::Receive(inner.index));
            inner.receive.set(Receive::Armed(key));
        }
    }

    /// Starts a receive into one block when the rest of a large frame is to come and the pool has room for it.
    fn arm_exact(&self) -> bool {
        let inner = &*self.inner;
        let total = inner.expected_bytes.get();
        // Borrowed when the protocol resumes reading from within its own callback: then the ordinary receive will do.
        let Ok(mut input) = inner.input.try_borrow_mut() else {
            return false;
        };
        let have = input.len();
        if total < have + EXACT_BYTES_MIN {
            return false;
        }
        let pool = &inner.core.pool;
        if pool.stats().in_use_bytes + total > inner.core.config.pool_bytes_max / EXACT_SHARE {
            return false;
        }
        let Some(exact) = ExactBlock::new(pool, total, &input) else {
            return false;
        };
        input.clear();
        let key = inner.core.submit(
            inner.socket,
            Op::ReceiveExact(exact),
            Token::Receive(inner.index),
        );
        inner.receive.set(Receive::Exact(key));
        drop(input);
        self.note_partial(false);
        true
    }

    /// Reading pauses. A part of a frame is not late while nobody reads its rest.
    pub(super) fn stop_reading(&self) {
        self.inner.partial_since.set(None);
        self.cancel_receive();
    }

    fn cancel_receive(&self) {
        if let Receive::Armed(key) = self.inner.receive.get() {
            self.inner.receive.set(Receive::Ending(key));
            self.inner.core.cancel(key);
        }
    }

    #[inline]
    pub(crate) fn handle_receive(&self, outcome: Outcome, more: bool) {
        let inner = &*self.inner;
        if !more {
            inner.receive.set(Receive::Idle);
        }
        match outcome {
            Outcome::Received(view) => self.handle_bytes(view),
            Outcome::Filled(exact) => {
                let whole = exact.is_full();
                self.handle_bytes(exact.into_view());
                if !whole {
                    self.handle_end_of_stream();
                }
            }
            Outcome::EndOfStream => self.handle_end_of_stream(),
            Outcome::Starved => {
                inner.core.counters.receive_starved.add(1);
                if inner.stage.get() != Stage::Leaving {
                    inner.receive.set(Receive::Starved);
                    return inner.core.push_starved(self);
                }
            }
            Outcome::Failed(error) => self.end(CloseReason::Failed(error.kind())),
            Outcome::Cancelled
            | Outcome::Accepted(_)
            | Outcome::Sent { .. }
            | Outcome::Connected => {}
        }
        if !more {
            self.after_receive_ended();
        }
    }

    #[inline]
    fn handle_bytes(&self, view: View) {
        let inner = &*self.inner;
        inner.core.counters.bytes_received.add(view.len() as u64);
        if inner.stage.get() != Stage::Open {
            // What a peer sends to a connection that is closing keeps it from being idle no more.
            return;
        }
        inner.last_active.set(inner.core.now());
        let mut input = inner.input.borrow_mut();
        input.push(view);
        join_short(&mut input, &inner.core.pool);
        drop(input);
        self.deliver();
    }

    /// Calls `on_read` with everything received so far, and looks after what it leaves.
    pub(super) fn deliver(&self) {
        let inner = &*self.inner;
        if !self.may_read() {
            return;
        }
        let mut input = inner.input.borrow_mut();
        if !input.is_empty() {
            self.offer(&mut input);
        }
        let seen = input.is_empty() || self.may_read();
        drop(input);
        if inner.end_due.get() && seen && inner.stage.get() == Stage::Open {
            self.tell_end_of_stream();
        }
    }

    /// Calls `on_read` with `input`, and looks after what it leaves.
    #[inline]
    fn offer(&self, input: &mut LinkBuffer) {
        let inner = &*self.inner;
        let before = input.len();
        // What was told of an earlier frame does not hold for the one that the input begins with afterwards.
        inner.expected_bytes.set(0);
        self.with_protocol("on_read", |protocol| protocol.on_read(self, input));
        if input.is_empty() {
            inner.partial_since.set(None);
            return;
        }
        let consumed = before.saturating_sub(input.len());
        input.compact(&inner.core.pool);
        // Whole frames may have been left because the output is full. They are delivered again when it has drained,
        // and that must not depend on what is sent until the end of the turn.
        self.look_for_congestion();
        if !self.may_read() {
            return;
        }
        self.note_partial(consumed > 0);
        let rest = inner.expected_bytes.get().saturating_sub(input.len());
        if rest >= EXACT_BYTES_MIN {
            // The next receive goes into one block; it is armed when this one has ended.
            self.cancel_receive();
        }
    }

    /// A part of a frame waits: its time begins when it is the first part of a frame.
    fn note_partial(&self, new_frame: bool) {
        let inner = &*self.inner;
        if inner.partial_since.get().is_none() || new_frame {
            let now: Instant = inner.core.now();
            inner.partial_since.set(Some(now));
            self.arm_timer(after(now, inner.core.config.partial_frame_timeout));
        }
    }

    fn handle_end_of_stream(&self) {
        let inner = &*self.inner;
        inner.receive.set(Receive::Over);
        if inner.stage.get() != Stage::Open {
            return;
        }
        let is_seen = self.may_read() && !inner.delivery_due.get();
        if is_seen || inner.input.borrow().is_empty() {
            self.tell_end_of_stream();
        } else {
            inner.end_due.set(true);
        }
    }

    fn tell_end_of_stream(&self) {
        self.inner.end_due.set(false);
        self.with_protocol("on_end_of_stream", |protocol| {
            protocol.on_end_of_stream(self)
        });
    }

    /// The receive has ended: arm the next one, or go on ending the connection.
    fn after_receive_ended(&self) {
        if self.inner.stage.get() == Stage::Leaving {
            self.inner.core.push_ending(self);
        } else {
            self.arm_receive();
        }
    }
}

/// The rest of a frame is received into its own block when it is at least this long: below it, the copy into one run
/// costs less than the change of the receive.
const EXACT_BYTES_MIN: usize = 64 << 10;
/// Blocks are reserved for frames to come only out of this part of the pool, so that frames which were announced and are
/// never sent leave memory for everyone else.
const EXACT_SHARE: usize = 2;
