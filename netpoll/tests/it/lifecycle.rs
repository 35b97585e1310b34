//! Start, connect, close, deadlines, stop.

use std::cell::RefCell;
use std::io::{Read, Write};
use std::rc::Rc;
use std::sync::mpsc::{self, Sender};
use std::time::Duration;

use netpoll::{
    Address, CloseReason, Config, Connection, DriverChoice, LinkBuffer, Protocol, Runtime,
};

use crate::peer::dial;
use crate::support::{Echo, eventually, on_every_driver, round_trip, runtime, serve};

/// Tells why it ended.
#[derive(Clone)]
struct Told(Sender<CloseReason>);

impl Protocol for Told {
    fn on_read(&mut self, connection: &Connection, input: &mut LinkBuffer) {
        // Takes nothing that does not end in a full stop: a frame of sorts.
        if input
            .chunks()
            .last()
            .is_some_and(|chunk| chunk.ends_with(b"."))
        {
            connection.send(input);
        }
    }

    fn on_inactive(&mut self, _connection: &Connection, reason: CloseReason) {
        let _ = self.0.send(reason);
    }
}

#[test]
fn says_why_a_connection_ended() {
    on_every_driver(|driver| {
        let config = Config {
            idle_timeout: Duration::from_millis(150),
            partial_frame_timeout: Duration::from_millis(50),
            ..Config::default()
        };
        let runtime = runtime(driver, 1, config);
        let (sender, reasons) = mpsc::channel();
        let told = Told(sender);
        let listener = serve(&runtime, "127.0.0.1:0", move |_| told.clone());
        let next = || {
            reasons
                .recv_timeout(Duration::from_secs(20))
                .expect("a reason")
        };

        drop(dial(&listener));
        assert_eq!(next(), CloseReason::PeerClosed);

        let mut idle = dial(&listener);
        round_trip(&mut idle, b"hello.");
        assert_eq!(next(), CloseReason::Idle);
        assert_eq!(idle.read(&mut [0; 8]).expect("the end of the stream"), 0);

        let mut partial = dial(&listener);
        partial.write_all(b"never finished").expect("written");
        assert_eq!(next(), CloseReason::PartialFrame);

        let open = dial(&listener);
        eventually("the connection is open", || {
            runtime.counters(0).accepted == 4 && runtime.counters(0).connections == 1
        });
        runtime.shutdown(Duration::from_secs(5));
        assert_eq!(next(), CloseReason::Closed);
        drop(open);
    });
}

#[test]
fn a_port_in_use_is_an_error_also_with_several_cores() {
    on_every_driver(|driver| {
        for cores in [1, 3] {
            let first = runtime(driver, cores, Config::default());
            let listener = serve(&first, "127.0.0.1:0", |_| Echo);
            let second = runtime(driver, cores, Config::default());
            let error = second
                .listen(listener.address(), |_| {
                    Rc::new(|_: &Connection| Box::new(Echo) as Box<dyn Protocol>)
                })
                .expect_err("the port is taken");
            assert_eq!(error.kind(), std::io::ErrorKind::AddrInUse);
        }
    });
}

/// Collects what arrives and passes it on.
struct Collect(Rc<RefCell<Vec<u8>>>);

impl Protocol for Collect {
    fn on_read(&mut self, _connection: &Connection, input: &mut LinkBuffer) {
        for chunk in input.chunks() {
            self.0.borrow_mut().extend_from_slice(chunk);
        }
        input.clear();
    }
}

#[test]
fn a_core_connects_to_another_and_talks_to_it() {
    on_every_driver(|driver| {
        let runtime = runtime(driver, 2, Config::default());
        let listener = serve(&runtime, "127.0.0.1:0", |_| Echo);
        let address = listener.address().clone();
        let answer = runtime.block_on(1, move || async move {
            let received = Rc::new(RefCell::new(Vec::new()));
            let collect = Rc::clone(&received);
            let connection = netpoll::connect(&address, |_| Box::new(Collect(collect)))
                .await
                .expect("the server listens");
            connection.write(|writer| writer.put_slice(b"over and back"));
            while received.borrow().len() < 13 {
                netpoll::sleep(Duration::from_millis(1)).await;
            }
            connection.close();
            received.take()
        });
        assert_eq!(answer, b"over and back");
        runtime.shutdown(Duration::from_secs(5));
    });
}

#[test]
fn a_refused_connect_is_an_error() {
    on_every_driver(|driver| {
        let runtime = runtime(driver, 1, Config::default());
        let free = std::net::TcpListener::bind("127.0.0.1:0")
            .and_then(|socket| socket.local_addr())
            .expect("a port");
        let error = runtime.block_on(0, move || async move {
            netpoll::connect(&Address::from(free), |_| Box::new(Echo))
                .await
                .expect_err("nobody listens")
        });
        assert_eq!(error.kind(), std::io::ErrorKind::ConnectionRefused);
    });
}

#[test]
fn output_is_sent_before_a_close() {
    struct Farewell;
    impl Protocol for Farewell {
        fn on_read(&mut self, connection: &Connection, input: &mut LinkBuffer) {
            input.clear();
            let block = vec![7; 3 << 20];
            connection.write(|writer| writer.put_bytes(block.into()));
            connection.close();
        }
    }
    on_every_driver(|driver| {
        let runtime = runtime(driver, 1, Config::default());
        let listener = serve(&runtime, "127.0.0.1:0", |_| Farewell);
        let mut stream = dial(&listener);
        stream.write_all(b"x").expect("written");
        let mut answer = Vec::new();
        stream.read_to_end(&mut answer).expect("read to the end");
        assert_eq!(answer.len(), 3 << 20);
    });
}

#[test]
fn a_start_that_cannot_work_says_why() {
    let error = Runtime::builder()
        .cores(0)
        .start()
        .expect_err("no cores")
        .to_string();
    assert!(error.contains("cores is 0"), "{error}");
    let error = Runtime::builder()
        .cores(1)
        .pin([9_999])
        .start()
        .expect_err("no such CPU")
        .to_string();
    assert!(error.contains("9999"), "{error}");
    let config = Config {
        receive_blocks: 3,
        ..Config::default()
    };
    let error = Runtime::builder()
        .config(config)
        .start()
        .expect_err("three blocks")
        .to_string();
    assert!(error.contains("power of two"), "{error}");
    assert!(
        "kqueue"
            .parse::<DriverChoice>()
            .expect_err("no such driver")
            .to_string()
            .contains("kqueue")
    );
}
