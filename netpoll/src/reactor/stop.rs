//! The end of a core: drain what is under way, within a bound, and take everything down.

use std::rc::Rc;
use std::time::{Duration, Instant};

use super::{CURRENT, Core};
use crate::error::CloseReason;
use crate::timer::after;

impl Core {
    /// Stops accepting and tells every connection to finish what it is doing; after `drain` the core stops whatever is
    /// left.
    pub(crate) fn stop(&self, drain: Duration) {
        if self.stop_at.get().is_some() {
            return;
        }
        self.stop_at.set(Some(after(self.now(), drain)));
        self.stop_listening(None);
        for connection in self.all_connections() {
            connection.handle_shutdown();
        }
    }

    /// Whether the core was told to stop and nothing is left to drain, or its time is over.
    pub(super) fn has_stopped(&self) -> bool {
        let Some(at) = self.stop_at.get() else {
            return false;
        };
        self.now() >= at
            || (self.connections.borrow().is_empty() && self.listeners.borrow().is_empty())
    }

    /// Ends whatever is left: connections, tasks, operations.
    pub(super) fn tear_down(self: &Rc<Self>) {
        for connection in self.all_connections() {
            connection.end(CloseReason::Shutdown);
        }
        self.stop_listening(None);
        self.executor.clear();
        let mut done = Vec::new();
        let give_up = self.now() + TEAR_DOWN;
        while self.now() < give_up
            && (!self.connections.borrow().is_empty() || self.driver.borrow().in_flight() > 0)
        {
            self.stop_at.set(Some(self.now() + TEAR_DOWN_TURN));
            if self.turn(&mut done).is_err() {
                break;
            }
        }
        self.executor.clear();
        self.local_tasks.replace(None);
        // What is left refers back to the core; taken apart here so that the core can be freed.
        self.connections.take();
        self.listeners.take();
        self.attempts.take();
        self.dirty.take();
        self.ending.take();
        self.starved.take();
        CURRENT.with(|current| current.replace(None));
    }

    fn all_connections(&self) -> Vec<crate::net::Connection> {
        self.connections
            .borrow()
            .iter()
            .map(|(_, connection)| connection.clone())
            .collect()
    }

    /// When the core stops at the latest; `None` while nobody told it to.
    pub(crate) fn stop_at(&self) -> Option<Instant> {
        self.stop_at.get()
    }
}

/// How long the kernel is given to end cancelled operations.
const TEAR_DOWN: Duration = Duration::from_secs(1);
const TEAR_DOWN_TURN: Duration = Duration::from_millis(10);
