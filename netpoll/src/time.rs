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
    Instant::now()
}
