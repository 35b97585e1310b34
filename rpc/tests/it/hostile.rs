//! Bytes that nobody should send.

use std::time::Duration;

use crate::support::on_every_transport;
use crate::support::raw::RawClient;
use crate::support::wire::{TtHeader, arguments, framed, message};

/// A generator of numbers that is the same in every run.
struct Random(u64);

impl Random {
    fn next(&mut self) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        self.0
    }

    fn bytes(&mut self, count: usize) -> Vec<u8> {
        (0..count).map(|_| self.next() as u8).collect()
    }
}

on_every_transport! {
    fn bytes_that_are_no_frame_close_the_connection(on) {
        let server = on.start();
        let streams: [&[u8]; 9] = [
            b"GET / HTTP/1.1\r\nhost: example\r\n\r\n",
            b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n",
            &[0xff; 64],
            &[0; 64],
            // A negative length, and one over the limit.
            &[0xff, 0xff, 0xff, 0xff, 0x80, 1, 0, 1],
            &[0x7f, 0xff, 0xff, 0xff, 0x80, 1, 0, 1],
            // A TTHeader with a header larger than its frame, and one that is a stream's.
            &[0, 0, 0, 14, 0x10, 0, 0, 0, 0, 0, 0, 1, 0xff, 0xff, 0, 0, 0, 0],
            &[0, 0, 0, 14, 0x10, 0, 0, 2, 0, 0, 0, 1, 0, 1, 0, 0, 0, 0],
            // A message whose name is longer than its frame.
            &[0, 0, 0, 12, 0x80, 1, 0, 1, 0x7f, 0xff, 0xff, 0xff, 0, 0, 0, 0],
        ];
        for bytes in streams {
            let mut client = RawClient::connect(&server);
            client.send(bytes);
            client.check_closed();
        }
        RawClient::connect(&server).check_alive();
        assert_eq!(server.stop().connections_garbage, streams.len() as u64);
    }

    fn replies_before_garbage_still_arrive(on) {
        let server = on.start();
        let mut client = RawClient::connect(&server);
        let mut bytes = framed(&message(1, "Echo", 1, &arguments("first", 0)));
        bytes.extend([0xff; 16]);
        client.send(&bytes);
        assert_eq!(client.receive().text(), "first");
        client.check_closed();
    }

    fn random_bytes_harm_nobody(on) {
        let server = on.start();
        let mut random = Random(0x9e37_79b9_7f4a_7c15);
        let whole = [
            framed(&message(1, "Echo", 1, &arguments("target", 0))),
            TtHeader::to("Birds").with_integer(12, "5").frame(&message(1, "Echo", 1, &arguments("target", 1))),
        ];
        for round in 0..150 {
            let mut client = RawClient::connect(&server);
            let bytes = match round % 3 {
                0 => {
                    let count = random.next() as usize % 300;
                    random.bytes(count)
                }
                // One byte of a good frame changed, or the frame cut short.
                1 => {
                    let mut bytes = whole[round % 2].clone();
                    let at = random.next() as usize % bytes.len();
                    bytes[at] = random.next() as u8;
                    bytes
                }
                _ => {
                    let bytes = &whole[round % 2];
                    bytes[..random.next() as usize % bytes.len()].to_vec()
                }
            };
            client.send(&bytes);
            client.stream.shutdown(std::net::Shutdown::Write).unwrap();
            // Whatever it was: the server answers or not, and closes.
            client.read_to_end();
        }
        RawClient::connect(&server).check_alive();
        let counters = server.stop();
        assert_eq!(counters.connections_opened, counters.connections_closed);
        assert_eq!(counters.panics, 0);
    }

    fn a_frame_may_arrive_byte_by_byte(on) {
        let server = on.start();
        for frame in [
            framed(&message(1, "Echo", 1, &arguments("drop by drop", 0))),
            TtHeader::to("Birds").frame(&message(1, "Echo", 1, &arguments("drop by drop", 0))),
        ] {
            let mut client = RawClient::connect(&server);
            for byte in frame {
                client.send(&[byte]);
            }
            assert_eq!(client.receive().text(), "drop by drop");
        }
    }

    fn a_frame_that_stays_incomplete_ends_the_connection(on) {
        let server = on.start_with(|mut config| {
            config.runtime.partial_frame_timeout = Duration::from_millis(50);
            config
        });
        let mut client = RawClient::connect(&server);
        client.check_alive();
        client.send(&framed(&message(1, "Echo", 1, &arguments("cut off here", 0)))[..20]);
        client.check_closed();
        assert_eq!(server.stop().connections_garbage, 0);
    }

    fn a_large_frame_has_the_time_that_its_length_takes(on) {
        let server = on.start_with(|mut config| {
            config.runtime.partial_frame_timeout = Duration::from_millis(50);
            // Half a minute for this frame.
            config.runtime.partial_frame_rate = 8 << 10;
            config
        });
        let mut client = RawClient::connect(&server);
        let text = "0123456789abcdef".repeat(16 << 10);
        for piece in framed(&message(1, "Echo", 1, &arguments(&text, 0))).chunks(40 << 10) {
            client.send(piece);
            std::thread::sleep(Duration::from_millis(30));
        }
        assert!(client.receive().text() == text);
        client.check_alive();
    }

    fn a_silent_connection_ends_after_the_idle_time(on) {
        let server = on.start_with(|mut config| {
            config.runtime.idle_timeout = Duration::from_millis(400);
            config
        });
        let mut client = RawClient::connect(&server);
        client.check_alive();
        client.check_closed();
    }

    fn peers_that_vanish_in_the_middle_leave_nothing_behind(on) {
        let server = on.start();
        for round in 0..20 {
            let mut client = RawClient::connect(&server);
            client.send(&framed(&message(1, "Sleep", 1, &arguments("nobody listens", 5))));
            if round % 2 == 0 {
                client.send(&[0, 0, 1, 0]);
            }
            drop(client);
        }
        RawClient::connect(&server).check_alive();
        let counters = server.stop();
        assert_eq!(counters.connections_opened, counters.connections_closed);
        assert_eq!(counters.requests, 21);
    }

    fn a_long_method_name_is_not_thrown_back_at_length(on) {
        let server = on.start();
        let mut client = RawClient::connect(&server);
        let name = "n".repeat(1 << 20);
        client.send(&framed(&message(1, &name, 1, &arguments("", 0))));
        let reply = client.receive();
        assert_eq!(reply.method.len(), name.len());
        let (id, text) = reply.exception();
        assert_eq!((id, text.len()), (1, 4 << 10));
        client.check_alive();
    }

    fn more_connections_than_allowed_are_closed(on) {
        let server = on.start_with(|mut config| {
            config.runtime.connections_max = 2;
            config
        });
        let mut first = RawClient::connect(&server);
        let mut second = RawClient::connect(&server);
        first.check_alive();
        second.check_alive();
        RawClient::connect(&server).check_closed();
        first.check_alive();
    }
}
