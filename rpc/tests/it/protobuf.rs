//! A service of protobuf: everything about a call is answered in the language that it came in.

use codec::protobuf::{Body, Decode, Encode, Reader, Sink, UnknownFields, types};
use codec::thrift::ApplicationException;
use codec::{DecodeError, Str};
use rpc::{Call, Describe, MethodDescriptor, Running, Server, Service, ServiceDescriptor, Status};

use crate::support::birds::Birds;
use crate::support::raw::RawClient;
use crate::support::wire::{Reply, TtHeader, arguments, framed, message};
use crate::support::{On, on_every_transport, start};

on_every_transport! {
    fn an_answer_has_the_framing_of_its_request(on) {
        let server = serve(on);
        let mut client = RawClient::connect(&server);
        for text in ["gull", "", &"0123456789".repeat(20_000)] {
            let request = request(1, "Cry", text);
            for (frame, has_header) in [
                (request.clone(), false),
                (TtHeader::default().frame(&request), true),
                (TtHeader::to("Gulls").frame(&request), true),
                // Kitex names the service without its package, and finds another name by the method.
                (TtHeader::to("coast.Gulls").frame(&request), true),
            ] {
                client.send(&frame);
                let reply = client.receive();
                assert_eq!((reply.kind, reply.seq_id, reply.method.as_str()), (2, 7, "Cry"));
                assert_eq!((reply.header.is_some(), reply.is_framed), (has_header, true));
                assert!(reply.is_protobuf && reply.body == note(text), "{reply:?}");
            }
        }
    }

    fn failures_are_exceptions_in_protobuf(on) {
        let server = serve(on);
        let mut client = RawClient::connect(&server);
        for (method, text, id, reason) in [
            ("Cry", "error", 6, "biz error: failed as asked"),
            ("Cry", "panic", 6, "panic in the handler: panicked as asked"),
            ("Cry", "biz", 6, "biz error: business status 404: no such bird"),
            ("Cry", "thrift", 6, "biz error: the reply is of the other language"),
            ("Swim", "", 1, "unknown method Swim"),
        ] {
            client.send(&request(1, method, text));
            check_exception(&client.receive(), id, reason);
            check_alive(&mut client);
        }
        client.send(&TtHeader::to("Boats").frame(&request(1, "Swim", "")));
        check_exception(&client.receive(), 20, "unknown service Boats, method Swim");
        client.send(&request(3, "Cry", ""));
        check_exception(&client.receive(), 2, "a message of type 3 is no request");
        check_alive(&mut client);
    }

    fn arguments_that_do_not_decode_keep_the_connection(on) {
        let server = serve(on);
        let mut client = RawClient::connect(&server);
        let bodies: [&[u8]; 6] = [
            // A length beyond the end, a tag without a value, no text, field number 0, a group that does not end, and the end
            // of one that did not begin.
            &[0x0a, 5, b'x'],
            &[0x0a],
            &[0x0a, 1, 0xff],
            &[0x00, 0],
            &[0x13],
            &[0x14],
        ];
        for body in bodies {
            client.send(&framed(&protobuf(1, "Cry", body)));
            check_exception(&client.receive(), 7, "cannot decode the arguments: ");
            check_alive(&mut client);
        }
    }

    fn the_other_language_is_refused_in_itself(on) {
        let server = serve(on);
        let mut client = RawClient::connect(&server);
        for _ in 0..2 {
            client.send(&request(1, "Echo", "in protobuf"));
            check_exception(&client.receive(), 9, "cannot decode the arguments: ");
            client.send(&framed(&message(1, "Cry", 7, &arguments("in thrift", 0))));
            let reply = client.receive();
            let (id, text) = reply.exception();
            assert!(!reply.is_protobuf && id == 9, "{id} {text}");
            check_alive(&mut client);
            client.check_alive();
        }
    }

    fn a_business_status_is_an_empty_message(on) {
        let server = serve(on);
        let mut client = RawClient::connect(&server);
        client.send(&TtHeader::to("Gulls").frame(&request(1, "Cry", "biz")));
        let reply = client.receive();
        assert!(reply.is_protobuf && reply.body.is_empty() && reply.kind == 2, "{reply:?}");
        let header = reply.header.expect("a header");
        assert_eq!(header.string("biz-status"), Some("404"));
        assert_eq!(header.string("biz-message"), Some("no such bird"));
    }

    fn oneway_calls_and_heartbeats(on) {
        let server = serve(on);
        let mut client = RawClient::connect(&server);
        for text in ["unanswered", "error", "panic"] {
            client.send(&request(4, "Cry", text));
        }
        client.send(&request(4, "Swim", ""));
        client.send(&framed(&protobuf(6, "Cry", &[])));
        let reply = client.receive();
        assert_eq!((reply.kind, reply.is_protobuf, reply.body.len()), (6, true, 0));
        check_alive(&mut client);
    }
}

/// A server of one service in each language.
fn serve(on: On) -> Running {
    let builder = Server::builder().service(Birds::default).service(|| Gulls);
    start(builder, &on.config())
}

/// A message in Kitex's protobuf: that of Thrift with another number, and a body of another kind.
fn protobuf(kind: u8, method: &str, body: &[u8]) -> Vec<u8> {
    let mut bytes = message(kind, method, 7, body);
    bytes[0] = 0x90;
    bytes
}

fn request(kind: u8, method: &str, text: &str) -> Vec<u8> {
    framed(&protobuf(kind, method, &note(text)))
}

/// `{ string text = 1; }`, byte by byte.
fn note(text: &str) -> Vec<u8> {
    let mut bytes = vec![];
    if !text.is_empty() {
        bytes.push(0x0a);
        let mut len = text.len();
        while len >= 0x80 {
            bytes.push(len as u8 | 0x80);
            len >>= 7;
        }
        bytes.push(len as u8);
        bytes.extend(text.as_bytes());
    }
    bytes
}

/// `{ int32 type_id = 1; string message = 2; }`, with a message of this beginning.
#[track_caller]
fn check_exception(reply: &Reply, id: u8, text: &str) {
    assert!(reply.is_protobuf && reply.kind == 3, "{reply:?}");
    let [0x08, found, 0x12, len, ref message @ ..] = reply.body[..] else {
        panic!("no exception in {reply:?}")
    };
    assert_eq!((found, usize::from(len)), (id, message.len()));
    let message = std::str::from_utf8(message).unwrap();
    assert!(message.starts_with(text), "{message}");
}

#[track_caller]
fn check_alive(client: &mut RawClient) {
    client.send(&request(1, "Cry", "still there?"));
    let reply = client.receive();
    assert_eq!((reply.kind, &reply.body), (2, &note("still there?")));
}

/// The service, written by hand as generated code would be: gives back the text that it gets.
struct Gulls;

static GULLS: ServiceDescriptor = ServiceDescriptor {
    name: "Gulls",
    methods: &[MethodDescriptor {
        name: "Cry",
        oneway: false,
    }],
};

impl Describe for Gulls {
    fn descriptor() -> &'static ServiceDescriptor {
        &GULLS
    }
}

impl Service for Gulls {
    async fn call(&self, call: &mut Call) -> Result<(), Status> {
        let payload = call.take_payload();
        let Body(note): Body<Note<'_>> = call.decode(&payload)?;
        match &*note.text {
            "biz" => Err(Status::biz(404, "no such bird", [])),
            "error" => Err(Status::new("failed as asked")),
            "panic" => panic!("panicked as asked"),
            "thrift" => call.reply(&ApplicationException::new(6, "a struct of Thrift")),
            _ => call.reply(&Body(note)),
        }
    }
}

#[derive(Default)]
struct Note<'a> {
    text: Str<'a>,
    unknown_fields: UnknownFields<'a>,
}

impl<'a> Decode<'a> for Note<'a> {
    fn merge(&mut self, r: &mut Reader<'a>) -> Result<(), DecodeError> {
        while let Some(tag) = r.tag()? {
            match tag {
                10 => self.text = r.read::<types::String>()?,
                _ if r.unknown(tag, &mut self.unknown_fields)? => {}
                _ => break,
            }
        }
        Ok(())
    }
}

impl Encode for Note<'_> {
    fn encode<S: Sink>(&self, s: &mut S) {
        s.implicit::<types::String>(10, &self.text);
        s.unknown(&self.unknown_fields);
    }
}
