//! Random frames through servers that answer them, against the simplest model: what was sent is what comes back.

use std::cell::Cell;
use std::net::Shutdown;
use std::rc::Rc;

use netpoll::sim::Random;
use netpoll::{Address, Connection, LinkBuffer, Protocol, View, sleep, spawn_local};

use super::{TICK, TaskPeer, faults, simulate, tight};
use crate::frames::{Framed, frame, take_frame};
use crate::support::{Echo, on_seeds, pattern};

/// How a peer's part in a run ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Ending {
    /// It sends no more, and reads to the end.
    HalfClose,
    /// It reads all answers, then goes.
    Close,
    /// It goes while answers are under way.
    Leave,
    Reset,
}

fn body(random: &mut Random) -> Vec<u8> {
    let most = random.pick(&[0, 1, 10, 1_000, 1_000, 5_000, 200_000]);
    pattern(random.between(0, most) as usize)
}

/// Sends frames in random portions and checks the answers, which are the same frames, as they come.
async fn peer(address: Address, mut random: Random) {
    let frames: Vec<Vec<u8>> = (0..random.between(1, 10))
        .map(|_| frame(&body(&mut random)))
        .collect();
    let expected: Vec<u8> = frames.concat();
    let ending = random.pick(&[
        Ending::HalfClose,
        Ending::Close,
        Ending::Leave,
        Ending::Reset,
    ]);
    let peer = TaskPeer::connect(&address).await;
    let mut reader = TaskPeer {
        stream: peer.stream.clone(),
    };
    let whole = expected.len();
    let writer = spawn_local(write(peer, frames, random.clone(), ending));
    let stop_at = match ending {
        Ending::HalfClose | Ending::Close => whole,
        Ending::Leave | Ending::Reset => random.between(0, whole as u64) as usize,
    };
    let mut answer = 0;
    while answer < stop_at {
        let most = random.pick(&[1, 100, 10_000, 1 << 20]).max(whole / STEPS);
        let bytes = reader.read(most).await.expect("nobody breaks it");
        assert!(!bytes.is_empty(), "the end after {answer} bytes");
        assert!(
            expected[answer..].starts_with(&bytes),
            "it differs after {answer} bytes"
        );
        answer += bytes.len();
        if random.chance(100) {
            // The peer does not read for a while: the core has to stop reading from it.
            sleep(TICK * random.between(1, 500) as u32).await;
        }
    }
    match ending {
        Ending::HalfClose => assert_eq!(reader.read(1).await, Ok(vec![])),
        Ending::Reset => reader.stream.reset(),
        Ending::Close | Ending::Leave => {}
    }
    drop(reader);
    writer.await.expect("no panic");
}

async fn write(mut peer: TaskPeer, frames: Vec<Vec<u8>>, mut random: Random, ending: Ending) {
    let bytes = frames.concat();
    let mut rest = bytes.as_slice();
    while !rest.is_empty() {
        let most = random
            .pick(&[1, 10, 1_000, 100_000])
            .max(bytes.len() / STEPS);
        let count = random.between(1, most as u64) as usize;
        let (now, later) = rest.split_at(count.min(rest.len()));
        if peer.write_all(now).await.is_err() {
            assert!(matches!(ending, Ending::Leave | Ending::Reset));
            return;
        }
        rest = later;
        if random.chance(200) {
            sleep(TICK * random.between(1, 100) as u32).await;
        }
    }
    if ending == Ending::HalfClose {
        peer.stream.shutdown(Shutdown::Write);
    }
}

async fn peers(address: Address, mut random: Random) {
    let tasks: Vec<_> = (0..random.between(1, 5))
        .map(|_| spawn_local(peer(address.clone(), Random::new(random.any()))))
        .collect();
    for task in tasks {
        task.await.expect("no panic");
    }
}

fn on_random_runs<P: Protocol>(make: impl Fn(&Connection) -> P + Clone + Send + Sync + 'static) {
    on_seeds(RUNS, |sim| {
        let mut random = Random::new(sim.seed);
        let config = tight(&mut random);
        simulate(sim.faults(faults(&mut random)), config, make.clone(), peers);
    });
}

#[test]
fn an_echo_gives_back_what_it_got() {
    on_random_runs(|_| Echo);
}

#[test]
fn framed_answers_come_whole_and_in_order() {
    on_random_runs(|_| {
        let mut count = 0;
        Framed::new(move |connection: &Connection, frame: View| {
            count += 1;
            match count % 3 {
                0 => connection.send(&mut whole(frame)),
                1 => connection.write(|writer| writer.put_slice(&frame)),
                _ => connection.write(|writer| {
                    let (head, rest) = frame.split_at(frame.len() / 2);
                    writer.put_slice(head);
                    writer.put_bytes(rest.to_vec().into());
                }),
            }
        })
    });
}

/// Answers each frame from a task, one after the other; what arrives meanwhile waits in the input.
#[derive(Default)]
struct Worker {
    is_working: Rc<Cell<bool>>,
    is_ended: Rc<Cell<bool>>,
}

impl Protocol for Worker {
    fn on_read(&mut self, connection: &Connection, input: &mut LinkBuffer) {
        assert!(!self.is_working.get(), "a callback while reading is paused");
        let Some(frame) = take_frame(connection, input) else {
            return;
        };
        self.is_working.set(true);
        connection.pause_reading();
        let connection = connection.clone();
        let (is_working, is_ended) = (Rc::clone(&self.is_working), Rc::clone(&self.is_ended));
        drop(spawn_local(async move {
            sleep(TICK * (frame.len() % 7) as u32).await;
            connection.send(&mut whole(frame));
            is_working.set(false);
            connection.resume_reading();
            if is_ended.get() {
                connection.close();
            }
        }));
    }

    fn on_end_of_stream(&mut self, connection: &Connection) {
        self.is_ended.set(true);
        if !self.is_working.get() {
            connection.close();
        }
    }

    fn is_busy(&self) -> bool {
        self.is_working.get()
    }
}

#[test]
fn answers_of_tasks_come_whole_and_in_order() {
    on_random_runs(|_| Worker::default());
}

fn whole(frame: View) -> LinkBuffer {
    let mut buffer = LinkBuffer::new();
    buffer.push(frame);
    buffer
}

const RUNS: u64 = 40;
/// About so many portions make all of what a peer sends, also when they are small.
const STEPS: usize = 200;
