//! What all connections of one core (or the one connection of a thread) share: the services, the limits, the counters.

use std::cell::{Cell, RefCell};
use std::fmt;
use std::rc::Rc;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use codec::frame::Recall;
use netpoll_buffer::Pool;

use super::config::Config;
use super::counters::Counters;
use super::registry::Registry;
use crate::context::Contexts;
use crate::runner::RunCall;
use crate::transport::Route;

/// Makes one instance of a service, with its layers, for the current thread.
pub(crate) type MakeRunner = dyn Fn() -> Box<dyn RunCall> + Send + Sync;

/// A server as all of its threads see it.
pub(crate) struct Shared {
    pub(crate) registry: Registry,
    pub(crate) makers: Vec<Box<MakeRunner>>,
    pub(crate) config: Config,
    /// Set once the server stops: from then on replies tell the caller to go elsewhere.
    pub(crate) stopping: AtomicBool,
}

/// A server as the connections of one thread see it.
pub(crate) struct Serving {
    pub(crate) shared: Arc<Shared>,
    pub(crate) pool: Pool,
    pub(crate) counters: Arc<Counters>,
    /// Memory for the calls of this thread.
    pub(crate) contexts: Contexts,
    /// The last request's head and where it went: the next one is often alike.
    pub(crate) recall: RefCell<Recall<Route>>,
    runners: Vec<Box<dyn RunCall>>,
    log_next: Cell<Option<Instant>>,
    log_skipped: Cell<u64>,
}

impl Serving {
    /// Makes an instance of every service on the current thread.
    pub(crate) fn new(shared: Arc<Shared>, pool: Pool, counters: Arc<Counters>) -> Rc<Serving> {
        let runners = shared.makers.iter().map(|make| make()).collect();
        let (log_next, log_skipped) = (Cell::new(None), Cell::new(0));
        Rc::new(Serving {
            shared,
            pool,
            counters,
            contexts: Contexts::default(),
            recall: RefCell::default(),
            runners,
            log_next,
            log_skipped,
        })
    }

    #[inline]
    pub(crate) fn runner(&self, service: u32) -> &dyn RunCall {
        &*self.runners[service as usize]
    }

    #[inline]
    pub(crate) fn is_stopping(&self) -> bool {
        self.shared.stopping.load(Ordering::Relaxed)
    }

    /// Whether a line about a misbehaving peer may be logged now, and how many were left out since the last one: a flood of bad
    /// connections must not become a flood of lines.
    pub(crate) fn may_log(&self) -> Option<u64> {
        let now = crate::time::now();
        if self.log_next.get().is_some_and(|next| now < next) {
            self.log_skipped.set(self.log_skipped.get() + 1);
            return None;
        }
        self.log_next.set(Some(now + LOG_INTERVAL));
        Some(self.log_skipped.take())
    }
}

impl fmt::Debug for Shared {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Shared")
            .field("registry", &self.registry)
            .field("config", &self.config)
            .finish_non_exhaustive()
    }
}

impl fmt::Debug for Serving {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Serving")
            .field("counters", &self.counters)
            .finish_non_exhaustive()
    }
}

const LOG_INTERVAL: Duration = Duration::from_secs(1);
