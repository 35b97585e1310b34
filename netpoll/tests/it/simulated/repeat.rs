//! The same seed makes the same run, and time is simulated too.

use std::cell::RefCell;
use std::rc::Rc;
use std::time::{Duration, Instant};

use netpoll::sim::{Faults, Sim};
use netpoll::{Config, Connection, LinkBuffer, Protocol, sleep, timeout};

use super::{TaskPeer, simulate};
use crate::support::{Echo, pattern};

thread_local! {
    /// When how many bytes arrived, of every receive of the run.
    static TRACE: Rc<RefCell<Vec<(Instant, usize)>>> = Rc::default();
}

struct Traced;

impl Protocol for Traced {
    fn on_read(&mut self, connection: &Connection, input: &mut LinkBuffer) {
        let event = (netpoll::now(), input.len());
        TRACE.with(|trace| trace.borrow_mut().push(event));
        connection.send(input);
    }
}

/// The portions in which an echo of the same bytes arrived, and the time since the first, with this seed.
fn trace(seed: u64) -> Vec<(Duration, usize)> {
    let sim = Sim::new(seed).faults(Faults::HARMLESS);
    simulate(
        sim,
        Config::default(),
        |_| Traced,
        |address, _| async move {
            let mut peer = TaskPeer::connect(&address).await;
            for _ in 0..50 {
                peer.write_all(&pattern(1_000)).await.expect("written");
                let mut count = 0;
                while count < 1_000 {
                    count += peer.read(1_000).await.expect("read").len();
                }
            }
            let events = TRACE.with(|trace| trace.take());
            let begin = events[0].0;
            events
                .into_iter()
                .map(|(at, count)| (at - begin, count))
                .collect::<Vec<_>>()
        },
    )
}

#[test]
fn the_same_seed_makes_the_same_run() {
    let first = trace(7);
    assert!(first.len() > 20, "{first:?}");
    for _ in 0..3 {
        assert_eq!(trace(7), first);
    }
    assert_ne!(trace(8), first);
}

#[test]
fn a_year_passes_in_a_moment() {
    let begin = Instant::now();
    let passed = simulate(
        Sim::new(1),
        Config::default(),
        |_| Echo,
        |_, _| async {
            let begin = netpoll::now();
            sleep(Duration::from_secs(365 * 86_400)).await;
            let late = timeout(Duration::from_secs(5), std::future::pending::<()>()).await;
            assert!(late.is_err());
            netpoll::now() - begin
        },
    );
    assert_eq!(passed, Duration::from_secs(365 * 86_400 + 5));
    assert!(begin.elapsed() < Duration::from_secs(3_600));
}
