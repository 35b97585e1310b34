//! Writing frames: what is written is read back, and what is too long leaves nothing behind.

use codec::{
    Limits,
    frame::{EncodeError, Flags, Format, Framing, Outgoing, Scan, key},
    thrift::{ApplicationException, MessageKind, Protocol},
};
use netpoll_buffer::LinkBuffer;

use crate::{golden::golden, linked, parse, pool, scan, written};

const FRAMINGS: [Framing; 4] = [
    Framing::Buffered,
    Framing::Framed,
    Framing::TtHeader,
    Framing::TtHeaderFramed,
];
const FORMATS: [Format; 3] = [
    Format::Thrift(Protocol::Binary),
    Format::Thrift(Protocol::Compact),
    Format::KitexProtobuf,
];

/// Every framing with every format that it can have.
fn forms() -> impl Iterator<Item = (Framing, Format)> {
    let pairs = FRAMINGS
        .into_iter()
        .flat_map(|framing| FORMATS.map(|format| (framing, format)));
    pairs.filter(|(framing, format)| framing.is_framed() || *format != Format::KitexProtobuf)
}

fn outgoing(framing: Framing, format: Format) -> Outgoing<'static> {
    Outgoing {
        framing,
        format,
        flags: Flags::OUT_OF_ORDER,
        header_seq_id: -5,
        ..Outgoing::call("m\u{f6}we", 7)
    }
}

#[test]
fn the_worked_example_is_written() {
    let request = Outgoing {
        framing: Framing::TtHeader,
        ..Outgoing::call("echo", 1)
    };
    let bytes = written(|w| {
        let strings = [(key::SERVICE, "EchoServer")];
        let ints = [(key::TO_METHOD, "echo")];
        let frame = request.begin_with(w, &Limits::default(), None, strings, ints);
        w.put_u8(0);
        assert_eq!(
            frame.expect("a header").finish(w, &Limits::default()),
            Ok(67)
        );
    });
    assert_eq!(bytes, golden("ttheader"));
}

#[test]
fn every_form_is_read_as_it_was_written() {
    for (framing, format) in forms() {
        let outgoing = outgoing(framing, format);
        let bytes = written(|w| {
            let frame = outgoing.begin(w);
            w.put_u8(0);
            frame.finish(w, &Limits::default()).expect("a small frame");
        });
        let frame = parse(&bytes);
        assert_eq!((frame.head.framing, frame.head.format), (framing, format));
        assert_eq!(
            (frame.name(), frame.head.kind),
            ("m\u{f6}we", MessageKind::Call)
        );
        assert_eq!((frame.head.seq_id, frame.payload()), (7, &[0][..]));
        assert!(frame.info().is_empty());
        if framing.has_ttheader() {
            assert_eq!(
                (frame.head.flags, frame.head.header_seq_id),
                (Flags::OUT_OF_ORDER, -5)
            );
        }
    }
}

#[test]
fn keys_are_read_as_they_were_written() {
    let strings = [("isn", "Echo"), ("RPC_PERSIST_K", "v"), ("", "")];
    let ints = [(22, "2"), (12, ""), (999, "x")];
    for (framing, format) in forms() {
        for (token, strings, ints) in [
            (None, &strings[..0], &ints[..0]),
            (None, &strings[..], &ints[..0]),
            (None, &strings[..0], &ints[..]),
            (Some("token"), &strings[..], &ints[..]),
        ] {
            let bytes = written(|w| {
                let (strings, ints) = (strings.iter().copied(), ints.iter().copied());
                let outgoing = outgoing(framing, format);
                let frame = outgoing.begin_with(w, &Limits::default(), token, strings, ints);
                w.put_u8(0);
                frame
                    .expect("a header")
                    .finish(w, &Limits::default())
                    .expect("a small frame");
            });
            let frame = parse(&bytes);
            assert_eq!((frame.head.framing, frame.payload()), (framing, &[0][..]));
            if !framing.has_ttheader() {
                assert!(frame.info().is_empty());
                continue;
            }
            let info = frame.info();
            let read: Vec<_> = info
                .strings()
                .map(|(key, value)| (key.to_vec(), value.to_vec()))
                .collect();
            let token = token.map(|token| (key::ACL_TOKEN, token));
            let expected = token
                .iter()
                .chain(strings)
                .map(|(key, value)| (key.as_bytes().to_vec(), value.as_bytes().to_vec()));
            assert_eq!(read, expected.collect::<Vec<_>>());
            let expected: Vec<_> = ints
                .iter()
                .map(|(key, value)| (*key, value.as_bytes()))
                .collect();
            assert_eq!(info.ints().collect::<Vec<_>>(), expected);
        }
    }
}

#[test]
fn an_answer_has_the_form_and_numbers_of_its_request() {
    for (framing, format) in forms() {
        let request = written(|w| {
            let frame = outgoing(framing, format).begin(w);
            w.put_u8(0);
            frame.finish(w, &Limits::default()).expect("a small frame");
        });
        let request = parse(&request);
        let answer = written(|w| {
            let frame = Outgoing::answer(&request, MessageKind::Exception).begin(w);
            let exception = ApplicationException::new(6, "failed");
            if let Format::Thrift(protocol) = format {
                protocol.encode(&exception, w);
            }
            frame.finish(w, &Limits::default()).expect("a small frame");
        });
        let answer = match (framing, format) {
            // Without a payload there is no end to find.
            (_, Format::KitexProtobuf) => {
                codec::frame::Frame::parse(&answer, &Limits::default()).expect("a frame")
            }
            _ => parse(&answer),
        };
        assert_eq!((answer.head.framing, answer.head.format), (framing, format));
        assert_eq!(
            (answer.name(), answer.head.kind),
            ("m\u{f6}we", MessageKind::Exception)
        );
        assert_eq!(answer.head.seq_id, 7);
        assert_eq!(answer.head.header_seq_id, request.head.header_seq_id);
        if let Format::Thrift(_) = format {
            let exception = answer.decode(&Limits::default());
            assert_eq!(exception, Ok(ApplicationException::new(6, "failed")));
        }
    }
}

#[test]
fn a_reply_made_of_its_request_is_the_one_written_from_scratch() {
    let limits = Limits::default();
    let mut quick = 0;
    for (framing, format) in forms() {
        // A struct without fields, and in the binary protocol one with a text.
        let text = [&[11, 0, 1, 0, 0, 0, 60][..], &[b'x'; 60], &[0]].concat();
        let payloads = match format {
            Format::Thrift(Protocol::Binary) => vec![vec![0], text],
            _ => vec![vec![0]],
        };
        for (name_bytes, payload) in
            (0..40).flat_map(|name| payloads.iter().map(move |payload| (name, payload)))
        {
            let name = "method".repeat(7);
            let request = Outgoing {
                name: &name[..name_bytes],
                ..outgoing(framing, format)
            };
            let bytes = written(|w| {
                let frame = request.begin(w);
                w.put_slice(payload);
                frame.finish(w, &limits).expect("a small frame");
            });
            let frame = parse(&bytes);
            let quickly = written(|w| {
                if let Some(reply) = Outgoing::begin_reply(&frame.head, &bytes, w) {
                    w.put_slice(b"the result");
                    reply.finish(w, &limits).expect("a small frame");
                }
            });
            let reply = Outgoing {
                flags: Flags::default(),
                ..Outgoing::answer(&frame, MessageKind::Reply)
            };
            let from_scratch = written(|w| {
                let reply = reply.begin(w);
                w.put_slice(b"the result");
                reply.finish(w, &limits).expect("a small frame");
            });
            assert!(quickly.is_empty() || quickly == from_scratch, "{request:?}");
            quick += usize::from(!quickly.is_empty());
        }
    }
    assert!(
        quick > 100,
        "only {quick} replies were made of their requests"
    );
}

#[test]
fn heartbeats_are_answered_in_every_form() {
    for (framing, format) in forms() {
        let beat = written(|w| {
            let bytes = outgoing(framing, format).heartbeat(w, &Limits::default());
            assert_eq!(bytes, Ok(w.position()));
        });
        assert_eq!(
            scan(&beat, &Limits::default()),
            Ok(Scan::Frame { bytes: beat.len() })
        );
        assert_eq!(parse(&beat).head.kind, MessageKind::Heartbeat);
    }
}

#[test]
fn what_is_too_long_leaves_nothing_behind() {
    let limits = Limits {
        frame_bytes_max: 1000,
        header_bytes_max: 200,
        ..Limits::default()
    };
    let (pool, mut output) = (pool(), LinkBuffer::new());
    let mut w = output.writer(&pool);
    w.put_slice(b"before");
    for framing in FRAMINGS {
        let frame = outgoing(framing, Format::default()).begin(&mut w);
        assert_eq!(frame.start(), 6);
        w.put_slice(&[0; 1000]);
        let error = frame.finish(&mut w, &limits).expect_err("too long");
        assert!(matches!(
            error,
            EncodeError::FrameTooLarge { limit: 1000, .. }
        ));
        assert!(
            error
                .to_string()
                .ends_with("is over the limit of 1000 bytes")
        );
        assert_eq!(w.position(), 6);
    }
    let outgoing = outgoing(Framing::TtHeader, Format::default());
    let long = "x".repeat(70_000);
    let error = outgoing.begin_with(&mut w, &limits, None, [("k", &long[..200])], []);
    assert!(matches!(
        error,
        Err(EncodeError::HeaderTooLarge {
            header: 226,
            limit: 200
        })
    ));
    let error = outgoing.begin_with(&mut w, &limits, None, [("k", "v")], [(1, &long[..])]);
    assert!(matches!(
        error,
        Err(EncodeError::TextTooLong { bytes: 70_000 })
    ));
    let error = outgoing.begin_with(&mut w, &limits, Some(&long), [], []);
    assert!(matches!(
        error,
        Err(EncodeError::TextTooLong { bytes: 70_000 })
    ));
    let many = (0..=u16::MAX).map(|key| (key, ""));
    let error = outgoing.begin_with(&mut w, &limits, None, [], many);
    assert!(matches!(error, Err(EncodeError::TooManyKeys)));
    assert_eq!(w.position(), 6);
    w.finish();
    assert_eq!(output.first(), b"before");
}

#[test]
fn a_header_beyond_what_words_can_tell_is_refused() {
    let limits = Limits {
        header_bytes_max: usize::MAX,
        ..Limits::default()
    };
    let value = "x".repeat(60_000);
    let strings = |count| std::iter::repeat_n(("k", &value[..]), count);
    let outgoing = outgoing(Framing::TtHeader, Format::default());
    let bytes = written(|w| {
        let frame = outgoing
            .begin_with(w, &limits, None, strings(4), [])
            .expect("a header");
        w.put_u8(0);
        frame.finish(w, &limits).expect("a frame");
        let error = outgoing
            .begin_with(w, &limits, None, strings(5), [])
            .expect_err("too long");
        assert!(matches!(
            error,
            EncodeError::HeaderTooLarge { limit: 262_154, .. }
        ));
    });
    let frame = codec::frame::Frame::parse(&bytes, &limits).expect("a frame");
    assert_eq!(frame.info().strings().count(), 4);
}

#[test]
fn large_parts_of_the_request_are_answered_by_reference() {
    let (pool, limits) = (pool(), Limits::default());
    let request = Outgoing {
        framing: Framing::TtHeader,
        ..Outgoing::call("echo", 1)
    };
    let large = "y".repeat(20_000);
    let mut input = LinkBuffer::new();
    let mut w = input.writer(&pool);
    let frame = request.begin(&mut w);
    Protocol::Binary.encode(&ApplicationException::new(1, large.as_str()), &mut w);
    frame.finish(&mut w, &limits).expect("a frame");
    let bytes = w.finish();
    let view = input.take(bytes, &pool).expect("a frame");
    let frame = codec::frame::Frame::parse(&view, &limits).expect("a frame");
    let echoed: ApplicationException<'_> = frame.decode(&limits).expect("a struct");

    let mut output = LinkBuffer::new();
    let mut w = output.writer(&pool);
    w.set_origin(view.clone());
    let answer = Outgoing::answer(&frame, MessageKind::Reply).begin(&mut w);
    Protocol::Binary.encode(&echoed, &mut w);
    answer.finish(&mut w, &limits).expect("a frame");
    w.finish();
    let part = output
        .views()
        .find(|part| part.len() == 20_000)
        .expect("a part by reference");
    assert!(view.as_ptr_range().contains(&part.as_ptr()));
    let whole: Vec<u8> = output.chunks().flatten().copied().collect();
    assert_eq!(parse(&whole).payload(), frame.payload());
}

#[test]
fn a_body_is_enclosed_by_reference() {
    let limits = Limits {
        frame_bytes_max: 100,
        ..Limits::default()
    };
    let outgoing = outgoing(Framing::TtHeaderFramed, Format::default());
    let inner = written(|w| {
        let frame = outgoing.without_ttheader().begin(w);
        w.put_u8(0);
        frame.finish(w, &limits).expect("a frame");
    });
    let body = linked(inner.chunks(5));
    let bytes = written(|w| {
        let bytes = outgoing.enclose(w, &limits, None, [("isn", "s")], [], &body);
        assert_eq!(bytes, Ok(w.position()));
        let large = linked([&[0; 100][..]]);
        let error = outgoing.enclose(w, &limits, None, [], [], &large);
        assert!(matches!(
            error,
            Err(EncodeError::FrameTooLarge {
                frame: 118,
                limit: 100
            })
        ));
    });
    let frame = parse(&bytes);
    assert_eq!(frame.head.framing, Framing::TtHeaderFramed);
    assert_eq!(
        (frame.payload(), frame.info().service()),
        (&[0][..], Ok(Some("s")))
    );
}
