//! The calls under way on one connection, by their numbers. Pure: no I/O, no clock.
//!
//! A number is the index of a slot and the generation of its use, so a reply that comes after its call was given up meets
//! another generation and is thrown away.
//!
//! ```text
//!     sequence id    0 | generation (15 bits) | slot index + 1 (16 bits)        never 0, never negative
//! ```

use std::task::{Poll, Waker};

/// The calls under way, each waiting for a `T`.
#[derive(Debug)]
pub(super) struct InFlight<T> {
    slots: Vec<Slot<T>>,
    free: Vec<u16>,
    slots_max: usize,
}

#[derive(Debug)]
struct Slot<T> {
    generation: u16,
    state: State<T>,
}

#[derive(Debug)]
enum State<T> {
    Free,
    Waiting(Option<Waker>),
    Settled(T),
}

impl<T> InFlight<T> {
    /// Room for `calls_max` calls, at most 65,535.
    pub(super) fn new(calls_max: usize) -> InFlight<T> {
        InFlight {
            slots: vec![],
            free: vec![],
            slots_max: calls_max.min(SLOTS_MAX),
        }
    }

    /// Begins a call and gives it a number; `None` when as many are under way as may be.
    pub(super) fn begin(&mut self) -> Option<i32> {
        let index = match self.free.pop() {
            Some(index) => index,
            None if self.slots.len() < self.slots_max => {
                self.slots.push(Slot {
                    generation: 0,
                    state: State::Free,
                });
                (self.slots.len() - 1) as u16
            }
            None => return None,
        };
        let slot = &mut self.slots[usize::from(index)];
        slot.state = State::Waiting(None);
        Some(i32::from(slot.generation) << 16 | (i32::from(index) + 1))
    }

    /// Number of calls that are neither taken nor given up.
    pub(super) fn len(&self) -> usize {
        self.slots.len() - self.free.len()
    }

    /// Whether a call with this number waits.
    pub(super) fn is_waiting(&mut self, seq_id: i32) -> bool {
        matches!(
            self.find(seq_id),
            Some(Slot {
                state: State::Waiting(_),
                ..
            })
        )
    }

    /// Hands the outcome to the call with this number and returns its waker. An outcome for which no call waits is dropped.
    pub(super) fn settle(&mut self, seq_id: i32, outcome: T) -> Option<Waker> {
        match self.find(seq_id) {
            Some(Slot {
                state: state @ State::Waiting(_),
                ..
            }) => match std::mem::replace(state, State::Settled(outcome)) {
                State::Waiting(waker) => waker,
                State::Free | State::Settled(_) => None,
            },
            _ => None,
        }
    }

    /// Hands `outcome` to every call that waits; returns their wakers.
    pub(super) fn settle_all(&mut self, outcome: impl Fn() -> T) -> Vec<Waker> {
        let mut wakers = vec![];
        for slot in &mut self.slots {
            if let State::Waiting(waker) = &mut slot.state {
                wakers.extend(waker.take());
                slot.state = State::Settled(outcome());
            }
        }
        wakers
    }

    /// Takes the outcome of a call, or notes who is to be woken when it is there. Pending for ever for a number that is not under
    /// way.
    pub(super) fn poll(&mut self, seq_id: i32, waker: &Waker) -> Poll<T> {
        let Some(slot) = self.find(seq_id) else {
            return Poll::Pending;
        };
        match std::mem::replace(&mut slot.state, State::Waiting(None)) {
            State::Settled(outcome) => {
                self.release(seq_id);
                Poll::Ready(outcome)
            }
            State::Waiting(_) | State::Free => {
                slot.state = State::Waiting(Some(waker.clone()));
                Poll::Pending
            }
        }
    }

    /// Ends a call whose outcome nobody wants any more. Harmless for a call that is over.
    pub(super) fn release(&mut self, seq_id: i32) {
        if let Some(slot) = self.find(seq_id) {
            slot.generation = (slot.generation + 1) & GENERATION_MASK;
            slot.state = State::Free;
            self.free.push(((seq_id & 0xffff) - 1) as u16);
        }
    }

    /// The slot of a call that is under way.
    fn find(&mut self, seq_id: i32) -> Option<&mut Slot<T>> {
        let index = usize::try_from((seq_id & 0xffff) - 1).ok()?;
        let slot = self.slots.get_mut(index)?;
        let is_same = i32::from(slot.generation) == seq_id >> 16;
        (is_same && !matches!(slot.state, State::Free)).then_some(slot)
    }
}

const SLOTS_MAX: usize = u16::MAX as usize;
const GENERATION_MASK: u16 = 0x7fff;

#[cfg(test)]
mod tests;
