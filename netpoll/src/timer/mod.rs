//! Timers of one core: the wheel, what a timer does when it fires, and `sleep` and `timeout` for tasks.

mod sleep;
mod wheel;

pub use sleep::{Elapsed, Sleep, Timeout, sleep, sleep_until, timeout};
pub(crate) use wheel::{TimerKey, Wheel};

use std::task::Waker;
use std::time::{Duration, Instant};

/// What happens when a timer fires.
#[derive(Debug)]
pub(crate) enum TimerTarget {
    /// A task goes on.
    Wake(Waker),
    /// A connection (its index in the core's table) looks at its deadlines.
    Connection(u32),
    /// A listener (its index) accepts again after descriptors ran out.
    Listener(u32),
}

/// The instant `duration` after `now`, or one so far away that it never comes.
pub(crate) fn after(now: Instant, duration: Duration) -> Instant {
    now.checked_add(duration).unwrap_or_else(|| now + FAR)
}

/// Converts between instants and the wheel's ticks of one millisecond.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Ticks {
    origin: Instant,
}

impl Ticks {
    pub(crate) fn new(origin: Instant) -> Self {
        Ticks { origin }
    }

    /// Ticks that have passed entirely at `now`.
    pub(crate) fn passed(self, now: Instant) -> u64 {
        now.saturating_duration_since(self.origin).as_millis() as u64
    }

    /// The first tick that is not before `deadline`.
    pub(crate) fn at(self, deadline: Instant) -> u64 {
        let nanos = deadline.saturating_duration_since(self.origin).as_nanos();
        u64::try_from(nanos.div_ceil(NANOS_PER_TICK)).unwrap_or(u64::MAX)
    }

    /// How long it is from `now` to `tick`; zero when it has come.
    pub(crate) fn until(self, tick: u64, now: Instant) -> Duration {
        (self.origin + Duration::from_millis(tick)).saturating_duration_since(now)
    }
}

/// About thirty years.
const FAR: Duration = Duration::from_secs(1_000_000_000);
const NANOS_PER_TICK: u128 = 1_000_000;
