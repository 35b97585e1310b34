//! How long the core waits for events, and the spin before it sleeps.

use std::io;
use std::rc::Rc;
use std::time::Duration;

use super::Core;
use crate::driver::{Completion, Wait};
use crate::time::clock;

impl Core {
    /// Lets the driver submit and wait, and reads the clock.
    pub(super) fn wait_for_events(self: &Rc<Self>, done: &mut Vec<Completion>) -> io::Result<()> {
        let wait = self.longest_wait();
        if wait == Wait::Poll {
            self.drive(Wait::Poll, done)?;
            self.now.set(clock());
            self.last_work.set(self.now.get());
            return Ok(());
        }
        if !self.config.spin.is_zero() && self.spin(done)? {
            return Ok(());
        }
        self.sleep(wait, done)
    }

    /// Polls until there is something to do or the time to spin is over; says whether there is.
    fn spin(&self, done: &mut Vec<Completion>) -> io::Result<bool> {
        self.drive(Wait::Poll, done)?;
        let now = clock();
        let before = self.now.replace(now);
        let found = !done.is_empty() || !self.inbox.is_empty() || self.timer_due();
        if found {
            self.last_work.set(now);
            return Ok(true);
        }
        self.counters
            .spinning_ns
            .add((now - before).as_nanos() as u64);
        if now.saturating_duration_since(self.last_work.get()) < self.config.spin {
            std::hint::spin_loop();
            return Ok(true);
        }
        Ok(false)
    }

    fn sleep(&self, wait: Wait, done: &mut Vec<Completion>) -> io::Result<()> {
        self.doorbell.going_to_sleep();
        // Mail that came before the flag was up did not ring.
        let wait = if self.inbox.is_empty() {
            wait
        } else {
            Wait::Poll
        };
        let before = self.now.get();
        self.drive(wait, done)?;
        self.doorbell.awake();
        let now = clock();
        self.now.set(now);
        self.last_work.set(now);
        self.counters
            .waiting_ns
            .add(now.saturating_duration_since(before).as_nanos() as u64);
        Ok(())
    }

    fn drive(&self, wait: Wait, done: &mut Vec<Completion>) -> io::Result<()> {
        self.driver.borrow_mut().turn(wait, done)
    }

    fn longest_wait(&self) -> Wait {
        if self.has_stopped()
            || self.executor.has_ready()
            || !self.inbox.is_empty()
            || !self.dirty.borrow().is_empty()
        {
            return Wait::Poll;
        }
        let timer = self
            .wheel
            .borrow()
            .next_tick()
            .map(|tick| self.ticks.until(tick, self.now.get()));
        let starved = (!self.starved.borrow().is_empty()).then_some(STARVED_RETRY);
        let stop = self
            .stop_at
            .get()
            .map(|at| at.saturating_duration_since(self.now.get()));
        match [timer, starved, stop].into_iter().flatten().min() {
            Some(Duration::ZERO) => Wait::Poll,
            Some(time) => Wait::For(time),
            None => Wait::Forever,
        }
    }

    fn timer_due(&self) -> bool {
        let tick = self.ticks.passed(self.now.get());
        self.wheel
            .borrow()
            .next_tick()
            .is_some_and(|next| next <= tick)
    }
}

/// How soon a receive that found no memory is tried again.
const STARVED_RETRY: Duration = Duration::from_millis(1);
