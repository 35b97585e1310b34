//! Resources that run out: memory, descriptors, the completion queue, connections, a core.

use std::io::{Read, Write};
use std::net::TcpStream;
use std::time::{Duration, Instant};

use netpoll::{Config, Connection, DriverChoice, LinkBuffer, Protocol};
use rustix::process::Resource;

use super::child::{self, ChildServer};
use super::is_at_rest;
use crate::frames::{echo_frames, frame};
use crate::peer::dial_tcp;
use crate::support::{
    Echo, eventually, on_every_kernel_driver, pattern, read_frame, round_trip, runtime, serve,
};

/// All streams send `frames` frames of `size` bytes and read them back, at the same time.
fn exchange(streams: &mut [TcpStream], frames: usize, size: usize) {
    std::thread::scope(|scope| {
        for (index, stream) in streams.iter_mut().enumerate() {
            let mut writer = stream.try_clone().expect("a second handle");
            let body = move |number: usize| {
                let mut body = pattern(size);
                body[0] = index as u8;
                body[size - 1] = number as u8;
                body
            };
            scope.spawn(move || {
                for number in 0..frames {
                    writer.write_all(&frame(&body(number))).expect("written");
                }
            });
            scope.spawn(move || {
                for number in 0..frames {
                    assert!(read_frame(stream) == body(number), "stream {index}");
                }
            });
        }
    });
}

#[test]
fn a_pool_that_is_too_small_makes_receives_wait_and_loses_nothing() {
    on_every_kernel_driver(|driver| {
        let config = Config {
            pool_bytes_max: 512 << 10,
            block_bytes: 16 << 10,
            receive_blocks: 4,
            output_high_water_bytes: 64 << 10,
            output_low_water_bytes: 16 << 10,
            partial_frame_timeout: Duration::from_secs(60),
            ..Config::default()
        };
        let runtime = runtime(driver, 1, config);
        let listener = serve(&runtime, "127.0.0.1:0", |_| echo_frames());
        let mut streams: Vec<_> = (0..20).map(|_| dial_tcp(&listener)).collect();
        exchange(&mut streams, 40, 20_000);
        let starved = runtime.counters(0).receive_starved;
        println!("{driver:?}: {starved} receives found no memory");
        assert!(starved > 0, "the pool was large enough");
        drop(streams);
        is_at_rest(&runtime, 0);
    });
}

#[test]
fn a_completion_queue_that_overflows_keeps_every_byte_in_its_place() {
    on_every_kernel_driver(|driver| {
        // Eight completions at once; every connection makes several.
        let config = Config {
            submissions_max: 1,
            ..Config::default()
        };
        let runtime = runtime(driver, 1, config);
        let listener = serve(&runtime, "127.0.0.1:0", |_| Echo);
        let mut streams: Vec<_> = (0..60).map(|_| dial_tcp(&listener)).collect();
        eventually("all are served", || runtime.counters(0).connections == 60);
        for round in 0..20 {
            // The core looks away while everyone sends.
            let _ = runtime.on_core(0, || std::thread::sleep(Duration::from_millis(20)));
            for (index, stream) in streams.iter_mut().enumerate() {
                let bytes = vec![index as u8; 500 + 100 * round];
                stream.write_all(&bytes).expect("written");
            }
            for (index, stream) in streams.iter_mut().enumerate() {
                let mut answer = vec![0; 500 + 100 * round];
                stream.read_exact(&mut answer).expect("read");
                assert!(answer.iter().all(|byte| *byte == index as u8));
            }
        }
        exchange(&mut streams[..8], 1, 300_000);
        let overflows = runtime.counters(0).completion_overflows;
        println!("{driver:?}: the completion queue overflowed in {overflows} turns");
        if driver == DriverChoice::Uring {
            assert!(overflows > 0, "the queue was large enough");
        }
        drop(streams);
        is_at_rest(&runtime, 0);
    });
}

#[test]
fn connections_above_the_limit_are_refused_and_room_is_used_again() {
    on_every_kernel_driver(|driver| {
        let config = Config {
            connections_max: 10,
            ..Config::default()
        };
        let runtime = runtime(driver, 1, config);
        let listener = serve(&runtime, "127.0.0.1:0", |_| Echo);
        for _ in 0..3 {
            let mut served: Vec<_> = (0..10).map(|_| dial_tcp(&listener)).collect();
            for stream in &mut served {
                round_trip(stream, b"hello");
            }
            let before = runtime.counters(0).refused;
            for _ in 0..20 {
                let mut refused = dial_tcp(&listener);
                assert_eq!(refused.read(&mut [0; 1]).unwrap_or(0), 0);
            }
            // The kernel hangs up a moment before the core hears of it.
            eventually("all are counted", || {
                runtime.counters(0).refused == before + 20
            });
            drop(served);
            eventually("all are closed", || runtime.counters(0).connections == 0);
        }
        assert_eq!(runtime.counters(0).accept_errors, 0);
    });
}

/// Answers with the index of its core; a request of `b` keeps the core busy for a while.
struct Which;

impl Protocol for Which {
    fn on_read(&mut self, connection: &Connection, input: &mut LinkBuffer) {
        if input.first() == b"b" {
            std::thread::sleep(BUSY);
        }
        input.clear();
        let core = netpoll::core_index().expect("on a core");
        connection.write(|writer| writer.put_u8(core as u8));
    }
}

fn ask(stream: &mut TcpStream, question: &[u8]) -> usize {
    let mut answer = [0];
    stream.write_all(question).expect("written");
    stream.read_exact(&mut answer).expect("read");
    usize::from(answer[0])
}

#[test]
fn a_core_that_is_busy_does_not_hold_up_another() {
    on_every_kernel_driver(|driver| {
        let runtime = runtime(driver, 2, Config::default());
        let listener = serve(&runtime, "127.0.0.1:0", |_| Which);
        let mut on_core = [None, None];
        // The kernel spreads connections by a hash of their addresses.
        eventually("each core has a connection", || {
            let mut stream = dial_tcp(&listener);
            let core = ask(&mut stream, b"?");
            on_core[core] = Some(stream);
            on_core.iter().all(Option::is_some)
        });
        let [Some(mut blocked), Some(mut free)] = on_core else {
            panic!("each core has a connection");
        };
        blocked.write_all(b"b").expect("written");
        let (begin, mut worst, mut count) = (Instant::now(), Duration::ZERO, 0);
        while begin.elapsed() < BUSY / 2 {
            let asked = Instant::now();
            assert_eq!(ask(&mut free, b"?"), 1);
            worst = worst.max(asked.elapsed());
            count += 1;
        }
        println!("{driver:?}: {count} answers beside a busy core, the slowest after {worst:?}");
        assert!(count > 10);
        let mut late = [0];
        blocked.read_exact(&mut late).expect("read");
        assert_eq!(late, [0]);
    });
}

/// The server half of the test below.
#[test]
#[ignore = "started by descriptors_that_run_out_pause_accepting_and_no_more"]
fn server_with_few_descriptors() {
    let Some(mode) = child::mode() else {
        return;
    };
    let (driver, descriptors) = mode.split_once(',').expect("driver and descriptors");
    child::lower(Resource::Nofile, DESCRIPTORS);
    let config = Config {
        direct_descriptors: descriptors == "direct",
        ..Config::default()
    };
    let runtime = runtime(driver.parse().expect("a driver"), 1, config);
    let listener = serve(&runtime, "127.0.0.1:0", |_| Echo);
    child::serve_parent(&listener, || runtime.counters(0).accept_errors);
}

#[test]
fn descriptors_that_run_out_pause_accepting_and_no_more() {
    for mode in ["uring,direct", "uring,ordinary", "epoll,ordinary"] {
        let server = "faults::resources::server_with_few_descriptors";
        let server = ChildServer::start(server, mode);
        for round in 0..2 {
            let streams = (0..2 * DESCRIPTORS).map(|_| server.connect());
            let mut streams: Vec<_> = streams.collect();
            let served = count_served(&mut streams);
            println!("{mode}: {served} of {} are served", 2 * DESCRIPTORS);
            assert!(served > 0 && served < 2 * DESCRIPTORS as usize, "{served}");
            drop(streams);
            let begin = Instant::now();
            while count_served(&mut [server.connect()]) == 0 {
                assert!(begin.elapsed() < Duration::from_secs(20), "round {round}");
            }
        }
        assert!(server.finish() > 0, "no accept failed");
    }
}

/// The server half of the test below.
#[test]
#[ignore = "started by zero_copy_goes_on_with_copies_when_no_more_memory_may_be_locked"]
fn server_that_may_lock_little_memory() {
    if child::mode().is_none() {
        return;
    }
    child::lower(Resource::Memlock, LOCKED_BYTES);
    // The limit is none for whoever may do everything.
    // SAFETY: a system call without memory; this process does nothing else as another user.
    let _ = unsafe { libc::setuid(NOBODY) };
    let config = Config {
        zero_copy_bytes_min: 1,
        zero_copy_on_loopback: true,
        ..Config::default()
    };
    let runtime = runtime(DriverChoice::Uring, 1, config);
    let listener = serve(&runtime, "127.0.0.1:0", |_| echo_frames());
    child::serve_parent(&listener, || runtime.counters(0).closed);
}

#[test]
fn zero_copy_goes_on_with_copies_when_no_more_memory_may_be_locked() {
    let server = "faults::resources::server_that_may_lock_little_memory";
    let server = ChildServer::start(server, "uring");
    let mut streams: Vec<_> = (0..8).map(|_| server.connect()).collect();
    exchange(&mut streams, 3, 600_000);
    assert_eq!(server.finish(), 0, "connections failed");
}

/// How many of `streams` answer, after a while.
fn count_served(streams: &mut [TcpStream]) -> usize {
    for stream in &mut *streams {
        // May fail where the server hung up.
        let _ = stream.write_all(b"hello");
        stream.set_nonblocking(true).expect("non-blocking");
    }
    std::thread::sleep(Duration::from_millis(300));
    let answered = |stream: &mut TcpStream| {
        let mut answer = [0; 5];
        let result = stream.read_exact(&mut answer);
        assert!(result.is_err() || &answer == b"hello");
        result.is_ok()
    };
    let served = streams.iter_mut().map(answered);
    served.filter(|served| *served).count()
}

const BUSY: Duration = Duration::from_millis(400);
const DESCRIPTORS: u64 = 40;
const NOBODY: libc::uid_t = 65_534;
/// Memory that a process without privileges may lock, in bytes: enough for a ring and a few sends.
const LOCKED_BYTES: u64 = 1 << 20;
