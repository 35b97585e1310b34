//! The table of operations in flight: the one place that knows an operation's life, for every driver.
//!
//! ```text
//! Free ──insert──► Submitted ──cancel──► Abandoned
//!   ▲                  │                     │
//!   └────── last completion (`finish`) ──────┘
//! ```
//!
//! Invariant: a slot is freed by its last completion and by nothing else, so memory that belongs to an operation is
//! never freed while the kernel may touch it. A key carries the slot's generation; one that is older than the slot's
//! is stale and refused.

use super::op::{Op, Token};

/// Names an operation in flight.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct OpKey {
    index: u32,
    generation: u32,
}

impl OpKey {
    /// The key as the 64 bits that travel through the kernel.
    #[inline]
    pub(crate) fn to_user_data(self) -> u64 {
        (u64::from(self.generation) << 32) | u64::from(self.index)
    }

    #[inline]
    pub(crate) fn from_user_data(data: u64) -> Self {
        OpKey {
            index: data as u32,
            generation: (data >> 32) as u32,
        }
    }
}

/// An operation in flight.
#[derive(Debug)]
pub(crate) struct Flight<X> {
    pub(crate) token: Token,
    pub(crate) op: Op,
    pub(crate) cancelled: bool,
    /// Bytes that a send has got rid of so far.
    pub(crate) sent: usize,
    /// What the driver keeps beside the operation, for instance the socket and the gather list.
    pub(crate) extra: X,
}

/// The table; `X` is the driver's own part of a slot.
#[derive(Debug)]
pub(crate) struct InFlight<X> {
    slots: Vec<Slot<X>>,
    free: Vec<u32>,
}

#[derive(Debug)]
struct Slot<X> {
    generation: u32,
    flight: Option<Flight<X>>,
}

impl<X> InFlight<X> {
    pub(crate) fn new() -> Self {
        InFlight {
            slots: Vec::new(),
            free: Vec::new(),
        }
    }

    /// Number of operations in flight.
    pub(crate) fn len(&self) -> usize {
        self.slots.len() - self.free.len()
    }

    #[inline]
    pub(crate) fn insert(&mut self, token: Token, op: Op, extra: X) -> OpKey {
        let flight = Some(Flight {
            token,
            op,
            cancelled: false,
            sent: 0,
            extra,
        });
        if let Some(index) = self.free.pop() {
            let slot = &mut self.slots[index as usize];
            debug_assert!(slot.flight.is_none(), "a free slot holds no operation");
            slot.flight = flight;
            return OpKey {
                index,
                generation: slot.generation,
            };
        }
        let index = u32::try_from(self.slots.len()).unwrap_or(u32::MAX);
        assert!(
            index < INDEX_MAX,
            "more than {INDEX_MAX} operations in flight"
        );
        self.slots.push(Slot {
            generation: 0,
            flight,
        });
        OpKey {
            index,
            generation: 0,
        }
    }

    #[cfg(feature = "sim")]
    pub(crate) fn get(&self, key: OpKey) -> Option<&Flight<X>> {
        let slot = self.slots.get(key.index as usize)?;
        let is_current = slot.generation == key.generation;
        slot.flight.as_ref().filter(|_| is_current)
    }

    #[inline]
    pub(crate) fn get_mut(&mut self, key: OpKey) -> Option<&mut Flight<X>> {
        let slot = self.slots.get_mut(key.index as usize)?;
        if slot.generation != key.generation {
            return None;
        }
        slot.flight.as_mut()
    }

    /// Takes out an operation whose last completion has arrived.
    #[inline]
    pub(crate) fn finish(&mut self, key: OpKey) -> Option<Flight<X>> {
        let slot = self.slots.get_mut(key.index as usize)?;
        if slot.generation != key.generation {
            return None;
        }
        let flight = slot.flight.take()?;
        // The generation stays below `GENERATION_END`, so that no key equals a reserved user data.
        slot.generation = (slot.generation + 1) % GENERATION_END;
        self.free.push(key.index);
        Some(flight)
    }

    /// Keys of all operations in flight.
    pub(crate) fn keys(&self) -> impl Iterator<Item = OpKey> + '_ {
        self.slots.iter().enumerate().filter_map(|(index, slot)| {
            slot.flight.as_ref().map(|_| OpKey {
                index: index as u32,
                generation: slot.generation,
            })
        })
    }
}

const INDEX_MAX: u32 = 1 << 24;
/// Generations at and above this mark user data that name no operation.
pub(crate) const GENERATION_END: u32 = 0xffff_fff0;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_finished_key_is_stale_even_when_its_slot_is_used_again() {
        let mut table = InFlight::new();
        let first = table.insert(Token::Accept(0), Op::Accept { hand_over: false }, ());
        assert!(table.finish(first).is_some());
        let second = table.insert(Token::Receive(1), Op::Receive, ());
        assert!(table.get_mut(first).is_none());
        assert!(table.finish(first).is_none());
        assert_eq!(
            table.get_mut(second).map(|flight| flight.token),
            Some(Token::Receive(1))
        );
        assert_eq!(table.len(), 1);
        assert_eq!(table.keys().collect::<Vec<_>>(), [second]);
    }

    #[test]
    fn keys_survive_the_way_through_the_kernel() {
        let key = OpKey {
            index: 77,
            generation: 0xdead_beef,
        };
        assert_eq!(OpKey::from_user_data(key.to_user_data()), key);
    }
}
