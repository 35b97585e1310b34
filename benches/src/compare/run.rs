//! One run: a fresh server on one CPU, the load on the other, and what the load reports.

use std::fs;
use std::process::{Command, Stdio};
use std::time::Duration;

use anyhow::{Context, anyhow};

use crate::compare::Settings;
use crate::compare::child::{self, read_all};
use crate::compare::scenario::Scenario;
use crate::compare::server::{Running, Server};
use crate::compare::syscalls::Counter;
use crate::frames::Protocol;
use crate::load::report::Report;
use crate::sys;

/// What one run gave.
#[derive(Debug)]
pub struct Outcome {
    /// The load's report.
    pub report: Report,
    /// Threads of io_uring's worker pool that the server had at the end; work that ends there is
    /// slow, and a server that is well written has none.
    pub io_workers: usize,
}

/// Starts `server`, loads it as `scenario` says and stops it.
///
/// # Errors
/// When the server does not start, ends early, or the load cannot run. Wrong replies are in the
/// report.
pub fn run(settings: &Settings, scenario: &Scenario, server: &Server) -> anyhow::Result<Outcome> {
    let mut running = server.start(settings.server_cpu, scenario.spin)?;
    let report = load(settings, scenario, server, &running);
    running.check()?;
    Ok(Outcome {
        report: report?,
        io_workers: io_workers(running.pid()),
    })
}

/// System calls per request, counted in a run of its own, and the name of the counter.
///
/// # Errors
/// As [`run`], or when nothing can count.
pub fn count_syscalls(
    settings: &Settings,
    scenario: &Scenario,
    server: &Server,
) -> anyhow::Result<(f64, &'static str)> {
    let mut running = server.start(settings.server_cpu, scenario.spin)?;
    let counter = Counter::attach(running.pid())?;
    let report = load(settings, scenario, server, &running);
    running.check()?;
    let (calls, tool) = counter.finish()?;
    Ok((calls as f64 / report?.requests_total.max(1) as f64, tool))
}

fn load(
    settings: &Settings,
    scenario: &Scenario,
    server: &Server,
    running: &Running,
) -> anyhow::Result<Report> {
    let mut command = Command::new(settings.directory.join("load"));
    let warm_up = settings.warm_up + scenario.connections as f64 * WARM_UP_PER_CONNECTION;
    let numbers = [
        ("--connections", scenario.connections.to_string()),
        ("--depth", scenario.depth.to_string()),
        (
            "--payload",
            scenario.payload_for(server.protocol).to_string(),
        ),
        ("--seconds", settings.seconds.to_string()),
        ("--warmup", warm_up.to_string()),
        ("--pin", settings.load_cpu.to_string()),
        ("--server-pid", running.pid().to_string()),
    ];
    command.args([
        "--json",
        "--addr",
        running.address(),
        "--protocol",
        protocol_flag(server.protocol),
    ]);
    command.args(numbers.iter().flat_map(|(flag, value)| [*flag, value]));
    if scenario.spin {
        command.arg("--spin");
    }
    if server.any_order {
        command.arg("--out-of-order");
    }
    sys::bind_child(&mut command, None).context("the load cannot be prepared")?;
    command
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped());
    let mut process = command.spawn().context("the load cannot be started")?;
    let output = read_all(process.stdout.take());
    let complaints = read_all(process.stderr.take());
    let seconds = settings.seconds + warm_up;
    child::wait_within(&mut process, LOAD_EXTRA + Duration::from_secs_f64(seconds))
        .context("the load hangs")?;
    let output = output.join().unwrap_or_default();
    serde_json::from_str(&output).map_err(|_| {
        let complaints = complaints.join().unwrap_or_default();
        anyhow!(
            "the load failed: {}",
            complaints.lines().last().unwrap_or("it said nothing")
        )
    })
}

/// Counts a process's threads named `iou-wrk-…`.
fn io_workers(pid: u32) -> usize {
    let Ok(tasks) = fs::read_dir(format!("/proc/{pid}/task")) else {
        return 0;
    };
    let name = |task: fs::DirEntry| fs::read_to_string(task.path().join("comm")).ok();
    tasks
        .flatten()
        .filter_map(name)
        .filter(|name| name.starts_with("iou-wrk"))
        .count()
}

fn protocol_flag(protocol: Protocol) -> &'static str {
    match protocol {
        Protocol::Raw => "raw",
        Protocol::Framed => "framed",
        Protocol::TtHeader => "ttheader",
        Protocol::Buffered => "buffered",
    }
}

/// Seconds added to the warm-up for each connection: ten round trips of a busy server.
const WARM_UP_PER_CONNECTION: f64 = 50e-6;
/// Time the load may take besides warming up and measuring: connecting and draining.
const LOAD_EXTRA: Duration = Duration::from_secs(60);
