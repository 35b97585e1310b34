//! The programs against each other: echo-client checks echo-server on every transport and driver, in every protocol; then the
//! server is told to stop.

use std::io::{BufRead, BufReader};
use std::process::{Child, Command, Stdio};

use rustix::process::{Pid, Signal, kill_process};

/// A server that is ended with the test, however that goes.
struct EchoServer {
    process: Child,
    address: String,
}

impl EchoServer {
    fn start(arguments: &[&str]) -> EchoServer {
        let mut process = Command::new(env!("CARGO_BIN_EXE_echo-server"))
            .args(["--addr", "127.0.0.1:0", "--cores", "1"])
            .args(arguments)
            .stdout(Stdio::piped())
            // The panics that the checks ask for.
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        let mut line = String::new();
        BufReader::new(process.stdout.take().unwrap())
            .read_line(&mut line)
            .unwrap();
        let words: Vec<&str> = line.split_whitespace().collect();
        let ["listening", "on", address, driver, cores] = words[..] else {
            panic!("it says {line:?}")
        };
        assert!(
            driver.starts_with("driver=") && cores.starts_with("cores="),
            "{line}"
        );
        EchoServer {
            address: address.to_owned(),
            process,
        }
    }

    fn check(&self, protocol: &[&str]) {
        let output = Command::new(env!("CARGO_BIN_EXE_echo-client"))
            .args(["--check", "--addr", &self.address, "--protocol"])
            .args(protocol)
            .output()
            .unwrap();
        let said = String::from_utf8_lossy(&output.stdout);
        assert!(output.status.success(), "{protocol:?}: {said}");
        let passed = said.lines().filter(|line| line.starts_with("ok ")).count();
        assert!(passed >= 8, "{protocol:?}: {said}");
    }

    /// Asks the server to stop as a terminal would, and returns its exit code.
    fn stop(mut self) -> Option<i32> {
        let pid = Pid::from_child(&self.process);
        kill_process(pid, Signal::INT).unwrap();
        self.process.wait().unwrap().code()
    }
}

impl Drop for EchoServer {
    fn drop(&mut self) {
        // Fails when it has ended, which is as well.
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

fn check_server(arguments: &[&str]) {
    let server = EchoServer::start(arguments);
    for protocol in [
        &["buffered"][..],
        &["framed"],
        &["ttheader"],
        &["ttheader-framed"],
        &["ttheader", "--multiplex"],
        &["ttheader-framed", "--multiplex"],
        &["framed", "--payload", "protobuf"],
        &["ttheader", "--payload", "protobuf"],
        &["ttheader", "--payload", "protobuf", "--multiplex"],
    ] {
        server.check(protocol);
    }
    assert_eq!(server.stop(), Some(0));
}

#[test]
fn echo_on_std() {
    check_server(&["--transport", "std"]);
}

#[test]
fn echo_on_epoll() {
    check_server(&["--driver", "epoll"]);
}

#[test]
fn echo_on_uring() {
    check_server(&["--driver", "uring"]);
}

#[test]
fn a_bad_address_and_a_port_in_use_are_one_line_each() {
    let server = EchoServer::start(&[]);
    let complain = |address: &str| {
        let output = Command::new(env!("CARGO_BIN_EXE_echo-server"))
            .args(["--addr", address])
            .output()
            .unwrap();
        assert!(!output.status.success() && output.stdout.is_empty());
        String::from_utf8(output.stderr).unwrap()
    };
    let in_use = complain(&server.address);
    assert_eq!(in_use.lines().count(), 1, "{in_use}");
    assert!(
        in_use.contains(&server.address) && in_use.contains("stop the program that listens there"),
        "{in_use}"
    );
    assert!(complain("nowhere").contains("write HOST:PORT or unix:PATH"));
}
