//! Clients that count their connections, so that a check can prove it used one.

use std::{
    io,
    sync::{
        Arc,
        atomic::{AtomicBool, AtomicUsize, Ordering},
    },
    time::Duration,
};

use anyhow::Context;
use motore::{layer::Layer, service::Service};
use volo::net::{
    Address,
    dial::{DefaultMakeTransport, MakeTransport},
};
use volo_peers::{
    echo::{EchoServerClient, EchoServerClientBuilder},
    unknown_method,
};
use volo_thrift::{
    ClientError,
    codec::default::DefaultMakeCodec,
    context::{ClientContext, ThriftContext},
};

use crate::{Options, Protocol};

/// A client of the real service, one that knows a method too many, and what they share.
pub(crate) struct Link {
    pub(crate) echo: EchoServerClient,
    pub(crate) wider: unknown_method::EchoServerClient,
    /// Connections made by `wider`.
    pub(crate) connections: Arc<AtomicUsize>,
    /// Makes `wider` name a service that does not exist, where the protocol names one.
    pub(crate) stranger: Arc<AtomicBool>,
}

/// Builders of different services have different types but the same methods.
macro_rules! build {
    ($builder:expr, $options:expr, $dial:expr, $stranger:expr) => {{
        let builder = $builder
            .address(address(&$options.addr)?)
            .connect_timeout(Some(CONNECT_TIMEOUT))
            .read_write_timeout(Some(CALL_TIMEOUT))
            .rpc_timeout(Some(CALL_TIMEOUT))
            .make_transport($dial)
            .layer_inner(NameService($stranger));
        match $options.protocol {
            Protocol::Buffered => builder.make_codec(DefaultMakeCodec::buffered()).build(),
            Protocol::Framed => builder.make_codec(DefaultMakeCodec::framed()).build(),
            Protocol::TtheaderFramed => builder.build(),
        }
    }};
}

impl Link {
    pub(crate) fn new(options: &Options) -> anyhow::Result<Self> {
        let stranger = Arc::new(AtomicBool::new(false));
        let echo = CountingDial::default();
        let wider = CountingDial::default();
        Ok(Link {
            connections: wider.connections.clone(),
            echo: build!(
                EchoServerClientBuilder::new(SERVICE),
                options,
                echo,
                Arc::default()
            ),
            wider: build!(
                unknown_method::EchoServerClientBuilder::new(SERVICE),
                options,
                wider,
                stranger.clone()
            ),
            stranger,
        })
    }
}

fn address(text: &str) -> anyhow::Result<Address> {
    if let Some(path) = text.strip_prefix("unix:") {
        return Ok(Address::Unix(
            std::os::unix::net::SocketAddr::from_pathname(path)?,
        ));
    }
    Ok(Address::Ip(
        text.parse()
            .context("--addr is neither HOST:PORT nor unix:PATH")?,
    ))
}

/// Dials as Volo does by default and counts.
#[derive(Clone, Default)]
struct CountingDial {
    inner: DefaultMakeTransport,
    connections: Arc<AtomicUsize>,
}

impl MakeTransport for CountingDial {
    type ReadHalf = <DefaultMakeTransport as MakeTransport>::ReadHalf;
    type WriteHalf = <DefaultMakeTransport as MakeTransport>::WriteHalf;

    async fn make_transport(
        &self,
        address: Address,
    ) -> io::Result<(Self::ReadHalf, Self::WriteHalf)> {
        self.connections.fetch_add(1, Ordering::Relaxed);
        self.inner.make_transport(address).await
    }

    fn set_connect_timeout(&mut self, timeout: Option<Duration>) {
        self.inner.set_connect_timeout(timeout);
    }

    fn set_read_timeout(&mut self, timeout: Option<Duration>) {
        self.inner.set_read_timeout(timeout);
    }

    fn set_write_timeout(&mut self, timeout: Option<Duration>) {
        self.inner.set_write_timeout(timeout);
    }
}

/// Names the service in the header: Volo leaves that to the application.
struct NameService(Arc<AtomicBool>);

impl<S> Layer<S> for NameService {
    type Service = NamedService<S>;

    fn layer(self, inner: S) -> Self::Service {
        NamedService {
            inner,
            stranger: self.0,
        }
    }
}

#[derive(Clone)]
struct NamedService<S> {
    inner: S,
    stranger: Arc<AtomicBool>,
}

impl<Req, S> Service<ClientContext, Req> for NamedService<S>
where
    Req: Send + 'static,
    S: Service<ClientContext, Req, Error = ClientError> + Send + Sync + 'static,
{
    type Response = S::Response;
    type Error = ClientError;

    async fn call(
        &self,
        context: &mut ClientContext,
        request: Req,
    ) -> Result<S::Response, ClientError> {
        let name = if self.stranger.load(Ordering::Relaxed) {
            "Stranger"
        } else {
            SERVICE
        };
        context.set_idl_service_name(name.into());
        self.inner.call(context, request).await
    }
}

const SERVICE: &str = "EchoServer";
const CONNECT_TIMEOUT: Duration = Duration::from_secs(5);
const CALL_TIMEOUT: Duration = Duration::from_secs(30);
