//! Connections that are closed and given up at odd moments.

use std::io::{Read, Write};
use std::sync::mpsc;
use std::time::Duration;

use netpoll::{CloseReason, Config, Connection, LinkBuffer, Protocol, sleep, spawn_local};

use super::is_at_rest;
use crate::frames::{echo_frames, frame};
use crate::peer::dial_tcp;
use crate::support::{Echo, eventually, on_every_kernel_driver, pattern, runtime, serve};

/// Does one thing with the first bytes, and tells how it ended.
struct Once<F> {
    act: F,
    told: mpsc::Sender<CloseReason>,
}

impl<F: FnMut(&Connection, &mut LinkBuffer) + 'static> Protocol for Once<F> {
    fn on_read(&mut self, connection: &Connection, input: &mut LinkBuffer) {
        (self.act)(connection, input);
    }

    fn on_inactive(&mut self, connection: &Connection, reason: CloseReason) {
        assert!(connection.is_closed());
        let _ = self.told.send(reason);
    }
}

/// Runs `act` in `on_read` on every driver; returns what the client read until the end, and the reason on the server.
fn on_first_bytes<F>(act: F, check: impl Fn(Vec<u8>, CloseReason))
where
    F: FnMut(&Connection, &mut LinkBuffer) + Clone + Send + Sync + 'static,
{
    on_every_kernel_driver(|driver| {
        let runtime = runtime(driver, 1, Config::default());
        let (told, reasons) = mpsc::channel();
        let act = act.clone();
        let listener = serve(&runtime, "127.0.0.1:0", move |_| Once {
            act: act.clone(),
            told: told.clone(),
        });
        let mut stream = dial_tcp(&listener);
        stream.write_all(b"go").expect("written");
        let mut answer = Vec::new();
        // A connection that is given up may end with a reset.
        let _ = stream.read_to_end(&mut answer);
        let reason = reasons.recv_timeout(Duration::from_secs(20));
        check(answer, reason.expect("a reason"));
        assert!(reasons.try_recv().is_err(), "it ended twice");
        is_at_rest(&runtime, 0);
    });
}

#[test]
fn abort_inside_of_on_read() {
    on_first_bytes(
        |connection, _input| {
            connection.write(|writer| writer.put_slice(b"never sent"));
            connection.abort();
            assert!(connection.is_closed());
            connection.abort();
            connection.close();
        },
        |answer, reason| {
            assert!(answer.is_empty());
            assert_eq!(reason, CloseReason::Aborted);
        },
    );
}

#[test]
fn close_inside_of_on_read_sends_what_was_written() {
    on_first_bytes(
        |connection, input| {
            connection.send(input);
            connection.close();
            // Behind the close, and still before the end.
            connection.write(|writer| writer.put_slice(b" on"));
        },
        |answer, reason| {
            assert_eq!(answer, b"go on");
            assert_eq!(reason, CloseReason::Closed);
        },
    );
}

#[test]
fn close_while_a_send_is_in_flight_sends_it_all() {
    on_first_bytes(
        |connection, input| {
            input.clear();
            for _ in 0..8 {
                connection.write(|writer| writer.put_bytes(pattern(1 << 20).into()));
            }
            let connection = connection.clone();
            drop(spawn_local(async move {
                sleep(Duration::from_millis(5)).await;
                connection.write(|writer| writer.put_slice(b"last"));
                connection.close();
                assert!(connection.is_closed());
            }));
        },
        |answer, reason| {
            assert_eq!(answer.len(), (8 << 20) + 4);
            assert!(answer[7 << 20..8 << 20] == pattern(1 << 20));
            assert!(answer.ends_with(b"last"));
            assert_eq!(reason, CloseReason::Closed);
        },
    );
}

#[test]
fn abort_while_a_send_is_in_flight() {
    on_first_bytes(
        |connection, input| {
            input.clear();
            connection.write(|writer| writer.put_bytes(vec![1; 64 << 20].into()));
            let connection = connection.clone();
            drop(spawn_local(async move {
                sleep(Duration::from_millis(5)).await;
                connection.abort();
            }));
        },
        |answer, reason| {
            assert!(answer.len() < 64 << 20);
            assert_eq!(reason, CloseReason::Aborted);
        },
    );
}

#[test]
fn close_and_abort_inside_of_on_active() {
    on_every_kernel_driver(|driver| {
        let runtime = runtime(driver, 1, Config::default());
        let (told, reasons) = mpsc::channel();
        let listener = serve(&runtime, "127.0.0.1:0", move |connection| {
            connection.write(|writer| writer.put_slice(b"bye"));
            if connection.local().is_some() {
                connection.close();
            }
            Once {
                act: |_: &Connection, _: &mut LinkBuffer| panic!("nothing is read"),
                told: told.clone(),
            }
        });
        let mut stream = dial_tcp(&listener);
        let mut answer = Vec::new();
        stream.read_to_end(&mut answer).expect("read");
        assert_eq!(answer, b"bye");
        let reason = reasons.recv_timeout(Duration::from_secs(20));
        assert_eq!(reason, Ok(CloseReason::Closed));
        let aborting = serve(&runtime, "127.0.0.1:0", move |connection| {
            connection.abort();
            Echo
        });
        let mut stream = dial_tcp(&aborting);
        assert_eq!(stream.read(&mut [0; 1]).unwrap_or(0), 0);
        eventually("it is gone", || runtime.counters(0).connections == 0);
    });
}

#[test]
fn writing_to_a_connection_that_is_gone_does_nothing() {
    on_every_kernel_driver(|driver| {
        let runtime = runtime(driver, 1, Config::default());
        let (sender, kept) = mpsc::channel();
        let listener = serve(&runtime, "127.0.0.1:0", move |connection| {
            let (connection, sender) = (connection.clone(), sender.clone());
            drop(spawn_local(async move {
                while connection.peer().is_some() {
                    sleep(Duration::from_millis(1)).await;
                }
                connection.write(|writer| writer.put_slice(b"to nobody"));
                connection.send(&mut LinkBuffer::new());
                connection.pause_reading();
                connection.resume_reading();
                connection.close();
                connection.abort();
                sleep(Duration::from_millis(20)).await;
                let _ = sender.send((connection.output_len(), connection.local().is_none()));
            }));
            Echo
        });
        drop(dial_tcp(&listener));
        let told = kept.recv_timeout(Duration::from_secs(20));
        assert_eq!(told, Ok((0, true)));
        is_at_rest(&runtime, 0);
    });
}

#[test]
fn a_core_stops_in_time_with_everything_under_way() {
    on_every_kernel_driver(|driver| {
        let runtime = runtime(driver, 1, Config::default());
        let listener = serve(&runtime, "127.0.0.1:0", |_| echo_frames());
        // Idle, in mid-frame, in a receive into one block, with an answer that nobody reads.
        let mut streams: Vec<_> = (0..40).map(|_| dial_tcp(&listener)).collect();
        for (index, stream) in streams.iter_mut().enumerate() {
            stream.set_nonblocking(true).expect("non-blocking");
            match index % 4 {
                0 => {}
                1 => assert_eq!(stream.write(&[0, 0]).expect("written"), 2),
                2 => {
                    let bytes = frame(&pattern(1 << 20));
                    assert_eq!(stream.write(&bytes[..5_000]).expect("written"), 5_000);
                }
                _ => {
                    let bytes = frame(&pattern(100_000));
                    while stream.write(&bytes).is_ok_and(|count| count == bytes.len()) {}
                }
            }
        }
        eventually("all are served", || runtime.counters(0).connections == 40);
        let pending = runtime.on_core(0, || {
            drop(spawn_local(std::future::pending::<()>()));
            drop(spawn_local(sleep(Duration::from_secs(3_600))));
        });
        pending.expect("the core runs");
        let begin = std::time::Instant::now();
        runtime.shutdown(Duration::from_millis(300));
        println!("{driver:?}: stopped after {:?}", begin.elapsed());
        assert!(begin.elapsed() < Duration::from_secs(10));
        for stream in &mut streams {
            stream.set_nonblocking(false).expect("blocking");
            // Whatever was sent to it, and then the end.
            let mut sink = Vec::new();
            let _ = stream.read_to_end(&mut sink);
        }
    });
}
