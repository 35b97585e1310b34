//! Peers that go away at a bad moment.

use std::io::{Read, Write};
use std::net::Shutdown;
use std::sync::mpsc;
use std::time::Duration;

use netpoll::{CloseReason, Config, Connection, LinkBuffer, Protocol};

use super::{is_at_rest, reset};
use crate::frames::{echo_frames, frame};
use crate::peer::dial_tcp;
use crate::support::{
    Echo, eventually, on_every_kernel_driver, pattern, read_frame, round_trip, runtime, serve,
};

#[test]
fn a_reset_in_mid_frame_ends_its_connection_alone() {
    on_every_kernel_driver(|driver| {
        let runtime = runtime(driver, 1, Config::default());
        let listener = serve(&runtime, "127.0.0.1:0", |_| echo_frames());
        let mut healthy = dial_tcp(&listener);
        for round in 0..50 {
            let bytes = frame(&pattern(200_000));
            let mut stream = dial_tcp(&listener);
            // In the head, in the body, in a receive into one block, and while the echo is on its way.
            let part = [2, 1_000, 120_000, bytes.len()][round % 4];
            stream.write_all(&bytes[..part]).expect("written");
            if round % 8 < 4 {
                eventually("it is accepted", || {
                    runtime.counters(0).accepted == round as u64 + 2
                });
            }
            reset(stream);
            healthy.write_all(&frame(b"hello")).expect("written");
            assert_eq!(read_frame(&mut healthy), b"hello");
        }
        drop(healthy);
        is_at_rest(&runtime, 0);
        assert_eq!(runtime.counters(0).closed, 51);
    });
}

#[test]
fn a_reset_is_told_as_one() {
    struct Told(mpsc::Sender<CloseReason>);
    impl Protocol for Told {
        fn on_read(&mut self, connection: &Connection, input: &mut LinkBuffer) {
            connection.send(input);
        }
        fn on_inactive(&mut self, _connection: &Connection, reason: CloseReason) {
            let _ = self.0.send(reason);
        }
    }
    on_every_kernel_driver(|driver| {
        let runtime = runtime(driver, 1, Config::default());
        let (sender, reasons) = mpsc::channel();
        let listener = serve(&runtime, "127.0.0.1:0", move |_| Told(sender.clone()));
        let mut stream = dial_tcp(&listener);
        round_trip(&mut stream, b"hello");
        reset(stream);
        let reason = reasons
            .recv_timeout(Duration::from_secs(20))
            .expect("a reason");
        assert_eq!(
            reason,
            CloseReason::Failed(std::io::ErrorKind::ConnectionReset)
        );
    });
}

#[test]
fn a_peer_that_closed_its_half_gets_its_answers() {
    on_every_kernel_driver(|driver| {
        let runtime = runtime(driver, 1, Config::default());
        let listener = serve(&runtime, "127.0.0.1:0", |_| echo_frames());
        let mut stream = dial_tcp(&listener);
        let sizes = [10, 300_000, 2_000_000, 1];
        let mut writer = stream.try_clone().expect("a second handle");
        let thread = std::thread::spawn(move || {
            for size in sizes {
                writer.write_all(&frame(&pattern(size))).expect("written");
            }
            writer.shutdown(Shutdown::Write).expect("half closed");
        });
        for size in sizes {
            assert!(read_frame(&mut stream) == pattern(size));
        }
        assert_eq!(stream.read(&mut [0; 1]).expect("the end"), 0);
        thread.join().expect("the writer lives");
        is_at_rest(&runtime, 0);
    });
}

#[test]
fn a_half_open_peer_is_closed_when_it_is_silent_for_too_long() {
    on_every_kernel_driver(|driver| {
        let config = Config {
            idle_timeout: Duration::from_secs(1),
            ..Config::default()
        };
        let runtime = runtime(driver, 1, config);
        let listener = serve(&runtime, "127.0.0.1:0", |_| Echo);
        let peers: Vec<_> = (0..100)
            .map(|number| {
                let mut peer = dial_tcp(&listener);
                round_trip(&mut peer, b"hello");
                if number % 2 == 0 {
                    // It says nothing more, and it cannot hear either.
                    peer.shutdown(Shutdown::Read).expect("half closed");
                }
                peer
            })
            .collect();
        is_at_rest(&runtime, 0);
        assert_eq!(runtime.counters(0).closed_idle, 100);
        drop(peers);
    });
}

#[test]
fn storms_of_connects_and_closes_leave_nothing() {
    on_every_kernel_driver(|driver| {
        let runtime = runtime(driver, 2, Config::default());
        let listener = serve(&runtime, "127.0.0.1:0", |_| Echo);
        std::thread::scope(|scope| {
            for thread in 0..4 {
                let listener = &listener;
                scope.spawn(move || {
                    for round in 0..250 {
                        let mut stream = dial_tcp(listener);
                        match (thread + round) % 4 {
                            0 => drop(stream),
                            1 => reset(stream),
                            2 => {
                                stream.write_all(b"unheard").expect("written");
                            }
                            _ => round_trip(&mut stream, b"hello"),
                        }
                    }
                });
            }
        });
        eventually("every connection was accepted", || {
            (0..2)
                .map(|core| runtime.counters(core).accepted)
                .sum::<u64>()
                == 1_000
        });
        for core in 0..2 {
            is_at_rest(&runtime, core);
        }
        let mut stream = dial_tcp(&listener);
        round_trip(&mut stream, b"still here");
    });
}
