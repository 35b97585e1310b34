//! The servers that are compared: how each is started, found ready, and stopped.

use std::fmt;
use std::io::{BufRead, BufReader, Read};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::mpsc::{self, Receiver, RecvTimeoutError};
use std::thread;
use std::time::Duration;

use anyhow::{Context, bail};

use crate::frames::Protocol;
use crate::sys;

/// A server that can be started.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Server {
    /// Name in tables and for `--only`.
    pub name: String,
    /// The program: a file beside this one, or for a peer a command.
    pub program: PathBuf,
    /// Its arguments.
    pub arguments: Vec<String>,
    /// What the load speaks to it.
    pub protocol: Protocol,
    /// It may answer in any order.
    pub any_order: bool,
    /// Without it the comparison makes no sense.
    pub required: bool,
    /// Arguments that keep it from sleeping; empty when it has none.
    pub spin_arguments: &'static [&'static str],
}

/// A started server. It is killed when this is dropped.
#[derive(Debug)]
pub struct Running {
    child: Child,
    address: String,
    complaints: Receiver<String>,
}

impl Server {
    /// Kittiwake's servers, the raw ones and the floor: programs in `directory`.
    #[must_use]
    pub fn own(directory: &Path, cpu: usize) -> Vec<Self> {
        let arguments = format!("--addr 127.0.0.1:0 --pin {cpu}");
        OWN.iter()
            .map(|own| Self {
                name: own.name.to_owned(),
                program: directory.join(own.program),
                arguments: words(&arguments).chain(words(own.flags)).collect(),
                protocol: own.protocol,
                any_order: false,
                required: own.required,
                spin_arguments: own.spin_arguments,
            })
            .collect()
    }

    /// A server from elsewhere, given as `NAME=COMMAND ARGUMENTS…`. It has to speak TTHeader and to
    /// print `listening on ADDRESS`. `NAME:raw=…` is one that sends back every byte, `NAME:any-order=…`
    /// one that is told that replies may overtake each other, and does so.
    ///
    /// # Errors
    /// When the text has another form.
    pub fn peer(text: &str) -> Result<Self, String> {
        const FORM: &str = "write NAME=COMMAND, NAME:raw=COMMAND or NAME:any-order=COMMAND";
        let (name, command) = text.split_once('=').ok_or(FORM)?;
        let (name, kind) = name.split_once(':').unwrap_or((name, ""));
        let (protocol, any_order) = match kind {
            "" => (Protocol::TtHeader, false),
            "raw" => (Protocol::Raw, false),
            "any-order" => (Protocol::TtHeader, true),
            _ => return Err(FORM.to_owned()),
        };
        let mut words = words(command);
        let program = words.next().ok_or(FORM)?;
        Ok(Self {
            name: name.to_owned(),
            program: PathBuf::from(program),
            arguments: words.collect(),
            protocol,
            any_order,
            required: true,
            spin_arguments: &[],
        })
    }

    /// Starts the server on a CPU and waits until it listens.
    ///
    /// # Errors
    /// One line that says what was started and how it failed.
    pub fn start(&self, cpu: usize, spin: bool) -> anyhow::Result<Running> {
        let mut command = Command::new(&self.program);
        command.args(&self.arguments).stdin(Stdio::null());
        command.stdout(Stdio::piped()).stderr(Stdio::piped());
        if spin {
            command.args(self.spin_arguments);
        }
        sys::bind_child(&mut command, Some(cpu)).context("the server's CPU cannot be set")?;
        let mut child = command
            .spawn()
            .with_context(|| format!("`{self}` cannot be started"))?;
        let lines = read_lines(child.stdout.take());
        let complaints = read_lines(child.stderr.take());
        let mut running = Running {
            child,
            address: String::new(),
            complaints,
        };
        loop {
            match lines.recv_timeout(START_TIMEOUT) {
                Ok(line) => {
                    if let Some(address) = parse_address(&line) {
                        address.clone_into(&mut running.address);
                        return Ok(running);
                    }
                }
                Err(RecvTimeoutError::Timeout) => {
                    bail!("`{self}` did not print `listening on …` within {START_TIMEOUT:?}")
                }
                Err(RecvTimeoutError::Disconnected) => {
                    bail!(
                        "`{self}` ended before it listened: {}",
                        running.last_words()
                    )
                }
            }
        }
    }
}

impl fmt::Display for Server {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.program.display().fmt(f)?;
        self.arguments
            .iter()
            .try_for_each(|argument| write!(f, " {argument}"))
    }
}

impl Running {
    /// Where it listens.
    #[must_use]
    pub fn address(&self) -> &str {
        &self.address
    }

    /// Its process.
    #[must_use]
    pub fn pid(&self) -> u32 {
        self.child.id()
    }

    /// Fails when the server has ended.
    ///
    /// # Errors
    /// One line with its exit status and its last words.
    pub fn check(&mut self) -> anyhow::Result<()> {
        match self.child.try_wait()? {
            None => Ok(()),
            Some(status) => bail!(
                "the server ended while it was loaded ({status}): {}",
                self.last_words()
            ),
        }
    }

    /// Exit status and last line on standard error of a server that has ended.
    fn last_words(&mut self) -> String {
        let status = self
            .child
            .wait()
            .map_or_else(|error| error.to_string(), |s| s.to_string());
        let line = self
            .complaints
            .iter()
            .filter(|line| !line.trim().is_empty())
            .last();
        line.map_or(status.clone(), |line| format!("{status}, `{line}`"))
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        // Both fail only when the process is gone already, and then there is nothing to do.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// Reads lines on a thread of their own, so that a server that prints a lot never waits for us.
fn read_lines(pipe: Option<impl Read + Send + 'static>) -> Receiver<String> {
    let (sender, receiver) = mpsc::sync_channel(LINES_MAX);
    if let Some(pipe) = pipe {
        thread::spawn(move || {
            for line in BufReader::new(pipe).lines().map_while(Result::ok) {
                // Nobody reads after the first lines: then they are dropped, not waited for.
                let _ = sender.try_send(line);
            }
        });
    }
    receiver
}

/// The address in `listening on ADDRESS driver=… cores=…`.
fn parse_address(line: &str) -> Option<&str> {
    line.strip_prefix("listening on ")?
        .split_ascii_whitespace()
        .next()
}

fn words(text: &str) -> impl Iterator<Item = String> + '_ {
    text.split_ascii_whitespace().map(str::to_owned)
}

/// The server that the others are given as multiples of.
pub const RAW_EPOLL: &str = "raw-epoll";
/// The server that the framework tax is counted from.
pub const FLOOR: &str = "floor";
/// The server whose framework tax is counted.
pub const KITTIWAKE: &str = "kittiwake-uring";
/// A thread per connection with blocking sockets, as the standard library has them.
pub const BASELINE: &str = "kittiwake-std";

/// One of the servers of this workspace.
struct Own {
    name: &'static str,
    program: &'static str,
    flags: &'static str,
    protocol: Protocol,
    required: bool,
    spin_arguments: &'static [&'static str],
}

const OWN: [Own; 8] = [
    raw(RAW_EPOLL, "--driver epoll"),
    raw("raw-uring", "--driver uring"),
    Own {
        program: "floor",
        protocol: Protocol::TtHeader,
        ..raw(FLOOR, "")
    },
    netpoll("netpoll-epoll", "--cores 1 --driver epoll"),
    netpoll("netpoll-uring", "--cores 1 --driver uring"),
    rpc(
        "kittiwake-epoll",
        "--cores 1 --driver epoll --transport netpoll",
    ),
    rpc(KITTIWAKE, "--cores 1 --driver uring --transport netpoll"),
    // A thread that blocks in a read has nothing to spin in.
    Own {
        spin_arguments: &[],
        ..rpc(BASELINE, "--cores 1 --transport std")
    },
];

const fn raw(name: &'static str, flags: &'static str) -> Own {
    let (program, protocol, spin_arguments) = ("echo-raw", Protocol::Raw, &["--spin"]);
    Own {
        name,
        program,
        flags,
        protocol,
        required: true,
        spin_arguments,
    }
}

/// Byte echo over Kittiwake's runtime with no RPC.
const fn netpoll(name: &'static str, flags: &'static str) -> Own {
    let spin_arguments = &["--spin-us", "1000000"];
    let (program, protocol) = ("netpoll-echo", Protocol::Raw);
    Own {
        name,
        program,
        flags,
        protocol,
        required: false,
        spin_arguments,
    }
}

const fn rpc(name: &'static str, flags: &'static str) -> Own {
    let (program, protocol) = ("echo-server", Protocol::TtHeader);
    Own {
        program,
        protocol,
        required: true,
        ..netpoll(name, flags)
    }
}

const START_TIMEOUT: Duration = Duration::from_secs(10);
/// Lines of output kept for messages.
const LINES_MAX: usize = 64;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_address_is_found_in_the_first_line() {
        let line = "listening on 127.0.0.1:4000 driver=uring cores=1";
        assert_eq!(parse_address(line), Some("127.0.0.1:4000"));
        assert_eq!(parse_address("listening on unix:/a b=1"), Some("unix:/a"));
        assert_eq!(parse_address("starting"), None);
    }

    #[test]
    fn a_peer_is_a_name_and_a_command() {
        let peer = Server::peer("volo=./volo-echo --addr 127.0.0.1:0").unwrap();
        assert_eq!((peer.name.as_str(), peer.arguments.len()), ("volo", 2));
        assert_eq!(peer.to_string(), "./volo-echo --addr 127.0.0.1:0");
        let mux = Server::peer("mux:any-order=./server").unwrap();
        assert_eq!((mux.name.as_str(), mux.any_order), ("mux", true));
        assert_eq!(
            Server::peer("m:raw=./echo").unwrap().protocol,
            Protocol::Raw
        );
        for text in ["volo", "volo=", "volo:fast=./server"] {
            assert!(Server::peer(text).unwrap_err().contains("NAME"), "{text}");
        }
    }

    fn shell(script: &str) -> Server {
        let server = Server::peer("shell=sh -c").unwrap();
        Server {
            arguments: vec!["-c".to_owned(), script.to_owned()],
            ..server
        }
    }

    #[test]
    fn a_server_that_fails_is_quoted() {
        let error = shell("echo no such driver >&2; exit 3")
            .start(0, false)
            .unwrap_err()
            .to_string();
        assert!(
            error.contains("no such driver") && error.contains('3'),
            "{error}"
        );
        assert_eq!(error.lines().count(), 1);
    }

    #[test]
    fn a_server_dies_with_its_handle() {
        let running = shell("echo listening on 127.0.0.1:1 x; sleep 60")
            .start(0, false)
            .unwrap();
        assert_eq!(running.address(), "127.0.0.1:1");
        let pid = running.pid();
        drop(running);
        assert!(sys::signal(pid, 0).is_err(), "process {pid} is still there");
    }

    #[test]
    fn a_server_that_ends_under_load_is_noticed() {
        let mut running = shell("echo listening on 127.0.0.1:1; read x")
            .start(0, false)
            .unwrap();
        running.child.wait().unwrap();
        assert!(
            running
                .check()
                .unwrap_err()
                .to_string()
                .contains("ended while")
        );
    }
}
