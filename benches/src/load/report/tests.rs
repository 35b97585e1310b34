use super::*;
use crate::frames::Protocol;

fn plan() -> Plan {
    Plan {
        address: "127.0.0.1:1".parse().unwrap(),
        protocol: Protocol::Raw,
        connections: 2,
        depth: 1,
        payload_bytes: 1000,
        warm_up: Duration::ZERO,
        measured: Duration::from_secs(1),
        spin: false,
        rate: None,
        out_of_order: false,
        server_pid: Some(1),
    }
}

fn cpu(total_ms: u64) -> CpuTime {
    let total = Duration::from_millis(total_ms);
    CpuTime {
        total,
        user: total / 4,
        system: total * 3 / 4,
    }
}

/// 1,000 requests of 2 ms in one second, one before and one after it.
fn recorded() -> Recorder {
    let mut recorder = Recorder::default();
    recorder.record(5);
    recorder.start(Duration::from_secs(1), Some(cpu(100)), cpu(0));
    for _ in 0..1000 {
        recorder.record(2_000_000);
    }
    recorder.stop(Duration::from_secs(2), Some(cpu(900)), cpu(500));
    recorder.record(5);
    recorder
}

#[test]
fn only_what_is_measured_counts() {
    let report = recorded().report(&plan());
    assert_eq!((report.requests, report.requests_total), (1000, 1002));
    assert!((report.requests_per_second - 1000.0).abs() < 1e-6);
    assert!((report.gigabytes_per_second - 0.001).abs() < 1e-9);
    assert!((report.latency.p50_us / 2000.0 - 1.0).abs() < 0.001);
    assert!(
        (report.little.unwrap() - 1.0).abs() < 0.001,
        "{:?}",
        report.little
    );
    assert!((report.client_busy - 0.5).abs() < 1e-9);
}

#[test]
fn cpu_time_is_divided_by_requests() {
    let server = recorded().report(&plan()).server.unwrap();
    assert!((server.us_per_request - 800.0).abs() < 1e-6);
    assert!((server.user_us_per_request - 200.0).abs() < 1e-3);
    assert!((server.system_us_per_request - 600.0).abs() < 1e-3);
    assert!((server.busy - 0.8).abs() < 1e-9);
}

#[test]
fn the_first_error_is_kept() {
    let mut recorder = recorded();
    recorder.fail(1, "first");
    recorder.fail(2, "second");
    let report = recorder.report(&plan());
    assert_eq!(
        (report.errors, report.first_error.as_deref()),
        (3, Some("first"))
    );
}

#[test]
fn a_report_survives_json() {
    let report = recorded().report(&plan());
    let text = serde_json::to_string(&report).unwrap();
    let again: Report = serde_json::from_str(&text).unwrap();
    assert_eq!(
        (again.requests, again.errors),
        (report.requests, report.errors)
    );
    assert!((again.latency.p99_us - report.latency.p99_us).abs() < 1e-6);
    assert!(report.to_string().contains("errors      0"));
}
