//! Completion → whom it concerns.

use std::rc::Rc;

use super::Core;
use crate::driver::{Completion, Outcome, Token};
use crate::net::Connection;

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

    fn handle_connect(self: &Rc<Self>, index: u32, outcome: Outcome) {
        let Some(attempt) = self.attempts.borrow_mut().try_remove(index as usize) else {
            return;
        };
        attempt.finish(self, outcome);
    }
}
