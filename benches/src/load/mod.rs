//! The load generator: one thread, many connections, every reply checked.
//!
//! Closed loop: each connection always has `depth` requests in flight; what a readable event brings
//! back is replaced in one write. Open loop (`rate`): requests are due at fixed times whatever the
//! server does, and latency counts from the time a request was due, so a server that stalls cannot
//! hide the requests it would have got meanwhile.
//!
//! It is built to cost less than any server it measures: frames are made once and patched, replies
//! are compared where they were received, and a socket is read once per event.
//!
//! | file | what |
//! |---|---|
//! | [`connection`] | requests in flight on one socket |
//! | [`reply`] | replies compared with the template |
//! | [`schedule`] | when requests of the open loop are due |
//! | [`report`] | what a run tells |

pub mod connection;
pub mod reply;
pub mod report;
pub mod schedule;

use std::time::{Duration, Instant};

use anyhow::Context;

use crate::address::{Address, Stream};
use crate::cpu_time::CpuTime;
use crate::epoll::{Epoll, Event, Interest};
use crate::frames::{Protocol, RequestTemplate};
use crate::load::connection::{Connection, Train};
use crate::load::reply::ReplyTemplate;
use crate::load::report::{Recorder, Report};
use crate::load::schedule::Schedule;
use crate::sys;

/// What to do.
#[derive(Clone, Debug)]
pub struct Plan {
    /// The server.
    pub address: Address,
    /// How requests travel.
    pub protocol: Protocol,
    /// Number of connections.
    pub connections: usize,
    /// Requests in flight per connection; in the open loop the most there may be.
    pub depth: usize,
    /// Bytes of `msg` (for [`Protocol::Raw`] of the frame).
    pub payload_bytes: usize,
    /// Time before measuring begins.
    pub warm_up: Duration,
    /// Time measured.
    pub measured: Duration,
    /// Ask for events without ever sleeping.
    pub spin: bool,
    /// Requests per second over all connections: open loop.
    pub rate: Option<f64>,
    /// Allow replies in any order (TTHeader only).
    pub out_of_order: bool,
    /// Process whose CPU time is measured.
    pub server_pid: Option<u32>,
}

/// Runs the plan. A wrong reply is an error in the report, not of this function.
///
/// # Errors
/// When the plan makes no sense, a connection cannot be made, or the server's process is not there.
pub fn run(plan: &Plan) -> anyhow::Result<Report> {
    plan.check()?;
    let mut load = Load::connect(plan)?;
    load.fill()?;
    load.run_until(plan.warm_up)?;
    load.start_measuring()?;
    load.run_until(plan.warm_up + plan.measured)?;
    load.stop_measuring()?;
    load.drain()?;
    Ok(load.recorder.report(plan))
}

impl Plan {
    fn check(&self) -> anyhow::Result<()> {
        anyhow::ensure!(self.connections > 0, "--connections must be at least 1");
        anyhow::ensure!(
            (1..=DEPTH_MAX).contains(&self.depth),
            "--depth must be 1..={DEPTH_MAX}"
        );
        anyhow::ensure!(
            self.payload_bytes <= PAYLOAD_BYTES_MAX,
            "--payload {} is above {PAYLOAD_BYTES_MAX}",
            self.payload_bytes
        );
        anyhow::ensure!(
            !self.out_of_order || self.protocol == Protocol::TtHeader,
            "--out-of-order needs --protocol ttheader: only TTHeader has the flag for it"
        );
        anyhow::ensure!(
            self.rate.is_none_or(|rate| rate > 0.0),
            "--rate must be above 0"
        );
        Ok(())
    }
}

struct Load<'p> {
    plan: &'p Plan,
    epoll: Epoll,
    clients: Vec<Client>,
    train: Train,
    reply: ReplyTemplate,
    buffer: Vec<u8>,
    clock: Instant,
    schedule: Option<Schedule>,
    recorder: Recorder,
    /// Answered requests are replaced by new ones.
    replenish: bool,
}

struct Client {
    /// `None` once it has failed.
    connection: Option<Connection>,
    waits_for_room: bool,
}

impl<'p> Load<'p> {
    fn connect(plan: &'p Plan) -> anyhow::Result<Self> {
        let files = sys::raise_open_files().context("cannot raise the limit of open files")?;
        let epoll = Epoll::new(EVENTS_MAX).context("cannot create an epoll instance")?;
        let mut clients = Vec::with_capacity(plan.connections);
        for number in 0..plan.connections {
            let stream = Stream::connect(&plan.address, CONNECT_TIMEOUT).with_context(|| {
                let limit = format!("the limit of open files is {files}");
                format!(
                    "connection {number} to {} cannot be made ({limit})",
                    plan.address
                )
            })?;
            let connection = Connection::new(stream, number, plan.depth, plan.out_of_order);
            epoll.add(connection.socket(), number as u64, Interest::Read)?;
            clients.push(Client {
                connection: Some(connection),
                waits_for_room: false,
            });
        }
        let request = RequestTemplate::new(plan.protocol, plan.payload_bytes, plan.out_of_order);
        Ok(Self {
            plan,
            epoll,
            clients,
            train: Train::new(request, plan.depth),
            reply: ReplyTemplate::new(plan.protocol, plan.payload_bytes),
            buffer: vec![0; BUFFER_BYTES],
            clock: Instant::now(),
            schedule: plan.rate.map(|rate| Schedule::new(rate, plan.connections)),
            recorder: Recorder::default(),
            replenish: true,
        })
    }

    /// Starts the closed loop. The open loop starts by itself.
    fn fill(&mut self) -> anyhow::Result<()> {
        self.clock = Instant::now();
        if self.schedule.is_none() {
            for number in 0..self.clients.len() {
                self.add_requests(number, self.plan.depth)?;
            }
        }
        Ok(())
    }

    fn run_until(&mut self, end: Duration) -> anyhow::Result<()> {
        loop {
            let elapsed = self.clock.elapsed();
            if elapsed >= end
                || !self
                    .clients
                    .iter()
                    .any(|client| client.connection.is_some())
            {
                return Ok(());
            }
            self.issue_due(nanoseconds(elapsed))?;
            self.turn(end - elapsed)?;
        }
    }

    fn start_measuring(&mut self) -> anyhow::Result<()> {
        if let Some(schedule) = &mut self.schedule {
            schedule.start();
        }
        let server = self.server_cpu()?;
        self.recorder.start(
            self.clock.elapsed(),
            server,
            CpuTime::of(std::process::id())?,
        );
        Ok(())
    }

    fn stop_measuring(&mut self) -> anyhow::Result<()> {
        let server = self.server_cpu()?;
        self.recorder.stop(
            self.clock.elapsed(),
            server,
            CpuTime::of(std::process::id())?,
        );
        self.replenish = false;
        if let Some(schedule) = &self.schedule {
            self.recorder.schedule_ended(schedule.punctuality());
        }
        Ok(())
    }

    /// Waits for the replies still to come, so that a lost one is noticed.
    fn drain(&mut self) -> anyhow::Result<()> {
        let end = self.clock.elapsed() + DRAIN_TIMEOUT;
        loop {
            let in_flight =
                |client: &Client| client.connection.as_ref().map_or(0, Connection::in_flight);
            let missing: usize = self.clients.iter().map(in_flight).sum();
            let left = end.saturating_sub(self.clock.elapsed());
            if missing > 0 && left.is_zero() {
                self.recorder
                    .fail(missing, &format!("{missing} requests were never answered"));
            }
            if missing == 0 || left.is_zero() {
                return Ok(());
            }
            self.turn(left)?;
        }
    }

    fn server_cpu(&self) -> anyhow::Result<Option<CpuTime>> {
        let Some(pid) = self.plan.server_pid else {
            return Ok(None);
        };
        let time = CpuTime::of(pid);
        Ok(Some(time.with_context(|| {
            format!("CPU time of process {pid} cannot be read")
        })?))
    }

    /// Waits for events, at most `left`, and handles them.
    fn turn(&mut self, left: Duration) -> anyhow::Result<()> {
        let never_sleep = self.plan.spin || (self.schedule.is_some() && self.replenish);
        let timeout = if never_sleep { Duration::ZERO } else { left };
        let count = self
            .epoll
            .wait(Some(timeout))
            .context("epoll_wait failed")?;
        for index in 0..count {
            let event = self.epoll.event(index);
            self.handle(event)?;
        }
        Ok(())
    }

    fn handle(&mut self, event: Event) -> anyhow::Result<()> {
        let number = usize::try_from(event.key).expect("keys are numbers of clients");
        if event.readable {
            let answered = self.receive(number);
            match &mut self.schedule {
                _ if !self.replenish => {}
                None => self.add_requests(number, answered)?,
                Some(_) => self.send_waiting(number)?,
            }
        }
        if event.writable && self.clients[number].waits_for_room {
            self.flush(number)?;
        }
        Ok(())
    }

    /// Reads all there is on a connection and returns how many requests were answered.
    fn receive(&mut self, number: usize) -> usize {
        let mut answered = 0;
        while let Some(connection) = &mut self.clients[number].connection {
            let (clock, recorder) = (&self.clock, &mut self.recorder);
            let mut now = None;
            let result = connection.receive(&self.reply, &mut self.buffer, |sent_at| {
                // One look at the clock serves every reply of a read.
                let now = *now.get_or_insert_with(|| nanoseconds(clock.elapsed()));
                recorder.record(now.saturating_sub(sent_at));
                answered += 1;
            });
            match result {
                Ok(true) => {}
                Ok(false) => break,
                Err(failure) => self.fail(number, &failure),
            }
        }
        answered
    }

    /// Sends `count` requests now.
    fn add_requests(&mut self, number: usize, count: usize) -> anyhow::Result<()> {
        let now = nanoseconds(self.clock.elapsed());
        let Some(connection) = &mut self.clients[number].connection else {
            return Ok(());
        };
        for _ in 0..count {
            connection.enqueue(now);
        }
        self.flush(number)
    }

    /// Sends the requests of the open loop that have become due.
    fn issue_due(&mut self, now: u64) -> anyhow::Result<()> {
        for _ in 0..ISSUED_PER_TURN_MAX {
            let Some(schedule) = &mut self.schedule else {
                return Ok(());
            };
            let Some((number, due)) = schedule.next_due(now) else {
                return Ok(());
            };
            anyhow::ensure!(
                schedule.wait(number, due),
                "the server is {} requests behind; use a lower --rate",
                schedule::WAITING_MAX
            );
            self.send_waiting(number)?;
        }
        Ok(())
    }

    /// Sends what waits for this connection as far as its depth allows.
    fn send_waiting(&mut self, number: usize) -> anyhow::Result<()> {
        let Some(connection) = &mut self.clients[number].connection else {
            return Ok(());
        };
        let Some(schedule) = &mut self.schedule else {
            return Ok(());
        };
        while connection.in_flight() < self.plan.depth
            && let Some(due) = schedule.take_waiting(number)
        {
            connection.enqueue(due);
        }
        self.flush(number)
    }

    /// Writes what is unsent; asks for an event when the socket is full.
    fn flush(&mut self, number: usize) -> anyhow::Result<()> {
        let client = &mut self.clients[number];
        let Some(connection) = &mut client.connection else {
            return Ok(());
        };
        let all = match connection.flush(&mut self.train) {
            Ok(all) => all,
            Err(error) => {
                self.fail(number, &error);
                return Ok(());
            }
        };
        if all == client.waits_for_room {
            client.waits_for_room = !all;
            let interest = if all {
                Interest::Read
            } else {
                Interest::ReadWrite
            };
            self.epoll
                .modify(connection.socket(), number as u64, interest)?;
        }
        Ok(())
    }

    #[cold]
    fn fail(&mut self, number: usize, reason: &dyn std::fmt::Display) {
        self.clients[number].connection = None;
        self.recorder
            .fail(1, &format!("connection {number}: {reason}"));
    }
}

fn nanoseconds(time: Duration) -> u64 {
    u64::try_from(time.as_nanos()).unwrap_or(u64::MAX)
}

/// Most requests in flight per connection.
const DEPTH_MAX: usize = 4096;
/// Largest payload; a server's usual limit of a frame is lower.
const PAYLOAD_BYTES_MAX: usize = 256 * 1024 * 1024;
const CONNECT_TIMEOUT: Duration = Duration::from_secs(10);
/// How long the last replies may take.
const DRAIN_TIMEOUT: Duration = Duration::from_secs(5);
const EVENTS_MAX: usize = 1024;
/// Receive buffer of the thread: fits a core's second-level cache.
const BUFFER_BYTES: usize = 256 * 1024;
/// Requests of the open loop sent between two looks at the sockets.
const ISSUED_PER_TURN_MAX: usize = 256;
