//! A hierarchical timing wheel: insert, cancel and expire in constant time, without a clock inside.
//!
//! Time is a count of ticks (one millisecond each, see [`super::Ticks`]). Level `l` has 64 slots of `64^l` ticks; an
//! entry lies in the lowest level whose slot still tells it apart from *now*. When *now* enters a slot of a higher
//! level, the entries of that slot move down. Entries live in a slab and are linked by index, so nothing is allocated
//! once the slab has grown to the number of timers in use.
//!
//! Invariant: every entry's level and slot follow from its deadline and `now` at the time it was linked, and the
//! occupancy bit of a slot is set exactly when its list is not empty.

/// Names an entry until it fires or is cancelled.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct TimerKey {
    index: u32,
    generation: u32,
}

/// The wheel; `T` is what is handed back when a timer fires.
#[derive(Debug)]
pub(crate) struct Wheel<T> {
    now: u64,
    entries: Vec<Entry<T>>,
    free: u32,
    levels: [Level; LEVELS],
    len: usize,
}

#[derive(Debug)]
struct Entry<T> {
    deadline: u64,
    generation: u32,
    next: u32,
    prev: u32,
    level: u8,
    slot: u8,
    payload: Option<T>,
}

#[derive(Debug)]
struct Level {
    occupied: u64,
    heads: [u32; SLOTS],
}

impl<T> Wheel<T> {
    /// An empty wheel whose time is `now`.
    pub(crate) fn new(now: u64) -> Self {
        let level = || Level {
            occupied: 0,
            heads: [NONE; SLOTS],
        };
        Wheel {
            now,
            entries: Vec::new(),
            free: NONE,
            levels: std::array::from_fn(|_| level()),
            len: 0,
        }
    }

    /// Number of timers that wait.
    #[cfg(test)]
    pub(crate) fn len(&self) -> usize {
        self.len
    }

    /// Adds a timer. A deadline that has passed fires at the next [`advance`](Self::advance).
    pub(crate) fn insert(&mut self, deadline: u64, payload: T) -> TimerKey {
        let index = self.allocate(deadline, payload);
        self.link(index);
        self.len += 1;
        TimerKey {
            index,
            generation: self.entries[index as usize].generation,
        }
    }

    /// Takes a timer out; `None` when it has fired or was cancelled before.
    pub(crate) fn cancel(&mut self, key: TimerKey) -> Option<T> {
        let entry = self.entries.get(key.index as usize)?;
        if entry.generation != key.generation || entry.payload.is_none() {
            return None;
        }
        self.unlink(key.index);
        self.release(key.index)
    }

    /// Moves time to `now` and hands out every timer whose deadline is at or before it, earliest slot first.
    pub(crate) fn advance(&mut self, now: u64, mut fire: impl FnMut(T)) {
        while let Some((level, slot, start)) = self.next_slot() {
            if start > now {
                break;
            }
            self.now = self.now.max(start);
            self.drain_slot(level, slot, now, &mut fire);
        }
        self.now = self.now.max(now);
    }

    /// The tick at which the wheel wants to be advanced next: never later than the earliest deadline, at times
    /// earlier (when entries of a higher level have to move down).
    pub(crate) fn next_tick(&self) -> Option<u64> {
        self.next_slot().map(|(_, _, start)| start)
    }

    /// The occupied slot that starts first, with its level and start.
    fn next_slot(&self) -> Option<(usize, usize, u64)> {
        if self.len == 0 {
            return None;
        }
        let mut best: Option<(usize, usize, u64)> = None;
        for (level, l) in self.levels.iter().enumerate() {
            if l.occupied == 0 {
                continue;
            }
            let shift = level as u32 * SLOT_BITS;
            let position = (self.now >> shift) as u32 & SLOT_MASK;
            let ahead = l.occupied.rotate_right(position).trailing_zeros();
            let slot = (position + ahead) & SLOT_MASK;
            let start = ((self.now >> shift) + u64::from(ahead)) << shift;
            // On a tie the higher level goes first: its entries may have to be fired in the same pass.
            if best.is_none_or(|(_, _, found)| start <= found) {
                best = Some((level, slot as usize, start));
            }
        }
        best
    }

    /// Fires or moves down everything in one slot.
    fn drain_slot(&mut self, level: usize, slot: usize, now: u64, fire: &mut impl FnMut(T)) {
        let mut index = std::mem::replace(&mut self.levels[level].heads[slot], NONE);
        self.levels[level].occupied &= !(1 << slot);
        while index != NONE {
            let next = self.entries[index as usize].next;
            if self.entries[index as usize].deadline <= now {
                if let Some(payload) = self.release(index) {
                    fire(payload);
                }
            } else {
                self.link(index);
            }
            index = next;
        }
    }

    fn link(&mut self, index: u32) {
        let deadline = self.entries[index as usize].deadline.max(self.now);
        let (level, slot) = place(self.now, deadline);
        let head = std::mem::replace(&mut self.levels[level].heads[slot], index);
        self.levels[level].occupied |= 1 << slot;
        if head != NONE {
            self.entries[head as usize].prev = index;
        }
        let entry = &mut self.entries[index as usize];
        entry.level = level as u8;
        entry.slot = slot as u8;
        entry.prev = NONE;
        entry.next = head;
    }

    fn unlink(&mut self, index: u32) {
        let entry = &self.entries[index as usize];
        let (next, prev, level, slot) = (
            entry.next,
            entry.prev,
            entry.level as usize,
            entry.slot as usize,
        );
        if next != NONE {
            self.entries[next as usize].prev = prev;
        }
        if prev != NONE {
            self.entries[prev as usize].next = next;
        } else {
            self.levels[level].heads[slot] = next;
            if next == NONE {
                self.levels[level].occupied &= !(1 << slot);
            }
        }
    }

    fn allocate(&mut self, deadline: u64, payload: T) -> u32 {
        if self.free == NONE {
            let entry = Entry {
                deadline,
                generation: 0,
                next: NONE,
                prev: NONE,
                level: 0,
                slot: 0,
                payload: Some(payload),
            };
            self.entries.push(entry);
            return (self.entries.len() - 1) as u32;
        }
        let index = self.free;
        let entry = &mut self.entries[index as usize];
        self.free = entry.next;
        entry.deadline = deadline;
        entry.payload = Some(payload);
        index
    }

    fn release(&mut self, index: u32) -> Option<T> {
        let entry = &mut self.entries[index as usize];
        entry.generation = entry.generation.wrapping_add(1);
        entry.next = self.free;
        self.free = index;
        self.len -= 1;
        entry.payload.take()
    }
}

/// Level and slot of a deadline: the highest group of six bits in which it differs from `now`.
fn place(now: u64, deadline: u64) -> (usize, usize) {
    let differs = (now ^ deadline) | u64::from(SLOT_MASK);
    let level = ((63 - differs.leading_zeros()) / SLOT_BITS) as usize;
    if level >= LEVELS {
        // Beyond the wheel's reach, or in its next round: look again when the next slot of the top level begins, which
        // is never after the deadline.
        let position = (now >> ((LEVELS as u32 - 1) * SLOT_BITS)) as u32 & SLOT_MASK;
        return (LEVELS - 1, ((position + 1) & SLOT_MASK) as usize);
    }
    let slot = (deadline >> (level as u32 * SLOT_BITS)) as u32 & SLOT_MASK;
    (level, slot as usize)
}

const SLOT_BITS: u32 = 6;
const SLOTS: usize = 1 << SLOT_BITS;
const SLOT_MASK: u32 = SLOTS as u32 - 1;
/// Six levels of one-millisecond ticks reach two years.
const LEVELS: usize = 6;
const NONE: u32 = u32::MAX;

#[cfg(test)]
mod tests;
