//! Counts the system calls of a running process.
//!
//! `perf stat` on the tracepoint of all system calls, where it may be used: it costs little, so the
//! server does what it does unobserved. Else `strace -c`, which makes each call several times as
//! expensive; a server that batches then batches more, and the count is too low.

use std::process::{Child, Command, Stdio};
use std::thread::{self, JoinHandle};
use std::time::Duration;

use anyhow::{Context, bail};

use crate::compare::child::{read_all, wait_within};
use crate::sys;

/// A tracer at work. It ends by itself when the process that it watches does.
#[derive(Debug)]
pub struct Counter {
    child: Child,
    tool: Tool,
    output: JoinHandle<String>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Tool {
    Perf,
    Strace,
}

impl Counter {
    /// Starts counting the calls of process `pid` and of the threads it has and will have.
    ///
    /// # Errors
    /// When neither tool can be used.
    pub fn attach(pid: u32) -> anyhow::Result<Self> {
        for tool in [Tool::Perf, Tool::Strace] {
            if let Some(counter) = Self::start(tool, pid)? {
                return Ok(counter);
            }
        }
        bail!("system calls cannot be counted: neither `perf stat` nor `strace` works here")
    }

    /// Stops and returns the number of calls and the name of the tool.
    ///
    /// # Errors
    /// When the tool does not end or its output is not understood.
    pub fn finish(mut self) -> anyhow::Result<(u64, &'static str)> {
        let name = self.tool.name();
        sys::signal(self.child.id(), libc::SIGINT)
            .with_context(|| format!("{name} has ended early"))?;
        wait_within(&mut self.child, END_TIMEOUT)?;
        let text = self.output.join().unwrap_or_default();
        let calls = match self.tool {
            Tool::Perf => parse_perf(&text),
            Tool::Strace => parse_strace(&text),
        };
        let calls = calls.with_context(|| format!("the output of {name} is not understood"))?;
        Ok((calls, name))
    }

    /// `None` when the tool is missing or may not attach.
    fn start(tool: Tool, pid: u32) -> anyhow::Result<Option<Self>> {
        let mut words = tool.name().split(' ');
        let mut command = Command::new(words.next().unwrap_or_default());
        command.args(words);
        match tool {
            Tool::Perf => command.args(["-x,", "-e", "raw_syscalls:sys_enter"]),
            Tool::Strace => command.arg("-f"),
        };
        command.args(["-p", &pid.to_string()]);
        command
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::piped());
        sys::bind_child(&mut command, None)?;
        let Ok(mut child) = command.spawn() else {
            return Ok(None);
        };
        let output = read_all(child.stderr.take());
        thread::sleep(ATTACH_TIME);
        let attached = child.try_wait()?.is_none();
        Ok(attached.then_some(Self {
            child,
            tool,
            output,
        }))
    }
}

impl Tool {
    /// The command.
    fn name(self) -> &'static str {
        match self {
            Self::Perf => "perf stat",
            Self::Strace => "strace -c",
        }
    }
}

/// The first value of the tracepoint's line.
fn parse_perf(text: &str) -> Option<u64> {
    let line = text.lines().find(|line| line.contains("sys_enter"))?;
    line.split(',').next()?.parse().ok()
}

/// The column `calls` of the line `total`.
fn parse_strace(text: &str) -> Option<u64> {
    let line = text
        .lines()
        .find(|line| line.trim_end().ends_with("total"))?;
    line.split_ascii_whitespace().nth(3)?.parse().ok()
}

/// What the tools need to attach or to fail.
const ATTACH_TIME: Duration = Duration::from_millis(300);
const END_TIMEOUT: Duration = Duration::from_secs(10);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn outputs_are_understood() {
        let perf = "# started on Monday\n\n4711,,raw_syscalls:sys_enter,100,100.00,,\n";
        assert_eq!(parse_perf(perf), Some(4711));
        assert_eq!(
            parse_perf("<not counted>,,raw_syscalls:sys_enter,0,,\n"),
            None
        );
        let strace = "% time     seconds  usecs/call     calls    errors syscall\n\
                      ------ ----------- ----------- --------- --------- -------\n \
                      60.00    0.000003           1         3           sendto\n\
                      100.00    0.000005           0        12         2 total\n";
        assert_eq!(parse_strace(strace), Some(12));
    }
}
