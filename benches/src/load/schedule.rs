//! When requests of the open loop are due, and those that are due but have no place in flight yet.
//!
//! Pure: time comes in as nanoseconds since the start. Request `i` is due at `i / rate` and belongs
//! to connection `i` modulo their number.

use std::collections::VecDeque;

/// The open loop's timetable.
#[derive(Debug)]
pub struct Schedule {
    interval: f64,
    issued: u64,
    waiting: Vec<VecDeque<u64>>,
    waiting_count: usize,
    lag_sum: u64,
    lag_max: u64,
    lag_count: u64,
}

/// How well the generator itself kept to the timetable.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Punctuality {
    /// Mean delay between due and noticed, nanoseconds.
    pub lag_mean: u64,
    /// Longest such delay, nanoseconds.
    pub lag_max: u64,
    /// Requests due that were never sent, as their connection had its depth in flight.
    pub backlog: usize,
}

impl Schedule {
    /// `rate` requests per second, dealt to `connections` in turn.
    #[must_use]
    pub fn new(rate: f64, connections: usize) -> Self {
        Self {
            interval: 1e9 / rate,
            issued: 0,
            waiting: vec![VecDeque::new(); connections],
            waiting_count: 0,
            lag_sum: 0,
            lag_max: 0,
            lag_count: 0,
        }
    }

    /// The next request due by `now`: its connection and the time it was due.
    pub fn next_due(&mut self, now: u64) -> Option<(usize, u64)> {
        // Past 2^53 requests the product would lose single nanoseconds; no run is that long.
        let due = (self.issued as f64 * self.interval) as u64;
        if due > now {
            return None;
        }
        let number = (self.issued % self.waiting.len() as u64) as usize;
        self.issued += 1;
        self.lag_sum += now - due;
        self.lag_max = self.lag_max.max(now - due);
        self.lag_count += 1;
        Some((number, due))
    }

    /// Lets a request wait for its connection. `false` when [`WAITING_MAX`] already do.
    #[must_use]
    pub fn wait(&mut self, number: usize, due: u64) -> bool {
        if self.waiting_count == WAITING_MAX {
            return false;
        }
        self.waiting_count += 1;
        self.waiting[number].push_back(due);
        true
    }

    /// The longest waiting request of a connection.
    pub fn take_waiting(&mut self, number: usize) -> Option<u64> {
        let due = self.waiting[number].pop_front()?;
        self.waiting_count -= 1;
        Some(due)
    }

    /// Forgets the delays so far: measuring begins.
    pub fn start(&mut self) {
        (self.lag_sum, self.lag_max, self.lag_count) = (0, 0, 0);
    }

    /// The delays since [`Schedule::start`] and what is left over.
    #[must_use]
    pub fn punctuality(&self) -> Punctuality {
        let lag_mean = self.lag_sum.checked_div(self.lag_count).unwrap_or(0);
        Punctuality {
            lag_mean,
            lag_max: self.lag_max,
            backlog: self.waiting_count,
        }
    }
}

/// Most requests that wait for a place in flight, over all connections.
pub const WAITING_MAX: usize = 1_000_000;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn requests_are_due_at_their_times_and_dealt_in_turn() {
        let mut schedule = Schedule::new(1000.0, 2);
        let mut due = Vec::new();
        while let Some(request) = schedule.next_due(3_500_000) {
            due.push(request);
        }
        assert_eq!(
            due,
            [(0, 0), (1, 1_000_000), (0, 2_000_000), (1, 3_000_000)]
        );
        assert_eq!(schedule.punctuality().lag_max, 3_500_000);
        assert_eq!(schedule.punctuality().lag_mean, 2_000_000);
    }

    #[test]
    fn waiting_requests_keep_their_order_and_count() {
        let mut schedule = Schedule::new(1.0, 2);
        assert!(schedule.wait(1, 10) && schedule.wait(1, 20) && schedule.wait(0, 5));
        assert_eq!(schedule.take_waiting(1), Some(10));
        assert_eq!(schedule.punctuality().backlog, 2);
        assert_eq!(schedule.take_waiting(1), Some(20));
        assert_eq!(schedule.take_waiting(1), None);
    }
}
