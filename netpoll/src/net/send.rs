//! The sending half of a connection: one gathered send per turn, one in flight at a time.

use super::connection::{Connection, Stage};
use super::join_short;
use crate::address::Address;
use crate::driver::{Op, Outcome, Token};
use crate::error::CloseReason;

impl Connection {
    /// Hands the output to the driver unless a send is in flight; then it follows when that one is over.
    pub(crate) fn flush(&self) {
        let inner = &*self.inner;
        inner.dirty.set(false);
        let mut output = inner.output.borrow_mut();
        match inner.stage.get() {
            Stage::Open | Stage::Draining(_) => {}
            Stage::Ending(_) | Stage::Leaving | Stage::Closed => return output.clear(),
        }
        let mut waiting = inner.waiting.borrow_mut();
        if inner.send.get().is_some() {
            waiting.push(&mut output, &inner.core.pool);
        } else if !output.is_empty() || !waiting.is_empty() {
            join_short(&mut output, &inner.core.pool);
            let fresh = &mut *output;
            let mut output = waiting.take();
            output.append(fresh);
            inner.sending_bytes.set(output.len());
            let zero_copy = self.sends_without_copy(output.len());
            let op = Op::Send { output, zero_copy };
            let key = inner
                .core
                .submit(inner.socket, op, Token::Send(inner.index));
            inner.send.set(Some(key));
        }
        drop((output, waiting));
        self.look_for_congestion();
    }

    /// Stops reading when the peer does not take its replies.
    #[inline]
    pub(super) fn look_for_congestion(&self) {
        let inner = &*self.inner;
        if !inner.congested.get() && self.is_congested() {
            inner.congested.set(true);
            inner.core.counters.paused.add(1);
            self.stop_reading();
        }
    }

    /// Whether so many bytes are better sent straight from our memory. On loopback the kernel copies anyway, and a Unix
    /// socket knows no such thing; whether the peer is remote is asked once per connection.
    fn sends_without_copy(&self, bytes: usize) -> bool {
        let inner = &*self.inner;
        if bytes < inner.core.config.zero_copy_bytes_min {
            return false;
        }
        inner.remote.get().unwrap_or_else(|| {
            let remote = match self.peer() {
                Some(Address::Tcp(peer)) => {
                    !peer.ip().is_loopback() || inner.core.config.zero_copy_on_loopback
                }
                _ => false,
            };
            inner.remote.set(Some(remote));
            remote
        })
    }

    #[inline]
    pub(crate) fn handle_send(&self, outcome: Outcome) {
        let inner = &*self.inner;
        inner.send.set(None);
        inner.sending_bytes.set(0);
        match outcome {
            Outcome::Sent { bytes } => {
                inner.core.counters.bytes_sent.add(bytes as u64);
                inner.last_active.set(inner.core.now());
            }
            Outcome::Failed(error) => self.end(CloseReason::Failed(error.kind())),
            _ => {}
        }
        match inner.stage.get() {
            Stage::Open | Stage::Draining(_) if self.unsent_len() > 0 => self.mark_dirty(),
            Stage::Draining(reason) => self.end(reason),
            Stage::Leaving => inner.core.push_ending(self),
            _ => {}
        }
        if inner.congested.get() && self.output_len() <= inner.core.config.output_low_water_bytes {
            inner.congested.set(false);
            self.continue_reading();
        }
    }
}
