//! The loads under which servers are compared.

use crate::frames::{Protocol, RequestTemplate};

/// One load. Its table is about one thing.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Scenario {
    /// Name on the command line.
    pub name: &'static str,
    /// What it shows, for the table's title.
    pub about: &'static str,
    /// Number of connections.
    pub connections: usize,
    /// Requests in flight per connection.
    pub depth: usize,
    /// Bytes of the request's text.
    pub payload_bytes: usize,
    /// Neither side sleeps.
    pub spin: bool,
    /// What the table is about.
    pub focus: Focus,
    /// Part of `--quick`.
    pub quick: bool,
}

/// What a scenario is measured for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Focus {
    /// CPU time per request of a saturated server.
    Cpu,
    /// Bytes per second of a saturated server.
    Bandwidth,
    /// Time of one round trip.
    Latency,
    /// System calls per request.
    Syscalls,
}

impl Scenario {
    /// Every scenario, in the order of `--full`.
    pub const ALL: [Self; 10] = [
        Self {
            quick: true,
            ..Self::cpu("100x1x1024", "one request in flight each", 100, 1, 1024)
        },
        Self {
            quick: true,
            ..Self::cpu("4x64x128", "deep pipelines", 4, 64, 128)
        },
        Self::cpu("1000x1x1024", "many connections", 1000, 1, 1024),
        Self::cpu("100x16x128", "shallow pipelines", 100, 16, 128),
        Self::cpu(
            "100x1x256",
            "the load for 10,000 connections on 100",
            100,
            1,
            256,
        ),
        Self::cpu("10000x1x256", "very many connections", 10_000, 1, 256),
        Self {
            focus: Focus::Bandwidth,
            ..Self::cpu("4x1x1MiB", "large messages", 4, 1, 1024 * 1024)
        },
        Self {
            focus: Focus::Latency,
            ..Self::cpu("latency", "one round trip, both sides sleep", 1, 1, 1024)
        },
        Self {
            focus: Focus::Latency,
            spin: true,
            ..Self::cpu(
                "latency-spin",
                "one round trip, both sides spin",
                1,
                1,
                1024,
            )
        },
        Self {
            focus: Focus::Syscalls,
            ..Self::cpu("64x1x1024", "system calls per request", 64, 1, 1024)
        },
    ];

    const fn cpu(
        name: &'static str,
        about: &'static str,
        connections: usize,
        depth: usize,
        payload_bytes: usize,
    ) -> Self {
        let (spin, focus, quick) = (false, Focus::Cpu, false);
        Self {
            name,
            about,
            connections,
            depth,
            payload_bytes,
            spin,
            focus,
            quick,
        }
    }

    /// The scenario of a name.
    #[must_use]
    pub fn find(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|scenario| scenario.name == name)
    }

    /// `--payload` for a protocol: a raw echo gets as many bytes as a TTHeader request has.
    #[must_use]
    pub fn payload_for(&self, protocol: Protocol) -> usize {
        match protocol {
            Protocol::Raw => RequestTemplate::new(Protocol::TtHeader, self.payload_bytes, false)
                .frame()
                .len(),
            _ => self.payload_bytes,
        }
    }

    /// Whether the load keeps a server's CPU busy.
    #[must_use]
    pub fn saturates(&self) -> bool {
        matches!(self.focus, Focus::Cpu | Focus::Bandwidth)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_unique() {
        for scenario in Scenario::ALL {
            assert_eq!(Scenario::find(scenario.name), Some(scenario));
        }
    }

    #[test]
    fn a_raw_echo_gets_the_bytes_of_the_rpc() {
        let scenario = Scenario::find("100x1x1024").unwrap();
        let frame = RequestTemplate::new(Protocol::TtHeader, 1024, false);
        assert_eq!(scenario.payload_for(Protocol::Raw), frame.frame().len());
        assert_eq!(scenario.payload_for(Protocol::TtHeader), 1024);
    }
}
