//! The carrier on netpoll: connections live on the cores of a runtime of the server's own.

use std::cell::RefCell;
use std::rc::{Rc, Weak};
use std::sync::Arc;
use std::time::Duration;

use netpoll::{
    Acceptor, Address, CloseReason, Connection, LinkBuffer, ListenerHandle, Protocol, Runtime,
};

use super::connection::{After, Inbound, Outlet};
use crate::server::{Counters, CountersSnapshot, Serving, Shared, StartError};

/// A runtime that serves.
pub(crate) struct NetpollCarrier {
    runtime: Runtime,
    listeners: Vec<ListenerHandle>,
    addresses: Vec<Address>,
    /// One set per core.
    counters: Arc<[Arc<Counters>]>,
}

impl NetpollCarrier {
    pub(crate) fn start(shared: &Arc<Shared>) -> Result<NetpollCarrier, StartError> {
        let config = &shared.config;
        let mut builder = Runtime::builder()
            .pin(config.pin.clone())
            .driver(config.driver)
            .config(config.runtime.clone());
        if config.cores > 0 {
            builder = builder.cores(config.cores);
        }
        let runtime = builder.start().map_err(StartError::Runtime)?;
        let counters: Arc<[Arc<Counters>]> = (0..runtime.cores()).map(|_| Arc::default()).collect();
        let mut listeners = vec![];
        for address in &config.addresses {
            let (shared, counters) = (Arc::clone(shared), Arc::clone(&counters));
            let listener = runtime.listen(address, move |core| {
                let serving = serving_of_core(&shared, &counters[core]);
                Rc::new(move |connection: &Connection| accept(&serving, connection))
                    as Rc<dyn Acceptor>
            });
            let address = address.clone();
            listeners.push(listener.map_err(|cause| StartError::Listen { address, cause })?);
        }
        let addresses = listeners
            .iter()
            .map(|listener| listener.address().clone())
            .collect();
        Ok(NetpollCarrier {
            runtime,
            listeners,
            addresses,
            counters,
        })
    }

    pub(crate) fn addresses(&self) -> &[Address] {
        &self.addresses
    }

    pub(crate) fn describe(&self) -> String {
        format!(
            "driver={} cores={}",
            self.runtime.driver(),
            self.runtime.cores()
        )
    }

    pub(crate) fn counters(&self) -> CountersSnapshot {
        sum(&self.counters)
    }

    pub(crate) fn stop_accepting(&self) {
        self.listeners
            .iter()
            .for_each(ListenerHandle::stop_accepting);
    }

    pub(crate) fn stop(self, drain: Duration) -> CountersSnapshot {
        self.runtime.shutdown(drain);
        sum(&self.counters)
    }
}

fn sum(counters: &[Arc<Counters>]) -> CountersSnapshot {
    let mut sum = CountersSnapshot::default();
    counters.iter().for_each(|counters| sum.add(counters));
    sum
}

thread_local! {
    /// The servers of this core, so that several addresses share one instance of each service.
    static SERVING: RefCell<Vec<Weak<Serving>>> = const { RefCell::new(vec![]) };
}

fn serving_of_core(shared: &Arc<Shared>, counters: &Arc<Counters>) -> Rc<Serving> {
    let known = SERVING.with_borrow(|all| {
        all.iter()
            .filter_map(Weak::upgrade)
            .find(|serving| Arc::ptr_eq(&serving.shared, shared))
    });
    known.unwrap_or_else(|| {
        let serving = Serving::new(Arc::clone(shared), netpoll::pool(), Arc::clone(counters));
        SERVING.with_borrow_mut(|all| {
            all.retain(|serving| serving.strong_count() > 0);
            all.push(Rc::downgrade(&serving));
        });
        serving
    })
}

fn accept(serving: &Rc<Serving>, connection: &Connection) -> Box<dyn Protocol> {
    let outlet = Box::new(connection.clone());
    Box::new(CoreConnection {
        inbound: Inbound::new(Rc::clone(serving), outlet),
    })
}

/// A connection's protocol on its core.
struct CoreConnection {
    inbound: Inbound,
}

impl Protocol for CoreConnection {
    #[inline]
    fn on_read(&mut self, connection: &Connection, input: &mut LinkBuffer) {
        let after = self.inbound.handle_read(input);
        match after {
            After::Wait { frame_bytes } => connection.expect(frame_bytes),
            After::Pause => connection.pause_reading(),
            // The core itself stops reading, and delivers again when the output has drained.
            After::Drain => {}
            After::Close => connection.close(),
        }
    }

    fn on_inactive(&mut self, _connection: &Connection, reason: CloseReason) {
        self.inbound.handle_end(reason);
    }

    fn on_end_of_stream(&mut self, _connection: &Connection) {
        self.inbound.handle_end_of_stream();
    }

    fn on_shutdown(&mut self, _connection: &Connection) {
        self.inbound.handle_last_call();
    }

    fn is_busy(&self) -> bool {
        self.inbound.is_busy()
    }
}

impl Outlet for Connection {
    #[inline]
    fn send(&self, output: &mut LinkBuffer) {
        Connection::send(self, output);
    }

    fn unsent_bytes(&self) -> usize {
        self.output_len()
    }

    fn resume(&self) {
        self.resume_reading();
    }

    fn close(&self) {
        Connection::close(self);
    }

    fn peer(&self) -> Option<Address> {
        Connection::peer(self)
    }
}
