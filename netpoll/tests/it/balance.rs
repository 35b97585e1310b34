//! How connections are spread over cores.

use std::rc::Rc;

use netpoll::{Acceptor, Balance, Config, Connection, Protocol};

use crate::peer::dial;
use crate::support::{Echo, eventually, on_every_driver, pattern, round_trip, runtime};

#[test]
fn least_connections_spreads_evenly_and_evens_out_again() {
    on_every_driver(|driver| {
        let runtime = runtime(driver, 3, Config::default());
        let address = "127.0.0.1:0".parse().expect("an address");
        let listener = runtime
            .listen_balanced(&address, Balance::LeastConnections, |_core| {
                Rc::new(|_: &Connection| Box::new(Echo) as Box<dyn Protocol>) as Rc<dyn Acceptor>
            })
            .expect("the address is free");
        let open = |core| runtime.counters(core).connections;
        let mut streams: Vec<_> = (0..30).map(|_| dial(&listener)).collect();
        for stream in &mut streams {
            round_trip(stream, &pattern(3_000));
        }
        assert_even([open(0), open(1), open(2)]);
        streams.truncate(15);
        eventually("half of them are closed", || {
            open(0) + open(1) + open(2) == 15
        });
        streams.extend((0..15).map(|_| dial(&listener)));
        for stream in &mut streams {
            round_trip(stream, &pattern(100));
        }
        assert_even([open(0), open(1), open(2)]);
        let handed: u64 = runtime.counters(0).handed_over;
        assert_eq!(
            handed,
            runtime.counters(1).adopted + runtime.counters(2).adopted
        );
    });
}

/// Thirty connections on three cores. A core counts a connection a moment after it took it over, so the accepting core may be
/// wrong by one.
fn assert_even(open: [u64; 3]) {
    assert_eq!(open.iter().sum::<u64>(), 30);
    assert!(
        open.iter().all(|count| (9..=11).contains(count)),
        "{open:?}"
    );
}
