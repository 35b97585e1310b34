//! The one trait between a connection and a handler: generated servers implement it, and so does every middleware.

use std::future::Future;

use crate::call::Call;
use crate::status::Status;

/// Serves calls.
///
/// A middleware is a [`Layer`](crate::Layer) that wraps one service into another. It sees every call before and after the handler:
///
/// ```
/// use rpc::{Call, Layer, Service, Status};
///
/// /// Refuses calls that do not say who makes them.
/// struct Named<S>(S);
///
/// impl<S: Service> Service for Named<S> {
///     async fn call(&self, call: &mut Call) -> Result<(), Status> {
///         if call.context().caller().is_none() {
///             return Err(Status::new("who are you?"));
///         }
///         self.0.call(call).await
///     }
/// }
///
/// struct RequireName;
///
/// impl<S> Layer<S> for RequireName {
///     type Service = Named<S>;
///     fn layer(&self, inner: S) -> Named<S> {
///         Named(inner)
///     }
/// }
/// ```
///
/// A service lives on one core and its futures never leave it, so nothing here is `Send`. Each core (or thread) has its
/// own instance, made by the factory that [`ServerBuilder::service`](crate::ServerBuilder::service) was given.
pub trait Service: 'static {
    /// Serves one call: decodes its arguments, does the work, encodes the reply with [`Call::reply`].
    ///
    /// # Errors
    /// A [`Status`], if the call fails before a reply was encoded; the caller then gets an exception. After a reply an error is
    /// only logged.
    fn call(&self, call: &mut Call) -> impl Future<Output = Result<(), Status>>;
}
