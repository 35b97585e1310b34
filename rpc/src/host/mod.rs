//! Where the calls of this thread run: on a core of netpoll, or on the thread of one blocking connection.
//!
//! Everything above is the same for both. What differs is three things: who polls a call that waits ([`Tasks`]), the clock,
//! and timers (`time.rs`). The choice is made once per thread; an enum and not a type parameter, which would reach every call,
//! service and generated handler.

pub(crate) mod thread;

use std::fmt;
use std::future::Future;
use std::rc::Rc;

use netpoll::TaskArena;
use thread::ThreadHost;

/// Runs the calls of one service on this thread.
pub(crate) enum Tasks<F: Future<Output = ()> + 'static> {
    /// In recycled memory of the core: a call that never waits allocates nothing.
    Core(TaskArena<F>),
    /// In a box each: beside two system calls per request that cost is not worth an arena.
    Thread(Rc<ThreadHost>),
}

impl<F: Future<Output = ()> + 'static> Tasks<F> {
    /// For the current thread.
    ///
    /// # Panics
    /// On a thread that is neither a core's nor a blocking connection's.
    pub(crate) fn new() -> Self {
        match ThreadHost::current() {
            Some(host) => Tasks::Thread(host),
            None => Tasks::Core(TaskArena::new()),
        }
    }

    /// Polls `future` at once; when it waits, it is polled again on this thread as it is woken.
    #[inline]
    pub(crate) fn run(&self, future: F) {
        match self {
            Tasks::Core(arena) => {
                arena.run(future);
            }
            Tasks::Thread(host) => host.run(Box::pin(future)),
        }
    }
}

impl<F: Future<Output = ()> + 'static> fmt::Debug for Tasks<F> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Tasks::Core(_) => "Tasks::Core",
            Tasks::Thread(_) => "Tasks::Thread",
        })
    }
}
