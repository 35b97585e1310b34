//! The connections that are alive, so that a stopping server can reach, wait for and cut them off.

use std::net::Shutdown;
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use slab::Slab;
use socket2::Socket;

use crate::server::{Counters, CountersSnapshot};

/// All live connections of a server, and the counts of those that ended.
#[derive(Default)]
pub(super) struct LiveConnections {
    state: Mutex<State>,
    /// Rung when a connection ends.
    ended: Condvar,
}

#[derive(Default)]
struct State {
    live: Slab<(Arc<Socket>, Arc<Counters>)>,
    /// What the connections that ended have counted. Written under the lock.
    past: Counters,
}

/// A connection's place among the live ones; leaving it is dropping it.
pub(super) struct Entry {
    connections: Arc<LiveConnections>,
    index: usize,
    counters: Arc<Counters>,
}

impl LiveConnections {
    /// Enters a connection, unless `connections_max` are alive.
    pub(super) fn enter(
        this: &Arc<Self>,
        socket: &Arc<Socket>,
        connections_max: usize,
    ) -> Option<Entry> {
        let mut state = this.lock();
        if state.live.len() >= connections_max {
            return None;
        }
        let counters = Arc::new(Counters::default());
        let index = state
            .live
            .insert((Arc::clone(socket), Arc::clone(&counters)));
        Some(Entry {
            connections: Arc::clone(this),
            index,
            counters,
        })
    }

    /// The sum over all connections, past and present.
    pub(super) fn counters(&self) -> CountersSnapshot {
        let state = self.lock();
        let mut sum = CountersSnapshot::default();
        sum.add(&state.past);
        state
            .live
            .iter()
            .for_each(|(_, (_, counters))| sum.add(counters));
        sum
    }

    /// Tells every connection that no more requests come, waits for their ends, and after `drain` cuts off the rest. A thread
    /// whose handler blocks it is left behind.
    pub(super) fn finish(&self, drain: Duration) -> CountersSnapshot {
        self.shut_down_all(Shutdown::Read);
        self.wait_until_none(drain);
        self.shut_down_all(Shutdown::Both);
        self.wait_until_none(CUT_OFF);
        self.counters()
    }

    fn shut_down_all(&self, how: Shutdown) {
        for (_, (socket, _)) in &self.lock().live {
            // Fails when the peer is gone, and then there is nothing to do.
            let _ = socket.shutdown(how);
        }
    }

    fn wait_until_none(&self, at_most: Duration) {
        let waited = self
            .ended
            .wait_timeout_while(self.lock(), at_most, |state| !state.live.is_empty());
        drop(waited);
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Entry {
    /// What this connection counts.
    pub(super) fn counters(&self) -> &Arc<Counters> {
        &self.counters
    }
}

impl Drop for Entry {
    fn drop(&mut self) {
        let mut state = self.connections.lock();
        state.live.remove(self.index);
        state.past.absorb(&self.counters);
        drop(state);
        self.connections.ended.notify_all();
    }
}

/// How long connections that were cut off may take to notice.
const CUT_OFF: Duration = Duration::from_secs(1);
