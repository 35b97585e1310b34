//! One core's event loop: the state of the core and one turn of it.
//!
//! A turn: poll ready tasks → hand out output (one gathered send per connection) → wait in the driver (one system
//! call that also submits) → read the clock once → dispatch completions, which runs `on_read` inline → mailbox →
//! timers. Everything a turn produced leaves with the first steps of the next one.
//!
//! Invariant: a core's data is touched by its own thread only; [`Core`] is not `Send`. No `RefCell` of the core is
//! borrowed while user code (a callback, a task, a destructor) runs, except the protocol and the input of the very
//! connection whose callback it is.

mod accept;
mod dispatch;
mod stop;
mod wait;

use std::cell::{Cell, RefCell};
use std::fmt;
use std::io;
use std::rc::Rc;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use netpoll_buffer::{Pool, PoolConfig};
use slab::Slab;

use crate::address::Address;
use crate::config::Config;
use crate::counters::Counters;
use crate::driver::{
    Completion, Driver, DriverChoice, DriverKind, DriverParts, End, Op, OpKey, RawSocket, SocketId,
    Token,
};
use crate::error::StartError;
use crate::executor::{Executor, LocalArena};
use crate::guard::guard;
use crate::mailbox::{Doorbell, Inbox, Mailbox};
use crate::net::{ConnectAttempt, Connection, ListenerState};
use crate::time::clock;
use crate::timer::{Ticks, TimerKey, TimerTarget, Wheel};

/// The state of one core.
pub(crate) struct Core {
    token: usize,
    index: usize,
    pub(crate) config: Config,
    pub(crate) pool: Pool,
    pub(crate) counters: Arc<Counters>,
    driver: RefCell<Driver>,
    now: Cell<Instant>,
    ticks: Ticks,
    wheel: RefCell<Wheel<TimerTarget>>,
    executor: Executor,
    local_tasks: RefCell<Option<Rc<LocalArena>>>,
    mailbox: Mailbox,
    inbox: Inbox,
    doorbell: Arc<Doorbell>,
    pub(crate) connections: RefCell<Slab<Connection>>,
    pub(crate) listeners: RefCell<Slab<Rc<ListenerState>>>,
    pub(crate) attempts: RefCell<Slab<Rc<ConnectAttempt>>>,
    /// Connections with output to hand out at the end of the turn.
    dirty: RefCell<Vec<Connection>>,
    /// Timers that are being dealt with; empty between turns.
    fired: RefCell<Vec<TimerTarget>>,
    /// Connections that are to be ended, or whose last operation may be over.
    ending: RefCell<Vec<Connection>>,
    /// Connections whose receive found no free memory.
    starved: RefCell<Vec<Connection>>,
    /// When the core stops at the latest, once it was told to.
    stop_at: Cell<Option<Instant>>,
    last_work: Cell<Instant>,
    last_accept_log: Cell<Instant>,
}

thread_local! {
    static CURRENT: RefCell<Option<Rc<Core>>> = const { RefCell::new(None) };
}

impl Core {
    /// Builds the core on the calling thread, with its driver, and makes it current there.
    pub(crate) fn enter(
        index: usize,
        config: &Config,
        choice: DriverChoice,
        counters: Arc<Counters>,
    ) -> Result<Rc<Core>, StartError> {
        let pool = Pool::new(PoolConfig {
            block_bytes: config.block_bytes,
            bytes_max: config.pool_bytes_max,
            idle_bytes_max: config.pool_idle_bytes_max,
        });
        let doorbell = Arc::new(Doorbell::new().map_err(StartError::Thread)?);
        let (mailbox, inbox) = crate::mailbox::mailbox(config.mailbox_max, Arc::clone(&doorbell));
        let parts = DriverParts {
            pool: pool.clone(),
            counters: Arc::clone(&counters),
            doorbell: Arc::clone(&doorbell),
        };
        let driver =
            Driver::start(choice, config, parts).map_err(|(kind, cause)| StartError::Driver {
                driver: kind.name(),
                cause,
            })?;
        let now = clock();
        let core = Rc::new(Core {
            token: NEXT_TOKEN.fetch_add(1, Ordering::Relaxed),
            index,
            config: config.clone(),
            pool,
            counters,
            driver: RefCell::new(driver),
            now: Cell::new(now),
            ticks: Ticks::new(now),
            wheel: RefCell::new(Wheel::new(0)),
            executor: Executor::default(),
            local_tasks: RefCell::new(None),
            mailbox,
            inbox,
            doorbell,
            connections: RefCell::default(),
            listeners: RefCell::default(),
            attempts: RefCell::default(),
            dirty: RefCell::default(),
            fired: RefCell::default(),
            ending: RefCell::default(),
            starved: RefCell::default(),
            stop_at: Cell::new(None),
            last_work: Cell::new(now),
            last_accept_log: Cell::new(now - Duration::from_secs(1)),
        });
        *core.local_tasks.borrow_mut() = Some(Rc::new(LocalArena::on(&core)));
        CURRENT.with(|current| *current.borrow_mut() = Some(Rc::clone(&core)));
        Ok(core)
    }

    /// Gives the current thread's core to `f`.
    ///
    /// # Panics
    /// When the thread is no core's.
    #[inline]
    pub(crate) fn with<R>(f: impl FnOnce(&Rc<Core>) -> R) -> R {
        CURRENT.with(|current| {
            let current = current.borrow();
            f(current.as_ref().expect("this function works on a core's thread only: start it with Runtime::block_on or on_core"))
        })
    }

    /// Gives the current thread's core to `f`, if there is one.
    pub(crate) fn try_with<R>(f: impl FnOnce(&Rc<Core>) -> R) -> Option<R> {
        CURRENT
            .try_with(|current| {
                current
                    .try_borrow()
                    .ok()
                    .and_then(|current| current.as_ref().map(f))
            })
            .ok()
            .flatten()
    }

    /// Runs the loop until the core was told to stop and has.
    pub(crate) fn run(self: &Rc<Self>) -> io::Result<()> {
        let mut done = Vec::with_capacity(BATCH);
        while !self.has_stopped() {
            self.turn(&mut done)?;
        }
        self.tear_down();
        Ok(())
    }

    fn turn(self: &Rc<Self>, done: &mut Vec<Completion>) -> io::Result<()> {
        self.counters.turns.add(1);
        let polled = self.executor.run(self.config.tasks_per_turn_max);
        self.counters.tasks_polled.add(polled as u64);
        self.flush_output();
        self.finish_endings();
        self.rearm_starved();
        self.wait_for_events(done)?;
        if !done.is_empty() {
            self.counters.batches.add(1);
            self.counters.completions.add(done.len() as u64);
            for completion in done.drain(..) {
                self.dispatch(completion);
            }
        }
        self.read_mailbox();
        self.fire_timers();
        self.pool.reclaim();
        self.note_gauges();
        Ok(())
    }

    fn note_gauges(&self) {
        let pool = self.pool.stats();
        self.counters
            .pool_bytes_in_use
            .set(pool.in_use_bytes as u64);
        let in_flight = self.driver.borrow().in_flight();
        self.counters.in_flight.set(in_flight as u64);
    }

    fn read_mailbox(&self) {
        if self.inbox.is_empty() {
            return;
        }
        // Bounded by what is there now, so that a flood of mail does not keep input and output waiting.
        for _ in 0..self.config.mailbox_max {
            let Some(job) = self.inbox.next_job() else {
                break;
            };
            self.counters.mails.add(1);
            guard("a job for a core", job);
        }
        while let Some(task) = self.inbox.next_wake() {
            self.counters.mails.add(1);
            self.executor.push_ready(task);
        }
    }

    fn fire_timers(self: &Rc<Self>) {
        let tick = self.ticks.passed(self.now.get());
        if self
            .wheel
            .borrow()
            .next_tick()
            .is_none_or(|next| next > tick)
        {
            return;
        }
        let mut fired = self.fired.take();
        self.wheel
            .borrow_mut()
            .advance(tick, |target| fired.push(target));
        self.counters.timers_fired.add(fired.len() as u64);
        for target in fired.drain(..) {
            match target {
                TimerTarget::Wake(waker) => waker.wake(),
                TimerTarget::Connection(index) => self.check_deadlines(index),
                TimerTarget::Listener(index) => self.arm_accept(index),
            }
        }
        // The list's memory is used again.
        self.fired.replace(fired);
    }

    /// The time at the start of this turn.
    #[inline]
    pub(crate) fn now(&self) -> Instant {
        self.now.get()
    }

    /// Distinguishes this core from every other core of the process.
    pub(crate) fn token(&self) -> usize {
        self.token
    }

    /// Position among the cores of its runtime.
    pub(crate) fn index(&self) -> usize {
        self.index
    }

    pub(crate) fn executor(&self) -> &Executor {
        &self.executor
    }

    pub(crate) fn mailbox(&self) -> &Mailbox {
        &self.mailbox
    }

    pub(crate) fn driver_kind(&self) -> DriverKind {
        self.driver.borrow().kind()
    }

    pub(crate) fn capabilities(&self) -> String {
        self.driver.borrow().capabilities()
    }

    /// Starts a boxed task with the next polling of ready tasks.
    pub(crate) fn spawn(&self, future: std::pin::Pin<Box<dyn Future<Output = ()>>>) {
        let arena = self.local_tasks.borrow().clone();
        if let Some(arena) = arena {
            arena.queue(future);
        }
    }

    pub(crate) fn insert_timer(&self, deadline: Instant, target: TimerTarget) -> TimerKey {
        self.wheel
            .borrow_mut()
            .insert(self.ticks.at(deadline), target)
    }

    pub(crate) fn cancel_timer(&self, key: TimerKey) {
        let target = self.wheel.borrow_mut().cancel(key);
        // A waker's destructor may run user code; the wheel is not borrowed any more.
        drop(target);
    }

    #[inline]
    pub(crate) fn submit(&self, socket: SocketId, op: Op, token: Token) -> OpKey {
        self.driver.borrow_mut().submit(socket, op, token)
    }

    pub(crate) fn cancel(&self, key: OpKey) {
        self.driver.borrow_mut().cancel(key);
    }

    pub(crate) fn attach(&self, socket: RawSocket) -> io::Result<SocketId> {
        self.driver.borrow_mut().attach(socket)
    }

    pub(crate) fn open_client(&self, address: &Address) -> io::Result<SocketId> {
        self.driver.borrow_mut().open_client(address)
    }

    /// Gives an accepted socket back, so that another core can take it over.
    pub(crate) fn release(&self, socket: SocketId) -> Option<RawSocket> {
        self.driver.borrow_mut().release(socket)
    }

    pub(crate) fn detach(&self, socket: SocketId) {
        self.driver.borrow_mut().detach(socket);
    }

    pub(crate) fn address(&self, socket: SocketId, end: End) -> Option<Address> {
        self.driver.borrow_mut().address(socket, end)
    }

    #[inline]
    pub(crate) fn push_dirty(&self, connection: &Connection) {
        self.dirty.borrow_mut().push(connection.clone());
    }

    pub(crate) fn push_ending(&self, connection: &Connection) {
        self.ending.borrow_mut().push(connection.clone());
    }

    pub(crate) fn push_starved(&self, connection: &Connection) {
        self.starved.borrow_mut().push(connection.clone());
    }

    fn flush_output(&self) {
        if self.dirty.borrow().is_empty() {
            return;
        }
        let mut dirty = self.dirty.take();
        for connection in dirty.drain(..) {
            connection.flush();
        }
        // The list's memory is used again; nothing became dirty meanwhile, flushing runs no user code.
        self.dirty.replace(dirty);
    }

    fn finish_endings(&self) {
        while !self.ending.borrow().is_empty() {
            for connection in self.ending.take() {
                connection.proceed_ending();
            }
        }
    }

    /// Arms receives that found no memory again, once there is some; until then the core looks every now and then.
    fn rearm_starved(&self) {
        if !self.starved.borrow().is_empty() && self.pool.try_block().is_some() {
            for connection in self.starved.take() {
                connection.arm_receive();
            }
        }
    }
}

impl fmt::Debug for Core {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Core")
            .field("index", &self.index)
            .field("connections", &self.connections.borrow().len())
            .field("executor", &self.executor)
            .finish_non_exhaustive()
    }
}

/// Completions that fit without growing.
const BATCH: usize = 256;
static NEXT_TOKEN: AtomicUsize = AtomicUsize::new(0);
