//! Every limit and option of the runtime, with its default and what happens when it is reached.
//!
//! One struct for all of them, so that the memory a core can take is the sum of names in one place:
//! `pool_bytes_max` for received data, plus `connections_max` × `output_high_water_bytes` in the worst case
//! that every peer stops reading, plus `mailbox_max` messages.

use std::time::Duration;

/// Limits and options of one core; every core of a runtime has the same.
#[derive(Clone, Debug)]
pub struct Config {
    /// Connections open at once on a core; above it a new connection is closed at once and counted as refused.
    /// Default 10,000.
    pub connections_max: usize,
    /// Memory of the core's pool for received data, in bytes; above it the core stops reading until some is given
    /// back. Default 256 MiB.
    pub pool_bytes_max: usize,
    /// Free memory that the pool keeps for reuse, in bytes; what exceeds it goes back to the allocator. Default 16 MiB.
    pub pool_idle_bytes_max: usize,
    /// Size of one block of the pool, in bytes; a receive fills at most one. Default 64 KiB.
    pub block_bytes: usize,
    /// Blocks that wait for data in the ring of provided buffers (io_uring); a power of two. Default 16.
    pub receive_blocks: u16,
    /// Entries of the submission queue (io_uring); a full queue is handed to the kernel early. Default 1,024.
    pub submissions_max: u32,
    /// Whether accepted connections use direct descriptors (io_uring): a table of the ring's own with room for
    /// `connections_max`. Where the kernel refuses it, ordinary descriptors are used. Default true.
    pub direct_descriptors: bool,
    /// Unsent output of one connection, in bytes, above which the core stops reading from it. Default 4 MiB.
    pub output_high_water_bytes: usize,
    /// Unsent output below which a paused connection is read again. Default 1 MiB.
    pub output_low_water_bytes: usize,
    /// Output of at least so many bytes is sent to a remote peer without copying it into the kernel (io_uring).
    /// Default 64 KiB; `usize::MAX` turns it off.
    pub zero_copy_bytes_min: usize,
    /// Whether peers on the loopback interface count as remote for that; the kernel copies there, so this serves tests.
    /// Default false.
    pub zero_copy_on_loopback: bool,
    /// How long a part of a frame may wait for its rest before the connection is closed. Default 5 s.
    pub partial_frame_timeout: Duration,
    /// Bytes per second that are expected of a peer: a frame whose length is known gets the time for them besides. Zero gives
    /// none. Default 1 MiB.
    pub partial_frame_rate: usize,
    /// How long a connection may be silent in both directions before it is closed; zero means for ever.
    /// Default 10 min.
    pub idle_timeout: Duration,
    /// Tasks polled in one turn of the loop before input and output get their turn again. Default 256.
    pub tasks_per_turn_max: usize,
    /// Bytes read from one connection in one turn before the others get theirs (epoll; with io_uring the kernel's own
    /// bound of 32 buffers stands beside it). Default 256 KiB.
    pub receive_bytes_per_turn_max: usize,
    /// Messages from other threads that wait for a core; a full mailbox refuses more. Default 1,024.
    pub mailbox_max: usize,
    /// Connections that wait in the kernel's accept queue. Default 4,096.
    pub backlog: u32,
    /// How long a core polls before it sleeps; zero sleeps at once. Default zero.
    pub spin: Duration,
    /// Threads that run `blocking` closures, for all cores together. Default 8.
    pub blocking_threads_max: usize,
    /// `blocking` closures that wait for a thread; above it `blocking` fails at once. Default 1,024.
    pub blocking_queue_max: usize,
}

impl Config {
    /// How long the rest of a frame of `frame_bytes` may take from when its first part is there; 0 stands for a length that is not
    /// known.
    pub fn partial_frame_time(&self, frame_bytes: usize) -> Duration {
        let bytes = frame_bytes as u64;
        let extra_ms = bytes
            .saturating_mul(1_000)
            .checked_div(self.partial_frame_rate as u64);
        self.partial_frame_timeout
            .saturating_add(Duration::from_millis(extra_ms.unwrap_or_default()))
    }
}

impl Default for Config {
    fn default() -> Self {
        Config {
            connections_max: 10_000,
            pool_bytes_max: 256 << 20,
            pool_idle_bytes_max: 16 << 20,
            block_bytes: 64 << 10,
            receive_blocks: 16,
            submissions_max: 1_024,
            direct_descriptors: true,
            output_high_water_bytes: 4 << 20,
            output_low_water_bytes: 1 << 20,
            zero_copy_bytes_min: 64 << 10,
            zero_copy_on_loopback: false,
            partial_frame_timeout: Duration::from_secs(5),
            partial_frame_rate: 1 << 20,
            idle_timeout: Duration::from_secs(600),
            tasks_per_turn_max: 256,
            receive_bytes_per_turn_max: 256 << 10,
            mailbox_max: 1_024,
            backlog: 4_096,
            spin: Duration::ZERO,
            blocking_threads_max: 8,
            blocking_queue_max: 1_024,
        }
    }
}

impl Config {
    /// Checks that the values fit together.
    pub(crate) fn check(&self) -> Result<(), String> {
        if !self.receive_blocks.is_power_of_two() {
            return Err(format!(
                "receive_blocks is {}; it must be a power of two",
                self.receive_blocks
            ));
        }
        for (name, value) in [
            ("tasks_per_turn_max", self.tasks_per_turn_max),
            (
                "receive_bytes_per_turn_max",
                self.receive_bytes_per_turn_max,
            ),
            ("mailbox_max", self.mailbox_max),
            ("submissions_max", self.submissions_max as usize),
        ] {
            if value == 0 {
                return Err(format!("{name} is 0; nothing would ever be done"));
            }
        }
        if self.submissions_max > SUBMISSIONS_MAX {
            return Err(format!(
                "submissions_max is {}; the kernel takes at most {SUBMISSIONS_MAX}",
                self.submissions_max
            ));
        }
        if self.block_bytes < BLOCK_BYTES_MIN || self.block_bytes > BLOCK_BYTES_MAX {
            return Err(format!(
                "block_bytes is {}; it must lie between {BLOCK_BYTES_MIN} and {BLOCK_BYTES_MAX}",
                self.block_bytes
            ));
        }
        if self.output_low_water_bytes > self.output_high_water_bytes {
            return Err(format!(
                "output_low_water_bytes {} is above output_high_water_bytes {}",
                self.output_low_water_bytes, self.output_high_water_bytes
            ));
        }
        let ring = self.receive_blocks as usize * self.block_bytes;
        if ring > self.pool_bytes_max {
            return Err(format!(
                "pool_bytes_max is {}; {} receive blocks of {} bytes do not fit",
                self.pool_bytes_max, self.receive_blocks, self.block_bytes
            ));
        }
        Ok(())
    }
}

/// `IORING_MAX_ENTRIES` of the kernel.
const SUBMISSIONS_MAX: u32 = 1 << 15;
const BLOCK_BYTES_MIN: usize = 4 << 10;
const BLOCK_BYTES_MAX: usize = 4 << 20;
