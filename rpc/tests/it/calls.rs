//! One call at a time: contents, framings, errors that keep the connection, metadata.

use rpc::{DeadlineLayer, Server};

use crate::support::birds::{Birds, count_at_gate};
use crate::support::raw::RawClient;
use crate::support::wire::{Reply, TtHeader, arguments, framed, message};
use crate::support::{On, on_every_transport, start};

/// A text with characters of one to four bytes.
const UNICODE: &str = "gull Möwe 海鸥 🐦 \0 end";

on_every_transport! {
    fn contents_come_back(on) {
        let server = on.start();
        let mut client = RawClient::connect(&server);
        for text in ["", "a", UNICODE, &"0123456789".repeat(1_000)] {
            assert_eq!(client.call("Echo", text, 0).text(), text);
        }
        let counters = server.stop();
        assert_eq!((counters.requests, counters.replies, counters.exceptions), (4, 4, 0));
        assert_eq!((counters.connections_opened, counters.connections_closed), (1, 1));
    }

    fn large_messages_come_back(on) {
        let server = on.start();
        let mut client = RawClient::connect(&server);
        for bytes in [(64 << 10) - 40, 64 << 10, 1 << 20, 4 << 20] {
            let text = "0123456789abcdef".repeat(bytes / 16);
            for _ in 0..2 {
                assert!(client.call("Echo", &text, 0).text() == text, "{bytes} bytes came back changed");
            }
        }
        assert_eq!(client.call("Large", "", 3 << 20).text().len(), 3 << 20);
        client.check_alive();
    }

    fn the_reply_has_the_framing_of_the_request(on) {
        let server = on.start();
        let mut client = RawClient::connect(&server);
        let request = message(1, "Echo", 7, &arguments("same", 0));
        for (frame, has_header, is_framed) in [
            (framed(&request), false, true),
            (TtHeader::to("Birds").frame(&request), true, false),
            (TtHeader::to("Birds").frame(&framed(&request)), true, true),
        ] {
            client.send(&frame);
            let reply = client.receive();
            assert_eq!((reply.text(), reply.seq_id), ("same", 7));
            assert_eq!((reply.header.is_some(), reply.is_framed), (has_header, is_framed));
        }
    }

    fn a_buffered_message_needs_no_length(on) {
        let server = on.start();
        let mut client = RawClient::connect(&server);
        let request = message(1, "Echo", 3, &arguments(UNICODE, 0));
        let mut expected = message(2, "Echo", 3, &[]);
        expected.extend(crate::support::wire::string_field(0, UNICODE));
        expected.push(0);
        for _ in 0..2 {
            client.send(&request);
            let mut reply = vec![0; expected.len()];
            std::io::Read::read_exact(&mut client.stream, &mut reply).unwrap();
            assert_eq!(reply, expected);
        }
    }

    fn the_compact_protocol_is_answered_in_compact(on) {
        let server = on.start();
        let mut client = RawClient::connect(&server);
        // Call "Echo" number 5 with { 1: "hi" }, and the reply { 0: "hi" } (field 0 in the long form).
        let request = [0x82, 0x21, 5, 4, b'E', b'c', b'h', b'o', 0x18, 2, b'h', b'i', 0];
        client.send(&framed(&request));
        let mut reply = vec![0; 4 + 14];
        std::io::Read::read_exact(&mut client.stream, &mut reply).unwrap();
        assert_eq!(reply[..12], [0, 0, 0, 14, 0x82, 0x41, 5, 4, b'E', b'c', b'h', b'o']);
        assert_eq!(reply[12..], [0x08, 0, 2, b'h', b'i', 0]);
    }

    fn unknown_methods_and_services_keep_the_connection(on) {
        let server = on.start();
        let mut client = RawClient::connect(&server);
        assert_eq!(client.call("Fly", "", 0).exception(), (1, "unknown method Fly".to_owned()));
        client.check_alive();
        let request = message(1, "Fly", 9, &arguments("", 0));
        client.send(&TtHeader::to("Birds").frame(&request));
        assert_eq!(client.receive().exception(), (1, "unknown method Fly (service Birds)".to_owned()));
        client.send(&TtHeader::to("Planes").frame(&request));
        assert_eq!(client.receive().exception(), (20, "unknown service Planes, method Fly".to_owned()));
        // Only one service has Echo, so an unknown name finds it.
        client.send(&TtHeader::to("Planes").frame(&message(1, "Echo", 9, &arguments("found", 0))));
        assert_eq!(client.receive().text(), "found");
        client.check_alive();
        assert_eq!(server.stop().exceptions, 3);
    }

    fn errors_of_the_handler_keep_the_connection(on) {
        let server = on.start();
        let mut client = RawClient::connect(&server);
        for _ in 0..3 {
            assert_eq!(client.call("Echo", "error", 0).exception(), (6, "biz error: failed as asked".to_owned()));
            let (id, text) = client.call("Echo", "panic", 0).exception();
            assert_eq!((id, text.as_str()), (6, "panic in the handler: panicked as asked"));
            assert_eq!(client.call("Silent", "", 0).exception(), (6, "biz error: the service gave no reply".to_owned()));
            client.check_alive();
        }
        let counters = server.stop();
        assert_eq!((counters.panics, counters.exceptions), (3, 9));
    }

    fn arguments_that_do_not_decode_keep_the_connection(on) {
        let server = on.start();
        let mut client = RawClient::connect(&server);
        let bodies: [&[u8]; 5] = [
            &[],
            &[11, 0, 1, 0x7f, 0xff, 0xff, 0xff],
            &[11, 0, 1, 0xff, 0xff, 0xff, 0xff, 0],
            &[11, 0, 1, 0, 0, 0, 1, 0xff, 0],
            &[15, 0, 9, 12, 0x7f, 0xff, 0xff, 0xff, 0],
        ];
        for body in bodies {
            client.send(&framed(&message(1, "Echo", 4, body)));
            let (id, text) = client.receive().exception();
            assert_eq!(id, 7, "{text}");
            assert!(text.starts_with("cannot decode the arguments: "), "{text}");
            client.check_alive();
        }
    }

    fn a_message_that_is_no_request_is_refused(on) {
        let server = on.start();
        let mut client = RawClient::connect(&server);
        for kind in [2, 3, 5, 9] {
            client.send(&framed(&message(kind, "Echo", 4, &arguments("x", 0))));
            assert_eq!(client.receive().exception(), (2, format!("a message of type {kind} is no request")));
        }
        client.check_alive();
    }

    fn oneway_calls_are_not_answered(on) {
        let server = on.start();
        let mut client = RawClient::connect(&server);
        let before: u32 = client.call("Notified", "", 0).text().parse().unwrap();
        // Kitex sends oneway calls with type 1, Apache Thrift with type 4; an unknown oneway method is not answered either.
        client.send(&framed(&message(1, "Notify", 1, &arguments("", 1_000))));
        client.send(&framed(&message(4, "Notify", 2, &arguments("", 1_000))));
        client.send(&framed(&message(4, "Fly", 3, &arguments("", 0))));
        client.send(&framed(&message(4, "Echo", 4, &arguments("panic", 0))));
        let after: u32 = client.call("Notified", "", 0).text().parse().unwrap();
        assert!(after >= before + 2_000, "{before} before, {after} after");
    }

    fn heartbeats_are_answered_in_kind(on) {
        let server = on.start();
        let mut client = RawClient::connect(&server);
        let beat = message(6, "", 5, &[0]);
        client.send(&framed(&beat));
        let reply = client.receive();
        assert_eq!((reply.kind, reply.seq_id), (6, 5));
        client.send(&TtHeader::to("Birds").frame(&beat));
        let reply = client.receive();
        assert_eq!((reply.kind, reply.header.is_some()), (6, true));
        client.check_alive();
        assert_eq!(server.stop().heartbeats, 2);
    }

    fn the_context_tells_what_the_header_says(on) {
        let server = on.start();
        let mut client = RawClient::connect(&server);
        let request = message(1, "Describe", 11, &arguments("", 0));
        let header = TtHeader::to("Birds")
            .with_string("RPC_PERSIST_A", "old")
            .with_string("RPC_PERSIST_A", "every hop")
            .with_string("RPC_TRANSIT_B", "one hop")
            .with_integer(3, "the caller")
            .with_integer(12, "60000");
        client.send(&header.frame(&request));
        let reply = client.receive();
        let expected = [
            "service Birds", "method Describe", "caller Some(\"the caller\")", "isn Some(\"Birds\")",
            "persistent A Some(\"every hop\")", "transient B Some(\"one hop\")", "absent None", "has deadline true",
            "seq id 11", "framing TtHeader", "peer is known true", "headers 4",
        ];
        assert_eq!(reply.text(), expected.join("\n"));
        let header = reply.header.unwrap();
        assert_eq!((header.string("ANSWERED_BY"), header.integer(22)), (Some("birds"), Some("2")));
        // Without a header there is nothing to tell, and nowhere to put metadata.
        let reply = client.call("Describe", "", 0);
        let expected = [
            "service Birds", "method Describe", "caller None", "isn None", "persistent A None", "transient B None",
            "absent None", "has deadline false", "seq id 1", "framing Framed", "peer is known true", "headers 0",
        ];
        assert_eq!(reply.text(), expected.join("\n"));
    }

    fn a_business_status_is_a_normal_reply_where_there_is_a_header(on) {
        let server = on.start();
        let mut client = RawClient::connect(&server);
        client.send(&TtHeader::to("Birds").frame(&message(1, "Refuse", 2, &arguments("not today", 41))));
        let Reply { header, kind, body, .. } = client.receive();
        let header = header.unwrap();
        assert_eq!((kind, &body[..]), (2, &[0][..]));
        assert_eq!(header.string("biz-status"), Some("41"));
        assert_eq!(header.string("biz-message"), Some("not today"));
        assert_eq!(header.string("biz-extra"), Some(r#"{"odd":"yes"}"#));
        let reply = client.call("Refuse", "not today", 40);
        assert_eq!(reply.exception(), (6, "biz error: business status 40: not today".to_owned()));
        client.check_alive();
    }

    fn the_deadline_layer_ends_a_call_in_time(on) {
        let server = Server::builder().layer(DeadlineLayer).service(Birds::default);
        let server = start(server, &on.config());
        let mut client = RawClient::connect(&server);
        let passed = (6, "the deadline that the caller set has passed".to_owned());
        let gate = format!("{on:?} never opened");
        let call = |method, milliseconds: &str| {
            let header = TtHeader::to("Birds").with_integer(12, milliseconds);
            header.frame(&message(1, method, 1, &arguments(&gate, 600_000)))
        };
        client.send(&call("Sleep", "30"));
        assert_eq!(client.receive().exception(), passed);
        client.send(&call("Wait", "0"));
        assert_eq!(client.receive().exception(), passed);
        assert_eq!(count_at_gate(&gate), 0, "a call that comes too late is not begun");
        // Not a number counts as no deadline, as with Kitex.
        for generous in ["600000", "soon", ""] {
            client.send(&call("Echo", generous));
            assert_eq!(client.receive().text(), gate);
        }
        client.check_alive();
    }

    fn a_reply_that_is_too_large_becomes_an_exception(on) {
        let server = on.start_with(|mut config| {
            config.frame.frame_bytes_max = 1 << 20;
            config
        });
        let mut client = RawClient::connect(&server);
        let (id, text) = client.call("Large", "", 2 << 20).exception();
        assert_eq!(id, 6);
        assert!(text.contains("cannot send the reply: frame of "), "{text}");
        client.check_alive();
    }

    fn many_connections_are_served(on) {
        let server = on.start();
        let mut clients: Vec<_> = (0..200).map(|_| RawClient::connect(&server)).collect();
        for round in 0..3 {
            for (index, client) in clients.iter_mut().enumerate() {
                client.send(&framed(&message(1, "Echo", round, &arguments(&format!("{round} {index}"), 0))));
            }
            for (index, client) in clients.iter_mut().enumerate() {
                assert_eq!(client.receive().text(), format!("{round} {index}"));
            }
        }
        drop(clients);
        assert_eq!(server.stop().connections_opened, 200);
    }
}

#[test]
fn several_services_and_addresses_share_a_server() {
    for on in [On::Std, On::Epoll, On::Uring] {
        let directory =
            std::env::temp_dir().join(format!("rpc-it-{}-{on:?}.sock", std::process::id()));
        let mut config = on.config();
        config
            .addresses
            .push(format!("unix:{}", directory.display()).parse().unwrap());
        let server = start(Server::builder().service(Birds::default), &config);
        RawClient::connect(&server).check_alive();
        let mut unix = std::os::unix::net::UnixStream::connect(&directory).unwrap();
        std::io::Write::write_all(
            &mut unix,
            &framed(&message(1, "Echo", 1, &arguments("unix", 0))),
        )
        .unwrap();
        let mut reply = [0; 4];
        std::io::Read::read_exact(&mut unix, &mut reply).unwrap();
        drop(server);
        std::fs::remove_file(&directory).unwrap();
    }
}

#[test]
fn a_port_in_use_is_one_clear_line() {
    let first = On::Epoll.start();
    for on in [On::Std, On::Epoll, On::Uring] {
        let mut config = on.config();
        config.addresses = first.addresses().to_vec();
        let error = Server::builder()
            .service(Birds::default)
            .build()
            .unwrap()
            .start(&config)
            .unwrap_err();
        let text = error.to_string();
        assert!(
            text.starts_with(&format!("cannot listen on {}: ", first.addresses()[0])),
            "{text}"
        );
        assert!(
            text.contains("stop the program that listens there") && !text.contains('\n'),
            "{text}"
        );
    }
}
