//! One step of an operation, with whatever goes wrong in it.
//!
//! Random numbers are drawn only for an operation that can go on: how often a core looks in vain, which depends on the
//! machine, changes nothing.
//!
//! Unsafe code: filling the memory of an exact receive, as a kernel does.

use std::io;
use std::time::Instant;

use netpoll_buffer::Block;

use super::link::Progress;
use super::{DELAY_MAX_REAL, DELAY_MAX_VIRTUAL, Kind, SimDriver, Socket, network};
use crate::address::Address;
use crate::driver::OpKey;
use crate::driver::op::{Completion, Op, Outcome};
use crate::time;

impl SimDriver {
    /// Performs operations that can go on, in random order. Says whether there were any.
    pub(super) fn perform(&mut self, done: &mut Vec<Completion>) -> bool {
        let mut runnable = self.runnable(time::clock());
        if runnable.is_empty() {
            return false;
        }
        for _ in 0..self.random.between(1, ROUNDS_MAX) {
            self.random.shuffle(&mut runnable);
            for key in runnable.drain(..) {
                self.step(key, done);
            }
            runnable = self.runnable(time::clock());
        }
        true
    }

    /// When the next of the delayed operations goes on; this may have come already.
    pub(super) fn next_ready(&self) -> Option<Instant> {
        let ready_at = |key| Some(self.in_flight.get(key)?.extra.ready_at);
        self.willing().filter_map(ready_at).min()
    }

    /// What may go on now.
    fn runnable(&self, now: Instant) -> Vec<OpKey> {
        let flight = |key| self.in_flight.get(key);
        self.willing()
            .filter(|key| flight(*key).is_some_and(|flight| flight.extra.ready_at <= now))
            .collect()
    }

    /// What would go on if it is not delayed.
    fn willing(&self) -> impl Iterator<Item = OpKey> + '_ {
        let is_cancelled = |key| {
            self.in_flight
                .get(key)
                .is_some_and(|flight| flight.cancelled)
        };
        self.in_flight
            .keys()
            .filter(move |key| is_cancelled(*key) || self.can_go_on(*key))
    }

    /// Whether the operation would not wait for the other end.
    fn can_go_on(&self, key: OpKey) -> bool {
        let Some(flight) = self.in_flight.get(key) else {
            return false;
        };
        match (
            &flight.op,
            &self.sockets[flight.extra.socket.0 as usize].kind,
        ) {
            (Op::Accept { .. }, Kind::Listener(listener)) => listener.is_waited_for(),
            (Op::Receive | Op::ReceiveExact(_), Kind::Stream(end)) => end.is_readable(),
            (Op::Send { .. }, Kind::Stream(end)) => end.is_writable(),
            (Op::Connect { .. }, Kind::Unconnected) => true,
            (op, kind) => panic!("{op:?} on {kind:?}"),
        }
    }

    fn step(&mut self, key: OpKey, done: &mut Vec<Completion>) {
        if self.is_cancelled(key, done) {
            return;
        }
        // An earlier step of this round may have changed what this one can do.
        if !self.can_go_on(key) || self.is_delayed(key) {
            return;
        }
        let Some(flight) = self.in_flight.get_mut(key) else {
            return;
        };
        flight.extra.was_delayed = false;
        match &flight.op {
            Op::Accept { .. } => self.accept(key, done),
            Op::Receive => self.receive(key, done),
            Op::ReceiveExact(_) => self.receive_exact(key, done),
            Op::Send { .. } => self.send(key, done),
            Op::Connect { address } => {
                let address = Address::from_sock_addr(address);
                self.connect(key, &address, done);
            }
        }
    }

    /// Whether the operation has to wait although it could go on.
    fn is_delayed(&mut self, key: OpKey) -> bool {
        let Some(flight) = self.in_flight.get_mut(key) else {
            return false;
        };
        let may_be = !flight.cancelled && !flight.extra.was_delayed;
        if !may_be || !self.random.chance(self.sim.faults.delay) {
            return false;
        }
        let most = if self.sim.virtual_time {
            DELAY_MAX_VIRTUAL
        } else {
            DELAY_MAX_REAL
        };
        let delay = most.mul_f64(self.random.between(1, 100) as f64 / 100.0);
        flight.extra.was_delayed = true;
        flight.extra.ready_at = time::clock() + delay;
        true
    }

    /// Whether a cancelled operation is over, or not yet: it may still do some of its work.
    fn is_cancelled(&mut self, key: OpKey, done: &mut Vec<Completion>) -> bool {
        if self
            .in_flight
            .get(key)
            .is_none_or(|flight| !flight.cancelled)
        {
            return false;
        }
        match self.random.between(0, 3) {
            0 => return false,
            1 => {}
            _ => self.finish(key, Outcome::Cancelled, done),
        }
        true
    }

    fn accept(&mut self, key: OpKey, done: &mut Vec<Completion>) {
        let faults = self.sim.faults;
        if self.random.chance(faults.exhaust) {
            let error = io::Error::from_raw_os_error(libc::EMFILE);
            return self.finish(key, Outcome::Failed(error), done);
        }
        if self.random.chance(faults.cancel) {
            return self.finish(key, Outcome::Cancelled, done);
        }
        let Kind::Listener(listener) = &self.socket(key).kind else {
            return;
        };
        let Some(end) = listener.accept() else {
            return;
        };
        // In real time little room costs a wake-up of another thread for every few bytes.
        let least = if self.sim.virtual_time { 0 } else { 2 };
        end.set_capacity(self.random.pick(&CAPACITIES[least..]));
        let kind = self.adopt(end);
        let accepted = Outcome::Accepted(self.insert(kind));
        self.report(key, accepted, done);
    }

    fn receive(&mut self, key: OpKey, done: &mut Vec<Completion>) {
        let faults = self.sim.faults;
        if self.random.chance(faults.starve) || self.pool.try_block().is_none() {
            return self.finish(key, Outcome::Starved, done);
        }
        if self.random.chance(faults.cancel) {
            return self.finish(key, Outcome::Cancelled, done);
        }
        let mut bytes = vec![0; self.portion(RECEIVE_BYTES_MAX)];
        match self.read(key, &mut bytes) {
            Progress::Bytes(count) => {
                let view = Block::filled(&self.pool, &bytes[..count]);
                self.report(key, Outcome::Received(view), done);
            }
            Progress::End => self.finish(key, Outcome::EndOfStream, done),
            Progress::Reset => self.finish(key, reset(), done),
            Progress::Wait => {}
        }
    }

    fn receive_exact(&mut self, key: OpKey, done: &mut Vec<Completion>) {
        let mut bytes = vec![0; self.portion(RECEIVE_BYTES_MAX)];
        let Some(flight) = self.in_flight.get_mut(key) else {
            return;
        };
        let Op::ReceiveExact(exact) = &flight.op else {
            return;
        };
        bytes.truncate(exact.room().1);
        match self.read(key, &mut bytes) {
            Progress::Bytes(count) => {
                if self.fill(key, &bytes[..count]) {
                    self.finish(key, Outcome::EndOfStream, done);
                }
            }
            Progress::End => self.finish(key, Outcome::EndOfStream, done),
            Progress::Reset => self.finish(key, reset(), done),
            Progress::Wait => {}
        }
    }

    /// Puts bytes into the block of an exact receive; says whether it is full.
    fn fill(&mut self, key: OpKey, bytes: &[u8]) -> bool {
        let Some(flight) = self.in_flight.get_mut(key) else {
            return false;
        };
        let Op::ReceiveExact(exact) = &mut flight.op else {
            return false;
        };
        let (target, room) = exact.room();
        assert!(bytes.len() <= room);
        // SAFETY: the operation owns this memory, nobody else looks at it, and it has room for the bytes.
        unsafe { std::ptr::copy_nonoverlapping(bytes.as_ptr(), target, bytes.len()) };
        // SAFETY: these bytes were written just now.
        unsafe { exact.advance(bytes.len()) };
        exact.is_full()
    }

    fn send(&mut self, key: OpKey, done: &mut Vec<Completion>) {
        self.break_now_and_then(key);
        let most = self.portion(SEND_BYTES_MAX);
        let Some(flight) = self.in_flight.get_mut(key) else {
            return;
        };
        let Op::Send { output, .. } = &mut flight.op else {
            return;
        };
        let Kind::Stream(end) = &self.sockets[flight.extra.socket.0 as usize].kind else {
            return;
        };
        let piece = &output.first()[..output.first().len().min(most)];
        match end.write(piece) {
            Progress::Bytes(count) => {
                output.skip(count);
                flight.sent += count;
                if output.is_empty() {
                    let bytes = flight.sent;
                    self.finish(key, Outcome::Sent { bytes }, done);
                }
            }
            Progress::Reset => self.finish(key, reset(), done),
            Progress::End => panic!("a send behind the end"),
            Progress::Wait => {}
        }
    }

    fn connect(&mut self, key: OpKey, address: &Address, done: &mut Vec<Completion>) {
        let connected = if self.random.chance(self.sim.faults.refuse) {
            Err(io::ErrorKind::ConnectionRefused.into())
        } else {
            network::connect(address)
        };
        match connected {
            Ok(end) => {
                let kind = self.adopt(end);
                self.socket(key).kind = kind;
                self.finish(key, Outcome::Connected, done);
            }
            Err(error) => self.finish(key, Outcome::Failed(error), done),
        }
    }

    fn read(&mut self, key: OpKey, target: &mut [u8]) -> Progress {
        self.break_now_and_then(key);
        match &self.socket(key).kind {
            Kind::Stream(end) => end.read(target),
            Kind::Listener(_) | Kind::Unconnected => Progress::Wait,
        }
    }

    fn break_now_and_then(&mut self, key: OpKey) {
        if self.random.chance(self.sim.faults.reset)
            && let Kind::Stream(end) = &self.socket(key).kind
        {
            end.reset();
        }
    }

    /// How much a step moves at most.
    fn portion(&mut self, most: u64) -> usize {
        let most = if self.random.chance(self.sim.faults.short) {
            SHORT_BYTES_MAX
        } else {
            most
        };
        self.random.between(1, most) as usize
    }

    /// Reports a result of an operation that goes on, unless it ends with it.
    fn report(&mut self, key: OpKey, outcome: Outcome, done: &mut Vec<Completion>) {
        if self.random.chance(self.sim.faults.early_end) {
            return self.finish(key, outcome, done);
        }
        if let Some(flight) = self.in_flight.get_mut(key) {
            done.push(Completion {
                token: flight.token,
                outcome,
                more: true,
            });
        }
    }

    /// Reports the last result of an operation.
    fn finish(&mut self, key: OpKey, mut outcome: Outcome, done: &mut Vec<Completion>) {
        let socket = self.socket(key);
        let side = if socket.input == Some(key) {
            &mut socket.input
        } else {
            &mut socket.output
        };
        assert_eq!(side.take(), Some(key), "an operation ends once");
        let Some(flight) = self.in_flight.finish(key) else {
            return;
        };
        if let (Op::ReceiveExact(exact), Outcome::EndOfStream) = (flight.op, &outcome) {
            outcome = Outcome::Filled(exact);
        }
        done.push(Completion {
            token: flight.token,
            outcome,
            more: false,
        });
    }

    fn socket(&mut self, key: OpKey) -> &mut Socket {
        let flight = self.in_flight.get_mut(key);
        let socket = flight.expect("the operation is in flight").extra.socket;
        &mut self.sockets[socket.0 as usize]
    }
}

fn reset() -> Outcome {
    Outcome::Failed(io::Error::from_raw_os_error(libc::ECONNRESET))
}

const ROUNDS_MAX: u64 = 4;
const SHORT_BYTES_MAX: u64 = 16;
const RECEIVE_BYTES_MAX: u64 = 64 << 10;
const SEND_BYTES_MAX: u64 = 256 << 10;
/// What waits in one direction of an accepted connection at most.
const CAPACITIES: [usize; 5] = [200, 4 << 10, 32 << 10, 256 << 10, 1 << 20];
