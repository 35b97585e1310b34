//! Work that would block a core: run on a small pool of threads, the result comes back to the same core.

use std::fmt;
use std::panic::AssertUnwindSafe;
use std::sync::{Arc, LazyLock, Mutex, MutexGuard, PoisonError};
use std::task::{Poll, Waker};
use std::time::Duration;

use crossbeam_channel::{Receiver, Sender};

use crate::guard::guard;
use crate::reactor::Core;

/// Runs `work` on another thread and waits for its result without blocking the core. The threads belong to the whole
/// process; they are started as they are needed, at most `blocking_threads_max`, and end when they have had nothing to
/// do for ten seconds. Dropping the future does not stop work that has begun.
///
/// # Errors
/// [`BlockingError::QueueFull`] when `blocking_queue_max` closures wait already, [`BlockingError::Panicked`] when the
/// closure panics.
///
/// # Panics
/// When called outside of a core's thread.
pub async fn blocking<T, F>(work: F) -> Result<T, BlockingError>
where
    T: Send + 'static,
    F: FnOnce() -> T + Send + 'static,
{
    let (threads_max, queue_max) = Core::with(|core| {
        (
            core.config.blocking_threads_max,
            core.config.blocking_queue_max,
        )
    });
    let shared = Arc::new(Mutex::new(Shared {
        result: None,
        waker: None,
    }));
    let result = Arc::clone(&shared);
    let job: Job = Box::new(move || {
        let outcome =
            std::panic::catch_unwind(AssertUnwindSafe(work)).map_err(|_| BlockingError::Panicked);
        let waker = {
            let mut shared = result.lock().unwrap_or_else(PoisonError::into_inner);
            shared.result = Some(outcome);
            shared.waker.take()
        };
        if let Some(waker) = waker {
            waker.wake();
        }
    });
    POOL.submit(job, threads_max, queue_max)?;
    std::future::poll_fn(move |cx| {
        let mut shared = shared.lock().unwrap_or_else(PoisonError::into_inner);
        match shared.result.take() {
            Some(result) => Poll::Ready(result),
            None => {
                shared.waker = Some(cx.waker().clone());
                Poll::Pending
            }
        }
    })
    .await
}

/// Why `blocking` has no result.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum BlockingError {
    /// Too many closures wait for a thread.
    QueueFull,
    /// The closure panicked.
    Panicked,
    /// No thread could be started.
    NoThread,
}

impl fmt::Display for BlockingError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            BlockingError::QueueFull => {
                "too many blocking calls wait; do fewer at once or raise blocking_queue_max"
            }
            BlockingError::Panicked => "the blocking call panicked",
            BlockingError::NoThread => "no thread for a blocking call could be started",
        })
    }
}

impl std::error::Error for BlockingError {}

type Job = Box<dyn FnOnce() + Send>;

struct Shared<T> {
    result: Option<Result<T, BlockingError>>,
    waker: Option<Waker>,
}

/// How many threads there are, and how much there is to do.
///
/// Invariant: there are as many threads as closures, up to `threads_max`. A closure may wait for another one, so none may
/// stand behind another while a thread could be started for it.
struct Threads {
    running: usize,
    /// Closures that wait for a thread or run.
    closures: usize,
}

struct BlockingPool {
    jobs: Sender<Job>,
    queue: Receiver<Job>,
    threads: Mutex<Threads>,
}

impl BlockingPool {
    fn submit(
        &'static self,
        job: Job,
        threads_max: usize,
        queue_max: usize,
    ) -> Result<(), BlockingError> {
        let mut threads = self.threads();
        if self.jobs.len() >= queue_max {
            return Err(BlockingError::QueueFull);
        }
        if threads.closures >= threads.running && threads.running < threads_max.max(1) {
            let started = std::thread::Builder::new()
                .name("netpoll-blocking".into())
                .spawn(|| POOL.work());
            match started {
                Ok(_) => threads.running += 1,
                Err(error) if threads.running == 0 => {
                    tracing::error!(%error, "no thread for blocking calls can be started");
                    return Err(BlockingError::NoThread);
                }
                // One that is there will come to it.
                Err(_) => {}
            }
        }
        threads.closures += 1;
        // The queue is unbounded and never closed.
        let sent = self.jobs.send(job);
        debug_assert!(sent.is_ok(), "the pool holds the receiver itself");
        Ok(())
    }

    fn work(&self) {
        loop {
            match self.queue.recv_timeout(IDLE_TIME) {
                Ok(job) => {
                    guard("the end of a blocking call", job);
                    self.threads().closures -= 1;
                }
                Err(_) => {
                    let mut threads = self.threads();
                    if self.queue.is_empty() {
                        threads.running -= 1;
                        return;
                    }
                }
            }
        }
    }

    fn threads(&self) -> MutexGuard<'_, Threads> {
        self.threads.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

static POOL: LazyLock<BlockingPool> = LazyLock::new(|| {
    let (jobs, queue) = crossbeam_channel::unbounded();
    BlockingPool {
        jobs,
        queue,
        threads: Mutex::new(Threads {
            running: 0,
            closures: 0,
        }),
    }
});

const IDLE_TIME: Duration = Duration::from_secs(10);
