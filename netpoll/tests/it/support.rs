//! Runs a test on every driver, and small protocols for tests.

use std::io::Read;
use std::rc::Rc;
use std::time::Duration;

use netpoll::sim::Sim;
use netpoll::{
    Acceptor, Address, Config, Connection, DriverChoice, LinkBuffer, ListenerHandle, Protocol,
    Runtime,
};

use crate::peer::TwoHandles;

/// Runs `test` on each driver, on the simulated one with several seeds. A driver that this kernel refuses is an error,
/// not a skipped test.
pub(crate) fn on_every_driver(test: impl Fn(DriverChoice)) {
    on_every_kernel_driver(&test);
    on_seeds(SEEDS, |sim| test(DriverChoice::Sim(sim)));
}

/// Runs `test` on io_uring and epoll.
pub(crate) fn on_every_kernel_driver(test: impl Fn(DriverChoice)) {
    for driver in [DriverChoice::Uring, DriverChoice::Epoll] {
        println!("driver {driver:?}");
        test(driver);
    }
}

/// Runs `test` with `count` seeds, times the number in `NETPOLL_SIM_TIMES`; or with the one in `NETPOLL_SIM_SEED`.
pub(crate) fn on_seeds(count: u64, test: impl Fn(Sim)) {
    let number = |name| {
        let value = std::env::var(name).ok()?;
        Some(value.parse::<u64>().expect("a number"))
    };
    let seeds = match number("NETPOLL_SIM_SEED") {
        Some(seed) => seed..seed + 1,
        None => 1..1 + count * number("NETPOLL_SIM_TIMES").unwrap_or(1),
    };
    for seed in seeds {
        println!("seed {seed}");
        test(Sim::new(seed));
    }
}

pub(crate) fn runtime(driver: DriverChoice, cores: usize, config: Config) -> Runtime {
    Runtime::builder()
        .cores(cores)
        .driver(driver)
        .config(config)
        .start()
        .expect("the runtime starts")
}

/// Sends back whatever arrives.
pub(crate) struct Echo;

impl Protocol for Echo {
    fn on_read(&mut self, connection: &Connection, input: &mut LinkBuffer) {
        connection.send(input);
    }
}

pub(crate) fn serve<P, F>(runtime: &Runtime, address: &str, make: F) -> ListenerHandle
where
    P: Protocol,
    F: Fn(&Connection) -> P + Clone + Send + Sync + 'static,
{
    let address: Address = address.parse().expect("a good address");
    runtime
        .listen(&address, move |_core| {
            let make = make.clone();
            Rc::new(move |connection: &Connection| Box::new(make(connection)) as Box<dyn Protocol>)
                as Rc<dyn Acceptor>
        })
        .expect("the address is free")
}

/// Sends `bytes` while reading as many back, and compares.
pub(crate) fn round_trip(stream: &mut impl TwoHandles, bytes: &[u8]) {
    let mut reader = stream.second_handle();
    std::thread::scope(|scope| {
        let count = bytes.len();
        let answer = scope.spawn(move || {
            let mut answer = vec![0; count];
            reader.read_exact(&mut answer).expect("the echo arrives");
            answer
        });
        stream.write_all(bytes).expect("the server reads");
        assert!(
            answer.join().expect("the reader lives") == bytes,
            "the echo differs"
        );
    });
}

/// Reads one frame of the framed protocol: its body.
pub(crate) fn read_frame(stream: &mut impl Read) -> Vec<u8> {
    let mut head = [0; 4];
    stream.read_exact(&mut head).expect("a frame begins");
    let mut body = vec![0; u32::from_be_bytes(head) as usize];
    stream.read_exact(&mut body).expect("the frame ends");
    body
}

/// Bytes that tell their position.
pub(crate) fn pattern(count: usize) -> Vec<u8> {
    (0..count as u32)
        .map(|i| (i.wrapping_mul(2_654_435_761) >> 13) as u8)
        .collect()
}

/// Waits until `condition` holds; a test that would wait for ever fails after twenty seconds.
pub(crate) fn eventually(what: &str, mut condition: impl FnMut() -> bool) {
    let begin = std::time::Instant::now();
    while !condition() {
        assert!(
            begin.elapsed() < Duration::from_secs(20),
            "did not happen: {what}"
        );
        std::thread::sleep(Duration::from_millis(2));
    }
}

/// Seeds of a test that runs on the simulated network in real time.
const SEEDS: u64 = 5;
