//! A service of any type behind one virtual call per request.
//!
//! The future of a call is built, polled and finished in the arena of its own type ([`Tasks`]), so a call that never waits
//! allocates nothing. A panic of the handler ends its call alone.

use std::any::Any;
use std::future::Future;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::pin::Pin;
use std::rc::Rc;
use std::task::{Context, Poll};

use pin_project_lite::pin_project;

use crate::call::Call;
use crate::host::Tasks;
use crate::service::Service;
use crate::status::{Reason, Status};

/// A service whose type is forgotten.
pub(crate) trait RunCall {
    /// Serves a call: at once as far as it goes without waiting, the rest when it is woken.
    fn run(&self, call: Call);
}

/// Forgets the type of a service; to be called on the thread that serves with it.
pub(crate) fn erase<S: Service>(service: S) -> Box<dyn RunCall> {
    let service = Rc::new(service);
    let serve = move |mut call: Call| {
        let service = Rc::clone(&service);
        async move {
            let outcome = CatchPanic {
                future: service.call(&mut call),
            }
            .await;
            call.finish(outcome);
        }
    };
    Box::new(Runner {
        serve,
        tasks: Tasks::new(),
    })
}

/// The closure's type holds the type of the future, which has no name.
struct Runner<B, F: Future<Output = ()> + 'static> {
    serve: B,
    tasks: Tasks<F>,
}

impl<B, F> RunCall for Runner<B, F>
where
    B: Fn(Call) -> F,
    F: Future<Output = ()> + 'static,
{
    #[inline]
    fn run(&self, call: Call) {
        self.tasks.run((self.serve)(call));
    }
}

pin_project! {
    /// Turns a panic of the future into its result.
    struct CatchPanic<F> {
        #[pin]
        future: F,
    }
}

impl<F: Future<Output = Result<(), Status>>> Future for CatchPanic<F> {
    type Output = Result<(), Status>;

    #[inline]
    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        let future = self.project().future;
        // Unwind safe: after a panic the future is dropped and the call is only used to send the exception.
        match catch_unwind(AssertUnwindSafe(|| future.poll(cx))) {
            Ok(polled) => polled,
            Err(panic) => Poll::Ready(Err(panicked(&*panic))),
        }
    }
}

#[cold]
fn panicked(panic: &(dyn Any + Send)) -> Status {
    let text = match (panic.downcast_ref::<&str>(), panic.downcast_ref::<String>()) {
        (Some(text), _) => text,
        (_, Some(text)) => text.as_str(),
        _ => "no text",
    };
    Status::internal(Reason::Panic, format!("panic in the handler: {text}"))
}
