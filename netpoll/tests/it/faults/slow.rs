//! Peers that are slow: they send a byte at a time, or never read.

use std::cell::Cell;
use std::io::{ErrorKind, Read, Write};
use std::net::TcpStream;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use netpoll::{Address, Config, Connection, ListenerHandle, Runtime, sleep, spawn_local};
use socket2::{Domain, SockAddr, Socket, Type};

use super::is_at_rest;
use crate::frames::{Framed, echo_frames, frame};
use crate::peer::dial_tcp;
use crate::support::{eventually, on_every_kernel_driver, pattern, read_frame, runtime, serve};

#[test]
fn a_frame_that_arrives_a_byte_at_a_time_ends_at_its_deadline() {
    const SLOW: usize = 100;
    on_every_kernel_driver(|driver| {
        let config = Config {
            partial_frame_timeout: Duration::from_millis(500),
            ..Config::default()
        };
        let runtime = runtime(driver, 1, config);
        let listener = serve(&runtime, "127.0.0.1:0", |_| echo_frames());
        let mut healthy = dial_tcp(&listener);
        let mut slow: Vec<_> = (0..SLOW).map(|_| dial_tcp(&listener)).collect();
        let bytes = frame(&pattern(10_000));
        let mut at = 0;
        // Every byte is progress, and still the whole frame has one deadline.
        eventually("they are closed", || {
            for stream in &mut slow {
                let _ = stream.write(&bytes[at..at + 1]);
            }
            at += 1;
            healthy.write_all(&frame(b"hello")).expect("written");
            assert_eq!(read_frame(&mut healthy), b"hello");
            std::thread::sleep(Duration::from_millis(10));
            runtime.counters(0).closed >= SLOW as u64
        });
        // Counted as closed first, then gone with their last operation.
        eventually("one is left", || runtime.counters(0).connections == 1);
        drop(healthy);
        is_at_rest(&runtime, 0);
    });
}

#[test]
fn a_large_frame_has_the_time_that_its_length_takes() {
    on_every_kernel_driver(|driver| {
        let config = Config {
            partial_frame_timeout: Duration::from_millis(50),
            // Half a minute for this frame; what is there of it would be late after the fifth of the time it takes.
            partial_frame_rate: 32 << 10,
            ..Config::default()
        };
        let runtime = runtime(driver, 1, config);
        let listener = serve(&runtime, "127.0.0.1:0", |_| echo_frames());
        let mut stream = dial_tcp(&listener);
        let payload = pattern(1 << 20);
        for piece in frame(&payload).chunks(128 << 10) {
            stream.write_all(piece).expect("written");
            std::thread::sleep(Duration::from_millis(30));
        }
        assert!(read_frame(&mut stream) == payload);
        assert_eq!(runtime.counters(0).closed, 0);
    });
}

/// Sends requests until the core stops reading them; returns how many whole ones were sent.
fn fill(stream: &mut TcpStream, request: &[u8]) -> usize {
    stream.set_nonblocking(true).expect("non-blocking");
    let (mut sent, mut refused) = (0, 0);
    while refused < 20 {
        match stream.write(&request[sent % request.len()..]) {
            Ok(count) => {
                sent += count;
                refused = 0;
            }
            Err(error) if error.kind() == ErrorKind::WouldBlock => {
                refused += 1;
                std::thread::sleep(Duration::from_millis(10));
            }
            Err(error) => panic!("the core hung up: {error}"),
        }
    }
    sent / request.len()
}

#[test]
fn a_reader_that_never_reads_costs_its_high_water_mark_and_gets_everything_when_it_reads() {
    const DEAF: usize = 10;
    on_every_kernel_driver(|driver| {
        let config = Config {
            output_high_water_bytes: 512 << 10,
            output_low_water_bytes: 128 << 10,
            ..Config::default()
        };
        let (high_water, blocks) = (
            config.output_high_water_bytes,
            usize::from(config.receive_blocks) * config.block_bytes,
        );
        let runtime = runtime(driver, 1, config);
        let listener = serve(&runtime, "127.0.0.1:0", |_| echo_frames());
        let request = frame(&pattern(3_000));
        let mut deaf: Vec<_> = (0..DEAF).map(|_| dial_tcp(&listener)).collect();
        let sent: Vec<usize> = deaf
            .iter_mut()
            .map(|stream| fill(stream, &request))
            .collect();
        assert!(runtime.counters(0).paused >= DEAF as u64);
        let stats = runtime.block_on(0, || async { netpoll::pool().stats() });
        println!(
            "{driver:?}: {DEAF} deaf peers hold {} KiB, {} KiB each",
            stats.in_use_bytes >> 10,
            ((stats.in_use_bytes - blocks) / DEAF) >> 10
        );
        // What waits is copied into blocks of up to twice its size. Beside it there are the send in flight and what was
        // received when reading paused, each at most what the receive blocks hold.
        let each = 2 * (high_water + blocks);
        assert!(stats.in_use_bytes < blocks + DEAF * each, "{stats:?}");
        for (stream, sent) in deaf.iter_mut().zip(sent) {
            stream.set_nonblocking(false).expect("blocking");
            for _ in 0..sent {
                assert!(read_frame(stream) == request[4..]);
            }
        }
        // The last request of each is a part of one; with its rest it is answered too.
        drop(deaf);
        is_at_rest(&runtime, 0);
    });
}

/// The longest round trip of `stream` in the time that `during` takes.
fn longest_wait(stream: &mut TcpStream, during: impl FnOnce() + Send) -> (Duration, usize) {
    let over = AtomicBool::new(false);
    std::thread::scope(|scope| {
        scope.spawn(|| {
            during();
            over.store(true, Ordering::Relaxed);
        });
        let (request, mut worst, mut count) = (frame(&pattern(1_024)), Duration::ZERO, 0);
        while !over.load(Ordering::Relaxed) {
            let begin = Instant::now();
            stream.write_all(&request).expect("written");
            assert!(read_frame(stream).len() == 1_024);
            worst = worst.max(begin.elapsed());
            count += 1;
        }
        (worst, count)
    })
}

#[test]
fn five_hundred_slow_and_fifty_deaf_peers_keep_nobody_waiting() {
    on_every_kernel_driver(|driver| {
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
        runtime.on_core(0, watch_the_core).expect("the core runs");
        let mut healthy = dial_tcp(&listener);
        let mut slow = crowd(&runtime, 500, || dial_tcp(&listener));
        let mut deaf = crowd(&runtime, 50, || dial_deaf(&listener));
        let (request, bytes) = (frame(&pattern(16_000)), frame(&pattern(80)));
        let (worst, count) = longest_wait(&mut healthy, || {
            let crowd_deaf = |deaf: &mut Vec<TcpStream>| {
                for stream in deaf {
                    let _ = stream.write(&request);
                }
            };
            for round in 0..2 * bytes.len() {
                crowd_deaf(&mut deaf);
                for stream in &mut slow {
                    let at = round % bytes.len();
                    assert_eq!(stream.write(&bytes[at..at + 1]).expect("written"), 1);
                }
            }
            eventually("the deaf are paused", || {
                crowd_deaf(&mut deaf);
                runtime.counters(0).paused >= 50
            });
        });
        let busy = Duration::from_nanos(runtime.block_on(0, || async { LONGEST_BUSY.take() }));
        println!(
            "{driver:?}: the longest of {count} round trips took {worst:?}, \
             the core computed for {busy:?} without a look at its timers"
        );
        // 50 ms is what is wanted on a quiet machine; this bound holds on a busy one too.
        assert!(worst < Duration::from_secs(1), "{worst:?}");
        for stream in &mut slow {
            stream.set_nonblocking(false).expect("blocking");
            assert!(read_frame(stream) == bytes[4..]);
        }
    });
}

thread_local! {
    /// The longest time that the core computed between two looks at its timers, in nanoseconds.
    static LONGEST_BUSY: Cell<u64> = const { Cell::new(0) };
}

/// Measures how long the core is busy at a stretch. In time of the CPU, which other programs on the machine do not change.
fn watch_the_core() {
    let cpu_time = || {
        let time = rustix::time::clock_gettime(rustix::time::ClockId::ThreadCPUTime);
        time.tv_sec as u64 * 1_000_000_000 + time.tv_nsec as u64
    };
    drop(spawn_local(async move {
        let mut before = cpu_time();
        loop {
            sleep(Duration::from_millis(1)).await;
            let now = cpu_time();
            LONGEST_BUSY.set(LONGEST_BUSY.get().max(now - before));
            before = now;
        }
    }));
}

/// `count` connections that do not block whoever writes to them.
fn crowd(runtime: &Runtime, count: usize, dial: impl Fn() -> TcpStream) -> Vec<TcpStream> {
    let before = runtime.counters(0).connections;
    let streams: Vec<_> = (0..count).map(|_| dial()).collect();
    eventually("all are served", || {
        // More when one that was dialled before is only accepted now.
        runtime.counters(0).connections >= before + count as u64
    });
    for stream in &streams {
        stream.set_nonblocking(true).expect("non-blocking");
    }
    streams
}

/// A connection whose kernel buffers take little of what the core sends.
fn dial_deaf(listener: &ListenerHandle) -> TcpStream {
    let Address::Tcp(address) = listener.address() else {
        panic!("a TCP listener")
    };
    let socket = Socket::new(Domain::for_address(*address), Type::STREAM, None).expect("a socket");
    socket
        .set_recv_buffer_size(4 << 10)
        .expect("a small buffer");
    socket
        .connect(&SockAddr::from(*address))
        .expect("the server accepts");
    socket.into()
}

#[test]
fn a_large_answer_reaches_a_slow_reader_whole() {
    on_every_kernel_driver(|driver| {
        let runtime = runtime(driver, 1, Config::default());
        let listener = serve(&runtime, "127.0.0.1:0", |_| {
            Framed::new(|connection: &Connection, request| {
                let count = u32::from_be_bytes([request[4], request[5], request[6], request[7]]);
                // Pieces by copy and by reference, so that the send has many of both.
                for piece in pattern(count as usize).chunks(100_000) {
                    connection.write(|writer| {
                        writer.put_slice(&piece[..piece.len() / 3]);
                        writer.put_bytes(piece[piece.len() / 3..].to_vec().into());
                    });
                }
                connection.close();
            })
        });
        let mut stream = dial_tcp(&listener);
        let count = 12 << 20;
        stream
            .write_all(&frame(&(count as u32).to_be_bytes()))
            .expect("written");
        let mut answer = Vec::new();
        let mut chunk = vec![0; 256 << 10];
        loop {
            match stream.read(&mut chunk).expect("read") {
                0 => break,
                bytes => answer.extend_from_slice(&chunk[..bytes]),
            }
            std::thread::sleep(Duration::from_millis(1));
        }
        assert!(answer == pattern(count));
        is_at_rest(&runtime, 0);
    });
}
