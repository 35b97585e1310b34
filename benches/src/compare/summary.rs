//! Medians and spreads of the runs of one server under one scenario.

use crate::load::report::{Latency, Report};

/// What a table says about a server.
#[derive(Clone, Debug)]
pub struct Summary {
    /// Median of requests per second.
    pub requests_per_second: f64,
    /// Median of 10⁹ payload bytes per second.
    pub gigabytes_per_second: f64,
    /// Median of CPU time per request, microseconds.
    pub cpu_us: f64,
    /// (largest − smallest) ÷ median of the CPU time per request.
    pub cpu_spread: f64,
    /// User time of all runs ÷ requests of all runs, microseconds: one run is too short for the
    /// ticks it is known from.
    pub user_us: f64,
    /// The same for system time.
    pub system_us: f64,
    /// Medians of the percentiles.
    pub latency: Latency,
    /// (largest − smallest) ÷ median of the median latency.
    pub p50_spread: f64,
    /// Least share of time in which the server was on its CPU.
    pub busy_min: f64,
    /// Least share of time in which the load was on its CPU.
    pub client_busy_min: f64,
    /// Largest distance from Little's law.
    pub little_error: f64,
    /// Failures of all runs.
    pub errors: usize,
    /// The first of them.
    pub first_error: Option<String>,
}

impl Summary {
    /// The summary of at least one run.
    #[must_use]
    pub fn of(runs: &[Report]) -> Self {
        let of = |value: &dyn Fn(&Report) -> f64| -> Vec<f64> { runs.iter().map(value).collect() };
        let server = |report: &Report| report.server.map_or(0.0, |server| server.us_per_request);
        let latency = |value: &dyn Fn(&Latency) -> f64| median(&of(&|run| value(&run.latency)));
        let requests: f64 = of(&|run| run.requests as f64).iter().sum();
        let pooled = |value: &dyn Fn(&Report) -> f64| {
            of(&|run| value(run) * run.requests as f64)
                .iter()
                .sum::<f64>()
                / requests.max(1.0)
        };
        let distance = |run: &Report| run.little.map_or(0.0, |little| (little - 1.0).abs());
        Self {
            requests_per_second: median(&of(&|run| run.requests_per_second)),
            gigabytes_per_second: median(&of(&|run| run.gigabytes_per_second)),
            cpu_us: median(&of(&server)),
            cpu_spread: spread(&of(&server)),
            user_us: pooled(&|run| run.server.map_or(0.0, |server| server.user_us_per_request)),
            system_us: pooled(&|run| {
                run.server
                    .map_or(0.0, |server| server.system_us_per_request)
            }),
            latency: Latency {
                mean_us: latency(&|latency| latency.mean_us),
                p50_us: latency(&|latency| latency.p50_us),
                p99_us: latency(&|latency| latency.p99_us),
                p999_us: latency(&|latency| latency.p999_us),
                max_us: latency(&|latency| latency.max_us),
            },
            p50_spread: spread(&of(&|run| run.latency.p50_us)),
            busy_min: least(&of(&|run| run.server.map_or(0.0, |server| server.busy))),
            client_busy_min: least(&of(&|run| run.client_busy)),
            little_error: of(&distance).into_iter().fold(0.0, f64::max),
            errors: runs.iter().map(|run| run.errors).sum(),
            first_error: runs.iter().find_map(|run| run.first_error.clone()),
        }
    }
}

/// The middle value, or the mean of the two middle ones; 0 of nothing.
#[must_use]
pub fn median(values: &[f64]) -> f64 {
    let mut values = values.to_vec();
    values.sort_by(f64::total_cmp);
    match (values.get(values.len() / 2), values.len()) {
        (None, _) => 0.0,
        (Some(middle), count) if count % 2 == 1 => *middle,
        (Some(above), count) => f64::midpoint(values[count / 2 - 1], *above),
    }
}

fn least(values: &[f64]) -> f64 {
    values.iter().copied().fold(f64::INFINITY, f64::min)
}

/// (largest − smallest) ÷ median; 0 of nothing.
#[must_use]
pub fn spread(values: &[f64]) -> f64 {
    let largest = values.iter().copied().fold(f64::NEG_INFINITY, f64::max);
    let smallest = least(values);
    let middle = median(values);
    if middle > 0.0 {
        (largest - smallest) / middle
    } else {
        0.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn median_and_spread() {
        assert_eq!(median(&[3.0, 1.0, 2.0]), 2.0);
        assert_eq!(median(&[4.0, 1.0, 2.0, 3.0]), 2.5);
        assert_eq!(spread(&[4.0, 5.0, 6.0]), 0.4);
        assert_eq!((median(&[]), spread(&[])), (0.0, 0.0));
    }
}
