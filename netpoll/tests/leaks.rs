//! Thousands of connections leave nothing behind: a program of its own, because it counts the process's descriptors.

use std::io::{Read, Write};
use std::net::TcpStream;
use std::rc::Rc;
use std::time::{Duration, Instant};

use netpoll::{
    Acceptor, Address, CloseReason, Config, Connection, CountersSnapshot, DriverChoice, LinkBuffer,
    Protocol, Runtime,
};

/// Ends in its own way after the first message, which names the way.
struct Ending;

impl Protocol for Ending {
    fn on_read(&mut self, connection: &Connection, input: &mut LinkBuffer) {
        match input.first().first() {
            Some(b'c') => {
                connection.send(input);
                connection.close();
            }
            Some(b'a') => connection.abort(),
            Some(b'x') => connection.expect(1 << 20),
            _ => connection.send(input),
        }
    }

    fn on_inactive(&mut self, _connection: &Connection, _reason: CloseReason) {}
}

/// What a runtime and this process hold.
#[derive(Debug, PartialEq, Eq)]
struct Held {
    descriptors: usize,
    pool_blocks: usize,
    operations: u64,
    connections: u64,
}

fn held(runtime: &Runtime) -> Held {
    let pool_blocks = runtime.block_on(0, || async {
        netpoll::pool().reclaim();
        netpoll::pool().stats().in_use_blocks
    });
    let CountersSnapshot {
        in_flight,
        connections,
        ..
    } = runtime.counters(0);
    Held {
        descriptors: descriptors(),
        pool_blocks,
        operations: in_flight,
        connections,
    }
}

fn descriptors() -> usize {
    std::fs::read_dir("/proc/self/fd")
        .expect("Linux has it")
        .count()
}

fn connect_and_end(address: std::net::SocketAddr, number: usize) {
    let mut stream = TcpStream::connect(address).expect("the server accepts");
    let linger = socket2::SockRef::from(&stream);
    match number % 6 {
        0 => return,
        1 => linger.set_linger(Some(Duration::ZERO)).expect("linger"),
        2 => stream.write_all(b"c and close").expect("written"),
        3 => stream.write_all(b"a").expect("written"),
        4 => stream
            .write_all(b"x begins a large frame")
            .expect("written"),
        _ => stream.write_all(b"e").expect("written"),
    }
    if matches!(number % 6, 2 | 3 | 5) {
        let _ = stream.read(&mut [0; 64]);
    }
}

#[test]
fn thousands_of_connections_leave_nothing_behind() {
    let at_first = descriptors();
    for driver in [DriverChoice::Uring, DriverChoice::Epoll] {
        for direct_descriptors in [true, false] {
            let config = Config {
                direct_descriptors,
                ..Config::default()
            };
            check(driver, config);
            // The runtime itself is gone too; the kernel takes a ring apart a moment after it was closed.
            wait_until("the runtime left no descriptor", || {
                descriptors() == at_first
            });
        }
    }
}

fn check(driver: DriverChoice, config: Config) {
    let runtime = Runtime::builder().cores(1).driver(driver).config(config);
    let runtime = runtime.start().expect("the runtime starts");
    let address: Address = "127.0.0.1:0".parse().expect("an address");
    let listener = runtime.listen(&address, |_| {
        Rc::new(|_: &Connection| Box::new(Ending) as Box<dyn Protocol>) as Rc<dyn Acceptor>
    });
    let listener = listener.expect("the address is free");
    let Address::Tcp(address) = *listener.address() else {
        panic!("a TCP listener")
    };
    for number in 0..60 {
        connect_and_end(address, number);
    }
    wait_until("the first are gone", || runtime.counters(0).closed == 60);
    let before = held(&runtime);
    for number in 0..CONNECTIONS {
        connect_and_end(address, number);
        if number % 10 == 0 {
            connect_from_the_core(&runtime, address);
        }
    }
    wait_until("all are gone", || {
        let counters = runtime.counters(0);
        counters.accepted == 60 + (CONNECTIONS + CONNECTIONS / 10) as u64
            && counters.connections == 0
    });
    let mut after = held(&runtime);
    wait_until("nothing is left", || {
        after = held(&runtime);
        // A block that is received into may be another one; it is never one more.
        after == before
    });
    println!("{driver:?}: {CONNECTIONS} connections, {after:?}");
}

/// An outgoing connection and an attempt that is given up.
fn connect_from_the_core(runtime: &Runtime, address: std::net::SocketAddr) {
    runtime.block_on(0, move || async move {
        let address = Address::from(address);
        let connection = netpoll::connect(&address, |_| Box::new(Ending)).await;
        connection.expect("the server accepts").close();
        let unreachable = Address::from(std::net::SocketAddr::from(([127, 0, 0, 1], 1)));
        let refused = netpoll::connect(&unreachable, |_| Box::new(Ending)).await;
        assert!(refused.is_err());
        let given_up = netpoll::connect(&unreachable, |_| Box::new(Ending));
        assert!(netpoll::timeout(Duration::ZERO, given_up).await.is_err());
    });
}

fn wait_until(what: &str, mut condition: impl FnMut() -> bool) {
    let begin = Instant::now();
    while !condition() {
        assert!(
            begin.elapsed() < Duration::from_secs(20),
            "did not happen: {what}"
        );
        std::thread::sleep(Duration::from_millis(2));
    }
}

const CONNECTIONS: usize = 3_000;
