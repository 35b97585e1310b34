//! The table of one scenario, with ratios and footnotes.

use std::fmt;

use crate::compare::ScenarioResult;
use crate::compare::scenario::Focus;
use crate::compare::server::{BASELINE, FLOOR, KITTIWAKE, RAW_EPOLL};
use crate::compare::summary::Summary;
use crate::compare::table::Table;

impl ScenarioResult {
    /// Whether any reply was wrong or missing.
    #[must_use]
    pub fn has_errors(&self) -> bool {
        self.servers
            .iter()
            .flat_map(|server| &server.runs)
            .any(|run| run.errors > 0)
    }

    fn summaries(&self) -> Vec<(&str, Summary)> {
        let servers = self.servers.iter().filter(|server| !server.runs.is_empty());
        servers
            .map(|server| (server.name.as_str(), Summary::of(&server.runs)))
            .collect()
    }
}

impl fmt::Display for ScenarioResult {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let scenario = &self.scenario;
        let runs = self
            .servers
            .iter()
            .map(|server| server.runs.len())
            .max()
            .unwrap_or(0);
        let (connections, depth, payload) =
            (scenario.connections, scenario.depth, scenario.payload_bytes);
        writeln!(f, "## {}: {}\n", scenario.name, scenario.about)?;
        write!(
            f,
            "{connections} connections x {depth} in flight x {payload} bytes, "
        )?;
        writeln!(f, "median of {runs} runs\n")?;
        let summaries = self.summaries();
        let mut table = Table::new(columns(scenario.focus));
        let reference = find(&summaries, RAW_EPOLL);
        for (name, summary) in &summaries {
            let mut row = vec![(*name).to_owned()];
            row.extend(self.cells(name, summary, reference));
            row.push(self.notes(name, summary, &mut table));
            table.push(row);
        }
        write!(f, "{table}")?;
        write_tax(f, scenario.focus, &summaries)
    }
}

impl ScenarioResult {
    /// The cells between name and notes, as [`columns`] titles them.
    fn cells(&self, name: &str, summary: &Summary, reference: Option<&Summary>) -> Vec<String> {
        let Summary {
            cpu_us,
            user_us,
            system_us,
            latency,
            ..
        } = summary;
        let cpu = [
            micros(*cpu_us),
            percent(summary.cpu_spread),
            micros(*user_us),
            micros(*system_us),
        ];
        let times = [latency.p50_us, latency.p99_us, latency.p999_us].map(|us| format!("{us:.1}"));
        let ratio = |value: fn(&Summary) -> f64| {
            reference.map_or("-".to_owned(), |reference| {
                times_of(value(summary), value(reference))
            })
        };
        let rate = format!("{:.0}", summary.requests_per_second);
        let busy = percent(summary.busy_min);
        match self.scenario.focus {
            Focus::Cpu => {
                let ratio = ratio(|summary| summary.cpu_us);
                [vec![rate, busy], cpu.to_vec(), vec![ratio], times.to_vec()].concat()
            }
            Focus::Bandwidth => {
                let bandwidth = format!("{:.3}", summary.gigabytes_per_second);
                let ratio = ratio(|summary| summary.cpu_us);
                [
                    vec![bandwidth, busy],
                    cpu.to_vec(),
                    vec![ratio],
                    times.to_vec(),
                ]
                .concat()
            }
            Focus::Latency => {
                let [p50, p99, p999] = times;
                let cpu = if self.scenario.spin {
                    "-".to_owned()
                } else {
                    micros(*cpu_us)
                };
                let ratio = ratio(|summary| summary.latency.p50_us);
                vec![p50, percent(summary.p50_spread), ratio, p99, p999, cpu]
            }
            Focus::Syscalls => {
                let server = self.servers.iter().find(|server| server.name == name);
                let calls = server.and_then(|server| server.syscalls);
                let calls = calls.map_or("-".to_owned(), |(calls, _)| format!("{calls:.3}"));
                vec![calls, rate, micros(*cpu_us), percent(summary.cpu_spread)]
            }
        }
    }

    /// The marks of everything that qualifies a row.
    fn notes(&self, name: &str, summary: &Summary, table: &mut Table) -> String {
        let mut marks = Vec::new();
        if summary.errors > 0 {
            let first = summary.first_error.as_deref().unwrap_or("unknown");
            marks.push(table.note(format!(
                "INVALID: {} errors, first: {first}",
                summary.errors
            )));
        }
        if self.scenario.saturates() && summary.busy_min < BUSY_MIN {
            let client_is_full = summary.client_busy_min >= BUSY_MIN;
            marks.push(
                table.note(
                    if client_is_full {
                        CLIENT_BOUND
                    } else {
                        NOT_SATURATED
                    }
                    .to_owned(),
                ),
            );
        }
        if summary.little_error > LITTLE_ERROR_MAX {
            marks.push(table.note(NOT_STEADY.to_owned()));
        }
        let server = self.servers.iter().find(|server| server.name == name);
        if let Some(workers) = server
            .map(|server| server.io_workers)
            .filter(|count| *count > 0)
        {
            marks.push(table.note(format!(
                "{name}: {workers} threads of io_uring's worker pool"
            )));
        }
        if let Some((_, tool)) = server.and_then(|server| server.syscalls) {
            marks.push(table.note(format!(
                "system calls counted with {tool} in a run of its own"
            )));
        }
        marks.concat()
    }
}

/// Column titles; the first is the server, the last is for marks.
fn columns(focus: Focus) -> &'static [&'static str] {
    match focus {
        Focus::Cpu => &[
            "server",
            "requests/s",
            "busy",
            "CPU us/request",
            "spread",
            "user",
            "system",
            "x raw-epoll",
            "p50 us",
            "p99",
            "p99.9",
            "",
        ],
        Focus::Bandwidth => &[
            "server",
            "GB/s",
            "busy",
            "CPU us/request",
            "spread",
            "user",
            "system",
            "x raw-epoll",
            "p50 us",
            "p99",
            "p99.9",
            "",
        ],
        Focus::Latency => &[
            "server",
            "p50 us",
            "spread",
            "x raw-epoll",
            "p99",
            "p99.9",
            "CPU us/request",
            "",
        ],
        Focus::Syscalls => &[
            "server",
            "calls/request",
            "requests/s",
            "CPU us/request",
            "spread",
            "",
        ],
    }
}

/// What the framework costs, and what the baseline would.
fn write_tax(
    f: &mut fmt::Formatter<'_>,
    focus: Focus,
    summaries: &[(&str, Summary)],
) -> fmt::Result {
    let ours = find(summaries, KITTIWAKE).filter(|_| focus != Focus::Latency);
    if let Some((ours, floor)) = ours.zip(find(summaries, FLOOR)) {
        let cpu = times_of(ours.cpu_us, floor.cpu_us);
        let user = times_of(ours.user_us, floor.user_us);
        writeln!(
            f,
            "\nframework tax ({KITTIWAKE} / {FLOOR}): CPU {cpu}, user time {user}"
        )?;
    }
    if let Some((ours, baseline)) = ours.zip(find(summaries, BASELINE)) {
        let cpu = times_of(baseline.cpu_us, ours.cpu_us);
        writeln!(
            f,
            "\na thread per connection ({BASELINE} / {KITTIWAKE}): CPU {cpu}"
        )?;
    }
    Ok(())
}

fn find<'a>(summaries: &'a [(&str, Summary)], name: &str) -> Option<&'a Summary> {
    summaries
        .iter()
        .find(|(found, _)| *found == name)
        .map(|(_, summary)| summary)
}

/// A ratio, or a dash when one of the two was too little to be seen.
fn times_of(value: f64, reference: f64) -> String {
    if value > 0.0 && reference > 0.0 {
        format!("{:.2}x", value / reference)
    } else {
        "-".to_owned()
    }
}

/// Microseconds with three significant digits or more.
fn micros(value: f64) -> String {
    if value < 100.0 {
        format!("{value:.3}")
    } else {
        format!("{value:.1}")
    }
}

fn percent(share: f64) -> String {
    format!("{:.0} %", share * 100.0)
}

/// A server below this share of its CPU was not what limited the run.
const BUSY_MIN: f64 = 0.95;
const LITTLE_ERROR_MAX: f64 = 0.05;

const CLIENT_BOUND: &str = "client-bound: in some run the server used less than 95 % of its CPU \
    while the load used its own fully; requests/s is the load's limit, CPU per request still counts";
const NOT_SATURATED: &str = "not saturated: in some run neither server nor load used 95 % of its \
    CPU; other work ran on the machine, or each waited for the other";
const NOT_STEADY: &str = "not steady: throughput x latency differs from the requests in flight by \
    more than 5 % (Little's law)";

#[cfg(test)]
mod tests;
