//! Calls to other servers, from a core of netpoll.
//!
//! `request.rs` and `reply.rs` are the two directions of a call; `ping_pong.rs` carries one call at a time over a connection that
//! `pool.rs` keeps for the next one, `multiplex.rs` carries many at once, told apart by their numbers (`in_flight.rs`). Either way
//! a call whose future is dropped leaves nothing behind: a late reply is thrown away.

mod builder;
mod connect;
mod in_flight;
mod metadata;
mod multiplex;
mod ping_pong;
mod pool;
mod reply;
mod request;

pub use builder::{ClientBuilder, ClientCounters};
pub use metadata::ReplyMetadata;
pub use reply::Reply;

use std::fmt;
use std::rc::Rc;
use std::time::Duration;

use codec::frame::Payload;
use codec::thrift::MessageKind;
use netpoll::{Address, Elapsed};

use builder::{Options, Target};
use metadata::Metadata;
use multiplex::Multiplexer;
use pool::Pool;
use request::Request;

use crate::context::Context;
use crate::descriptor::ServiceDescriptor;
use crate::status::{Reason, Status};

/// Calls the services behind one address. Cloning gives another handle of the same connections.
///
/// A client belongs to the core of netpoll on which it is used; each core has its own.
///
/// ```no_run
/// use codec::frame::Framing;
/// use netpoll::Runtime;
/// use rpc::Client;
///
/// let runtime = Runtime::builder().cores(1).start()?;
/// runtime.block_on(0, || async {
///     let address = "127.0.0.1:8888".parse().unwrap();
///     let client = Client::builder(address).framing(Framing::TtHeader).caller("example").build();
///     // Generated clients call through it: `EchoServerClient::new(client)`.
///     println!("{client:?}");
/// });
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone)]
pub struct Client {
    shared: Rc<Shared>,
    /// What this handle sends along. Shared until it is changed.
    metadata: Option<Rc<Metadata>>,
    /// Where the metadata of replies goes.
    reply_metadata: Option<ReplyMetadata>,
    /// Time that the call for which this handle was made has left.
    time_left: Option<Duration>,
}

struct Shared {
    target: Rc<Target>,
    carrier: Carrier,
}

enum Carrier {
    PingPong(Pool),
    Multiplex(Multiplexer),
}

impl Client {
    /// Starts describing a client of the server at `address`. Nothing is connected before the first call.
    pub fn builder(address: Address) -> ClientBuilder {
        ClientBuilder::new(address)
    }

    fn new(options: Options) -> Client {
        let target = Target::new(options);
        let carrier = if target.options.multiplexed == 0 {
            Carrier::PingPong(Pool::new(Rc::clone(&target)))
        } else {
            Carrier::Multiplex(Multiplexer::new(Rc::clone(&target)))
        };
        let shared = Rc::new(Shared { target, carrier });
        Client {
            shared,
            metadata: None,
            reply_metadata: None,
            time_left: None,
        }
    }

    /// Where the server is.
    pub fn address(&self) -> &Address {
        &self.shared.target.options.address
    }

    /// What the client has counted since it was built, over all its handles.
    pub fn counters(&self) -> ClientCounters {
        self.shared.target.counters()
    }

    /// A handle whose calls carry this metadata value with them, and every call that they lead to (`RPC_PERSIST_<name>`). Only
    /// TTHeader carries metadata.
    #[must_use]
    pub fn persistent(&self, name: &str, value: &str) -> Client {
        self.with_metadata(|metadata| metadata.set_persistent(name, value))
    }

    /// A handle whose calls carry this metadata value to the called server only (`RPC_TRANSIT_<name>`).
    #[must_use]
    pub fn transient(&self, name: &str, value: &str) -> Client {
        self.with_metadata(|metadata| metadata.set_transient(name, value))
    }

    /// A handle for calls on behalf of the call with this context: they carry its persistent metadata on, and end when its
    /// caller stops waiting.
    #[must_use]
    pub fn forward(&self, context: &Context) -> Client {
        let mut client = self.with_metadata(|metadata| {
            context
                .persistent_values()
                .for_each(|(name, value)| metadata.set_persistent(name, value));
        });
        client.time_left = context.time_left();
        client
    }

    /// A handle that puts the metadata which comes back with each reply into `target`.
    #[must_use]
    pub fn collect_into(&self, target: &ReplyMetadata) -> Client {
        Client {
            reply_metadata: Some(target.clone()),
            ..self.clone()
        }
    }

    /// Calls a method and waits for its reply. `method` is an index into the service's descriptor.
    ///
    /// # Errors
    /// [`Status`]: no connection, no reply in time, an exception or a business status instead of a result, or bytes that are no
    /// reply to this call. See [`Reason`].
    pub async fn call<A: Payload>(
        &self,
        service: &ServiceDescriptor,
        method: usize,
        arguments: &A,
    ) -> Result<Reply, Status> {
        let request = self.request(service, method, MessageKind::Call, arguments)?;
        let exchange = async {
            match &self.shared.carrier {
                Carrier::PingPong(pool) => pool.call(&request).await,
                Carrier::Multiplex(multiplexer) => multiplexer.call(&request).await,
            }
        };
        let reply = match request.timeout {
            None => exchange.await,
            Some(timeout) => match netpoll::timeout(timeout, exchange).await {
                Ok(outcome) => outcome,
                Err(Elapsed) => Err(self.late(&request, timeout)),
            },
        }?;
        if let Some(target) = &self.reply_metadata {
            target.collect(&reply);
        }
        reply.into_result()
    }

    /// Sends a oneway call. Returns when the request is handed to the connection; whether the server got it is not known.
    ///
    /// # Errors
    /// [`Status`], if there is no connection or the request does not fit into a frame.
    pub async fn send_oneway<A: Payload>(
        &self,
        service: &ServiceDescriptor,
        method: usize,
        arguments: &A,
    ) -> Result<(), Status> {
        let request = self.request(service, method, MessageKind::Oneway, arguments)?;
        match &self.shared.carrier {
            Carrier::PingPong(pool) => pool.send(&request).await,
            Carrier::Multiplex(multiplexer) => multiplexer.send(&request).await,
        }
    }

    fn request<'a, A: Payload>(
        &'a self,
        service: &'a ServiceDescriptor,
        method: usize,
        kind: MessageKind,
        arguments: &'a A,
    ) -> Result<Request<'a, A>, Status> {
        let options = &self.shared.target.options;
        let Some(descriptor) = service.methods.get(method) else {
            return Err(Status::unknown_method(format_args!(
                "{method} (service {})",
                service.name
            )));
        };
        let timeout = match (options.call_timeout, self.time_left) {
            (Some(own), Some(left)) => Some(own.min(left)),
            (own, left) => own.or(left),
        };
        if netpoll::core_index().is_none() {
            return Err(Status::internal(
                Reason::Connect,
                "a client works on a core of netpoll only",
            ));
        }
        if timeout == Some(Duration::ZERO) {
            return Err(Status::internal(
                Reason::Timeout,
                "no time is left for the call",
            ));
        }
        let metadata = self.metadata.as_deref();
        Ok(Request {
            options,
            service: service.name,
            method: descriptor.name,
            kind,
            timeout,
            metadata,
            arguments,
        })
    }

    fn with_metadata(&self, change: impl FnOnce(&mut Metadata)) -> Client {
        let mut metadata = self.metadata.clone().unwrap_or_default();
        change(Rc::make_mut(&mut metadata));
        Client {
            metadata: Some(metadata),
            ..self.clone()
        }
    }

    #[cold]
    fn late<A>(&self, request: &Request<'_, A>, timeout: Duration) -> Status {
        Status::internal(
            Reason::Timeout,
            format!(
                "no reply to {} from {} within {timeout:?}",
                request.method,
                self.address()
            ),
        )
    }
}

impl fmt::Debug for Client {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Client")
            .field("address", &self.shared.target.options.address)
            .field("framing", &self.shared.target.options.framing)
            .field("multiplexed", &self.shared.target.options.multiplexed)
            .finish_non_exhaustive()
    }
}
