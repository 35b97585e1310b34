//! Builds a server: layers first, then services, then [`build`](ServerBuilder::build).

use std::fmt;
use std::marker::PhantomData;
use std::sync::Arc;

use tower_layer::{Identity, Layer, Stack};

use super::Server;
use super::registry::{Registration, Registry, RegistryError};
use super::serving::MakeRunner;
use crate::descriptor::Describe;
use crate::runner;
use crate::service::Service;

/// Builds a [`Server`].
///
/// Layers come before services: once a service is registered the type has no `layer` any more, so that nobody adds a layer
/// which half of the services go without.
pub struct ServerBuilder<L = Identity, Stage = Layers> {
    layers: Arc<L>,
    registrations: Vec<Registration>,
    makers: Vec<Box<MakeRunner>>,
    refuse_nameless: bool,
    on_stop: Vec<Box<dyn FnOnce() + Send>>,
    stage: PhantomData<Stage>,
}

/// Stage of a [`ServerBuilder`] that takes layers.
#[derive(Debug)]
pub enum Layers {}

/// Stage of a [`ServerBuilder`] that takes no more layers.
#[derive(Debug)]
pub enum Services {}

impl ServerBuilder {
    pub(super) fn new() -> Self {
        ServerBuilder {
            layers: Arc::new(Identity::new()),
            registrations: vec![],
            makers: vec![],
            refuse_nameless: false,
            on_stop: vec![],
            stage: PhantomData,
        }
    }
}

impl<L> ServerBuilder<L, Layers> {
    /// Puts a layer around every service. The first one is the outermost: it sees a call first and its outcome last.
    pub fn layer<Inner>(self, layer: Inner) -> ServerBuilder<Stack<Inner, L>, Layers> {
        self.into_stage(|layers| {
            let outer = Arc::into_inner(layers)
                .expect("only services share the layers, and there is none yet");
            Arc::new(Stack::new(layer, outer))
        })
    }
}

impl<L: Send + Sync + 'static, Stage> ServerBuilder<L, Stage> {
    /// Registers a service. `factory` is called on every core and makes that core's instance, which never leaves it.
    pub fn service<S, F>(self, factory: F) -> ServerBuilder<L, Services>
    where
        F: Fn() -> S + Send + Sync + 'static,
        S: Service + Describe,
        L: Layer<S>,
        L::Service: Service,
    {
        self.register(factory, false)
    }

    /// Registers a service as the fallback: of several with a method of one name, it gets the requests that name no service.
    /// There can be one.
    pub fn fallback_service<S, F>(self, factory: F) -> ServerBuilder<L, Services>
    where
        F: Fn() -> S + Send + Sync + 'static,
        S: Service + Describe,
        L: Layer<S>,
        L::Service: Service,
    {
        self.register(factory, true)
    }

    /// Answers requests that name no service with an exception of type 21, and finds no service by its method where the name
    /// is wrong. Framed and buffered requests never name one.
    pub fn refuse_nameless(mut self) -> Self {
        self.refuse_nameless = true;
        self
    }

    /// Runs `hook` when the server is told to stop, before it stops accepting. Hooks run one after the other.
    pub fn on_stop(mut self, hook: impl FnOnce() + Send + 'static) -> Self {
        self.on_stop.push(Box::new(hook));
        self
    }

    /// The server.
    ///
    /// # Errors
    /// [`RegistryError`] when there is no service, or the services cannot share a port.
    pub fn build(self) -> Result<Server, RegistryError> {
        let registry = Registry::new(&self.registrations, self.refuse_nameless)?;
        Ok(Server {
            registry,
            makers: self.makers,
            on_stop: self.on_stop,
        })
    }

    fn register<S, F>(mut self, factory: F, is_fallback: bool) -> ServerBuilder<L, Services>
    where
        F: Fn() -> S + Send + Sync + 'static,
        S: Service + Describe,
        L: Layer<S>,
        L::Service: Service,
    {
        let layers = Arc::clone(&self.layers);
        self.registrations.push(Registration {
            descriptor: S::descriptor(),
            is_fallback,
        });
        self.makers
            .push(Box::new(move || runner::erase(layers.layer(factory()))));
        self.into_stage(|layers| layers)
    }
}

impl<L, Stage> ServerBuilder<L, Stage> {
    fn into_stage<M, Next>(self, layers: impl FnOnce(Arc<L>) -> Arc<M>) -> ServerBuilder<M, Next> {
        ServerBuilder {
            layers: layers(self.layers),
            registrations: self.registrations,
            makers: self.makers,
            refuse_nameless: self.refuse_nameless,
            on_stop: self.on_stop,
            stage: PhantomData,
        }
    }
}

impl<L, Stage> fmt::Debug for ServerBuilder<L, Stage> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let services: Vec<_> = self
            .registrations
            .iter()
            .map(|service| service.descriptor.name)
            .collect();
        f.debug_struct("ServerBuilder")
            .field("services", &services)
            .finish_non_exhaustive()
    }
}
