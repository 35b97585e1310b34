//! The client: against our server on every transport, and against servers of single replies written by hand.

use std::io::{Read, Write};
use std::net::{TcpListener, TcpStream};
use std::thread::JoinHandle;
use std::time::Duration;

use codec::frame::Framing;
use codec::thrift::Protocol;
use netpoll::{Address, Runtime};
use rpc::{Client, ClientBuilder, Fault, Reason, ReplyMetadata, Running, Status};

use crate::support::birds::{
    Answer, Arguments, BIRDS, DESCRIBE, ECHO, LARGE, NOTIFIED, NOTIFY, OPEN, REFUSE, SILENT, SLEEP,
    WAIT, open_gate,
};
use crate::support::on_every_transport;
use crate::support::wire::{TtHeader, framed, message, string_field};

/// Runs `test` with a client on a core of its own.
fn with_client<F, T>(
    address: &Address,
    build: impl FnOnce(ClientBuilder) -> ClientBuilder + Send + 'static,
    test: impl FnOnce(Client) -> F + Send + 'static,
) -> T
where
    F: Future<Output = T> + 'static,
    T: Send + 'static,
{
    let runtime = Runtime::builder().cores(1).start().unwrap();
    let address = address.clone();
    runtime.block_on(0, move || {
        test(build(Client::builder(address).call_timeout(PATIENCE)).build())
    })
}

async fn call(client: &Client, method: usize, text: &str, number: i32) -> Result<String, Status> {
    let reply = client
        .call(
            &BIRDS,
            method,
            &Arguments {
                text: text.into(),
                number,
            },
        )
        .await?;
    let Answer { text } = reply.decode()?;
    Ok(text.to_string())
}

#[track_caller]
fn check_status(outcome: Result<String, Status>, reason: Reason, fault: Fault, text: &str) {
    let status = outcome.unwrap_err();
    assert_eq!(
        (status.reason(), status.fault()),
        (reason, fault),
        "{status}"
    );
    assert!(status.to_string().contains(text), "{status}");
}

type Build = fn(ClientBuilder) -> ClientBuilder;

/// Every way to reach a server.
fn dialects() -> Vec<(&'static str, Build)> {
    vec![
        ("buffered", |b| b.framing(Framing::Buffered)),
        ("framed", |b| b.framing(Framing::Framed)),
        ("ttheader", |b| b.framing(Framing::TtHeader)),
        ("ttheader-framed", |b| b.framing(Framing::TtHeaderFramed)),
        ("compact framed", |b| {
            b.framing(Framing::Framed).protocol(Protocol::Compact)
        }),
        ("compact ttheader", |b| {
            b.framing(Framing::TtHeader).protocol(Protocol::Compact)
        }),
        ("multiplexed", |b| b.multiplexed(1)),
        ("multiplexed framed", |b| {
            b.framing(Framing::TtHeaderFramed).multiplexed(3)
        }),
    ]
}

on_every_transport! {
    fn every_dialect_carries_every_outcome(on) {
        let server = on.start();
        for (name, build) in dialects() {
            with_client(&server.addresses()[0], build, move |client| async move {
                for text in ["", "gull 海鸥 🐦", &"long".repeat(100_000)] {
                    assert_eq!(call(&client, ECHO, text, 0).await.unwrap(), text, "{name}");
                }
                let failed = call(&client, ECHO, "error", 0).await;
                check_status(failed, Reason::Remote, Fault::Peer, "biz error: failed as asked");
                let panicked = call(&client, ECHO, "panic", 0).await;
                check_status(panicked, Reason::Remote, Fault::Peer, "exception 6: panic in the handler");
                let silent = call(&client, SILENT, "", 0).await;
                check_status(silent, Reason::Remote, Fault::Peer, "no reply");
                assert_eq!(call(&client, LARGE, "", 4 << 20).await.unwrap().len(), 4 << 20);
            });
        }
        assert!(server.stop().connections_opened <= 10);
    }

    fn many_calls_at_once_get_their_own_replies(on) {
        let server = on.start();
        for (name, build) in dialects() {
            with_client(&server.addresses()[0], build, move |client| async move {
                let calls: Vec<_> = (0..64)
                    .map(|index| {
                        let client = client.clone();
                        netpoll::spawn_local(async move {
                            for round in 0..5 {
                                let text = format!("{index} {round}");
                                // Half of them wait, so that replies overtake where they may.
                                let method = if index % 2 == 0 { ECHO } else { SLEEP };
                                assert_eq!(call(&client, method, &text, index % 7).await.unwrap(), text, "{name}");
                            }
                        })
                    })
                    .collect();
                for call in calls {
                    call.await.unwrap();
                }
            });
        }
    }

    fn a_call_that_overtakes_another_needs_one_connection_only(on) {
        let server = on.start();
        let gate = format!("{on:?} client overtaking");
        with_client(&server.addresses()[0], |b| b.multiplexed(1), move |client| async move {
            let waiting = netpoll::spawn_local({
                let (client, gate) = (client.clone(), gate.clone());
                async move { call(&client, WAIT, &gate, 0).await }
            });
            assert_eq!(call(&client, ECHO, "quick", 0).await.unwrap(), "quick");
            call(&client, OPEN, &gate, 0).await.unwrap();
            assert_eq!(waiting.await.unwrap().unwrap(), gate);
        });
        assert_eq!(server.stop().connections_opened, 1);
    }

    fn dropped_calls_leave_nothing_behind(on) {
        let server = on.start();
        for (name, build) in dialects() {
            with_client(&server.addresses()[0], build, move |client| async move {
                for round in 0..10 {
                    let gate = format!("{on:?} {name} dropped {round}");
                    let slow = call(&client, WAIT, &gate, 0);
                    assert!(netpoll::timeout(Duration::from_millis(1), slow).await.is_err(), "{name}");
                    // The reply of the dropped call comes late, among others or over a connection that is gone.
                    open_gate(&gate);
                    let text = format!("after {round}");
                    assert_eq!(call(&client, ECHO, &text, 0).await.unwrap(), text, "{name}");
                    assert_eq!(call(&client, SLEEP, &text, 2).await.unwrap(), text, "{name}");
                }
            });
        }
    }

    fn calls_time_out(on) {
        let server = on.start();
        for multiplexed in [false, true] {
            let build = move |b: ClientBuilder| {
                let b = b.call_timeout(Duration::from_millis(30));
                if multiplexed { b.multiplexed(1) } else { b.framing(Framing::TtHeader) }
            };
            with_client(&server.addresses()[0], build, |client| async move {
                let late = call(&client, WAIT, "a gate that stays shut", 0).await;
                check_status(late, Reason::Timeout, Fault::Network, "no reply to Wait from 127.0.0.1");
            });
        }
    }

    fn oneway_calls_arrive(on) {
        let server = on.start();
        for (_, build) in dialects() {
            with_client(&server.addresses()[0], build, |client| async move {
                let count = async || call(&client, NOTIFIED, "", 0).await.unwrap().parse::<u32>().unwrap();
                let before = count().await;
                for _ in 0..3 {
                    let arguments = Arguments { number: 1_000_000, ..Arguments::default() };
                    client.send_oneway(&BIRDS, NOTIFY, &arguments).await.unwrap();
                }
                while count().await < before + 3_000_000 {}
            });
        }
    }

    fn metadata_travels_both_ways(on) {
        let server = on.start();
        let build = |b: ClientBuilder| b.framing(Framing::TtHeader).caller("tests");
        with_client(&server.addresses()[0], build, |client| async move {
            let returned = ReplyMetadata::default();
            let client = client.persistent("A", "1").transient("B", "2").persistent("A", "3").collect_into(&returned);
            let described = call(&client, DESCRIBE, "", 0).await.unwrap();
            for fact in [
                "service Birds", "caller Some(\"tests\")", "isn Some(\"Birds\")", "persistent A Some(\"3\")",
                "transient B Some(\"2\")", "has deadline true", "headers 3",
            ] {
                assert!(described.lines().any(|line| line == fact), "{fact} is not in\n{described}");
            }
            assert_eq!(returned.get("ANSWERED_BY").as_deref(), Some("birds"));
            let refused = client.call(&BIRDS, REFUSE, &Arguments { text: "no".into(), number: 7 }).await.unwrap_err();
            assert_eq!(refused.reason(), Reason::Business);
            let biz = refused.as_biz().unwrap();
            assert_eq!((biz.code(), biz.message(), biz.extra()["odd"].as_str()), (7, "no", "yes"));
        });
    }

    fn a_server_that_stops_is_left_in_peace(on) {
        for multiplexed in [false, true] {
            let server = on.start_with(|config| rpc::Config { notice: Duration::from_millis(200), ..config });
            let address = server.addresses()[0].clone();
            let build = move |b: ClientBuilder| {
                let b = b.framing(Framing::TtHeader).connect_timeout(Duration::from_millis(200));
                if multiplexed { b.multiplexed(1) } else { b }
            };
            let stopping = std::sync::Arc::new(std::sync::atomic::AtomicBool::new(false));
            let seen = std::sync::Arc::clone(&stopping);
            let calls = std::thread::spawn(move || {
                with_client(&address, build, move |client| async move {
                    // Until the server is gone every call succeeds; then no connection can be made, and nothing hangs.
                    loop {
                        match call(&client, ECHO, "on and on", 0).await {
                            Ok(_) => {}
                            Err(status) => {
                                assert!(seen.load(std::sync::atomic::Ordering::SeqCst), "{status}");
                                assert!(matches!(status.reason(), Reason::Connect | Reason::Closed), "{status}");
                                return;
                            }
                        }
                    }
                });
            });
            while server.counters().requests < 10 {
                std::thread::yield_now();
            }
            stopping.store(true, std::sync::atomic::Ordering::SeqCst);
            server.stop();
            calls.join().unwrap();
        }
    }
}

/// A server of one connection after the other: reads a frame, sends the bytes of the script, and closes after the last.
fn scripted(connections: Vec<Vec<Vec<u8>>>) -> (Address, JoinHandle<()>) {
    scripted_with(connections, drop)
}

/// As `scripted`, and `finish` decides what becomes of a connection whose script is over.
fn scripted_with(
    connections: Vec<Vec<Vec<u8>>>,
    mut finish: impl FnMut(TcpStream) + Send + 'static,
) -> (Address, JoinHandle<()>) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = Address::Tcp(listener.local_addr().unwrap());
    let thread = std::thread::spawn(move || {
        for replies in connections {
            let (mut stream, _) = listener.accept().unwrap();
            for reply in replies {
                read_frame(&mut stream);
                stream.write_all(&reply).unwrap();
            }
            finish(stream);
        }
    });
    (address, thread)
}

fn read_frame(stream: &mut TcpStream) {
    let mut length = [0; 4];
    stream.read_exact(&mut length).unwrap();
    let mut rest = vec![0; u32::from_be_bytes(length) as usize];
    stream.read_exact(&mut rest).unwrap();
}

fn reply(method: &str, seq_id: i32) -> Vec<u8> {
    let body = [string_field(0, "hand-made"), vec![0]].concat();
    framed(&message(2, method, seq_id, &body))
}

#[test]
fn replies_to_something_else_are_refused() {
    let cases: [(Vec<u8>, i32, &str); 5] = [
        (reply("Echo", 9), 4, "the reply has number 9 and the call 1"),
        (
            reply("Other", 1),
            3,
            "the reply is of method Other and the call of Echo",
        ),
        (
            framed(&message(1, "Echo", 1, &[0])),
            2,
            "a message of type 1 is no reply",
        ),
        (vec![0xff; 40], 7, "sent no reply"),
        (
            framed(&message(2, "Echo", 1, &[11, 0, 0, 0x7f, 0, 0, 0])),
            7,
            "cannot decode the reply",
        ),
    ];
    for (bytes, exception, text) in cases {
        let (address, thread) = scripted(vec![vec![bytes]]);
        let outcome = with_client(
            &address,
            |b| b,
            |client| async move { call(&client, ECHO, "", 0).await },
        );
        assert_eq!(outcome.as_ref().unwrap_err().exception_id(), exception);
        check_status(outcome, Reason::BadReply, Fault::Peer, text);
        thread.join().unwrap();
    }
}

#[test]
fn an_exception_may_have_another_number() {
    let body = [
        string_field(1, "from a proxy"),
        vec![8, 0, 2, 0, 0, 0, 6, 0],
    ]
    .concat();
    let (address, thread) = scripted(vec![vec![framed(&message(3, "Echo", 0, &body))]]);
    let outcome = with_client(
        &address,
        |b| b,
        |client| async move { call(&client, ECHO, "", 0).await },
    );
    check_status(
        outcome,
        Reason::Remote,
        Fault::Peer,
        "exception 6: from a proxy",
    );
    thread.join().unwrap();
    let header = TtHeader {
        seq_id: 1,
        ..TtHeader::default()
    };
    let (address, thread) = scripted(vec![vec![header.frame(&message(3, "Echo", 0, &body))]]);
    let outcome = with_client(
        &address,
        |b| b.multiplexed(1),
        |client| async move { call(&client, ECHO, "", 0).await },
    );
    check_status(
        outcome,
        Reason::Remote,
        Fault::Peer,
        "exception 6: from a proxy",
    );
    thread.join().unwrap();
}

#[test]
fn a_stale_connection_is_replaced_once() {
    // The first connection answers once and is closed when the second request comes.
    let connections = vec![vec![reply("Echo", 1), vec![]], vec![reply("Echo", 3)]];
    let (address, thread) = scripted(connections);
    with_client(
        &address,
        |b| b,
        |client| async move {
            assert_eq!(call(&client, ECHO, "", 0).await.unwrap(), "hand-made");
            assert_eq!(call(&client, ECHO, "", 0).await.unwrap(), "hand-made");
        },
    );
    thread.join().unwrap();
}

#[test]
fn a_new_connection_that_closes_is_not_replaced_and_neither_is_one_that_has_begun_to_answer() {
    let (address, thread) = scripted(vec![vec![vec![]]]);
    let outcome = with_client(
        &address,
        |b| b,
        |client| async move { call(&client, ECHO, "", 0).await },
    );
    check_status(
        outcome,
        Reason::Closed,
        Fault::Network,
        "ended before the reply was there",
    );
    thread.join().unwrap();

    let (address, thread) = scripted(vec![vec![reply("Echo", 1), vec![0, 0]]]);
    let outcome = with_client(
        &address,
        |b| b,
        |client| async move {
            call(&client, ECHO, "", 0).await.unwrap();
            call(&client, ECHO, "", 0).await
        },
    );
    check_status(
        outcome,
        Reason::Closed,
        Fault::Network,
        "ended before the reply was there",
    );
    thread.join().unwrap();

    let (address, thread) = scripted(vec![vec![reply("Echo", 1), vec![]]]);
    let outcome = with_client(
        &address,
        |b| b.retry_stale(false),
        |client| async move {
            call(&client, ECHO, "", 0).await.unwrap();
            call(&client, ECHO, "", 0).await
        },
    );
    check_status(
        outcome,
        Reason::Closed,
        Fault::Network,
        "ended before the reply was there",
    );
    thread.join().unwrap();
}

#[test]
fn a_reset_notice_ends_the_use_of_a_connection() {
    let told_to_go = |seq_id| {
        let body = [string_field(0, "bye"), vec![0]].concat();
        TtHeader::default()
            .with_string("crrst", "1")
            .frame(&message(2, "Echo", seq_id, &body))
    };
    for multiplexed in [false, true] {
        let second = if multiplexed {
            told_to_go(1)
        } else {
            told_to_go(2)
        };
        // The server keeps them open, and would never read a second request on one.
        let mut open = vec![];
        let connections = vec![vec![told_to_go(1)], vec![second]];
        let (address, thread) = scripted_with(connections, move |stream| open.push(stream));
        let build = move |b: ClientBuilder| {
            let b = b.framing(Framing::TtHeader);
            if multiplexed { b.multiplexed(1) } else { b }
        };
        with_client(&address, build, |client| async move {
            for _ in 0..2 {
                assert_eq!(call(&client, ECHO, "", 0).await.unwrap(), "bye");
            }
            assert_eq!(client.counters().connected, 2);
        });
        thread.join().unwrap();
    }
}

#[test]
fn nobody_listening_is_one_clear_line() {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = Address::Tcp(listener.local_addr().unwrap());
    drop(listener);
    for multiplexed in [0, 2] {
        let build = move |b: ClientBuilder| {
            if multiplexed == 0 {
                b
            } else {
                b.multiplexed(multiplexed)
            }
        };
        let outcome = with_client(&address, build, |client| async move {
            call(&client, ECHO, "", 0).await
        });
        check_status(
            outcome,
            Reason::Connect,
            Fault::Network,
            &format!("cannot connect to {address}: "),
        );
    }
}

#[test]
fn limits_of_the_client_hold() {
    let server: Running = crate::support::On::Epoll.start();
    let address = server.addresses()[0].clone();
    with_client(
        &address,
        |b| b.multiplexed(1).in_flight_max(2),
        |client| async move {
            let waiting: Vec<_> = (0..2)
                .map(|_| {
                    let client = client.clone();
                    netpoll::spawn_local(async move {
                        call(&client, WAIT, "limits of the client", 0).await
                    })
                })
                .collect();
            while crate::support::birds::count_at_gate("limits of the client") < 2 {
                netpoll::sleep(Duration::from_millis(1)).await;
            }
            let third = call(&client, ECHO, "", 0).await;
            check_status(
                third,
                Reason::Overloaded,
                Fault::Us,
                "in_flight_max calls are under way",
            );
            open_gate("limits of the client");
            for call in waiting {
                call.await.unwrap().unwrap();
            }
            call(&client, ECHO, "", 0).await.unwrap();
        },
    );
    let limits = codec::Limits {
        frame_bytes_max: 10_000,
        ..codec::Limits::default()
    };
    with_client(
        &address,
        move |b| b.frame_limits(limits),
        |client| async move {
            let outgoing = call(&client, ECHO, &"x".repeat(20_000), 0).await;
            check_status(
                outgoing,
                Reason::Overloaded,
                Fault::Us,
                "cannot send the request: frame of ",
            );
            let incoming = call(&client, LARGE, "", 20_000).await;
            check_status(
                incoming,
                Reason::BadReply,
                Fault::Peer,
                "over the limit of 10000 bytes",
            );
            call(&client, ECHO, "", 0).await.unwrap();
        },
    );
}

/// Far above what anything here takes; only a hang gets this far.
const PATIENCE: Duration = Duration::from_secs(20);
