//! Completion → whom it concerns.

use std::io;
use std::os::fd::OwnedFd;
use std::rc::Rc;

use super::{ACCEPT_PAUSE, Core};
use crate::driver::{Completion, Op, Outcome, SocketId, Token};
use crate::net::Connection;
use crate::timer::TimerTarget;

impl Core {
    #[inline]
    pub(super) fn dispatch(self: &Rc<Self>, completion: Completion) {
        let Completion {
            token,
            outcome,
            more,
        } = completion;
        match token {
            Token::Receive(index) => {
                if let Some(connection) = self.connection(index) {
                    connection.handle_receive(outcome, more);
                }
            }
            Token::Send(index) => {
                if let Some(connection) = self.connection(index) {
                    connection.handle_send(outcome);
                }
            }
            Token::Accept(index) => self.handle_accept(index, outcome, more),
            Token::Connect(index) => self.handle_connect(index, outcome),
        }
    }

    #[inline]
    fn connection(&self, index: u32) -> Option<Connection> {
        self.connections.borrow().get(index as usize).cloned()
    }

    pub(super) fn check_deadlines(&self, index: u32) {
        if let Some(connection) = self.connection(index) {
            connection.handle_timer();
        }
    }

    /// (Re)starts accepting on a listener.
    pub(crate) fn arm_accept(&self, index: u32) {
        let listener = self.listeners.borrow().get(index as usize).cloned();
        if let Some(listener) = listener
            && !listener.stopping.get()
            && listener.accepting.get().is_none()
        {
            listener.accepting.set(Some(self.submit(
                listener.socket,
                Op::Accept,
                Token::Accept(index),
            )));
        }
    }

    fn handle_accept(self: &Rc<Self>, index: u32, outcome: Outcome, more: bool) {
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
                self.activate_accepted(socket, &listener);
                if !more {
                    self.arm_accept(index);
                }
            }
            Outcome::Failed(error) => {
                self.note_accept_error(&error);
                if !more {
                    self.insert_timer(self.now() + ACCEPT_PAUSE, TimerTarget::Listener(index));
                }
            }
            _ if !listener.stopping.get() && !more => self.arm_accept(index),
            _ => {}
        }
        if listener.stopping.get() && listener.accepting.get().is_none() {
            self.listeners.borrow_mut().try_remove(index as usize);
            self.detach(listener.socket);
        }
    }

    fn activate_accepted(self: &Rc<Self>, socket: SocketId, listener: &crate::net::ListenerState) {
        if self.connections.borrow().len() >= self.config.connections_max {
            self.counters.refused.add(1);
            self.detach(socket);
            return;
        }
        Connection::activate(self, socket, |connection| {
            listener.acceptor.on_active(connection)
        });
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
        if now.saturating_duration_since(self.last_accept_log.get())
            >= std::time::Duration::from_secs(1)
        {
            self.last_accept_log.set(now);
            tracing::warn!(%error, total = self.counters.accept_errors.get(), "accept failed; accepting goes on in 50 ms");
        }
    }

    fn handle_connect(self: &Rc<Self>, index: u32, outcome: Outcome) {
        let Some(attempt) = self.attempts.borrow_mut().try_remove(index as usize) else {
            return;
        };
        attempt.finish(self, outcome);
    }

    /// Adds a listening socket to this core.
    pub(crate) fn listen(
        &self,
        fd: OwnedFd,
        acceptor: Rc<dyn crate::net::Acceptor>,
        id: u64,
    ) -> io::Result<()> {
        let socket = self.attach(fd)?;
        let index = self
            .listeners
            .borrow_mut()
            .insert(Rc::new(crate::net::ListenerState::new(
                socket, acceptor, id,
            )));
        self.arm_accept(index as u32);
        Ok(())
    }

    /// Ends accepting on the listener with this id.
    pub(crate) fn stop_listening(&self, id: Option<u64>) {
        let chosen: Vec<_> = self
            .listeners
            .borrow()
            .iter()
            .filter(|(_, listener)| {
                id.is_none_or(|id| listener.id == id) && !listener.stopping.get()
            })
            .map(|(index, listener)| (index, Rc::clone(listener)))
            .collect();
        for (index, listener) in chosen {
            listener.stopping.set(true);
            match listener.accepting.get() {
                Some(key) => self.cancel(key),
                None => {
                    self.listeners.borrow_mut().try_remove(index);
                    self.detach(listener.socket);
                }
            }
        }
    }
}
