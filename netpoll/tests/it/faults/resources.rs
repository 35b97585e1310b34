//! Resources that run out: memory, descriptors, the completion queue, connections, a core.

use std::io::{Read, Write};
use std::net::TcpStream;
use std::time::{Duration, Instant};

use netpoll::{Config, Connection, LinkBuffer, Protocol};

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
        if driver == netpoll::DriverChoice::Uring {
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

/// The server half of the test below: runs in a process of its own, with few descriptors.
#[test]
#[ignore = "started by descriptors_that_run_out_pause_accepting_and_no_more"]
fn server_with_few_descriptors() {
    let Ok(mode) = std::env::var(CHILD) else {
        return;
    };
    let (driver, direct) = mode.split_once(',').expect("driver and mode");
    let config = Config {
        direct_descriptors: direct == "direct",
        ..Config::default()
    };
    let limit = rustix::process::Rlimit {
        current: Some(DESCRIPTORS),
        maximum: Some(DESCRIPTORS),
    };
    rustix::process::setrlimit(rustix::process::Resource::Nofile, limit).expect("lowered");
    let runtime = runtime(driver.parse().expect("a driver"), 1, config);
    let listener = serve(&runtime, "127.0.0.1:0", |_| Echo);
    println!("\nlistening {}", listener.address());
    // The parent closes our input when it is done.
    let _ = std::io::stdin().read(&mut [0; 1]);
    let counters = runtime.counters(0);
    println!("\nerrors {}", counters.accept_errors);
}

#[test]
fn descriptors_that_run_out_pause_accepting_and_no_more() {
    for mode in ["uring,direct", "uring,ordinary", "epoll,ordinary"] {
        let mut child = std::process::Command::new(std::env::current_exe().expect("this program"))
            .args(["--exact", "faults::resources::server_with_few_descriptors"])
            .args(["--ignored", "--nocapture"])
            .env(CHILD, mode)
            .stdin(std::process::Stdio::piped())
            .stdout(std::process::Stdio::piped())
            .spawn()
            .expect("the server starts");
        let mut output = std::io::BufReader::new(child.stdout.take().expect("its output"));
        let address = line_after(&mut output, "listening ");
        let connect = || TcpStream::connect(&address).expect("the kernel accepts");
        for round in 0..2 {
            let mut streams: Vec<_> = (0..2 * DESCRIPTORS).map(|_| connect()).collect();
            let served = count_served(&mut streams);
            println!("{mode}: {served} of {} are served", 2 * DESCRIPTORS);
            assert!(served > 0 && served < 2 * DESCRIPTORS as usize, "{served}");
            drop(streams);
            let begin = Instant::now();
            while count_served(&mut [connect()]) == 0 {
                assert!(begin.elapsed() < Duration::from_secs(20), "round {round}");
            }
        }
        drop(child.stdin.take());
        let errors: u64 = line_after(&mut output, "errors ").parse().expect("a count");
        assert!(errors > 0);
        assert!(child.wait().expect("it ends").success());
    }
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

fn line_after(output: &mut impl std::io::BufRead, prefix: &str) -> String {
    let mut line = String::new();
    loop {
        line.clear();
        assert!(
            output.read_line(&mut line).expect("read") > 0,
            "the server ended"
        );
        if let Some(rest) = line.trim_end().strip_prefix(prefix) {
            return rest.to_owned();
        }
    }
}

const BUSY: Duration = Duration::from_millis(400);
const CHILD: &str = "NETPOLL_TEST_FEW_DESCRIPTORS";
const DESCRIPTORS: u64 = 40;
