//! A server that runs, and how it stops.
//!
//! In order: the hooks; no more connections; replies tell callers to go elsewhere for `notice`; connections without work
//! close, the others when their calls are answered; after `drain` in all, whatever is left is cut off.

use std::fmt;
use std::sync::Arc;
use std::sync::atomic::Ordering;

use netpoll::Address;

use super::counters::CountersSnapshot;
use super::serving::Shared;
use crate::transport::Carrier;

/// A running server. Dropping it stops the server at once, without a drain.
pub struct Running {
    shared: Arc<Shared>,
    /// Taken when the server stops.
    carrier: Option<Carrier>,
    on_stop: Vec<Box<dyn FnOnce() + Send>>,
}

impl Running {
    pub(super) fn new(
        shared: Arc<Shared>,
        carrier: Carrier,
        on_stop: Vec<Box<dyn FnOnce() + Send>>,
    ) -> Running {
        Running {
            shared,
            carrier: Some(carrier),
            on_stop,
        }
    }

    /// Where the server listens, in the order of the configuration; port 0 is replaced by the one that the kernel chose.
    pub fn addresses(&self) -> &[Address] {
        self.carrier.as_ref().map_or(&[], Carrier::addresses)
    }

    /// What carries the bytes, for people: the driver and the number of cores.
    pub fn describe(&self) -> String {
        self.carrier
            .as_ref()
            .map_or_else(String::new, Carrier::describe)
    }

    /// What the server has counted so far.
    pub fn counters(&self) -> CountersSnapshot {
        self.carrier
            .as_ref()
            .map_or_else(CountersSnapshot::default, Carrier::counters)
    }

    /// Stops gracefully and returns what the server counted in its life. Returns when all is over, after
    /// [`Config::drain`](crate::Config::drain) at the latest, plus the moment that cutting off takes. Not to be called by a
    /// handler, for which it would wait.
    pub fn stop(mut self) -> CountersSnapshot {
        for hook in self.on_stop.drain(..) {
            hook();
        }
        let config = &self.shared.config;
        let Some(carrier) = self.carrier.take() else {
            return CountersSnapshot::default();
        };
        carrier.stop_accepting();
        self.shared.stopping.store(true, Ordering::Relaxed);
        let notice = config.notice.min(config.drain);
        if carrier.has_connections() {
            std::thread::sleep(notice);
        }
        carrier.stop(config.drain - notice)
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        if let Some(carrier) = self.carrier.take() {
            carrier.stop_accepting();
            carrier.stop(std::time::Duration::ZERO);
        }
    }
}

impl fmt::Debug for Running {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Running")
            .field("addresses", &self.addresses())
            .finish_non_exhaustive()
    }
}
