//! The load against the raw servers and the floor, as programs, the way `compare` runs them.
//!
//! Each run is short and bounded; what counts is that every reply was right.

use std::fs;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::path::PathBuf;
use std::process::{Child, Command, Output, Stdio};
use std::thread;

use benches::frames::{self, MessageKind, Protocol, RequestTemplate};
use benches::load::report::Report;

/// A server's process; killed when dropped.
struct Server {
    process: Child,
    address: String,
}

impl Server {
    fn start(program: &str, arguments: &[&str], address: &str) -> Self {
        let mut process = Command::new(program)
            .args(arguments)
            .args(["--addr", address])
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let mut line = String::new();
        let stdout = process.stdout.take().unwrap();
        BufReader::new(stdout).read_line(&mut line).unwrap();
        let words: Vec<&str> = line.split_whitespace().collect();
        assert!(words.starts_with(&["listening", "on"]), "{line}");
        assert!(
            words[3].starts_with("driver=") && words[4].starts_with("cores="),
            "{line}"
        );
        Self {
            process,
            address: words[2].to_owned(),
        }
    }

    fn connect(&self) -> TcpStream {
        TcpStream::connect(&self.address).unwrap()
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        self.process.kill().unwrap();
        self.process.wait().unwrap();
    }
}

fn load(address: &str, arguments: &str) -> Output {
    Command::new(env!("CARGO_BIN_EXE_load"))
        .args([
            "--addr",
            address,
            "--json",
            "--seconds",
            "0.15",
            "--warmup",
            "0.05",
        ])
        .args(arguments.split_whitespace())
        .output()
        .unwrap()
}

/// Runs the load and expects that every reply was right.
fn check(server: &Server, arguments: &str) -> Report {
    let pid = server.process.id();
    let output = load(&server.address, &format!("--server-pid {pid} {arguments}"));
    let text = String::from_utf8(output.stdout).unwrap();
    let complaint = String::from_utf8_lossy(&output.stderr);
    let report: Report = serde_json::from_str(&text)
        .unwrap_or_else(|_| panic!("`{arguments}`: no report: {complaint}"));
    assert!(output.status.success(), "`{arguments}`: {text}");
    assert_eq!(
        (report.errors, &report.first_error),
        (0, &None),
        "`{arguments}`"
    );
    assert!(
        report.requests_total > 0,
        "`{arguments}`: nothing was answered"
    );
    assert!(report.server.is_some(), "`{arguments}`: no CPU time");
    report
}

/// Connections, requests in flight and bytes: one, many, pipelined, larger than any buffer.
const SHAPES: [&str; 6] = [
    "--connections 1 --payload 64",
    "--connections 200 --payload 1024",
    "--connections 4 --depth 64 --payload 128",
    "--connections 8 --depth 16 --payload 102400",
    "--connections 3 --depth 2 --payload 1048576",
    "--connections 3 --depth 5 --payload 65000 --spin",
];

fn check_shapes(server: &Server, protocol: &str) {
    for shape in SHAPES {
        check(server, &format!("--protocol {protocol} {shape}"));
    }
}

const ECHO: &str = env!("CARGO_BIN_EXE_echo-raw");
const FLOOR: &str = env!("CARGO_BIN_EXE_floor");
const ANY_PORT: &str = "127.0.0.1:0";

fn unix_address(name: &str) -> (PathBuf, String) {
    let path =
        PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join(format!("{name}-{}", std::process::id()));
    let address = format!("unix:{}", path.display());
    (path, address)
}

#[test]
fn raw_epoll_echoes() {
    check_shapes(
        &Server::start(ECHO, &["--driver", "epoll"], ANY_PORT),
        "raw",
    );
}

#[test]
fn raw_uring_echoes() {
    check_shapes(
        &Server::start(ECHO, &["--driver", "uring"], ANY_PORT),
        "raw",
    );
}

#[test]
fn floor_answers_ttheader() {
    check_shapes(&Server::start(FLOOR, &[], ANY_PORT), "ttheader");
}

#[test]
fn floor_answers_framed() {
    check_shapes(&Server::start(FLOOR, &["--spin"], ANY_PORT), "framed");
}

#[test]
fn all_serve_unix_sockets_and_replace_an_old_one() {
    let servers: [(&str, &[&str], &str); 3] = [
        (ECHO, &["--driver", "epoll"], "raw"),
        (ECHO, &["--driver", "uring"], "raw"),
        (FLOOR, &[], "ttheader"),
    ];
    let (path, address) = unix_address("echo");
    for (program, arguments, protocol) in servers {
        check_shapes(&Server::start(program, arguments, &address), protocol);
    }
    fs::remove_file(path).unwrap();
}

#[test]
fn the_open_loop_keeps_its_rate() {
    let server = Server::start(FLOOR, &[], ANY_PORT);
    let report = check(&server, "--connections 4 --depth 8 --rate 2000");
    let open = report.open_loop.unwrap();
    assert!(
        report.little.is_none() && (open.rate - 2000.0).abs() < 1e-9,
        "{open:?}"
    );
    // A closed loop would do many times as many; one second is room for a machine that stalls.
    let due = 2000.0 * (report.seconds + 1.0);
    assert!((report.requests_total as f64) < due, "{report:?}");
}

#[test]
fn replies_may_come_in_any_order_when_asked_for() {
    let server = Server::start(FLOOR, &[], ANY_PORT);
    check(
        &server,
        "--out-of-order --connections 2 --depth 7 --payload 100",
    );
}

/// A server that sends back everything, with one bit of the byte at `place` changed.
fn corrupting_server(place: usize) -> String {
    let listener = TcpListener::bind(ANY_PORT).unwrap();
    let address = listener.local_addr().unwrap().to_string();
    thread::spawn(move || {
        let (mut stream, _) = listener.accept().unwrap();
        let (mut buffer, mut at) = ([0; 4096], 0);
        while let Ok(count @ 1..) = stream.read(&mut buffer) {
            if let Some(byte) = place
                .checked_sub(at)
                .and_then(|index| buffer[..count].get_mut(index))
            {
                *byte ^= 0x20;
            }
            at += count;
            if stream.write_all(&buffer[..count]).is_err() {
                return;
            }
        }
    });
    address
}

#[test]
fn one_wrong_bit_fails_the_load() {
    for (place, complaint) in [(205, "differs at byte 5"), (203, "out of place")] {
        let output = load(
            &corrupting_server(place),
            "--protocol raw --connections 1 --payload 100",
        );
        assert_eq!(output.status.code(), Some(1));
        let report: Report = serde_json::from_slice(&output.stdout).unwrap();
        assert!(report.errors > 0);
        assert!(
            report.first_error.unwrap().contains(complaint),
            "{complaint}"
        );
    }
}

#[test]
fn a_missing_server_is_an_error_and_not_a_report() {
    let output = load("127.0.0.1:1", "--connections 1");
    let complaint = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.code() == Some(2) && output.stdout.is_empty());
    assert!(complaint.contains("127.0.0.1:1"), "{complaint}");
    assert_eq!(complaint.lines().count(), 1, "{complaint}");
}

/// The floor's reply to a request for 16 bytes: a TTHeader without keys and the message.
fn floor_reply(sequence: u32) -> Vec<u8> {
    let mut message = frames::echo_message(MessageKind::Reply, 16);
    message[frames::MESSAGE_SEQUENCE_AT..][..4].copy_from_slice(&sequence.to_be_bytes());
    let mut reply = frames::ttheader(0, sequence, &[], &[], message.len());
    reply.extend(message);
    reply
}

#[test]
fn floor_waits_for_a_request_that_arrives_byte_by_byte() {
    let server = Server::start(FLOOR, &[], ANY_PORT);
    let mut stream = server.connect();
    stream.set_nodelay(true).unwrap();
    let template = RequestTemplate::new(Protocol::TtHeader, 16, false);
    let mut request = template.frame().to_vec();
    template.patch(&mut request, 77);
    for byte in &request {
        stream.write_all(&[*byte]).unwrap();
    }
    let expected = floor_reply(77);
    let mut reply = vec![0; expected.len()];
    stream.read_exact(&mut reply).unwrap();
    assert_eq!(reply, expected);
}

#[test]
fn floor_refuses_an_unknown_method_and_serves_on() {
    let server = Server::start(FLOOR, &[], ANY_PORT);
    let mut stream = server.connect();
    let call = frames::message(MessageKind::Call, "Nothing", 5, &[12, 0, 1, 0, 0]);
    let header = frames::ttheader(0, 5, &[], &[], call.len());
    let good = RequestTemplate::new(Protocol::TtHeader, 16, false);
    stream
        .write_all(&[&header, &call[..], good.frame()].concat())
        .unwrap();
    let text = b"unknown method Nothing";
    let length = u32::try_from(text.len()).unwrap().to_be_bytes();
    let body = [&[11, 0, 1], &length[..], text, &[8, 0, 2, 0, 0, 0, 1, 0]].concat();
    let exception = frames::message(MessageKind::Exception, "Nothing", 5, &body);
    let header = frames::ttheader(0, 5, &[], &[], exception.len());
    let expected = [header, exception, floor_reply(0)].concat();
    let mut replies = vec![0; expected.len()];
    stream.read_exact(&mut replies).unwrap();
    assert_eq!(replies, expected);
}

#[test]
fn floor_closes_on_bytes_that_are_no_request() {
    let server = Server::start(FLOOR, &[], ANY_PORT);
    let template = RequestTemplate::new(Protocol::TtHeader, 16, false);
    let good = template.frame();
    let last = good.len() - 3;
    let changed = |at: usize, byte: u8| {
        let mut frame = good.to_vec();
        frame[at] = byte;
        frame
    };
    let bad = [
        b"GET / HTTP/1.1\r\n\r\n".to_vec(), // no frame
        changed(0, 0x7F),                   // a frame of 2 GiB
        changed(12, 0xFF),                  // a header longer than its frame
        changed(16, 0x33),                  // an unknown info block
        changed(last, 0xFF),                // text that is not UTF-8
        changed(good.len() - 1, 0x0B),      // no end of the struct
    ];
    for frame in bad {
        let mut stream = server.connect();
        stream.write_all(&frame).unwrap();
        let mut rest = Vec::new();
        // A close with unread bytes arrives as a reset.
        let _ = stream.read_to_end(&mut rest);
        assert_eq!(rest, b"", "{}", frame.escape_ascii());
    }
    check(&server, "--connections 2");
}

#[test]
fn a_client_that_never_reads_stops_nobody() {
    for (program, arguments, protocol) in [
        (ECHO, &["--driver", "uring"][..], Protocol::Raw),
        (FLOOR, &[][..], Protocol::TtHeader),
    ] {
        let server = Server::start(program, arguments, ANY_PORT);
        let mut silent = server.connect();
        silent
            .set_write_timeout(Some(std::time::Duration::from_millis(200)))
            .unwrap();
        let frame = RequestTemplate::new(protocol, 50_000, false)
            .frame()
            .to_vec();
        // The server stops reading after a bounded number of these.
        let sent = (0..2000)
            .take_while(|_| silent.write_all(&frame).is_ok())
            .count();
        assert!(
            sent < 2000,
            "{program} takes 100 MB from a client that reads nothing"
        );
        let name = if protocol == Protocol::Raw {
            "raw"
        } else {
            "ttheader"
        };
        check(
            &server,
            &format!("--protocol {name} --connections 4 --depth 4"),
        );
    }
}

#[test]
fn compare_prints_a_table() {
    let output = Command::new(env!("CARGO_BIN_EXE_compare"))
        .args([
            "--no-build",
            "--only",
            "raw-epoll,floor",
            "--scenario",
            "100x1x1024",
        ])
        .args(["--repetitions", "1", "--seconds", "0.1", "--warmup", "0.05"])
        .output()
        .unwrap();
    let (text, complaint) = (
        String::from_utf8_lossy(&output.stdout),
        String::from_utf8_lossy(&output.stderr),
    );
    if thread::available_parallelism().unwrap().get() < 2 {
        assert!(complaint.contains("CPU"), "{complaint}");
        return;
    }
    assert!(output.status.success(), "{complaint}");
    for part in ["| raw-epoll", "| floor", "1.00x", "100 connections"] {
        assert!(text.contains(part), "{part} is missing in {text}");
    }
}

#[test]
fn compare_names_what_is_missing() {
    let empty =
        PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join(format!("empty-{}", std::process::id()));
    fs::create_dir_all(&empty).unwrap();
    let program = empty.join("compare");
    fs::copy(env!("CARGO_BIN_EXE_compare"), &program).unwrap();
    let run = |arguments: &[&str]| {
        let output = Command::new(&program)
            .arg("--no-build")
            .args(arguments)
            .output()
            .unwrap();
        assert!(!output.status.success());
        String::from_utf8_lossy(&output.stderr).into_owned()
    };
    assert!(run(&["--only", "nobody"]).contains("no server `nobody`"));
    assert!(run(&[]).contains("raw-epoll: there is no program"));
    assert!(run(&["--only", "floor"]).contains("skipped"));
    assert!(run(&["--scenario", "nothing"]).contains("100x1x1024"));
    fs::remove_dir_all(empty).unwrap();
}
