//! One test for each bug that was found, named after it.

use std::cell::RefCell;
use std::io::{Read, Write};
use std::rc::Rc;
use std::sync::mpsc;
use std::time::Duration;

use netpoll::{
    Acceptor, Address, Balance, CloseReason, Config, Connection, LinkBuffer, Protocol, View,
};

use crate::frames::{Framed, echo_frames, frame};
use crate::peer::dial;
use crate::support::{
    Echo, eventually, on_every_driver, on_every_kernel_driver, pattern, read_frame, round_trip,
    runtime, serve,
};

/// A cancelled send that had sent a part was handed to the kernel again, and never ended: the peer does not read.
#[test]
fn abort_ends_a_connection_whose_send_is_stuck_half_way() {
    struct Flood;
    impl Protocol for Flood {
        fn on_read(&mut self, connection: &Connection, input: &mut LinkBuffer) {
            if input.len() == 1 {
                let block = vec![7; 64 << 20];
                connection.write(|writer| writer.put_bytes(block.into()));
            } else {
                connection.abort();
            }
        }
    }
    on_every_driver(|driver| {
        let runtime = runtime(
            driver,
            1,
            Config {
                output_high_water_bytes: 1 << 30,
                ..Config::default()
            },
        );
        let listener = serve(&runtime, "127.0.0.1:0", |_| Flood);
        let mut stream = dial(&listener);
        stream.write_all(b"x").expect("written");
        // The answer has begun, so a part of the send is done.
        stream.read_exact(&mut [0; 1]).expect("read");
        stream.write_all(b"y").expect("written");
        eventually("the connection is gone", || {
            runtime.counters(0).connections == 0
        });
        eventually("no operation is left but the accept", || {
            runtime.counters(0).in_flight == 1
        });
    });
}

/// The same for a receive into one block that had received a part.
#[test]
fn the_partial_frame_deadline_ends_an_exact_receive_that_has_begun() {
    on_every_driver(|driver| {
        let config = Config {
            partial_frame_timeout: Duration::from_millis(200),
            ..Config::default()
        };
        let runtime = runtime(driver, 1, config);
        let listener = serve(&runtime, "127.0.0.1:0", |_| echo_frames());
        let mut stream = dial(&listener);
        let bytes = frame(&pattern(1 << 20));
        stream.write_all(&bytes[..1_000]).expect("written");
        std::thread::sleep(Duration::from_millis(50));
        stream.write_all(&bytes[1_000..10_000]).expect("written");
        eventually("the connection is gone", || {
            runtime.counters(0).connections == 0
        });
        assert_eq!(runtime.counters(0).closed_partial, 1);
    });
}

/// The length of one frame was taken for that of the next, whose length was not known yet: the core waited for bytes
/// that nobody sent.
#[test]
fn an_expected_length_ends_with_its_frame() {
    on_every_driver(|driver| {
        let runtime = runtime(driver, 1, Config::default());
        let listener = serve(&runtime, "127.0.0.1:0", |_| echo_frames());
        let mut stream = dial(&listener);
        let (large, small) = (frame(&pattern(100_000)), frame(b"small"));
        stream.write_all(&large[..60_000]).expect("written");
        std::thread::sleep(Duration::from_millis(50));
        let mut rest = large[60_000..].to_vec();
        rest.extend_from_slice(&small[..3]);
        stream.write_all(&rest).expect("written");
        assert!(read_frame(&mut stream) == large[4..]);
        stream.write_all(&small[3..]).expect("written");
        assert_eq!(read_frame(&mut stream), b"small");
    });
}

/// Bytes that waited because reading was paused were lost when the end of the stream came.
#[test]
fn the_end_of_the_stream_waits_for_paused_input() {
    struct Slow;
    impl Protocol for Slow {
        fn on_read(&mut self, connection: &Connection, input: &mut LinkBuffer) {
            let byte = input.split_to(1);
            connection.send(&mut { byte });
            connection.pause_reading();
            let connection = connection.clone();
            drop(netpoll::spawn_local(async move {
                netpoll::sleep(Duration::from_millis(5)).await;
                connection.resume_reading();
            }));
        }
    }
    on_every_driver(|driver| {
        let runtime = runtime(driver, 1, Config::default());
        let listener = serve(&runtime, "127.0.0.1:0", |_| Slow);
        let mut stream = dial(&listener);
        // The core is kept busy until both the bytes and the end have arrived.
        let (sender, receiver) = mpsc::channel::<()>();
        runtime
            .on_core(0, move || receiver.recv().expect("told to go on"))
            .expect("the core runs");
        stream.write_all(b"abcd").expect("written");
        stream.end();
        std::thread::sleep(Duration::from_millis(50));
        let _ = sender.send(());
        let mut answer = Vec::new();
        stream.read_to_end(&mut answer).expect("read");
        assert_eq!(answer, b"abcd");
    });
}

/// A part of a frame that had waited while the protocol paused reading was never timed again.
#[test]
fn a_partial_frame_is_timed_again_after_a_pause() {
    struct PauseOnce {
        paused: bool,
        told: mpsc::Sender<CloseReason>,
    }
    impl Protocol for PauseOnce {
        fn on_read(&mut self, connection: &Connection, _input: &mut LinkBuffer) {
            if !std::mem::replace(&mut self.paused, true) {
                connection.pause_reading();
                let connection = connection.clone();
                drop(netpoll::spawn_local(async move {
                    netpoll::sleep(Duration::from_millis(200)).await;
                    connection.resume_reading();
                }));
            }
        }
        fn on_inactive(&mut self, _connection: &Connection, reason: CloseReason) {
            let _ = self.told.send(reason);
        }
    }
    on_every_driver(|driver| {
        let config = Config {
            partial_frame_timeout: Duration::from_millis(100),
            ..Config::default()
        };
        let runtime = runtime(driver, 1, config);
        let (told, reasons) = mpsc::channel();
        let listener = serve(&runtime, "127.0.0.1:0", move |_| PauseOnce {
            paused: false,
            told: told.clone(),
        });
        let mut stream = dial(&listener);
        stream.write_all(b"half a frame").expect("written");
        let reason = reasons
            .recv_timeout(Duration::from_secs(20))
            .expect("a deadline");
        assert_eq!(reason, CloseReason::PartialFrame);
    });
}

/// A few peers that announced large frames and sent nothing took the whole pool, and nobody else was read.
#[test]
fn large_frames_that_are_announced_and_not_sent_starve_nobody() {
    on_every_driver(|driver| {
        let config = Config {
            pool_bytes_max: 32 << 20,
            ..Config::default()
        };
        let runtime = runtime(driver, 1, config);
        let listener = serve(&runtime, "127.0.0.1:0", |_| echo_frames());
        let liars: Vec<_> = (0..40)
            .map(|_| {
                let mut stream = dial(&listener);
                stream
                    .write_all(&(8u32 << 20).to_be_bytes())
                    .expect("written");
                stream
            })
            .collect();
        eventually("all are read", || {
            runtime.counters(0).bytes_received == 40 * 4
        });
        let mut honest = dial(&listener);
        for size in [10, 10_000, 1 << 20] {
            honest.write_all(&frame(&pattern(size))).expect("written");
            assert!(read_frame(&mut honest) == pattern(size));
        }
        drop(liars);
    });
}

/// A receive that found no memory was armed again at once, and failed again at once: the core span.
#[test]
fn a_core_without_memory_waits_and_does_not_spin() {
    /// Keeps what it receives until it is told to let go.
    struct Hoard(Rc<RefCell<Vec<View>>>);
    impl Protocol for Hoard {
        fn on_read(&mut self, connection: &Connection, input: &mut LinkBuffer) {
            let count = input.len();
            self.0
                .borrow_mut()
                .extend(input.take(count, connection.pool()));
        }
    }
    thread_local! {
        static HOARD: Rc<RefCell<Vec<View>>> = Rc::default();
    }
    on_every_driver(|driver| {
        let config = Config {
            pool_bytes_max: 256 << 10,
            block_bytes: 16 << 10,
            receive_blocks: 4,
            ..Config::default()
        };
        let runtime = runtime(driver, 1, config);
        let listener = serve(&runtime, "127.0.0.1:0", |_| Hoard(HOARD.with(Rc::clone)));
        let mut stream = dial(&listener);
        stream.set_nonblocking();
        let mut sent = 0;
        eventually("the core runs out of memory", || {
            runtime.counters(0).receive_starved > 0 || {
                sent += stream.write(&[1; 4_096]).unwrap_or(0);
                false
            }
        });
        std::thread::sleep(Duration::from_millis(50));
        let before = runtime.counters(0);
        std::thread::sleep(Duration::from_millis(200));
        let turns = runtime.counters(0).turns - before.turns;
        assert!(turns < 2_000, "{turns} turns in a fifth of a second");
        // With memory again, everything that was sent arrives.
        runtime.block_on(0, || async {
            HOARD.with(|hoard| hoard.borrow_mut().clear())
        });
        eventually("the rest is received", || {
            let _ = runtime.on_core(0, || HOARD.with(|hoard| hoard.borrow_mut().clear()));
            runtime.counters(0).bytes_received == sent as u64
        });
    });
}

/// A connection handed to a core that had stopped listening stayed open for ever and belonged to nobody.
#[test]
fn a_connection_handed_to_a_core_that_stopped_listening_is_closed() {
    on_every_kernel_driver(|driver| {
        let runtime = runtime(driver, 2, Config::default());
        let (entered, has_entered) = mpsc::channel();
        let listener = runtime
            .listen_balanced(
                &"127.0.0.1:0".parse().expect("an address"),
                Balance::LeastConnections,
                move |core| {
                    let entered = entered.clone();
                    Rc::new(move |_: &Connection| {
                        if core == 0 {
                            let _ = entered.send(());
                            std::thread::sleep(Duration::from_millis(300));
                        }
                        Box::new(Echo) as Box<dyn Protocol>
                    }) as Rc<dyn Acceptor>
                },
            )
            .expect("the address is free");
        // All wait in the accept queue while the core is busy, so that they are accepted in one turn.
        let (go_on, wait) = mpsc::channel::<()>();
        runtime
            .on_core(0, move || {
                let _ = wait.recv();
            })
            .expect("the core runs");
        let mut streams: Vec<_> = (0..6).map(|_| dial(&listener)).collect();
        drop(go_on);
        has_entered
            .recv_timeout(Duration::from_secs(20))
            .expect("the first is accepted");
        listener.stop_accepting();
        std::thread::sleep(Duration::from_millis(100));
        eventually("those that were handed over were looked at", || {
            runtime.counters(0).handed_over == runtime.counters(1).adopted
                && runtime.counters(0).handed_over > 0
        });
        for core in 0..2 {
            runtime.block_on(core, || async {});
        }
        let open = runtime.counters(0).connections + runtime.counters(1).connections;
        let alive = streams.iter_mut().filter_map(|stream| {
            stream.set_read_timeout(Duration::from_millis(500));
            let _ = stream.write_all(b"x");
            // Nobody answers and nobody hangs up: that is the bug.
            match stream.read(&mut [0; 1]) {
                Err(error) if error.kind() == std::io::ErrorKind::WouldBlock => Some(()),
                _ => None,
            }
        });
        assert_eq!(alive.count(), 0, "{open} connections are open");
    });
}

/// A drain without end overflowed the clock, and the core died.
#[test]
fn a_drain_may_be_endless() {
    on_every_driver(|driver| {
        let runtime = runtime(driver, 1, Config::default());
        let listener = serve(&runtime, "127.0.0.1:0", |_| Echo);
        let mut stream = dial(&listener);
        round_trip(&mut stream, b"hello");
        runtime.block_on(0, || async {
            let long = netpoll::timeout(Duration::MAX, async { 1 }).await;
            assert_eq!(long, Ok(1));
            drop(netpoll::sleep(Duration::MAX));
        });
        runtime.shutdown(Duration::MAX);
        assert_eq!(stream.read(&mut [0; 1]).expect("a clean end"), 0);
    });
}

/// A panic in a callback took the whole core down with it.
#[test]
fn a_panic_in_a_callback_ends_its_connection_alone() {
    struct Fragile;
    impl Protocol for Fragile {
        fn on_read(&mut self, connection: &Connection, input: &mut LinkBuffer) {
            assert!(input.first() != b"panic", "on purpose");
            connection.send(input);
        }
        fn on_end_of_stream(&mut self, _connection: &Connection) {
            panic!("on purpose");
        }
        fn on_inactive(&mut self, _connection: &Connection, _reason: CloseReason) {
            panic!("on purpose");
        }
    }
    on_every_driver(|driver| {
        let runtime = runtime(driver, 1, Config::default());
        let listener = serve(&runtime, "127.0.0.1:0", |_| Fragile);
        let mut healthy = dial(&listener);
        round_trip(&mut healthy, b"hello");
        let mut stream = dial(&listener);
        stream.write_all(b"panic").expect("written");
        assert_eq!(stream.read(&mut [0; 1]).unwrap_or(0), 0);
        drop(dial(&listener));
        runtime
            .on_core(0, || panic!("on purpose"))
            .expect("the core runs");
        round_trip(&mut healthy, b"still here");
        eventually("the others are gone", || {
            runtime.counters(0).connections == 1
        });
    });
}

/// Small replies that waited for a slow peer kept the large blocks alive that all connections write into: one peer could
/// take the memory of the whole pool.
#[test]
fn replies_that_wait_do_not_pin_the_blocks_of_others() {
    on_every_driver(|driver| {
        let config = Config {
            output_high_water_bytes: 256 << 10,
            output_low_water_bytes: 64 << 10,
            ..Config::default()
        };
        let runtime = runtime(driver, 1, config);
        let listener = serve(&runtime, "127.0.0.1:0", |_| {
            Framed::new(|connection: &Connection, frame| {
                connection.write(|writer| writer.put_slice(&frame));
            })
        });
        let (mut deaf, mut healthy) = (dial(&listener), dial(&listener));
        deaf.set_nonblocking();
        let (small, large) = (frame(&pattern(1 << 10)), frame(&pattern(60 << 10)));
        // The replies to the two come in turn, so that each block holds one small one.
        let mut refused = 0;
        while refused < 50 {
            match deaf.write(&small) {
                Ok(count) if count == small.len() => {}
                Ok(_) => break,
                Err(_) => refused += 1,
            }
            healthy.write_all(&large).expect("written");
            assert!(read_frame(&mut healthy).len() == 60 << 10);
        }
        let pinned = runtime.block_on(0, || async { netpoll::pool().stats().in_use_bytes });
        println!("{driver:?}: one deaf peer pins {} KiB", pinned >> 10);
        // The high-water mark in blocks of at most twice its size, the send in flight, and the core's own blocks.
        assert!(pinned < 4 << 20, "{pinned} bytes are pinned");
    });
}

/// A peer that read nothing and sent on kept a connection for ever that was to end when its output is sent.
#[test]
fn a_peer_that_sends_on_and_never_reads_does_not_keep_a_closing_connection() {
    struct Farewell;
    impl Protocol for Farewell {
        fn on_read(&mut self, connection: &Connection, input: &mut LinkBuffer) {
            input.clear();
            connection.write(|writer| writer.put_bytes(vec![7; 64 << 20].into()));
            connection.close();
        }
    }
    on_every_driver(|driver| {
        let config = Config {
            idle_timeout: Duration::from_millis(300),
            output_high_water_bytes: 1 << 30,
            ..Config::default()
        };
        let runtime = runtime(driver, 1, config);
        let listener = serve(&runtime, "127.0.0.1:0", |_| Farewell);
        let mut stream = dial(&listener);
        stream.set_nonblocking();
        eventually("the connection is gone", || {
            let _ = stream.write(b"more");
            std::thread::sleep(Duration::from_millis(20));
            runtime.counters(0).closed_idle == 1
        });
    });
}

/// When listening failed on one core, the others went on listening, and the port was taken for good.
#[test]
fn a_listen_that_fails_on_one_core_leaves_none_listening() {
    on_every_driver(|driver| {
        let runtime = runtime(driver, 3, Config::default());
        let address = std::net::TcpListener::bind("127.0.0.1:0").and_then(|free| free.local_addr());
        let address = Address::from(address.expect("a free port"));
        let failed = runtime.listen(&address, |core| {
            assert!(core != 0, "on purpose");
            Rc::new(|_: &Connection| Box::new(Echo) as Box<dyn Protocol>) as Rc<dyn Acceptor>
        });
        assert!(failed.is_err());
        eventually("the port is free", || {
            let again = runtime.listen(&address, |_| {
                Rc::new(|_: &Connection| Box::new(Echo) as Box<dyn Protocol>) as Rc<dyn Acceptor>
            });
            again.is_ok()
        });
    });
}
