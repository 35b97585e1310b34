//! The one module that asks the operating system for the time.
//!
//! A core reads the clock once per turn of its loop and every part works with that reading; timers, deadlines and
//! limits take an [`Instant`] as an argument and never read a clock themselves.

use std::time::Instant;

/// The monotonic clock.
#[allow(
    clippy::disallowed_methods,
    reason = "this is the one place that reads the clock"
)]
#[inline]
pub(crate) fn clock() -> Instant {
    #[cfg(feature = "sim")]
    if let Some(now) = VIRTUAL.get() {
        return now;
    }
    Instant::now()
}

/// Gives the current thread a clock that shows `now` until it is set again; `None` gives it the monotonic clock back.
#[cfg(feature = "sim")]
pub(crate) fn set_virtual(now: Option<Instant>) {
    VIRTUAL.set(now);
}

#[cfg(feature = "sim")]
thread_local! {
    static VIRTUAL: std::cell::Cell<Option<Instant>> = const { std::cell::Cell::new(None) };
}
