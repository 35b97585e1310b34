//! The carrier of blocking sockets: a thread per connection, and a thread per address that accepts.
//!
//! Every connection thread has its own pool, counters and instances of the services; nothing is shared but the list of live
//! connections, which `stop` needs to reach them.

mod connection;
mod listener;
mod live;

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread::JoinHandle;
use std::time::Duration;

use netpoll::Address;
use socket2::Socket;

use crate::server::{CountersSnapshot, Shared, StartError};
use live::LiveConnections;

/// Threads that serve.
pub(crate) struct ThreadCarrier {
    addresses: Vec<Address>,
    listeners: Vec<(Arc<Socket>, JoinHandle<()>)>,
    accepting: Arc<AtomicBool>,
    live: Arc<LiveConnections>,
}

impl ThreadCarrier {
    pub(crate) fn start(shared: &Arc<Shared>) -> Result<ThreadCarrier, StartError> {
        let accepting = Arc::new(AtomicBool::new(true));
        let live = Arc::new(LiveConnections::default());
        let mut carrier = ThreadCarrier {
            addresses: vec![],
            listeners: vec![],
            accepting,
            live,
        };
        for address in &shared.config.addresses {
            // An error drops the carrier, which ends the listeners opened so far.
            let failed = |cause| StartError::Listen {
                address: address.clone(),
                cause,
            };
            let (socket, bound) =
                listener::open(address, shared.config.runtime.backlog).map_err(failed)?;
            let socket = Arc::new(socket);
            let thread = listener::start(&socket, shared, &carrier.accepting, &carrier.live)
                .map_err(failed)?;
            carrier.addresses.push(bound);
            carrier.listeners.push((socket, thread));
        }
        Ok(carrier)
    }

    pub(crate) fn addresses(&self) -> &[Address] {
        &self.addresses
    }

    pub(crate) fn describe(&self) -> String {
        "driver=blocking cores=one-thread-per-connection".to_owned()
    }

    pub(crate) fn counters(&self) -> CountersSnapshot {
        self.live.counters()
    }

    pub(crate) fn stop_accepting(&self) {
        self.accepting.store(false, Ordering::Release);
        for (socket, _) in &self.listeners {
            // Wakes the thread that waits in `accept`.
            let _ = socket.shutdown(std::net::Shutdown::Both);
        }
    }

    pub(crate) fn stop(mut self, drain: Duration) -> CountersSnapshot {
        self.join_listeners();
        self.live.finish(drain)
    }

    fn join_listeners(&mut self) {
        for (_, thread) in self.listeners.drain(..) {
            if thread.join().is_err() {
                tracing::error!("the thread of a listener panicked");
            }
        }
    }
}

impl Drop for ThreadCarrier {
    fn drop(&mut self) {
        self.stop_accepting();
        self.join_listeners();
    }
}
