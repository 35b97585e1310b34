//! A server in a process of its own, for limits that hold for a whole process.
//!
//! The process is this test program, told to run one ignored test that is the server.

use std::io::{BufRead, BufReader, Read};
use std::net::TcpStream;
use std::process::{Child, ChildStdout, Command, Stdio};

use netpoll::ListenerHandle;
use rustix::process::{Resource, Rlimit, setrlimit};

/// The parent's side.
pub(super) struct ChildServer {
    process: Child,
    output: BufReader<ChildStdout>,
    address: String,
}

impl ChildServer {
    /// Starts the ignored test `server` with `mode`, and waits until it listens.
    pub(super) fn start(server: &str, mode: &str) -> ChildServer {
        let mut process = Command::new(std::env::current_exe().expect("this program"))
            .args(["--exact", server, "--ignored", "--nocapture"])
            .env(MODE, mode)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .expect("the server starts");
        let mut output = BufReader::new(process.stdout.take().expect("its output"));
        let address = line_after(&mut output, LISTENS);
        ChildServer {
            process,
            output,
            address,
        }
    }

    pub(super) fn connect(&self) -> TcpStream {
        TcpStream::connect(&self.address).expect("the kernel accepts")
    }

    /// Tells it to end; returns the number that it reports.
    pub(super) fn finish(mut self) -> u64 {
        drop(self.process.stdin.take());
        let report = line_after(&mut self.output, REPORTS);
        assert!(self.process.wait().expect("it ends").success());
        report.parse().expect("a number")
    }
}

/// The server's side: what the parent asked for; nothing when somebody else runs the ignored test.
pub(super) fn mode() -> Option<String> {
    std::env::var(MODE).ok()
}

/// Tells the parent where it listens, waits until it is told to end, and reports.
pub(super) fn serve_parent(listener: &ListenerHandle, report: impl FnOnce() -> u64) {
    // The test harness may have begun a line.
    println!("\n{LISTENS}{}", listener.address());
    let _ = std::io::stdin().read(&mut [0; 1]);
    println!("\n{REPORTS}{}", report());
}

/// Lowers a limit of this process.
pub(super) fn lower(resource: Resource, limit: u64) {
    let limit = Rlimit {
        current: Some(limit),
        maximum: Some(limit),
    };
    setrlimit(resource, limit).expect("a limit may be lowered");
}

fn line_after(output: &mut impl BufRead, prefix: &str) -> String {
    let mut line = String::new();
    loop {
        line.clear();
        let bytes = output.read_line(&mut line).expect("read");
        assert!(bytes > 0, "the server ended");
        if let Some(rest) = line.trim_end().strip_prefix(prefix) {
            return rest.to_owned();
        }
    }
}

const MODE: &str = "NETPOLL_TEST_CHILD";
const LISTENS: &str = "listening ";
const REPORTS: &str = "reported ";
