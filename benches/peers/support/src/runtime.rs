//! Tokio in the two shapes people run it in: one runtime over all threads, or a single-threaded one per core, which is
//! what a thread-per-core server is to be compared to.

use std::sync::Mutex;

use crate::{Listener, Options, pin};

/// Options of a server on Tokio. Flatten it into the server's own.
#[derive(Clone, Debug, clap::Args)]
pub struct TokioOptions {
    #[command(flatten)]
    common: Options,
    /// A single-threaded runtime per core instead of one runtime for all.
    #[arg(long)]
    per_core: bool,
}

impl TokioOptions {
    /// Serves until `serve` ends, once for all threads or once per core.
    pub fn run<F>(
        &self,
        serve: impl Fn(Listener) -> F + Clone + Send + 'static,
    ) -> anyhow::Result<()>
    where
        F: Future<Output = anyhow::Result<()>>,
    {
        if self.per_core || self.common.cores == 1 {
            return self.common.run_per_core(move |listener| {
                let runtime = tokio::runtime::Builder::new_current_thread()
                    .enable_all()
                    .build()?;
                runtime.block_on(serve(listener))
            });
        }
        let listener = self.common.listen(1)?.remove(0);
        let cpus = Mutex::new(self.common.pin.clone());
        let runtime = tokio::runtime::Builder::new_multi_thread()
            .worker_threads(self.common.cores)
            .on_thread_start(move || pin(cpus.lock().expect("no holder panics").pop()))
            .enable_all()
            .build()?;
        runtime.block_on(serve(listener))
    }
}
