//! `spawn_local` and the handle that waits for a task's result.

use std::any::Any;
use std::cell::RefCell;
use std::fmt;
use std::future::Future;
use std::panic::AssertUnwindSafe;
use std::pin::Pin;
use std::rc::Rc;
use std::task::{Context, Poll, Waker};

use pin_project_lite::pin_project;

use crate::guard::panic_text;
use crate::reactor::Core;

/// Starts a task on the current core. It is polled for the first time in the current turn of the loop, after the
/// caller returns, and lives until it is done or the core stops; dropping the handle does not end it. A panic ends the
/// task alone and is handed to whoever awaits the handle.
///
/// # Panics
/// Outside of a core's thread.
pub fn spawn_local<F>(future: F) -> JoinHandle<F::Output>
where
    F: Future + 'static,
{
    let shared = Rc::new(RefCell::new(State::Running(None)));
    let completion = Completion {
        shared: Rc::clone(&shared),
        done: false,
    };
    let task = Task {
        future: Some(future),
        completion,
    };
    Core::with(|core| core.spawn(Box::pin(task)));
    JoinHandle { shared }
}

/// Waits for the result of a task.
#[must_use = "drop the handle with `drop` or `let _ =` when the result does not matter"]
pub struct JoinHandle<T> {
    shared: Rc<RefCell<State<T>>>,
}

enum State<T> {
    Running(Option<Waker>),
    Done(Result<T, JoinError>),
    Taken,
}

impl<T> Future for JoinHandle<T> {
    type Output = Result<T, JoinError>;

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        let mut state = self.shared.borrow_mut();
        match &mut *state {
            State::Running(waker) => {
                *waker = Some(cx.waker().clone());
                Poll::Pending
            }
            State::Done(_) => match std::mem::replace(&mut *state, State::Taken) {
                State::Done(result) => Poll::Ready(result),
                State::Running(_) | State::Taken => Poll::Pending,
            },
            State::Taken => Poll::Pending,
        }
    }
}

impl<T> fmt::Debug for JoinHandle<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let running = matches!(&*self.shared.borrow(), State::Running(_));
        f.debug_struct("JoinHandle")
            .field("running", &running)
            .finish()
    }
}

/// Why a task has no result.
pub enum JoinError {
    /// It panicked; this is what it panicked with.
    Panicked(Box<dyn Any + Send>),
    /// The core stopped before it was done.
    Stopped,
}

impl fmt::Debug for JoinError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl fmt::Display for JoinError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            JoinError::Panicked(payload) => {
                write!(f, "the task panicked: {}", panic_text(payload.as_ref()))
            }
            JoinError::Stopped => f.write_str("the core stopped before the task was done"),
        }
    }
}

impl std::error::Error for JoinError {}

pin_project! {
    /// A future whose panic is caught and whose result goes to its handle.
    struct Task<F: Future> {
        #[pin]
        future: Option<F>,
        completion: Completion<F::Output>,
    }
}

impl<F: Future> Future for Task<F> {
    type Output = ();

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<()> {
        let mut this = self.project();
        let Some(future) = this.future.as_mut().as_pin_mut() else {
            return Poll::Ready(());
        };
        // The future is dropped after a panic and never polled again, so a broken invariant inside it is not seen.
        let result = match std::panic::catch_unwind(AssertUnwindSafe(|| future.poll(cx))) {
            Ok(Poll::Pending) => return Poll::Pending,
            Ok(Poll::Ready(value)) => Ok(value),
            Err(payload) => {
                tracing::error!(panic = panic_text(payload.as_ref()), "a task panicked");
                Err(JoinError::Panicked(payload))
            }
        };
        this.future.set(None);
        this.completion.set(result);
        Poll::Ready(())
    }
}

/// Hands the result to the handle; when the task is dropped before it is done, the handle learns that too.
struct Completion<T> {
    shared: Rc<RefCell<State<T>>>,
    done: bool,
}

impl<T> Completion<T> {
    fn set(&mut self, result: Result<T, JoinError>) {
        self.done = true;
        let before = std::mem::replace(&mut *self.shared.borrow_mut(), State::Done(result));
        if let State::Running(Some(waker)) = before {
            waker.wake();
        }
    }
}

impl<T> Drop for Completion<T> {
    fn drop(&mut self) {
        if !self.done {
            self.set(Err(JoinError::Stopped));
        }
    }
}
