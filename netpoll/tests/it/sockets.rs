//! What sockets are like: their options, their addresses, how cores share a port.

use std::net::{Ipv6Addr, SocketAddr, TcpStream};
use std::os::fd::BorrowedFd;
use std::os::unix::net::UnixStream;
use std::sync::mpsc;
use std::time::Duration;

use netpoll::{Address, Config, Connection, DriverChoice, LinkBuffer, Protocol};
use socket2::SockRef;

use crate::peer::dial_tcp;
use crate::support::{Echo, eventually, on_every_kernel_driver, round_trip, runtime, serve};

fn on_every_kind_of_descriptor(test: impl Fn(DriverChoice, Config)) {
    on_every_kernel_driver(|driver| {
        for direct_descriptors in [true, false] {
            let config = Config {
                direct_descriptors,
                ..Config::default()
            };
            test(driver, config);
        }
    });
}

/// The descriptor of this process, other than `stream`'s own, that is the other end of `stream`.
fn other_end(stream: &TcpStream) -> Option<BorrowedFd<'static>> {
    let local = stream.local_addr().expect("an address");
    std::fs::read_dir("/proc/self/fd")
        .expect("Linux has it")
        .filter_map(|entry| entry.ok()?.file_name().to_str()?.parse().ok())
        .map(|number: i32| {
            // SAFETY: the number was open a moment ago; asking a wrong one for its peer does no harm.
            unsafe { BorrowedFd::borrow_raw(number) }
        })
        .find(|fd| {
            let peer = SockRef::from(fd).peer_addr();
            peer.is_ok_and(|peer| peer.as_socket() == Some(local))
        })
}

#[test]
fn accepted_and_connected_sockets_send_small_messages_at_once() {
    on_every_kernel_driver(|driver| {
        // Direct descriptors cannot be asked from here; they are accepted from the same kind of listener.
        let config = Config {
            direct_descriptors: false,
            ..Config::default()
        };
        let runtime = runtime(driver, 1, config);
        let listener = serve(&runtime, "127.0.0.1:0", |_| Echo);
        let mut stream = dial_tcp(&listener);
        stream.set_nodelay(false).expect("an option");
        round_trip(&mut stream, b"hello");
        let accepted = other_end(&stream).expect("the server's end");
        assert!(SockRef::from(&accepted).tcp_nodelay().expect("an option"));

        let waiting = std::net::TcpListener::bind("127.0.0.1:0").expect("a port");
        let address = Address::from(waiting.local_addr().expect("an address"));
        let connection = move || async move {
            let connection = netpoll::connect(&address, |_| Box::new(Echo)).await;
            drop(connection.expect("somebody listens"));
        };
        runtime.block_on(0, connection);
        let (stream, _) = waiting.accept().expect("connected");
        let connected = other_end(&stream).expect("the core's end");
        assert!(SockRef::from(&connected).tcp_nodelay().expect("an option"));
    });
}

/// Tells its addresses when bytes arrive.
struct Addresses(mpsc::Sender<(Option<Address>, Option<Address>)>);

impl Protocol for Addresses {
    fn on_read(&mut self, connection: &Connection, input: &mut LinkBuffer) {
        let _ = self.0.send((connection.local(), connection.peer()));
        connection.send(input);
    }
}

#[test]
fn a_connection_knows_both_of_its_addresses() {
    on_every_kind_of_descriptor(|driver, config| {
        let runtime = runtime(driver, 1, config);
        let (sender, told) = mpsc::channel();
        let next = || told.recv_timeout(Duration::from_secs(20)).expect("told");
        for address in [
            "127.0.0.1:0".to_owned(),
            SocketAddr::from((Ipv6Addr::LOCALHOST, 0)).to_string(),
        ] {
            let sender = sender.clone();
            let listener = serve(&runtime, &address, move |_| Addresses(sender.clone()));
            let mut stream = dial_tcp(&listener);
            round_trip(&mut stream, b"hello");
            let (local, peer) = next();
            assert_eq!(local.as_ref(), Some(listener.address()));
            let client = stream.local_addr().expect("an address");
            assert_eq!(peer, Some(Address::from(client)));
        }
    });
}

#[test]
fn a_unix_connection_knows_the_path_that_it_came_to() {
    on_every_kind_of_descriptor(|driver, config| {
        let runtime = runtime(driver, 1, config);
        let path = std::env::temp_dir().join(format!("netpoll-address-{}", std::process::id()));
        let (sender, told) = mpsc::channel();
        let listener = serve(&runtime, &format!("unix:{}", path.display()), move |_| {
            Addresses(sender.clone())
        });
        let mut stream = UnixStream::connect(&path).expect("the server accepts");
        std::io::Write::write_all(&mut stream, b"hello").expect("written");
        let (local, peer) = told.recv_timeout(Duration::from_secs(20)).expect("told");
        assert_eq!(local.as_ref(), Some(listener.address()));
        assert_eq!(peer, Some(Address::Unix("".into())));
        std::fs::remove_file(path).expect("the socket file is there");
    });
}

#[test]
fn an_outgoing_connection_knows_both_of_its_addresses() {
    on_every_kernel_driver(|driver| {
        let runtime = runtime(driver, 1, Config::default());
        let waiting = std::net::TcpListener::bind("127.0.0.1:0").expect("a port");
        let address = Address::from(waiting.local_addr().expect("an address"));
        let expected = address.clone();
        let (local, peer) = runtime.block_on(0, move || async move {
            let connection = netpoll::connect(&address, |_| Box::new(Echo)).await;
            let connection = connection.expect("somebody listens");
            (connection.local(), connection.peer())
        });
        let (_stream, client) = waiting.accept().expect("connected");
        assert_eq!(local, Some(Address::from(client)));
        assert_eq!(peer, Some(expected));
    });
}

#[test]
fn cores_that_share_a_port_serve_every_connection() {
    on_every_kind_of_descriptor(|driver, config| {
        let runtime = runtime(driver, 3, config);
        let listener = serve(&runtime, "127.0.0.1:0", |_| Echo);
        let mut streams: Vec<_> = (0..120).map(|_| dial_tcp(&listener)).collect();
        for stream in &mut streams {
            round_trip(stream, b"hello");
        }
        let open = |core| runtime.counters(core).connections;
        assert_eq!(open(0) + open(1) + open(2), 120);
        // The kernel hashes addresses; that a core gets none of 120 is as good as impossible.
        assert!((0..3).all(|core| open(core) > 0));
        listener.stop_accepting();
        // Those that are open are served on.
        for stream in &mut streams {
            round_trip(stream, b"still here");
        }
        drop(streams);
        eventually("all are closed", || open(0) + open(1) + open(2) == 0);
    });
}
