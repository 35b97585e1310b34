//! A client of plain sockets: sends any bytes and reads replies frame by frame.

use std::io::{self, Read, Write};
use std::net::TcpStream;
use std::time::Duration;

use netpoll::Address;
use rpc::Running;

use super::wire::{Reply, arguments, framed, message};

/// A raw connection to a server. Reading gives up after a generous time, so that no test hangs.
pub(crate) struct RawClient {
    pub(crate) stream: TcpStream,
    seq_id: i32,
}

impl RawClient {
    pub(crate) fn connect(server: &Running) -> RawClient {
        let Address::Tcp(address) = server.addresses()[0] else {
            panic!("no tcp address")
        };
        let stream = TcpStream::connect(address).unwrap();
        stream.set_read_timeout(Some(PATIENCE)).unwrap();
        stream.set_write_timeout(Some(PATIENCE)).unwrap();
        stream.set_nodelay(true).unwrap();
        RawClient { stream, seq_id: 0 }
    }

    pub(crate) fn send(&mut self, bytes: &[u8]) {
        self.stream.write_all(bytes).unwrap();
    }

    /// Reads one framed or TTHeader reply.
    #[track_caller]
    pub(crate) fn receive(&mut self) -> Reply {
        let mut frame = vec![0; 4];
        self.stream.read_exact(&mut frame).expect("a reply");
        let length = u32::from_be_bytes(frame[..4].try_into().unwrap()) as usize;
        frame.resize(4 + length, 0);
        self.stream
            .read_exact(&mut frame[4..])
            .expect("the rest of a reply");
        Reply::parse(&frame)
    }

    /// Calls a method in a framed message and reads the reply.
    #[track_caller]
    pub(crate) fn call(&mut self, method: &str, text: &str, number: i32) -> Reply {
        self.seq_id += 1;
        self.send(&framed(&message(
            1,
            method,
            self.seq_id,
            &arguments(text, number),
        )));
        let reply = self.receive();
        assert_eq!(
            (reply.seq_id, reply.method.as_str(), reply.is_framed),
            (self.seq_id, method, true)
        );
        reply
    }

    /// Asserts that the connection works.
    #[track_caller]
    pub(crate) fn check_alive(&mut self) {
        assert_eq!(self.call("Echo", "still there?", 0).text(), "still there?");
    }

    /// Asserts that the server closes the connection without another byte.
    #[track_caller]
    pub(crate) fn check_closed(&mut self) {
        let rest = self.read_to_end();
        assert!(
            rest.is_empty(),
            "the server sent {} bytes before it closed",
            rest.len()
        );
    }

    /// Everything up to the end of the connection, whether it was closed or reset.
    #[track_caller]
    pub(crate) fn read_to_end(&mut self) -> Vec<u8> {
        let mut bytes = vec![];
        match self.stream.read_to_end(&mut bytes) {
            Ok(_) => {}
            Err(error) if error.kind() == io::ErrorKind::ConnectionReset => {}
            Err(error) => panic!("the connection was not closed: {error}"),
        }
        bytes
    }
}

/// Far above what anything here takes; only a hang gets this far.
const PATIENCE: Duration = Duration::from_secs(20);
