//! Describes a runtime and starts it.

use std::sync::Arc;
use std::time::Duration;

use super::core_thread::{self, Started};
use super::{CoreHandle, Runtime};
use crate::config::Config;
use crate::counters::Counters;
use crate::driver::DriverChoice;
use crate::error::StartError;

/// Describes a runtime.
#[derive(Clone, Debug, Default)]
pub struct Builder {
    cores: Option<usize>,
    pin: Vec<usize>,
    driver: Option<DriverChoice>,
    config: Config,
}

impl Builder {
    /// Number of cores. Default: one for each CPU given to [`pin`](Self::pin), else one for each CPU this process may
    /// use.
    pub fn cores(mut self, cores: usize) -> Self {
        self.cores = Some(cores);
        self
    }

    /// CPUs to pin the cores to, the first core to the first; with fewer CPUs than cores they are used in turn.
    /// Default: not pinned.
    pub fn pin(mut self, cpus: impl Into<Vec<usize>>) -> Self {
        self.pin = cpus.into();
        self
    }

    /// The driver. The environment variable `NETPOLL_DRIVER` goes before it. Default: io_uring where the kernel gives
    /// it, else epoll. A driver asked for by name is never replaced by another.
    pub fn driver(mut self, driver: DriverChoice) -> Self {
        self.driver = Some(driver);
        self
    }

    /// How long a core polls before it sleeps: lower latency for CPU time. Default zero.
    pub fn spin(mut self, spin: Duration) -> Self {
        self.config.spin = spin;
        self
    }

    /// All other options and limits. Replaces what [`spin`](Self::spin) set.
    pub fn config(mut self, config: Config) -> Self {
        self.config = config;
        self
    }

    /// Starts the cores and waits until each of them runs.
    ///
    /// # Errors
    /// [`StartError`]: a configuration that makes no sense, a driver that this kernel refuses, a CPU that cannot be
    /// used, a thread that cannot be started.
    pub fn start(self) -> Result<Runtime, StartError> {
        self.config.check().map_err(StartError::Config)?;
        let choice = DriverChoice::resolve(self.driver)
            .map_err(|error| StartError::Config(error.to_string()))?;
        let count = self.core_count()?;
        #[cfg(feature = "sim")]
        if let DriverChoice::Sim(sim) = choice
            && sim.virtual_time
            && count > 1
        {
            return Err(StartError::Config(format!(
                "virtual time with {count} cores; each would have a time of its own"
            )));
        }
        let mut cores = Vec::with_capacity(count);
        let mut first: Option<Started> = None;
        for index in 0..count {
            let cpu = (!self.pin.is_empty()).then(|| self.pin[index % self.pin.len()]);
            let counters = Arc::new(Counters::default());
            // An error drops the cores started so far, which stops them.
            let (thread, started) =
                core_thread::start(index, cpu, &self.config, choice, Arc::clone(&counters))?;
            cores.push(CoreHandle {
                mailbox: started.mailbox.clone(),
                counters,
                thread: Some(thread),
            });
            first.get_or_insert(started);
        }
        let Some(first) = first else {
            return Err(StartError::Config(
                "cores is 0; at least one is needed".into(),
            ));
        };
        Ok(Runtime {
            cores,
            config: self.config,
            driver: first.driver,
            capabilities: first.capabilities,
        })
    }

    fn core_count(&self) -> Result<usize, StartError> {
        match self.cores {
            Some(0) => Err(StartError::Config(
                "cores is 0; at least one is needed".into(),
            )),
            Some(cores) if cores > CORES_MAX => Err(StartError::Config(format!(
                "cores is {cores}; at most {CORES_MAX} are possible"
            ))),
            Some(cores) => Ok(cores),
            None if !self.pin.is_empty() => Ok(self.pin.len()),
            None => Ok(std::thread::available_parallelism().map_or(1, usize::from)),
        }
    }
}

const CORES_MAX: usize = 1_024;
