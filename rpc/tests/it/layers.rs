//! Layers, instances per core, and calls that handlers make themselves.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};

use codec::frame::Framing;
use netpoll::Address;
use rpc::{
    Call, Client, Config, Describe, Layer, MethodDescriptor, RegistryError, Server, Service,
    ServiceDescriptor, Status,
};

use crate::support::birds::{Answer, Arguments, BIRDS, Birds, DESCRIBE, WAIT};
use crate::support::raw::RawClient;
use crate::support::wire::{TtHeader, arguments, message};
use crate::support::{On, on_every_transport, start};

/// Writes down when a call passes.
#[derive(Clone)]
struct Trace {
    name: &'static str,
    log: Arc<Mutex<Vec<String>>>,
}

struct Traced<S> {
    inner: S,
    trace: Trace,
}

impl<S> Layer<S> for Trace {
    type Service = Traced<S>;

    fn layer(&self, inner: S) -> Traced<S> {
        Traced {
            inner,
            trace: self.clone(),
        }
    }
}

impl<S: Service> Service for Traced<S> {
    async fn call(&self, call: &mut Call) -> Result<(), Status> {
        let Trace { name, log } = &self.trace;
        log.lock().unwrap().push(format!("{name} in"));
        let outcome = self.inner.call(call).await;
        let word = if outcome.is_ok() { "ok" } else { "error" };
        log.lock().unwrap().push(format!("{name} {word}"));
        outcome
    }
}

/// Refuses every call itself.
struct Closed;

struct Refusing<S>(S);

impl<S> Layer<S> for Closed {
    type Service = Refusing<S>;

    fn layer(&self, inner: S) -> Refusing<S> {
        Refusing(inner)
    }
}

impl<S: Service> Service for Refusing<S> {
    async fn call(&self, call: &mut Call) -> Result<(), Status> {
        if call.context().transient("KEY") == Some("sesame") {
            return self.0.call(call).await;
        }
        Err(Status::exception(42, "closed"))
    }
}

/// A service that asks another server what it sees.
struct Relay {
    client: Client,
}

static RELAY: ServiceDescriptor = ServiceDescriptor {
    name: "Relay",
    methods: &[
        MethodDescriptor {
            name: "Ask",
            oneway: false,
        },
        MethodDescriptor {
            name: "Hang",
            oneway: false,
        },
    ],
};

impl Describe for Relay {
    fn descriptor() -> &'static ServiceDescriptor {
        &RELAY
    }
}

impl Service for Relay {
    async fn call(&self, call: &mut Call) -> Result<(), Status> {
        let client = self.client.forward(call.context());
        let (method, text) = if call.method() == 0 {
            (DESCRIBE, "")
        } else {
            (WAIT, "never opened")
        };
        let reply = client
            .call(
                &BIRDS,
                method,
                &Arguments {
                    text: text.into(),
                    number: 0,
                },
            )
            .await?;
        let answer: Answer<'_> = reply.decode()?;
        call.reply(&answer)
    }
}

on_every_transport! {
    fn the_first_layer_is_the_outermost(on) {
        let log = Arc::new(Mutex::new(vec![]));
        let trace = |name| Trace { name, log: Arc::clone(&log) };
        let server = Server::builder().layer(trace("first")).layer(trace("second")).service(Birds::default);
        let server = start(server, &on.config());
        let mut client = RawClient::connect(&server);
        client.check_alive();
        client.call("Echo", "error", 0).exception();
        // A call that no service has does not reach the layers.
        client.call("Fly", "", 0).exception();
        drop(server);
        let passed = ["first in", "second in", "second ok", "first ok"];
        let failed = ["first in", "second in", "second error", "first error"];
        assert_eq!(*log.lock().unwrap(), [passed, failed].concat());
    }

    fn a_layer_may_answer_for_the_service(on) {
        let server = start(Server::builder().layer(Closed).service(Birds::default), &on.config());
        let mut client = RawClient::connect(&server);
        assert_eq!(client.call("Echo", "x", 0).exception(), (42, "closed".to_owned()));
        let header = TtHeader::to("Birds").with_string("RPC_TRANSIT_KEY", "sesame");
        client.send(&header.frame(&message(1, "Echo", 1, &arguments("open", 0))));
        assert_eq!(client.receive().text(), "open");
    }
}

#[test]
fn every_core_has_its_own_instance() {
    for (on, cores) in [(On::Epoll, 3), (On::Uring, 2)] {
        let made = Arc::new(AtomicUsize::new(0));
        let count = Arc::clone(&made);
        let factory = move || {
            count.fetch_add(1, Ordering::SeqCst);
            Birds
        };
        let mut config = Config {
            cores,
            ..on.config()
        };
        // Two addresses share the instances.
        config.addresses.push("127.0.0.1:0".parse().unwrap());
        let server = start(Server::builder().service(factory), &config);
        assert_eq!(made.load(Ordering::SeqCst), cores);
        for _ in 0..10 {
            RawClient::connect(&server).check_alive();
        }
    }
}

#[test]
fn a_handler_may_call_on_behalf_of_its_caller() {
    for on in [On::Epoll, On::Uring] {
        let birds = on.start();
        let address: Address = birds.addresses()[0].clone();
        let relay = move || Relay {
            client: Client::builder(address.clone())
                .framing(Framing::TtHeader)
                .caller("relay")
                .build(),
        };
        let relay = start(Server::builder().service(relay), &on.config());
        let mut client = RawClient::connect(&relay);
        let header = TtHeader::to("Relay")
            .with_string("RPC_PERSIST_A", "every hop")
            .with_string("RPC_TRANSIT_B", "one hop")
            .with_integer(12, "60000");
        for _ in 0..3 {
            client.send(&header.frame(&message(1, "Ask", 1, &arguments("", 0))));
            let reply = client.receive();
            for fact in [
                "caller Some(\"relay\")",
                "persistent A Some(\"every hop\")",
                "transient B None",
                "has deadline true",
            ] {
                assert!(
                    reply.text().lines().any(|line| line == fact),
                    "{fact} is not in\n{}",
                    reply.text()
                );
            }
        }
        // The caller's patience is what the relay's own call has.
        let header = TtHeader::to("Relay").with_integer(12, "40");
        client.send(&header.frame(&message(1, "Hang", 1, &arguments("", 0))));
        let (id, text) = client.receive().exception();
        assert_eq!(id, 6);
        assert!(
            text.starts_with("biz error: no reply to Wait from "),
            "{text}"
        );
        assert!(
            !text.ends_with("within 5s"),
            "its own patience is longer: {text}"
        );
        // Without anybody there, the failure is the relay's own.
        drop(birds);
        client.send(&header.frame(&message(1, "Ask", 1, &arguments("", 0))));
        let (id, text) = client.receive().exception();
        assert_eq!(id, 6);
        assert!(text.starts_with("biz error: "), "{text}");
    }
}

#[test]
fn a_client_outside_of_a_core_is_an_error() {
    let birds = On::Std.start();
    let address = birds.addresses()[0].clone();
    let relay = move || Relay {
        client: Client::builder(address.clone()).build(),
    };
    let relay = start(Server::builder().service(relay), &On::Std.config());
    let (id, text) = RawClient::connect(&relay).call("Ask", "", 0).exception();
    assert_eq!(
        (id, text.as_str()),
        (6, "biz error: a client works on a core of netpoll only")
    );
}

#[test]
fn services_that_cannot_share_a_port_do_not_build() {
    let builder = Server::builder()
        .service(Birds::default)
        .service(Birds::default);
    assert_eq!(
        builder.build().unwrap_err(),
        RegistryError::Duplicate("Birds")
    );
}
