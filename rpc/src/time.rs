//! Time for handlers and layers, on whichever transport the server runs.
//!
//! On a core of netpoll these are the core's own clock and timers; on the thread of a blocking connection, that thread's.

use std::future::Future;
use std::pin::Pin;
use std::rc::Rc;
use std::task::{Context, Poll};
use std::time::{Duration, Instant};

pub use netpoll::Elapsed;
use pin_project_lite::pin_project;

use crate::host::thread::{ThreadHost, TimerKey};

/// The time: on a core, that of the current turn of its loop.
///
/// # Panics
/// On a thread that serves no calls.
pub fn now() -> Instant {
    match ThreadHost::current() {
        Some(host) => host.now(),
        None => netpoll::now(),
    }
}

/// Waits until `duration` has passed.
///
/// # Panics
/// On a thread that serves no calls.
pub fn sleep(duration: Duration) -> Sleep {
    sleep_until(now() + duration)
}

/// Waits until `deadline`; ready at once when it has passed.
///
/// # Panics
/// On a thread that serves no calls.
pub fn sleep_until(deadline: Instant) -> Sleep {
    match ThreadHost::current() {
        Some(host) => Sleep(Timer::Thread(ThreadTimer {
            host,
            deadline,
            key: None,
        })),
        None => Sleep(Timer::Core(netpoll::sleep_until(deadline))),
    }
}

/// Gives `future` at most `duration`.
///
/// # Errors
/// [`Elapsed`] when the time is over first; the future is then dropped.
pub fn timeout<F: Future>(duration: Duration, future: F) -> Timeout<F> {
    timeout_at(now() + duration, future)
}

/// Gives `future` until `deadline`.
///
/// # Errors
/// [`Elapsed`] when the time is over first; the future is then dropped.
pub fn timeout_at<F: Future>(deadline: Instant, future: F) -> Timeout<F> {
    Timeout {
        future,
        sleep: sleep_until(deadline),
    }
}

/// Future of [`sleep`]. Dropping it takes the timer back.
#[derive(Debug)]
#[must_use = "a sleep does nothing until it is awaited"]
pub struct Sleep(Timer);

#[derive(Debug)]
enum Timer {
    Core(netpoll::Sleep),
    Thread(ThreadTimer),
}

#[derive(Debug)]
struct ThreadTimer {
    host: Rc<ThreadHost>,
    deadline: Instant,
    key: Option<TimerKey>,
}

impl Future for Sleep {
    type Output = ();

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<()> {
        match &mut self.0 {
            Timer::Core(sleep) => Pin::new(sleep).poll(cx),
            Timer::Thread(timer) => timer.poll(cx),
        }
    }
}

impl ThreadTimer {
    fn poll(&mut self, cx: &mut Context<'_>) -> Poll<()> {
        self.cancel();
        if self.host.now() >= self.deadline {
            return Poll::Ready(());
        }
        self.key = Some(self.host.insert_timer(self.deadline, cx.waker().clone()));
        Poll::Pending
    }

    fn cancel(&mut self) {
        if let Some(key) = self.key.take() {
            self.host.cancel_timer(key);
        }
    }
}

impl Drop for ThreadTimer {
    fn drop(&mut self) {
        self.cancel();
    }
}

pin_project! {
    /// Future of [`timeout`].
    #[derive(Debug)]
    #[must_use = "a timeout does nothing until it is awaited"]
    pub struct Timeout<F> {
        #[pin]
        future: F,
        sleep: Sleep,
    }
}

impl<F: Future> Future for Timeout<F> {
    type Output = Result<F::Output, Elapsed>;

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        let this = self.project();
        if let Poll::Ready(output) = this.future.poll(cx) {
            return Poll::Ready(Ok(output));
        }
        Pin::new(this.sleep).poll(cx).map(|()| Err(Elapsed))
    }
}
