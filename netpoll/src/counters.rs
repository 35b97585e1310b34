//! Counters of one core: written by that core alone, read by anyone at any time.
//!
//! A single writer needs no atomic read-modify-write: it loads, adds and stores. A reader on another thread may see
//! one counter a moment before another, never a torn value.

use std::sync::atomic::{AtomicU64, Ordering};

/// A number that one thread writes and every thread may read.
#[derive(Debug, Default)]
pub struct Counter(AtomicU64);

impl Counter {
    /// The value at this moment.
    pub fn get(&self) -> u64 {
        self.0.load(Ordering::Relaxed)
    }

    /// Adds. Only one thread may write a counter: with two, counts are lost.
    #[inline]
    pub fn add(&self, n: u64) {
        self.0.store(
            self.0.load(Ordering::Relaxed).wrapping_add(n),
            Ordering::Relaxed,
        );
    }

    #[inline]
    pub(crate) fn set(&self, n: u64) {
        self.0.store(n, Ordering::Relaxed);
    }
}

macro_rules! counters {
    ($($(#[doc = $doc:literal])+ $name:ident),+ $(,)?) => {
        /// The counters of one core.
        #[derive(Debug, Default)]
        pub struct Counters {
            $($(#[doc = $doc])+ pub $name: Counter,)+
        }

        /// The values of a core's counters at one moment.
        #[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
        pub struct CountersSnapshot {
            $($(#[doc = $doc])+ pub $name: u64,)+
        }

        impl Counters {
            /// Reads every counter.
            pub fn snapshot(&self) -> CountersSnapshot {
                CountersSnapshot { $($name: self.$name.get(),)+ }
            }
        }

        impl CountersSnapshot {
            /// Name and value of each counter, in the order of their declaration.
            pub fn entries(&self) -> impl Iterator<Item = (&'static str, u64)> {
                [$((stringify!($name), self.$name),)+].into_iter()
            }
        }
    };
}

counters! {
    /// Turns of the loop.
    turns,
    /// System calls that wait for or fetch events: `io_uring_enter`, `epoll_wait`.
    enters,
    /// System calls of all kinds that the driver made, `enters` included.
    syscalls,
    /// Operations handed to the driver.
    submissions,
    /// Completions reported by the driver.
    completions,
    /// Turns that found at least one completion; `completions / batches` is the mean size of a batch.
    batches,
    /// Bytes received.
    bytes_received,
    /// Bytes sent.
    bytes_sent,
    /// Receives that ended because no provided buffer was free; each is armed again.
    receive_starved,
    /// Turns that found more completions than the completion queue holds (the kernel keeps the rest and hands it over
    /// next).
    completion_overflows,
    /// Connections accepted.
    accepted,
    /// Connections accepted here and handed to another core.
    handed_over,
    /// Connections taken over from the core that accepted them.
    adopted,
    /// Connections closed at once because `connections_max` was reached.
    refused,
    /// Accepts that failed, for instance because descriptors ran out; accepting pauses and goes on.
    accept_errors,
    /// Connections made to other servers.
    connected,
    /// Connections that ended, for whatever reason.
    closed,
    /// Connections closed because they were idle.
    closed_idle,
    /// Connections closed because a part of a frame waited too long for its rest.
    closed_partial,
    /// Times that reading paused because the peer did not take its replies.
    paused,
    /// Tasks polled.
    tasks_polled,
    /// Timers that fired.
    timers_fired,
    /// Messages taken from the mailbox.
    mails,
    /// Connections open now.
    connections,
    /// Operations that the driver has in flight, as of the last turn.
    in_flight,
    /// Bytes of the pool in use, as of the last turn.
    pool_bytes_in_use,
    /// Nanoseconds spent waiting in the kernel for events.
    waiting_ns,
    /// Nanoseconds spent polling without finding work, when spinning is on.
    spinning_ns,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_snapshot_names_every_counter() {
        let counters = Counters::default();
        counters.turns.add(3);
        counters.connections.set(7);
        let entries: Vec<_> = counters.snapshot().entries().collect();
        assert!(entries.contains(&("turns", 3)));
        assert!(entries.contains(&("connections", 7)));
    }
}
