//! Runs servers in turn under the same load and says how they compare.
//!
//! A repetition loads every server once, one after the other, each freshly started; the next
//! repetition begins with the first server again. So a slow minute of the machine hits all of them,
//! and what counts is the ratio of medians.
//!
//! | file | what |
//! |---|---|
//! | [`scenario`] | the loads |
//! | [`server`] | the servers: start, address, stop |
//! | [`run`] | one run |
//! | [`child`] | processes that are waited for |
//! | [`syscalls`] | system calls counted from outside |
//! | [`summary`] | medians over repetitions |
//! | [`report`] | tables of one scenario |
//! | [`table`] | tables as text |

pub mod child;
pub mod report;
pub mod run;
pub mod scenario;
pub mod server;
pub mod summary;
pub mod syscalls;
pub mod table;

use std::fs;
use std::path::PathBuf;
use std::thread;

use serde::Serialize;

use crate::compare::scenario::{Focus, Scenario};
use crate::compare::server::Server;
use crate::load::report::Report;

/// How to compare.
#[derive(Clone, Debug)]
pub struct Settings {
    /// Where the programs are.
    pub directory: PathBuf,
    /// CPU of the servers.
    pub server_cpu: usize,
    /// CPU of the load.
    pub load_cpu: usize,
    /// Runs per server and scenario.
    pub repetitions: usize,
    /// Seconds measured per run.
    pub seconds: f64,
    /// Seconds before that.
    pub warm_up: f64,
}

/// All runs of one scenario.
#[derive(Debug, Serialize)]
pub struct ScenarioResult {
    /// The scenario.
    #[serde(rename = "scenario", serialize_with = "name_only")]
    pub scenario: Scenario,
    /// Its servers, in the order they ran.
    pub servers: Vec<ServerResult>,
}

/// All runs of one server under one scenario.
#[derive(Debug, Serialize)]
pub struct ServerResult {
    /// The server's name.
    pub name: String,
    /// One report per repetition.
    pub runs: Vec<Report>,
    /// Most threads of io_uring's worker pool seen.
    pub io_workers: usize,
    /// System calls per request and what counted them.
    pub syscalls: Option<(f64, &'static str)>,
}

/// The machine the numbers are from.
#[derive(Debug, Serialize)]
pub struct Machine {
    /// Release of the kernel.
    pub kernel: String,
    /// Model of the CPU.
    pub cpu: String,
    /// CPUs this process may use.
    pub cpus: usize,
}

impl Machine {
    /// This machine.
    #[must_use]
    pub fn here() -> Self {
        let read = |path: &str| fs::read_to_string(path).unwrap_or_default();
        let cpuinfo = read("/proc/cpuinfo");
        let model = cpuinfo
            .lines()
            .find_map(|line| line.strip_prefix("model name")?.split_once(':'));
        Self {
            kernel: read("/proc/sys/kernel/osrelease").trim().to_owned(),
            cpu: model.map_or_else(
                || "unknown CPU".to_owned(),
                |(_, model)| model.trim().to_owned(),
            ),
            cpus: thread::available_parallelism().map_or(1, usize::from),
        }
    }
}

/// Runs one scenario over `servers` and tells `progress` about every run, one line each.
///
/// # Errors
/// When a required server fails. One that is not required is left out, and `progress` is told.
pub fn compare(
    settings: &Settings,
    scenario: &Scenario,
    servers: &[Server],
    progress: &mut dyn FnMut(&str),
) -> anyhow::Result<ScenarioResult> {
    let servers: Vec<&Server> = servers
        .iter()
        .filter(|server| !scenario.spin || !server.spin_arguments.is_empty())
        .collect();
    let mut results: Vec<Option<ServerResult>> = servers.iter().map(|s| Some(empty(s))).collect();
    for repetition in 1..=settings.repetitions {
        for (server, slot) in servers.iter().zip(&mut results) {
            let Some(result) = slot else { continue };
            let place = format!(
                "{} {repetition}/{} {}",
                scenario.name, settings.repetitions, server.name
            );
            match run_once(settings, scenario, server, result) {
                Ok(line) => progress(&format!("{place}: {line}")),
                Err(error) if server.required => return Err(error.context(place)),
                Err(error) => {
                    progress(&format!("{place}: left out: {error:#}"));
                    *slot = None;
                }
            }
        }
    }
    Ok(ScenarioResult {
        scenario: *scenario,
        servers: results.into_iter().flatten().collect(),
    })
}

fn empty(server: &Server) -> ServerResult {
    ServerResult {
        name: server.name.clone(),
        runs: Vec::new(),
        io_workers: 0,
        syscalls: None,
    }
}

/// One run, and in the first one of a scenario about system calls the run that counts them.
fn run_once(
    settings: &Settings,
    scenario: &Scenario,
    server: &Server,
    result: &mut ServerResult,
) -> anyhow::Result<String> {
    if scenario.focus == Focus::Syscalls && result.syscalls.is_none() {
        result.syscalls = Some(run::count_syscalls(settings, scenario, server)?);
    }
    let outcome = run::run(settings, scenario, server)?;
    result.io_workers = result.io_workers.max(outcome.io_workers);
    let report = outcome.report;
    let cpu = report.server.map_or(0.0, |server| server.us_per_request);
    let (rate, p50) = (report.requests_per_second, report.latency.p50_us);
    let errors = match &report.first_error {
        Some(error) => format!(", {} errors: {error}", report.errors),
        None => String::new(),
    };
    result.runs.push(report);
    Ok(format!(
        "{rate:.0} requests/s, {cpu:.3} us of CPU each, p50 {p50:.1} us{errors}"
    ))
}

fn name_only<S: serde::Serializer>(scenario: &Scenario, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.serialize_str(scenario.name)
}
