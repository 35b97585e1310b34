//! What the Rust peers have in common: their options, listeners that share a port, and threads on CPUs.

mod listener;
#[cfg(feature = "tokio")]
pub mod runtime;

use std::thread;

use anyhow::{bail, ensure};
pub use listener::{Listener, listen};

/// Options of every server. Flatten it into the server's own.
#[derive(Clone, Debug, clap::Args)]
pub struct Options {
    /// HOST:PORT or unix:PATH.
    #[arg(long, default_value = "127.0.0.1:0")]
    pub addr: String,
    /// Threads that serve.
    #[arg(long, default_value_t = 1)]
    pub cores: usize,
    /// CPUs for the threads, in order, such as 0,1.
    #[arg(long, value_delimiter = ',')]
    pub pin: Vec<usize>,
}

impl Options {
    /// Listens `count` times on the address and prints `listening on ADDR`.
    pub fn listen(&self, count: usize) -> anyhow::Result<Vec<Listener>> {
        ensure!(self.cores > 0, "--cores 0 serves nobody");
        if !self.pin.is_empty() && self.pin.len() != self.cores {
            bail!(
                "--pin names {} CPUs for {} threads",
                self.pin.len(),
                self.cores
            );
        }
        let listeners = listen(&self.addr, count)?;
        println!("listening on {}", listeners[0].address()?);
        Ok(listeners)
    }

    /// Runs `serve` on a pinned thread per core, each with a listener of its own, until all end.
    pub fn run_per_core(
        &self,
        serve: impl Fn(Listener) -> anyhow::Result<()> + Clone + Send + 'static,
    ) -> anyhow::Result<()> {
        let cores: Vec<_> = self
            .listen(self.cores)?
            .into_iter()
            .enumerate()
            .map(|(core, listener)| {
                let (serve, cpu) = (serve.clone(), self.pin.get(core).copied());
                thread::spawn(move || {
                    pin(cpu);
                    serve(listener)
                })
            })
            .collect();
        for core in cores {
            core.join().expect("the panic has been printed")?;
        }
        Ok(())
    }
}

/// Keeps the calling thread on `cpu`.
pub fn pin(cpu: Option<usize>) {
    if let Some(id) = cpu {
        core_affinity::set_for_current(core_affinity::CoreId { id });
    }
}
