//! The two echo services, in Thrift and in protobuf, behind one set of calls.

use codec::protobuf::Body;
use examples::echo::{EchoServerClient, Request};
use examples::echo_pb::{self, EchoPbClient};
use rpc::{Client, ServiceDescriptor, Status};

use crate::samples;

/// The language of the messages, and with it the service that is called.
#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
pub(crate) enum Payload {
    Protobuf,
    Thrift,
}

impl Payload {
    /// Name of the echo service.
    pub(crate) fn service(self) -> &'static str {
        match self {
            Payload::Protobuf => echo_pb::ECHO_PB.name,
            Payload::Thrift => examples::echo::ECHO_SERVER.name,
        }
    }

    /// Sends a short text; whether it came back as it was.
    pub(crate) async fn echo(
        self,
        client: &Client,
        action: &str,
        text: &str,
    ) -> Result<bool, Status> {
        match self {
            Payload::Protobuf => {
                let request = echo_pb::Request {
                    action: action.into(),
                    msg: text.into(),
                    ..echo_pb::Request::default()
                };
                EchoPbClient::new(client.clone())
                    .send_with(&request, |response| {
                        response.action == action && response.msg == text
                    })
                    .await
            }
            Payload::Thrift => {
                let request = Request {
                    action: action.into(),
                    msg: text.into(),
                };
                EchoServerClient::new(client.clone())
                    .echo_with(&request, |response| {
                        response.action == action && response.msg == text
                    })
                    .await
            }
        }
    }

    /// Sends messages of every kind; what came back for them, where it is not what was sent.
    pub(crate) async fn echo_complex(self, client: &Client) -> Result<Vec<String>, Status> {
        let mut changed = vec![];
        match self {
            Payload::Protobuf => {
                let client = EchoPbClient::new(client.clone());
                for request in samples::messages() {
                    let response = client.send_complex(&request).await?;
                    if response != request {
                        changed.push(format!("{response:?} came back for {request:?}"));
                    }
                }
            }
            Payload::Thrift => {
                let client = EchoServerClient::new(client.clone());
                for request in [samples::full(), samples::empty()] {
                    let response = client.echo_complex(&request).await?;
                    let expected = samples::answer_to(request);
                    if response != expected {
                        changed.push(format!("{response:?} came back for {expected:?}"));
                    }
                }
            }
        }
        Ok(changed)
    }

    /// Calls the first method of this service with an empty request.
    pub(crate) async fn call(
        self,
        client: &Client,
        service: &ServiceDescriptor,
    ) -> Result<(), Status> {
        let reply = match self {
            Payload::Protobuf => {
                let nothing = Body(echo_pb::Request::default());
                client.call(service, 0, &nothing).await
            }
            Payload::Thrift => client.call(service, 0, &Request::default()).await,
        };
        reply.map(drop)
    }
}
