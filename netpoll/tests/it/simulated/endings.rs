//! Ends that must come whatever the driver does meanwhile.

use std::time::Duration;

use netpoll::sim::{Faults, Random};
use netpoll::{
    Address, Config, Connection, DriverChoice, LinkBuffer, Protocol, sim, sleep, spawn_local,
    timeout,
};

use super::{TaskPeer, faults, simulate, tight};
use crate::support::{Echo, eventually, on_seeds, runtime, serve};

/// After some bytes it answers with more than the peer takes, and gives up while that is under way.
struct GivesUp {
    after: usize,
    received: usize,
}

impl Protocol for GivesUp {
    fn on_read(&mut self, connection: &Connection, input: &mut LinkBuffer) {
        let before = self.received;
        self.received += input.len();
        input.clear();
        if before < self.after && self.received >= self.after {
            connection.write(|writer| writer.put_bytes(vec![1; 2 << 20].into()));
            let connection = connection.clone();
            drop(spawn_local(async move {
                sleep(Duration::from_secs(1)).await;
                connection.abort();
            }));
        }
    }
}

/// Writes until the connection ends; never reads, and never closes it.
async fn stays(address: Address, mut random: Random) {
    let mut peer = TaskPeer::connect(&address).await;
    let chunk = vec![7; random.pick(&[1, 100, 10_000])];
    let until_the_end = async { while peer.write_all(&chunk).await.is_ok() {} };
    let ended = timeout(Duration::from_secs(600), until_the_end).await;
    assert!(ended.is_ok(), "the other end is given up and still open");
}

#[test]
fn an_aborted_connection_ends_although_its_peer_stays() {
    on_seeds(RUNS, |sim| {
        let mut random = Random::new(sim.seed);
        let config = tight(&mut random);
        let after = random.pick(&[1, 1_000, 100_000]);
        let server = move |_: &Connection| GivesUp { after, received: 0 };
        simulate(sim.faults(faults(&mut random)), config, server, stays);
    });
}

#[test]
fn accepting_stops_while_connections_arrive_and_accepts_fail() {
    on_seeds(10 * RUNS, |sim| {
        let faults = Faults {
            exhaust: 300,
            ..Faults::HARMLESS
        };
        let driver = DriverChoice::Sim(sim.faults(faults).virtual_time());
        let runtime = runtime(driver, 1, Config::default());
        let listener = serve(&runtime, "127.0.0.1:0", |_| Echo);
        let mut random = Random::new(sim.seed);
        let streams = runtime.block_on(0, move || async move {
            let connect = |_| sim::connect(listener.address()).expect("somebody listens");
            let streams: Vec<_> = (0..10).map(connect).collect();
            // Some are accepted, some are not, an accept may be about to report, or be paused.
            sleep(Duration::from_millis(random.between(0, 30))).await;
            listener.stop_accepting();
            sleep(Duration::from_secs(1)).await;
            streams
        });
        // The listener is gone, and every connection is either served or closed. The core may still be in the turn that
        // reported the end, and counts at its end.
        eventually("only receives are in flight", || {
            let counters = runtime.counters(0);
            counters.in_flight == counters.connections
        });
        drop(streams);
        // The driver asserts that nothing is left.
        runtime.shutdown(Duration::from_secs(5));
    });
}

const RUNS: u64 = 40;
