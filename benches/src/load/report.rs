//! What a run of the load tells: counted by [`Recorder`], told by [`Report`].

use std::fmt;
use std::time::Duration;

use hdrhistogram::Histogram;
use serde::{Deserialize, Serialize};

use crate::cpu_time::CpuTime;
use crate::load::Plan;
use crate::load::schedule::Punctuality;

/// The result of one run. Written and read as JSON.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Report {
    /// Time measured, seconds.
    pub seconds: f64,
    /// Requests answered in that time.
    pub requests: u64,
    /// Requests answered from the first to the last, warm-up and end included.
    pub requests_total: u64,
    /// Requests answered per second.
    pub requests_per_second: f64,
    /// Payload echoed per second, 10⁹ bytes, counted once.
    pub gigabytes_per_second: f64,
    /// Time from sending (in the open loop: from being due) to the reply.
    pub latency: Latency,
    /// CPU time of the server, when its process was named.
    pub server: Option<ServerCpu>,
    /// Share of the time in which the load's own thread was on its CPU.
    pub client_busy: f64,
    /// Closed loop: throughput × mean latency ÷ requests in flight. 1 by Little's law.
    pub little: Option<f64>,
    /// Open loop: how well the generator kept to its timetable.
    pub open_loop: Option<OpenLoop>,
    /// Wrong or missing replies and broken connections.
    pub errors: usize,
    /// The first of them.
    pub first_error: Option<String>,
}

/// Percentiles in microseconds.
#[derive(Clone, Copy, Debug, Default, Serialize, Deserialize)]
#[expect(missing_docs, reason = "the names are the documentation")]
pub struct Latency {
    pub mean_us: f64,
    pub p50_us: f64,
    pub p99_us: f64,
    pub p999_us: f64,
    pub max_us: f64,
}

/// CPU time of the server's process in the time measured.
#[derive(Clone, Copy, Debug, Serialize, Deserialize)]
pub struct ServerCpu {
    /// User and system time per request, microseconds (the scheduler's account).
    pub us_per_request: f64,
    /// User time per request, microseconds (split by clock ticks).
    pub user_us_per_request: f64,
    /// System time per request, microseconds (split by clock ticks).
    pub system_us_per_request: f64,
    /// CPU time ÷ time: 1 is one CPU fully used.
    pub busy: f64,
}

/// The generator's own delays in the open loop.
#[derive(Clone, Copy, Debug, Serialize, Deserialize)]
pub struct OpenLoop {
    /// Requests per second asked for.
    pub rate: f64,
    /// Mean delay between due and noticed, microseconds.
    pub lag_mean_us: f64,
    /// Longest such delay, microseconds.
    pub lag_max_us: f64,
    /// Requests due but never sent.
    pub backlog: usize,
}

/// Counts while the load runs.
#[derive(Debug)]
pub struct Recorder {
    histogram: Histogram<u64>,
    measuring: bool,
    total: u64,
    /// The last latency and how often it came in a row: replies of one read to requests of one
    /// write share it, and the histogram takes them at once.
    run: (u64, u64),
    from: Sample,
    to: Sample,
    punctuality: Option<Punctuality>,
    errors: usize,
    first_error: Option<String>,
}

#[derive(Clone, Copy, Debug, Default)]
struct Sample {
    at: Duration,
    server: Option<CpuTime>,
    client: CpuTime,
}

impl Default for Recorder {
    fn default() -> Self {
        let histogram = Histogram::new_with_bounds(1, LATENCY_NS_MAX, 3);
        Self {
            histogram: histogram.expect("the bounds are valid: 1 < 2, 3 digits"),
            measuring: false,
            total: 0,
            run: (0, 0),
            from: Sample::default(),
            to: Sample::default(),
            punctuality: None,
            errors: 0,
            first_error: None,
        }
    }
}

impl Recorder {
    /// Measuring begins.
    pub fn start(&mut self, at: Duration, server: Option<CpuTime>, client: CpuTime) {
        self.from = Sample { at, server, client };
        self.measuring = true;
    }

    /// Measuring ends.
    pub fn stop(&mut self, at: Duration, server: Option<CpuTime>, client: CpuTime) {
        self.flush_run();
        self.to = Sample { at, server, client };
        self.measuring = false;
    }

    /// The open loop has ended.
    pub fn schedule_ended(&mut self, punctuality: Punctuality) {
        self.punctuality = Some(punctuality);
    }

    /// A request was answered after `latency` nanoseconds.
    #[inline]
    pub fn record(&mut self, latency: u64) {
        self.total += 1;
        if !self.measuring {
            return;
        }
        if latency != self.run.0 {
            self.flush_run();
            self.run.0 = latency;
        }
        self.run.1 += 1;
    }

    /// `count` requests failed.
    pub fn fail(&mut self, count: usize, reason: &str) {
        self.errors += count;
        self.first_error.get_or_insert_with(|| reason.to_owned());
    }

    /// The result.
    #[must_use]
    pub fn report(&self, plan: &Plan) -> Report {
        let seconds = self
            .to
            .at
            .saturating_sub(self.from.at)
            .as_secs_f64()
            .max(f64::EPSILON);
        let requests = self.histogram.len();
        let requests_per_second = requests as f64 / seconds;
        let latency = self.latency();
        let client = self.to.client.since(&self.from.client);
        let in_flight = (plan.connections * plan.depth) as f64;
        Report {
            seconds,
            requests,
            requests_total: self.total,
            requests_per_second,
            gigabytes_per_second: requests_per_second * plan.payload_bytes as f64 / 1e9,
            latency,
            server: self.server(seconds, requests),
            client_busy: client.total.as_secs_f64() / seconds,
            little: plan
                .rate
                .is_none()
                .then(|| requests_per_second * latency.mean_us / 1e6 / in_flight),
            open_loop: plan
                .rate
                .zip(self.punctuality)
                .map(|(rate, punctuality)| OpenLoop {
                    rate,
                    lag_mean_us: punctuality.lag_mean as f64 / 1e3,
                    lag_max_us: punctuality.lag_max as f64 / 1e3,
                    backlog: punctuality.backlog,
                }),
            errors: self.errors,
            first_error: self.first_error.clone(),
        }
    }

    fn flush_run(&mut self) {
        let (latency, count) = std::mem::take(&mut self.run);
        self.histogram.saturating_record_n(latency, count);
    }

    fn latency(&self) -> Latency {
        let us = |nanoseconds: u64| nanoseconds as f64 / 1e3;
        Latency {
            mean_us: self.histogram.mean() / 1e3,
            p50_us: us(self.histogram.value_at_quantile(0.5)),
            p99_us: us(self.histogram.value_at_quantile(0.99)),
            p999_us: us(self.histogram.value_at_quantile(0.999)),
            max_us: us(self.histogram.max()),
        }
    }

    fn server(&self, seconds: f64, requests: u64) -> Option<ServerCpu> {
        let used = self.to.server?.since(&self.from.server?);
        let per_request = |time: Duration| time.as_secs_f64() * 1e6 / requests.max(1) as f64;
        Some(ServerCpu {
            us_per_request: per_request(used.total),
            user_us_per_request: per_request(used.user),
            system_us_per_request: per_request(used.system),
            busy: used.total.as_secs_f64() / seconds,
        })
    }
}

impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Latency {
            mean_us,
            p50_us,
            p99_us,
            p999_us,
            max_us,
        } = self.latency;
        writeln!(f, "requests    {} in {:.2} s", self.requests, self.seconds)?;
        let (rate, gigabytes) = (self.requests_per_second, self.gigabytes_per_second);
        writeln!(
            f,
            "throughput  {rate:.0} requests/s, {gigabytes:.3} GB/s of payload"
        )?;
        write!(
            f,
            "latency     p50 {p50_us:.1} us, p99 {p99_us:.1} us, p99.9 {p999_us:.1} us, "
        )?;
        writeln!(f, "mean {mean_us:.1} us, max {max_us:.1} us")?;
        if let Some(server) = &self.server {
            let ServerCpu {
                us_per_request,
                user_us_per_request,
                system_us_per_request,
                busy,
            } = server;
            write!(f, "server      {us_per_request:.3} us of CPU per request ")?;
            write!(
                f,
                "(user {user_us_per_request:.3}, system {system_us_per_request:.3}), "
            )?;
            writeln!(f, "{:.1} % busy", busy * 100.0)?;
        }
        write!(f, "client      {:.1} % busy", self.client_busy * 100.0)?;
        if let Some(little) = self.little {
            write!(f, ", Little's law {little:.3}")?;
        }
        writeln!(f)?;
        if let Some(open) = &self.open_loop {
            let OpenLoop {
                rate,
                lag_mean_us,
                lag_max_us,
                backlog,
            } = open;
            write!(
                f,
                "open loop   {rate:.0} requests/s due, generator late by {lag_mean_us:.1} us "
            )?;
            writeln!(f, "(mean), {lag_max_us:.1} us (max), {backlog} never sent")?;
        }
        write!(f, "errors      {}", self.errors)?;
        match &self.first_error {
            Some(error) => write!(f, ", first: {error}"),
            None => Ok(()),
        }
    }
}

/// Longer latencies count as this one: 60 s.
const LATENCY_NS_MAX: u64 = 60_000_000_000;

#[cfg(test)]
mod tests;
