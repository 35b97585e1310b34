//! Runs a test on every driver, and small protocols for tests.

use std::io::{Read, Write};
use std::net::TcpStream;
use std::rc::Rc;
use std::time::Duration;

use netpoll::{
    Acceptor, Address, Config, Connection, DriverChoice, LinkBuffer, ListenerHandle, Protocol,
    Runtime,
};

/// Runs `test` on each driver. A driver that this kernel refuses is an error, not a skipped test.
pub(crate) fn on_every_driver(test: impl Fn(DriverChoice)) {
    for driver in [DriverChoice::Uring, DriverChoice::Epoll] {
        println!("driver {driver:?}");
        test(driver);
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

pub(crate) fn dial(listener: &ListenerHandle) -> TcpStream {
    let Address::Tcp(address) = listener.address() else {
        panic!("a TCP listener")
    };
    let stream = TcpStream::connect(address).expect("the server accepts");
    stream
        .set_read_timeout(Some(Duration::from_secs(20)))
        .expect("a timeout can be set");
    stream.set_nodelay(true).expect("nodelay can be set");
    stream
}

/// Sends `bytes` while reading as many back, and compares.
pub(crate) fn round_trip(stream: &mut TcpStream, bytes: &[u8]) {
    let mut reader = stream.try_clone().expect("a second handle");
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
pub(crate) fn read_frame(stream: &mut TcpStream) -> Vec<u8> {
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
