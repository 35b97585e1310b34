//! Generated services at work: handler, server, wire, client and back, in every framing.

use std::time::Duration;

use codec::frame::Framing;
use netpoll::Runtime;
use rpc::{Address, Client, Config, Context, Fault, Running, Server, Status};

use crate::generated::service::service::{
    Echo, EchoClient, EchoServer, Request, Response, request,
};

struct Handler;

impl Echo for Handler {
    async fn text<'a>(
        &self,
        cx: &mut Context,
        request: Request<'a>,
    ) -> Result<Response<'a>, Status> {
        assert_eq!(cx.method(), "Text");
        Ok(Response {
            text: request.text,
            inner: request.inner,
            unknown_fields: request.unknown_fields,
        })
    }

    async fn refuse<'a>(
        &self,
        _: &mut Context,
        request: Request<'a>,
    ) -> Result<Response<'a>, Status> {
        if request.text != "please" {
            return Err(Status::new("say please"));
        }
        Ok(Response::default())
    }

    async fn r#type<'a>(
        &self,
        _: &mut Context,
        mut request: request::Inner<'a>,
    ) -> Result<request::Inner<'a>, Status> {
        request.numbers.reverse();
        Ok(request)
    }
}

fn serve() -> Running {
    let server = Server::builder().service(|| EchoServer::new(Handler));
    let address = "127.0.0.1:0".parse().expect("an address");
    let config = Config {
        cores: 1,
        ..Config::listen(address)
    };
    let server = server.build().expect("one service");
    server.start(&config).expect("loopback is there")
}

/// Runs `test` with a client of a server that is stopped in the end.
fn with_client<F>(framing: Framing, test: impl FnOnce(EchoClient) -> F + Send + 'static)
where
    F: Future<Output = ()> + 'static,
{
    let running = serve();
    let address: Address = running.addresses()[0].clone();
    let runtime = Runtime::builder().cores(1).start().expect("a core");
    runtime.block_on(0, move || {
        let client = Client::builder(address)
            .framing(framing)
            .call_timeout(PATIENCE);
        test(EchoClient::new(client.build()))
    });
    running.stop();
}

#[test]
fn calls_in_every_framing() {
    for framing in [
        Framing::Buffered,
        Framing::Framed,
        Framing::TtHeader,
        Framing::TtHeaderFramed,
    ] {
        with_client(framing, |client| async move {
            let request = Request {
                text: "gull".into(),
                inner: Some(request::Inner {
                    numbers: vec![1, 2, 3],
                    ..request::Inner::default()
                }),
                ..Request::default()
            };
            let response = client.text(&request).await.expect("a reply");
            assert_eq!(
                (response.text, response.inner),
                (request.text.clone(), request.inner.clone())
            );
            let len = client
                .text_with(&request, |response| response.text.len())
                .await;
            assert_eq!(len.expect("a reply"), 4);
            let numbers = request.inner.expect("it is there");
            let reversed = client.r#type(&numbers).await.expect("a reply");
            assert_eq!(reversed.numbers, [3, 2, 1]);
        });
    }
}

#[test]
fn large_messages_come_back_whole() {
    with_client(Framing::Framed, |client| async move {
        let request = Request {
            text: "x".repeat(1 << 20).into(),
            ..Request::default()
        };
        let response = client.text(&request).await.expect("a reply");
        assert_eq!(response.text, request.text);
    });
}

#[test]
fn an_error_of_the_handler_is_an_exception() {
    for framing in [Framing::Framed, Framing::TtHeader] {
        with_client(framing, |client| async move {
            let refused = client.refuse(&Request::default()).await;
            let status = refused.expect_err("nobody said please");
            assert_eq!(status.fault(), Fault::Peer);
            assert!(status.to_string().contains("say please"), "{status}");
            let request = Request {
                text: "please".into(),
                ..Request::default()
            };
            assert_eq!(
                client.refuse(&request).await.expect("a reply"),
                Response::default()
            );
        });
    }
}

#[test]
fn what_the_service_does_not_know_comes_back() {
    with_client(Framing::Framed, |client| async move {
        let mut request = Request::default();
        let value = codec::protobuf::UnknownValue::Varint(5);
        request.unknown_fields.push(77, value);
        let response = client.text(&request).await.expect("a reply");
        assert_eq!(response.unknown_fields, request.unknown_fields);
    });
}

/// A call that takes longer is not coming back.
const PATIENCE: Duration = Duration::from_secs(20);
