//! Ends a call when the time that its caller gives it is over.

use crate::call::Call;
use crate::service::Service;
use crate::status::{Reason, Status};
use crate::time;

/// Makes the server keep to the deadline that came with a request (TTHeader's integer key 12). Without this layer a handler can
/// ask for it ([`Context::deadline`](crate::Context::deadline)) and is left alone.
///
/// A call whose deadline has passed is answered with an exception of type 6; its handler's future is dropped, or not even
/// begun. Requests without a deadline are not limited.
#[derive(Clone, Copy, Debug, Default)]
pub struct DeadlineLayer;

impl<S> tower_layer::Layer<S> for DeadlineLayer {
    type Service = Deadline<S>;

    fn layer(&self, inner: S) -> Deadline<S> {
        Deadline { inner }
    }
}

/// A service within a [`DeadlineLayer`].
#[derive(Clone, Copy, Debug)]
pub struct Deadline<S> {
    inner: S,
}

impl<S: Service> Service for Deadline<S> {
    async fn call(&self, call: &mut Call) -> Result<(), Status> {
        let Some(deadline) = call.context().deadline() else {
            return self.inner.call(call).await;
        };
        if time::now() >= deadline {
            return Err(passed());
        }
        match time::timeout_at(deadline, self.inner.call(call)).await {
            Ok(outcome) => outcome,
            Err(_) => Err(passed()),
        }
    }
}

#[cold]
fn passed() -> Status {
    Status::internal(
        Reason::DeadlinePassed,
        "the deadline that the caller set has passed",
    )
}
