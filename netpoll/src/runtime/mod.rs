//! The runtime: a number of cores, each a thread with its own loop, and the handle that starts, reaches and stops them.

mod builder;
mod core_thread;

pub use builder::Builder;

use std::future::Future;
use std::io;
use std::rc::Rc;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::thread::JoinHandle;
use std::time::Duration;

use crate::address::Address;
use crate::config::Config;
use crate::counters::{Counters, CountersSnapshot};
use crate::driver::{DriverKind, RawSocket};
use crate::mailbox::{Mailbox, MailboxError};
use crate::net::{Acceptor, Balance, HandOver, ListenerState, open_listeners};
use crate::reactor::Core;

/// Cores that run. The handle may be used from any thread; dropping it stops the cores without a drain.
#[derive(Debug)]
pub struct Runtime {
    cores: Vec<CoreHandle>,
    config: Config,
    driver: DriverKind,
    capabilities: String,
}

#[derive(Debug)]
struct CoreHandle {
    mailbox: Mailbox,
    counters: Arc<Counters>,
    thread: Option<JoinHandle<()>>,
}

impl Runtime {
    /// Starts describing a runtime.
    pub fn builder() -> Builder {
        Builder::default()
    }

    /// Number of cores.
    pub fn cores(&self) -> usize {
        self.cores.len()
    }

    /// The driver that runs; the same on all cores.
    pub fn driver(&self) -> DriverKind {
        self.driver
    }

    /// What the kernel gives and what of it is used, in one line.
    pub fn capabilities(&self) -> &str {
        &self.capabilities
    }

    /// The configuration that the cores run with.
    pub fn config(&self) -> &Config {
        &self.config
    }

    /// The counters of a core at this moment.
    ///
    /// # Panics
    /// When there is no core with this index.
    pub fn counters(&self, core: usize) -> CountersSnapshot {
        self.cores[core].counters.snapshot()
    }

    /// Listens for all cores, each on a socket of its own ([`Balance::ReusePort`]). `make` is called once on each core
    /// and makes that core's acceptor.
    ///
    /// # Errors
    /// What the kernel says of the address: in use, not available, not permitted.
    pub fn listen<F>(&self, address: &Address, make: F) -> io::Result<ListenerHandle>
    where
        F: Fn(usize) -> Rc<dyn Acceptor> + Send + Sync + 'static,
    {
        self.listen_balanced(address, Balance::ReusePort, make)
    }

    /// Listens for all cores, with a choice of how connections are spread over them.
    ///
    /// # Errors
    /// As [`listen`](Self::listen).
    pub fn listen_balanced<F>(
        &self,
        address: &Address,
        balance: Balance,
        make: F,
    ) -> io::Result<ListenerHandle>
    where
        F: Fn(usize) -> Rc<dyn Acceptor> + Send + Sync + 'static,
    {
        let accepting = match balance {
            Balance::ReusePort => self.cores.len(),
            Balance::LeastConnections => 1,
        };
        let (sockets, bound) = self.open_listeners(address, accepting)?;
        let mut sockets = sockets.into_iter();
        let id = NEXT_LISTENER.fetch_add(1, Ordering::Relaxed);
        let make = Arc::new(make);
        let handle = ListenerHandle {
            id,
            address: bound,
            mailboxes: self.reach_all().map(|(mailbox, _)| mailbox).collect(),
        };
        // The accepting core is the first and comes last: by then the others know the listener.
        for index in (0..self.cores.len()).rev() {
            let make = Arc::clone(&make);
            let socket = if index < accepting {
                sockets.next()
            } else {
                None
            };
            let hand_over = (accepting == 1 && index == 0 && self.cores.len() > 1)
                .then(|| HandOver::new(id, self.reach_all()));
            let listening = self.call(index, move || {
                let listener = ListenerState::new(id, make(index), hand_over);
                Core::with(|core| core.listen(listener, socket))
            });
            if let Err(error) = listening.map_err(io::Error::other).flatten() {
                // The cores that listen already are to stop.
                handle.stop_accepting();
                return Err(error);
            }
        }
        Ok(handle)
    }

    fn open_listeners(
        &self,
        address: &Address,
        count: usize,
    ) -> io::Result<(Vec<RawSocket>, Address)> {
        #[cfg(feature = "sim")]
        if self.driver == DriverKind::Sim {
            return crate::driver::sim::listen(address, count, self.config.backlog);
        }
        let (sockets, bound) = open_listeners(address, count, self.config.backlog)?;
        Ok((sockets.into_iter().map(RawSocket::from).collect(), bound))
    }

    fn reach_all(&self) -> impl Iterator<Item = (Mailbox, Arc<Counters>)> {
        self.cores
            .iter()
            .map(|core| (core.mailbox.clone(), Arc::clone(&core.counters)))
    }

    /// Has `job` run on a core, soon; does not wait for it.
    ///
    /// # Errors
    /// When the core's mailbox is full or the core has stopped.
    ///
    /// # Panics
    /// When there is no core with this index.
    pub fn on_core(
        &self,
        core: usize,
        job: impl FnOnce() + Send + 'static,
    ) -> Result<(), MailboxError> {
        self.cores[core].mailbox.run(Box::new(job))
    }

    /// Runs a future on a core and waits for its result; the calling thread must not be a core's.
    ///
    /// # Panics
    /// When the future panics, when the core stops before it is done, and when there is no core with this index.
    pub fn block_on<F, T>(&self, core: usize, make: impl FnOnce() -> F + Send + 'static) -> T
    where
        F: Future<Output = T> + 'static,
        T: Send + 'static,
    {
        let (sender, receiver) = crossbeam_channel::bounded(1);
        let sent = self.on_core(core, move || {
            let future = make();
            let task = crate::spawn_local(async move {
                let _ = sender.send(future.await);
            });
            drop(task);
        });
        if let Err(error) = sent {
            panic!("block_on: {error}");
        }
        receiver
            .recv()
            .expect("block_on: the future panicked, or the core stopped before it was done")
    }

    /// Runs `job` on a core and waits for what it returns.
    fn call<T: Send + 'static>(
        &self,
        core: usize,
        job: impl FnOnce() -> T + Send + 'static,
    ) -> Result<T, MailboxError> {
        let (sender, receiver) = crossbeam_channel::bounded(1);
        self.on_core(core, move || {
            let _ = sender.send(job());
        })?;
        receiver.recv().map_err(|_| MailboxError::Stopped)
    }

    /// Stops: no more connections are accepted, those that are open finish what they are doing, and what is left after
    /// `drain` is ended. Returns when all cores have stopped.
    pub fn shutdown(mut self, drain: Duration) {
        self.stop(drain);
    }

    fn stop(&mut self, drain: Duration) {
        for core in &self.cores {
            let mut job: crate::mailbox::Job =
                Box::new(move || Core::with(|core| core.stop(drain)));
            // A full mailbox empties with the core's next turn.
            while let Err(MailboxError::Full) = core.mailbox.run(job) {
                std::thread::sleep(STOP_RETRY);
                job = Box::new(move || Core::with(|core| core.stop(drain)));
            }
        }
        for core in &mut self.cores {
            if let Some(thread) = core.thread.take()
                && let Err(_panic) = thread.join()
            {
                tracing::error!("a core's thread panicked");
                // The simulation panics when the contract of drivers is broken, and a test must see it.
                #[cfg(feature = "sim")]
                if self.driver == DriverKind::Sim && !std::thread::panicking() {
                    std::panic::resume_unwind(_panic);
                }
            }
        }
    }
}

impl Drop for Runtime {
    fn drop(&mut self) {
        self.stop(Duration::ZERO);
    }
}

/// A listener on all cores of a runtime. Dropping the handle leaves it listening.
#[derive(Debug)]
pub struct ListenerHandle {
    id: u64,
    address: Address,
    mailboxes: Vec<Mailbox>,
}

impl ListenerHandle {
    /// The address, with the port that the kernel chose where 0 was asked for.
    pub fn address(&self) -> &Address {
        &self.address
    }

    /// Ends accepting; connections that are open stay.
    pub fn stop_accepting(&self) {
        let id = self.id;
        for mailbox in &self.mailboxes {
            if let Err(error) = mailbox.run(Box::new(move || {
                Core::with(|core| core.stop_listening(Some(id)))
            })) {
                tracing::warn!(%error, "a core goes on accepting");
            }
        }
    }
}

static NEXT_LISTENER: AtomicU64 = AtomicU64::new(1);
const STOP_RETRY: Duration = Duration::from_millis(1);
