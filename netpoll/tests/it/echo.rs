//! Bytes in, the same bytes out.

use std::io::{Read, Write};
use std::time::{Duration, Instant};

use netpoll::{Config, DriverChoice};

use crate::peer::dial;
use crate::support::{Echo, eventually, on_every_driver, pattern, round_trip, runtime, serve};

#[test]
fn echoes_messages_of_every_size() {
    on_every_driver(|driver| {
        let runtime = runtime(driver, 1, Config::default());
        let listener = serve(&runtime, "127.0.0.1:0", |_| Echo);
        let mut stream = dial(&listener);
        for size in [
            1,
            2,
            127,
            1_024,
            4_095,
            4_096,
            65_535,
            65_536,
            65_537,
            1 << 20,
            (4 << 20) + 3,
        ] {
            round_trip(&mut stream, &pattern(size));
        }
        assert!(runtime.counters(0).bytes_received > 5 << 20);
        runtime.shutdown(Duration::from_secs(5));
    });
}

#[test]
fn many_connections_do_not_mix_their_bytes() {
    on_every_driver(|driver| {
        let runtime = runtime(driver, 2, Config::default());
        let listener = serve(&runtime, "127.0.0.1:0", |_| Echo);
        let mut streams: Vec<_> = (0..200).map(|_| dial(&listener)).collect();
        for round in 0..20 {
            for (index, stream) in streams.iter_mut().enumerate() {
                stream
                    .write_all(&[index as u8; 700][..100 + round])
                    .expect("written");
            }
            for (index, stream) in streams.iter_mut().enumerate() {
                let mut answer = vec![0; 100 + round];
                stream.read_exact(&mut answer).expect("read");
                assert!(answer.iter().all(|byte| *byte == index as u8));
            }
        }
        let accepted: u64 = (0..2).map(|core| runtime.counters(core).accepted).sum();
        assert_eq!(accepted, 200);
        drop(streams);
        eventually("all connections are closed", || {
            (0..2)
                .map(|core| runtime.counters(core).connections)
                .sum::<u64>()
                == 0
        });
        runtime.shutdown(Duration::from_secs(5));
    });
}

#[test]
fn serves_a_unix_socket_on_two_cores() {
    on_every_driver(|driver| {
        let path = std::env::temp_dir().join(format!("netpoll-echo-{}", std::process::id()));
        let runtime = runtime(driver, 2, Config::default());
        let listener = serve(&runtime, &format!("unix:{}", path.display()), |_| Echo);
        for _ in 0..10 {
            round_trip(&mut dial(&listener), &pattern(100_000));
        }
        runtime.shutdown(Duration::from_secs(5));
        // The simulated network has no file for it.
        let _ = std::fs::remove_file(path);
    });
}

#[test]
fn zero_copy_sends_arrive_whole_and_give_their_memory_back() {
    on_every_driver(|driver| {
        let config = Config {
            zero_copy_bytes_min: 1,
            zero_copy_on_loopback: true,
            ..Config::default()
        };
        let runtime = runtime(driver, 1, config);
        let listener = serve(&runtime, "127.0.0.1:0", |_| Echo);
        let in_use = || runtime.block_on(0, || async { netpoll::pool().stats().in_use_bytes });
        let mut stream = dial(&listener);
        // The drivers keep a receive block in use from the first byte on.
        round_trip(&mut stream, b"x");
        let before = in_use();
        for size in [1, 1_000, 100_000, 3 << 20] {
            for _ in 0..5 {
                round_trip(&mut stream, &pattern(size));
            }
        }
        drop(stream);
        eventually("the memory is back", || in_use() <= before);
        runtime.shutdown(Duration::from_secs(5));
    });
}

/// The completion of a send alone does not end a wait: with one request in flight a turn is a request. Where the next request
/// takes longer than the wait for it may last, there is one turn more.
#[test]
fn a_request_costs_one_system_call_where_the_kernel_can_wait_for_it() {
    const REQUESTS: u64 = 2_000;
    let runtime = runtime(DriverChoice::Uring, 1, Config::default());
    if !runtime.capabilities().contains("minimum wait") {
        return println!("this kernel cannot: {}", runtime.capabilities());
    }
    let listener = serve(&runtime, "127.0.0.1:0", |_| Echo);
    let mut stream = dial(&listener);
    let (before, begin) = (runtime.counters(0).enters, Instant::now());
    for _ in 0..REQUESTS {
        round_trip(&mut stream, &pattern(100));
    }
    let enters = runtime.counters(0).enters - before;
    let slow = begin.elapsed().as_millis() as u64 / 5;
    assert!(
        enters <= REQUESTS + REQUESTS / 10 + slow,
        "{enters} calls for {REQUESTS} requests, of which {slow} at most were slow"
    );
}
