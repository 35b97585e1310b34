//! How a connection ends, and the deadlines that end it.

use super::connection::{Connection, Receive, Stage};
use crate::error::CloseReason;
use crate::guard::guard;
use crate::timer::after;

impl Connection {
    /// Closes the connection once everything written so far was sent. Nothing more is read.
    pub fn close(&self) {
        let reason = if self.inner.receive.get() == Receive::Over {
            CloseReason::PeerClosed
        } else {
            CloseReason::Closed
        };
        self.drain(reason);
    }

    /// Gives the connection up at once; unsent output is dropped.
    pub fn abort(&self) {
        self.end(CloseReason::Aborted);
    }

    /// Ends the connection when its output is sent.
    pub(super) fn drain(&self, reason: CloseReason) {
        let inner = &*self.inner;
        if inner.stage.get() != Stage::Open {
            return;
        }
        if self.unsent_len() == 0 && inner.send.get().is_none() {
            self.end(reason);
        } else {
            inner.stage.set(Stage::Draining(reason));
        }
    }

    /// Ends the connection; `on_inactive` follows in this turn of the loop, outside of any other callback.
    pub(crate) fn end(&self, reason: CloseReason) {
        if matches!(self.inner.stage.get(), Stage::Open | Stage::Draining(_)) {
            self.inner.stage.set(Stage::Ending(reason));
            self.inner.core.push_ending(self);
        }
    }

    /// The core stops: the protocol finishes what it is doing.
    pub(crate) fn handle_shutdown(&self) {
        if self.inner.stage.get() != Stage::Open {
            return;
        }
        self.with_protocol("on_shutdown", |protocol| protocol.on_shutdown(self));
    }

    /// The next step of ending: tell the protocol, cancel what is in flight, give the socket back when nothing is.
    pub(crate) fn proceed_ending(&self) {
        let inner = &*self.inner;
        if let Stage::Ending(reason) = inner.stage.get() {
            inner.stage.set(Stage::Leaving);
            self.note_reason(reason);
            let protocol = inner.protocol.borrow_mut().take();
            if let Some(mut protocol) = protocol {
                guard("on_inactive", move || protocol.on_inactive(self, reason));
            }
            self.cancel_all();
        }
        if inner.stage.get() == Stage::Leaving && self.is_quiet() {
            inner.stage.set(Stage::Closed);
            inner
                .core
                .connections
                .borrow_mut()
                .try_remove(inner.index as usize);
            inner.core.note_connections();
            inner.core.detach(inner.socket);
        }
    }

    fn cancel_all(&self) {
        let inner = &*self.inner;
        inner.input.borrow_mut().clear();
        inner.output.borrow_mut().clear();
        inner.waiting.borrow_mut().clear();
        if let Receive::Armed(key) | Receive::Exact(key) = inner.receive.get() {
            inner.receive.set(Receive::Ending(key));
            inner.core.cancel(key);
        }
        if let Some(key) = inner.send.get() {
            inner.core.cancel(key);
        }
        if let Some((key, _)) = inner.timer.take() {
            inner.core.cancel_timer(key);
        }
    }

    /// Whether no operation on the socket is in flight.
    fn is_quiet(&self) -> bool {
        let receiving = matches!(
            self.inner.receive.get(),
            Receive::Armed(_) | Receive::Exact(_) | Receive::Ending(_)
        );
        !receiving && self.inner.send.get().is_none()
    }

    fn note_reason(&self, reason: CloseReason) {
        let counters = &self.inner.core.counters;
        counters.closed.add(1);
        match reason {
            CloseReason::Idle => counters.closed_idle.add(1),
            CloseReason::PartialFrame => counters.closed_partial.add(1),
            _ => {}
        }
    }

    /// Looks at the deadlines, and at the earliest that has not passed again when it comes. Activity does not touch the
    /// timer; the timer looks when the last activity was.
    pub(crate) fn handle_timer(&self) {
        let inner = &*self.inner;
        inner.timer.set(None);
        if !matches!(inner.stage.get(), Stage::Open | Stage::Draining(_)) {
            return;
        }
        let now = inner.core.now();
        let config = &inner.core.config;
        if let Some(since) = inner.partial_since.get()
            && self.may_read()
        {
            let time = config.partial_frame_time(inner.expected_bytes.get());
            let deadline = after(since, time);
            if now >= deadline {
                return self.end(CloseReason::PartialFrame);
            }
            self.arm_timer(deadline);
        }
        if config.idle_timeout.is_zero() {
            return;
        }
        let busy = inner
            .protocol
            .borrow()
            .as_ref()
            .is_some_and(|protocol| protocol.is_busy());
        let since = if busy { now } else { inner.last_active.get() };
        let deadline = after(since, config.idle_timeout);
        if now >= deadline {
            return self.end(CloseReason::Idle);
        }
        self.arm_timer(deadline);
    }
}
