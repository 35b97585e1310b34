use super::*;
use crate::compare::ServerResult;
use crate::compare::scenario::Scenario;
use crate::load::report::{Latency, Report, ServerCpu};

/// A good run in which a request cost `cpu` microseconds, a quarter of it in user mode.
fn run(cpu: f64) -> Report {
    Report {
        seconds: 1.0,
        requests: 1000,
        requests_total: 1100,
        requests_per_second: 1000.0,
        gigabytes_per_second: 0.5,
        latency: Latency {
            mean_us: 9.0,
            p50_us: 8.0,
            p99_us: 20.0,
            p999_us: 30.0,
            max_us: 40.0,
        },
        server: Some(ServerCpu {
            us_per_request: cpu,
            user_us_per_request: cpu / 4.0,
            system_us_per_request: cpu * 3.0 / 4.0,
            busy: 0.99,
        }),
        client_busy: 0.9,
        little: Some(1.0),
        open_loop: None,
        errors: 0,
        first_error: None,
    }
}

fn result(scenario: &str, servers: &[(&str, &[f64])]) -> ScenarioResult {
    let server = |(name, cpus): &(&str, &[f64])| ServerResult {
        name: (*name).to_owned(),
        runs: cpus.iter().map(|cpu| run(*cpu)).collect(),
        io_workers: 0,
        syscalls: None,
    };
    let scenario = Scenario::find(scenario).unwrap();
    ScenarioResult {
        scenario,
        servers: servers.iter().map(server).collect(),
    }
}

#[test]
fn rows_have_medians_spreads_and_ratios() {
    let result = result(
        "100x1x1024",
        &[(RAW_EPOLL, &[4.0, 5.0, 6.0]), (FLOOR, &[10.0])],
    );
    let text = result.to_string();
    let row = |name: &str| {
        text.lines()
            .find(|line| line.contains(name))
            .unwrap()
            .to_owned()
    };
    for cell in ["5.000", "40 %", "1.250", "3.750", "1.00x", "8.0"] {
        assert!(row("| raw-epoll").contains(cell), "{cell} in {text}");
    }
    assert!(row("| floor").contains("2.00x"), "{text}");
    assert!(!text.contains("[1]"), "{text}");
}

#[test]
fn the_tax_is_counted_from_the_floor() {
    let servers: [(&str, &[f64]); 3] = [(FLOOR, &[2.0]), (KITTIWAKE, &[3.0]), (BASELINE, &[9.0])];
    let text = result("4x64x128", &servers).to_string();
    assert!(text.contains("CPU 1.50x, user time 1.50x"), "{text}");
    assert!(
        text.contains("(kittiwake-std / kittiwake-uring): CPU 3.00x"),
        "{text}"
    );
}

#[test]
fn doubtful_runs_are_marked() {
    let mut result = result(
        "100x1x1024",
        &[(RAW_EPOLL, &[4.0]), (FLOOR, &[4.0]), ("other", &[4.0])],
    );
    result.servers[0].runs[0].errors = 2;
    result.servers[0].runs[0].first_error = Some("reply 7 differs".to_owned());
    result.servers[1].runs[0].server.as_mut().unwrap().busy = 0.5;
    result.servers[1].runs[0].client_busy = 0.6;
    result.servers[2].runs[0].little = Some(1.2);
    result.servers[2].io_workers = 3;
    let text = result.to_string();
    assert!(result.has_errors());
    for note in [
        "INVALID: 2 errors, first: reply 7",
        "not saturated",
        "Little's law",
        "other: 3 threads",
    ] {
        assert!(text.contains(note), "{note} in {text}");
    }
    assert!(text.contains("[3][4]"), "{text}");
}

#[test]
fn a_full_client_is_told_from_a_disturbed_machine() {
    let mut result = result("100x1x1024", &[(RAW_EPOLL, &[4.0])]);
    result.servers[0].runs[0].server.as_mut().unwrap().busy = 0.5;
    result.servers[0].runs[0].client_busy = 0.99;
    assert!(result.to_string().contains("client-bound"), "{result}");
}

#[test]
fn every_focus_has_a_cell_per_column() {
    for scenario in Scenario::ALL {
        let text = result(scenario.name, &[(RAW_EPOLL, &[4.0]), (KITTIWAKE, &[5.0])]).to_string();
        assert!(
            text.contains(scenario.name) && text.contains(KITTIWAKE),
            "{text}"
        );
    }
}
