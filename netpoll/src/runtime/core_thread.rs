//! One core's thread, from pinning to the end of its loop.

use std::sync::Arc;
use std::thread::JoinHandle;

use core_affinity::CoreId;
use crossbeam_channel::Sender;

use crate::config::Config;
use crate::counters::Counters;
use crate::driver::{DriverChoice, DriverKind};
use crate::error::StartError;
use crate::mailbox::Mailbox;
use crate::reactor::Core;

/// What a core tells when it runs.
#[derive(Debug)]
pub(super) struct Started {
    pub(super) mailbox: Mailbox,
    pub(super) driver: DriverKind,
    pub(super) capabilities: String,
}

/// Starts a core and waits until its loop runs or it has failed.
pub(super) fn start(
    index: usize,
    cpu: Option<usize>,
    config: &Config,
    choice: DriverChoice,
    counters: Arc<Counters>,
) -> Result<(JoinHandle<()>, Started), StartError> {
    let (sender, receiver) = crossbeam_channel::bounded(1);
    let config = config.clone();
    let thread = std::thread::Builder::new()
        .name(format!("netpoll-{index}"))
        .spawn(move || run(index, cpu, &config, choice, counters, &sender))
        .map_err(StartError::Thread)?;
    match receiver.recv() {
        Ok(Ok(started)) => Ok((thread, started)),
        Ok(Err(error)) => {
            let _ = thread.join();
            Err(error)
        }
        Err(_) => Err(StartError::Thread(std::io::Error::other(
            "the core ended before it ran",
        ))),
    }
}

/// Pins the calling thread. Asks first which CPUs there are: the library panics on a number beyond the kernel's set.
fn pin(id: usize) -> bool {
    let allowed = core_affinity::get_core_ids().unwrap_or_default();
    allowed.contains(&CoreId { id }) && core_affinity::set_for_current(CoreId { id })
}

fn run(
    index: usize,
    cpu: Option<usize>,
    config: &Config,
    choice: DriverChoice,
    counters: Arc<Counters>,
    ready: &Sender<Result<Started, StartError>>,
) {
    if let Some(id) = cpu
        && !pin(id)
    {
        let _ = ready.send(Err(StartError::Pin(id)));
        return;
    }
    let core = match Core::enter(index, config, choice, counters) {
        Ok(core) => core,
        Err(error) => {
            let _ = ready.send(Err(error));
            return;
        }
    };
    tracing::debug!(
        core = index,
        capabilities = core.capabilities(),
        "core runs"
    );
    let started = Started {
        mailbox: core.mailbox().clone(),
        driver: core.driver_kind(),
        capabilities: core.capabilities(),
    };
    if ready.send(Ok(started)).is_err() {
        return;
    }
    if let Err(error) = core.run() {
        tracing::error!(core = index, %error, "the driver failed; the core stops");
    }
}
