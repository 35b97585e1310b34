//! Panics of user code, stopped before they take a core and all its connections down.

use std::any::Any;
use std::panic::{AssertUnwindSafe, catch_unwind};

/// Runs a piece of user code; `None` when it panics. What it was working on must not be used again: that is what makes
/// the assertion of unwind safety true.
#[inline]
pub(crate) fn guard<R>(what: &'static str, f: impl FnOnce() -> R) -> Option<R> {
    match catch_unwind(AssertUnwindSafe(f)) {
        Ok(value) => Some(value),
        Err(payload) => {
            tracing::error!(panic = panic_text(payload.as_ref()), "{what} panicked");
            None
        }
    }
}

/// The message of a panic, as far as it has one.
pub(crate) fn panic_text(payload: &(dyn Any + Send)) -> &str {
    payload
        .downcast_ref::<&str>()
        .copied()
        .or_else(|| payload.downcast_ref::<String>().map(String::as_str))
        .unwrap_or("no message")
}
