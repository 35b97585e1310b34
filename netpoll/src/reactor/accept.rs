//! Listening, and what becomes of an accepted connection: served here or handed over.

use std::io;
use std::rc::Rc;
use std::time::Duration;

use super::Core;
use crate::driver::{Op, Outcome, RawSocket, SocketId, Token};
use crate::net::{Connection, HandOver, ListenerState};
use crate::timer::TimerTarget;

impl Core {
    /// Adds a listener to this core. Without a socket it only serves connections that another core accepts.
    pub(crate) fn listen(
        &self,
        listener: ListenerState,
        socket: Option<RawSocket>,
    ) -> io::Result<()> {
        if let Some(socket) = socket {
            listener.socket.set(Some(self.attach(socket)?));
        }
        let index = self.listeners.borrow_mut().insert(Rc::new(listener));
        self.arm_accept(index as u32);
        Ok(())
    }

    /// (Re)starts accepting on a listener.
    pub(crate) fn arm_accept(&self, index: u32) {
        let listener = self.listeners.borrow().get(index as usize).cloned();
        if let Some(listener) = listener
            && let Some(socket) = listener.socket.get()
            && !listener.stopping.get()
            && listener.accepting.get().is_none()
        {
            let op = Op::Accept {
                hand_over: listener.hand_over.is_some(),
            };
            let key = self.submit(socket, op, Token::Accept(index));
            listener.accepting.set(Some(key));
        }
    }

    pub(super) fn handle_accept(self: &Rc<Self>, index: u32, outcome: Outcome, more: bool) {
        let Some(listener) = self.listeners.borrow().get(index as usize).cloned() else {
            return self.refuse(outcome);
        };
        if !more {
            listener.accepting.set(None);
        }
        match outcome {
            Outcome::Accepted(_) if listener.stopping.get() => self.refuse(outcome),
            Outcome::Accepted(socket) => {
                self.counters.accepted.add(1);
                self.place(socket, &listener);
            }
            // The table of direct descriptors is as large as the limit of connections: the kernel refuses for us.
            Outcome::Failed(_) if self.is_full() => self.counters.refused.add(1),
            Outcome::Failed(error) => {
                self.note_accept_error(&error);
                if !more && !listener.stopping.get() {
                    let again = self.now() + ACCEPT_PAUSE;
                    self.insert_timer(again, TimerTarget::Listener(index));
                    return;
                }
            }
            _ => {}
        }
        if listener.stopping.get() && listener.accepting.get().is_none() {
            self.remove_listener(index);
        } else if !more {
            self.arm_accept(index);
        }
    }

    /// Serves an accepted connection here, or hands it to the core that has the fewest.
    fn place(self: &Rc<Self>, socket: SocketId, listener: &ListenerState) {
        match &listener.hand_over {
            Some(hand_over) => match hand_over.least_loaded() {
                core if core == self.index() => self.activate_accepted(socket, listener),
                core => self.hand_over(socket, hand_over, core),
            },
            None => self.activate_accepted(socket, listener),
        }
    }

    fn hand_over(&self, socket: SocketId, hand_over: &HandOver, core: usize) {
        let Some(raw) = self.release(socket) else {
            return self.detach(socket);
        };
        match hand_over.give(core, raw) {
            Ok(()) => self.counters.handed_over.add(1),
            Err(_) => self.counters.refused.add(1),
        }
    }

    /// Takes over a connection that another core accepted.
    pub(crate) fn adopt(self: &Rc<Self>, raw: RawSocket, listener: u64) {
        self.counters.adopted.add(1);
        let found = {
            let listeners = self.listeners.borrow();
            let mut all = listeners.iter().map(|(_, listener)| listener);
            all.find(|known| known.id == listener && !known.stopping.get())
                .cloned()
        };
        // A listener that has stopped attaches nothing: the socket is closed here.
        let attached = found.and_then(|listener| Some((self.attach(raw).ok()?, listener)));
        let Some((socket, listener)) = attached else {
            return self.counters.refused.add(1);
        };
        self.activate_accepted(socket, &listener);
    }

    fn activate_accepted(self: &Rc<Self>, socket: SocketId, listener: &ListenerState) {
        if self.is_full() {
            self.counters.refused.add(1);
            self.detach(socket);
            return;
        }
        Connection::activate(self, socket, |connection| {
            listener.acceptor.on_active(connection)
        });
    }

    /// Whether the core has as many connections as it may.
    pub(crate) fn is_full(&self) -> bool {
        self.connections.borrow().len() >= self.config.connections_max
    }

    fn refuse(&self, outcome: Outcome) {
        if let Outcome::Accepted(socket) = outcome {
            self.counters.refused.add(1);
            self.detach(socket);
        }
    }

    /// Counts, and logs the first of a second: a shortage of descriptors makes many of them.
    fn note_accept_error(&self, error: &io::Error) {
        self.counters.accept_errors.add(1);
        let now = self.now();
        if now.saturating_duration_since(self.last_accept_log.get()) >= LOG_PAUSE {
            self.last_accept_log.set(now);
            let total = self.counters.accept_errors.get();
            tracing::warn!(%error, total, "accept failed; accepting goes on in 50 ms");
        }
    }

    /// Ends accepting on the listener with this id, or on all.
    pub(crate) fn stop_listening(&self, id: Option<u64>) {
        let chosen: Vec<_> = self
            .listeners
            .borrow()
            .iter()
            .filter(|(_, listener)| id.is_none_or(|id| listener.id == id))
            .filter(|(_, listener)| !listener.stopping.replace(true))
            .map(|(index, listener)| (index as u32, listener.accepting.get()))
            .collect();
        for (index, accepting) in chosen {
            match accepting {
                Some(key) => self.cancel(key),
                None => self.remove_listener(index),
            }
        }
    }

    fn remove_listener(&self, index: u32) {
        let listener = self.listeners.borrow_mut().try_remove(index as usize);
        if let Some(socket) = listener.and_then(|listener| listener.socket.take()) {
            self.detach(socket);
        }
    }
}

/// How long a shortage of descriptors pauses accepting.
const ACCEPT_PAUSE: Duration = Duration::from_millis(50);
const LOG_PAUSE: Duration = Duration::from_secs(1);
