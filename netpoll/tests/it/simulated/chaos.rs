//! Protocols that do anything at any time, on a network that breaks: what is promised of callbacks holds all the same.

use std::cell::{Cell, RefCell};
use std::rc::Rc;
use std::time::Duration;

use netpoll::sim::{Faults, Random};
use netpoll::{
    Address, CloseReason, Connection, LinkBuffer, Protocol, sleep, spawn_local, timeout,
};

use super::{TICK, TaskPeer, faults, simulate, tight};
use crate::support::on_seeds;

/// What is known of one connection, shared by its protocol and its tasks.
#[derive(Default)]
struct Known {
    is_over: Cell<bool>,
    is_in_callback: Cell<bool>,
    end_seen: Cell<bool>,
    received: Cell<usize>,
    sent: Cell<usize>,
}

/// Everything of a run, on its core.
#[derive(Default)]
struct Run {
    active: Cell<usize>,
    inactive: Cell<usize>,
    random: RefCell<Option<Random>>,
}

thread_local! {
    static RUN: Rc<Run> = Rc::default();
}

/// Does a random thing in every callback.
struct Chaos {
    known: Rc<Known>,
    random: Random,
}

impl Chaos {
    fn new(connection: &Connection) -> Chaos {
        let run = RUN.with(Rc::clone);
        run.active.set(run.active.get() + 1);
        let seed = run.random.borrow_mut().as_mut().map_or(1, Random::any);
        let mut chaos = Chaos {
            known: Rc::default(),
            random: Random::new(seed),
        };
        if chaos.random.chance(100) {
            chaos.act(connection);
        }
        chaos
    }

    /// Notes that a callback begins, and checks that it may.
    fn enter(&self) {
        assert!(!self.known.is_over.get(), "a callback after the last one");
        assert!(
            !self.known.is_in_callback.replace(true),
            "a callback inside of another"
        );
    }

    fn leave(&self) {
        self.known.is_in_callback.set(false);
    }

    fn act(&mut self, connection: &Connection) {
        match self.random.between(0, 11) {
            0 => connection.close(),
            1 => connection.abort(),
            2 => connection.pause_reading(),
            3 => connection.resume_reading(),
            4 => connection.expect(self.random.between(0, 200_000) as usize),
            5..=8 => {
                let count = self.random.pick(&[1, 100, 5_000, 200_000]);
                let at = self.known.sent.replace(self.known.sent.get() + count);
                let bytes: Vec<u8> = (at..at + count).map(position).collect();
                connection.write(|writer| writer.put_slice(&bytes));
            }
            9 => assert!(connection.peer().is_some()),
            _ => {}
        }
        if self.random.chance(300) {
            self.act_later(connection);
        }
    }

    /// The same from a task, which may come too late.
    fn act_later(&mut self, connection: &Connection) {
        let mut other = Chaos {
            known: Rc::clone(&self.known),
            random: Random::new(self.random.any()),
        };
        let connection = connection.clone();
        drop(spawn_local(async move {
            sleep(TICK * other.random.between(0, 200) as u32).await;
            if other.known.is_over.get() {
                connection.write(|writer| writer.put_slice(b"too late"));
                connection.resume_reading();
                connection.close();
            } else {
                other.act(&connection);
                // Nothing waits for ever.
                connection.resume_reading();
            }
        }));
    }
}

impl Protocol for Chaos {
    fn on_read(&mut self, connection: &Connection, input: &mut LinkBuffer) {
        self.enter();
        assert!(!input.is_empty(), "a callback for nothing");
        assert!(!connection.is_closed(), "a callback behind a close");
        assert!(!self.known.end_seen.get(), "bytes behind the end");
        let taken = self.random.between(0, input.len() as u64) as usize;
        let bytes = input.split_to(taken);
        // Both ends send a pattern that tells its position.
        let at = self.known.received.get();
        for (offset, byte) in bytes.chunks().flatten().enumerate() {
            assert_eq!(*byte, position(at + offset), "a byte out of place");
        }
        self.known.received.set(at + taken);
        self.act(connection);
        if !input.is_empty() && self.random.chance(500) {
            // What is left is taken by a later callback only if there is one.
            let rest = input.len();
            self.known.received.set(at + taken + rest);
            input.clear();
        }
        self.leave();
    }

    fn on_inactive(&mut self, connection: &Connection, _reason: CloseReason) {
        self.enter();
        assert!(connection.is_closed());
        self.known.is_over.set(true);
        let run = RUN.with(Rc::clone);
        run.inactive.set(run.inactive.get() + 1);
        connection.write(|writer| writer.put_slice(b"too late"));
        self.leave();
    }

    fn on_end_of_stream(&mut self, connection: &Connection) {
        self.enter();
        assert!(!self.known.end_seen.replace(true), "a second end");
        self.act(connection);
        connection.close();
        self.leave();
    }

    fn on_shutdown(&mut self, connection: &Connection) {
        self.enter();
        self.act(connection);
        self.leave();
    }

    fn is_busy(&self) -> bool {
        false
    }
}

/// The byte of the peers' pattern at a position.
fn position(at: usize) -> u8 {
    (at % 251) as u8
}

/// Sends the pattern, reads now and then, and goes in one way or another.
async fn peer(address: Address, mut random: Random) {
    let mut peer = TaskPeer::connect(&address).await;
    let mut at = 0;
    for _ in 0..random.between(0, 30) {
        let count = random.pick(&[1, 50, 3_000, 100_000]);
        let bytes: Vec<u8> = (at..at + count).map(position).collect();
        at += count;
        // Whoever does not read may block us, and must not for ever.
        let sent = timeout(Duration::from_secs(1), peer.write_all(&bytes)).await;
        if !matches!(sent, Ok(Ok(()))) {
            break;
        }
        if random.chance(500) {
            let _ = timeout(TICK * 20, peer.read(300_000)).await;
        }
        if random.chance(100) {
            sleep(TICK * random.between(1, 300) as u32).await;
        }
    }
    match random.between(0, 3) {
        0 => peer.stream.shutdown(std::net::Shutdown::Write),
        1 => peer.stream.reset(),
        _ => return,
    }
    // Reads to the end, if that comes soon.
    let _ = timeout(Duration::from_secs(2), async {
        while peer
            .read(100_000)
            .await
            .is_ok_and(|bytes| !bytes.is_empty())
        {}
    })
    .await;
}

/// The same protocol at the other end, on the same core. Some attempts to connect are given up.
async fn client(address: Address, mut random: Random) {
    let connected = netpoll::connect(&address, |connection| Box::new(Chaos::new(connection)));
    let limit = TICK * random.pick(&[0, 10, 10_000]);
    if let Ok(Ok(connection)) = timeout(limit, connected).await {
        sleep(TICK * random.between(0, 500) as u32).await;
        connection.close();
        sleep(Duration::from_secs(5)).await;
        connection.abort();
    }
}

async fn crowd(address: Address, mut random: Random) -> (usize, usize) {
    let run = RUN.with(Rc::clone);
    *run.random.borrow_mut() = Some(Random::new(random.any()));
    let tasks: Vec<_> = (0..random.between(1, 12))
        .map(|_| {
            let (address, random) = (address.clone(), Random::new(random.any()));
            match random.clone().chance(500) {
                true => spawn_local(peer(address, random)),
                false => spawn_local(client(address, random)),
            }
        })
        .collect();
    for task in tasks {
        task.await.expect("no panic");
    }
    // Everything that was told to end has ended by then, be it by the idle deadline.
    sleep(Duration::from_secs(3_000)).await;
    (run.active.get(), run.inactive.get())
}

#[test]
fn callbacks_keep_their_promises_whatever_happens() {
    let total = Cell::new(0);
    on_seeds(RUNS, |sim| {
        let mut random = Random::new(sim.seed);
        let config = tight(&mut random);
        let mut faults = faults(&mut random);
        faults.reset = random.pick(&[0, 2, 20]);
        faults.refuse = Faults::ROUGH.refuse;
        let (active, inactive) = simulate(sim.faults(faults), config, Chaos::new, crowd);
        assert_eq!(active, inactive, "each connection ends once");
        total.set(total.get() + active);
    });
    assert!(total.get() > 100, "{} connections in all", total.get());
}

const RUNS: u64 = 150;
