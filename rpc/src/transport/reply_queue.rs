//! Keeps the replies of one connection in the order of its requests, while the calls finish in any order.
//!
//! Every request that must be answered in its turn draws a ticket. The call whose turn it is writes straight to the connection;
//! any other parks its reply here until the calls before it are done. Nothing is stored for a call that finishes in its turn,
//! which is the usual case.
//!
//! Invariant: `front ≤ issued`; `parked[i]` belongs to ticket `front + i`, and `parked[0]` is never filled: the ticket at the
//! front is at work, or not drawn yet.

use std::collections::VecDeque;

use netpoll_buffer::LinkBuffer;

/// Names the place of a request among those of its connection.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Ticket(u64);

/// The order of replies of one connection.
#[derive(Debug, Default)]
pub(crate) struct ReplyQueue {
    front: u64,
    issued: u64,
    parked: VecDeque<Option<LinkBuffer>>,
    parked_bytes: usize,
}

impl ReplyQueue {
    /// Takes the next place.
    #[inline]
    pub(crate) fn draw(&mut self) -> Ticket {
        let ticket = Ticket(self.issued);
        self.issued += 1;
        ticket
    }

    /// Whether every request before this one is done.
    #[inline]
    pub(crate) fn is_turn(&self, ticket: Ticket) -> bool {
        ticket.0 == self.front
    }

    /// The reply of the ticket at the front is in `output`: appends the replies that waited for it.
    #[inline]
    pub(crate) fn finish_front(&mut self, output: &mut LinkBuffer) {
        self.front += 1;
        if !self.parked.is_empty() {
            self.release(output);
        }
    }

    /// Keeps the reply of a ticket whose turn has not come. An empty reply keeps the place and sends nothing.
    pub(crate) fn park(&mut self, ticket: Ticket, reply: LinkBuffer) {
        debug_assert!(ticket.0 > self.front && ticket.0 < self.issued);
        let index = (ticket.0 - self.front) as usize;
        if self.parked.len() <= index {
            self.parked.resize_with(index + 1, || None);
        }
        self.parked_bytes += reply.len();
        self.parked[index] = Some(reply);
    }

    /// Bytes of replies that wait for their turn.
    pub(crate) fn parked_bytes(&self) -> usize {
        self.parked_bytes
    }

    /// The front moved on by one: drops its place and sends what was waiting behind it.
    #[cold]
    fn release(&mut self, output: &mut LinkBuffer) {
        self.parked.pop_front();
        while let Some(Some(reply)) = self.parked.front_mut() {
            self.parked_bytes -= reply.len();
            output.append(reply);
            self.parked.pop_front();
            self.front += 1;
        }
    }
}

#[cfg(test)]
mod tests;
