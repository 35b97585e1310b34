//! The server: services behind one or more addresses, on a transport, until it is told to stop.
//!
//! `builder.rs` puts a server together, `registry.rs` decides which service a request is for, `serving.rs` is what the connections
//! of a core share, `running.rs` stops it. The bytes are the business of `crate::transport`.

mod builder;
mod config;
mod counters;
mod error;
mod registry;
mod running;
mod serving;

pub use builder::{Layers, ServerBuilder, Services};
pub use config::{Config, Transport};
pub(crate) use counters::Counters;
pub use counters::CountersSnapshot;
pub use error::StartError;
pub use registry::RegistryError;
pub(crate) use registry::{Registry, Target};
pub use running::Running;
pub(crate) use serving::{Serving, Shared};

use std::fmt;
use std::sync::Arc;
use std::sync::atomic::AtomicBool;

use serving::MakeRunner;
use signal_hook::consts::{SIGINT, SIGTERM};
use signal_hook::flag;
use signal_hook::iterator::Signals;

use crate::transport;

/// Services, ready to be run.
pub struct Server {
    registry: Registry,
    makers: Vec<Box<MakeRunner>>,
    on_stop: Vec<Box<dyn FnOnce() + Send>>,
}

impl Server {
    /// Starts building one.
    pub fn builder() -> ServerBuilder {
        ServerBuilder::new()
    }

    /// Serves until the process gets SIGINT or SIGTERM, then stops as [`Running::stop`] does. A second signal ends the process
    /// at once.
    ///
    /// # Errors
    /// See [`start`](Self::start).
    pub fn run(self, config: &Config) -> Result<(), StartError> {
        self.run_with(config, |_| ())
    }

    /// As [`run`](Self::run), and calls `started` once the server accepts.
    ///
    /// # Errors
    /// See [`start`](Self::start).
    pub fn run_with(
        self,
        config: &Config,
        started: impl FnOnce(&Running),
    ) -> Result<(), StartError> {
        // Before the start: a signal that comes right after it must not be lost.
        let second = Arc::new(AtomicBool::new(false));
        for signal in [SIGINT, SIGTERM] {
            flag::register_conditional_shutdown(signal, 1, Arc::clone(&second))
                .map_err(StartError::Signals)?;
            flag::register(signal, Arc::clone(&second)).map_err(StartError::Signals)?;
        }
        let mut signals = Signals::new([SIGINT, SIGTERM]).map_err(StartError::Signals)?;
        let running = self.start(config)?;
        started(&running);
        if let Some(signal) = signals.forever().next() {
            tracing::info!(signal, "the server stops");
        }
        running.stop();
        Ok(())
    }

    /// Starts serving and returns; the server stops when it is told to, or when the handle is dropped.
    ///
    /// # Errors
    /// [`StartError`]: an address in use or not available, a driver that the kernel refuses, a configuration that makes no
    /// sense.
    pub fn start(self, config: &Config) -> Result<Running, StartError> {
        if config.pending_calls_max == 0 {
            return Err(StartError::Config(
                "pending_calls_max is 0; at least one call has to be possible".into(),
            ));
        }
        if config.addresses.is_empty() {
            return Err(StartError::Config(
                "addresses is empty; give one to listen on".into(),
            ));
        }
        let shared = Arc::new(Shared {
            registry: self.registry,
            makers: self.makers,
            config: config.clone(),
            stopping: AtomicBool::new(false),
        });
        let carrier = transport::start(&shared)?;
        Ok(Running::new(shared, carrier, self.on_stop))
    }
}

impl fmt::Debug for Server {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Server")
            .field("registry", &self.registry)
            .finish_non_exhaustive()
    }
}
