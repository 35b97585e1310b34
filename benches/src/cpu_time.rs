//! CPU time of another process: the total to the nanosecond, the split by sampled ticks.
//!
//! The total is the scheduler's account of the process ([`sys::process_cpu_time`]). How it divides
//! into user and system time is known only from `/proc/PID/stat`: there the kernel distributes the
//! same total in the proportion in which clock ticks (250 or 1000 per second) found the process in
//! user or system mode, and prints hundredths of a second. One second of a busy server therefore
//! gives a good total and a rough split; `compare` adds the split up over all repetitions.

use std::fs;
use std::io;
use std::time::Duration;

use crate::sys;

/// The CPU clock of a process at one moment.
#[derive(Clone, Copy, Debug, Default)]
pub struct CpuTime {
    /// User and system time together, exact.
    pub total: Duration,
    /// Time in user mode, from ticks.
    pub user: Duration,
    /// Time in the kernel, from ticks.
    pub system: Duration,
}

impl CpuTime {
    /// Reads the clock of process `pid`.
    ///
    /// # Errors
    /// When there is no such process.
    pub fn of(pid: u32) -> io::Result<Self> {
        let stat = fs::read_to_string(format!("/proc/{pid}/stat"))?;
        let (user, system) = parse_stat(&stat).ok_or_else(|| {
            io::Error::new(
                io::ErrorKind::InvalidData,
                format!("/proc/{pid}/stat is malformed"),
            )
        })?;
        let tick =
            Duration::from_secs(1) / u32::try_from(sys::clock_ticks_per_second()).unwrap_or(100);
        let times = |ticks: u64| tick.saturating_mul(u32::try_from(ticks).unwrap_or(u32::MAX));
        Ok(Self {
            total: sys::process_cpu_time(pid)?,
            user: times(user),
            system: times(system),
        })
    }

    /// What was used since `earlier`; user and system are scaled so that they add up to the total.
    #[must_use]
    pub fn since(&self, earlier: &Self) -> Self {
        let total = self.total.saturating_sub(earlier.total);
        let user = self.user.saturating_sub(earlier.user);
        let system = self.system.saturating_sub(earlier.system);
        let sampled = user + system;
        if sampled.is_zero() {
            return Self {
                total,
                user: Duration::ZERO,
                system: total,
            };
        }
        let user = total.mul_f64(user.as_secs_f64() / sampled.as_secs_f64());
        Self {
            total,
            user,
            system: total.saturating_sub(user),
        }
    }
}

/// Fields 14 and 15 of `/proc/PID/stat` (`proc_pid_stat(5)`): ticks in user and in system mode. The
/// name in field 2 may hold blanks and parentheses, so counting starts behind its last `)`.
fn parse_stat(stat: &str) -> Option<(u64, u64)> {
    let (_, rest) = stat.rsplit_once(')')?;
    let mut fields = rest.split_ascii_whitespace().skip(11);
    Some((fields.next()?.parse().ok()?, fields.next()?.parse().ok()?))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ticks_are_found_behind_a_name_with_parentheses() {
        let stat = "12 (a) b (c)) R 1 1 1 0 -1 4194304 100 0 0 0 77 33 0 0 20 0 1 0 97968";
        assert_eq!(parse_stat(stat), Some((77, 33)));
        assert_eq!(parse_stat("12 (a"), None);
    }

    #[test]
    fn a_busy_process_uses_time() {
        let pid = std::process::id();
        let before = CpuTime::of(pid).unwrap();
        let mut sum = 0_u64;
        while CpuTime::of(pid).unwrap().since(&before).total < Duration::from_millis(5) {
            sum = std::hint::black_box(sum.wrapping_add(1));
        }
        let used = CpuTime::of(pid).unwrap().since(&before);
        let parts = used.user + used.system;
        assert!(
            used.total.abs_diff(parts) < Duration::from_micros(1),
            "{used:?}"
        );
    }

    #[test]
    fn the_split_is_scaled_to_the_total() {
        let ms = Duration::from_millis;
        let earlier = CpuTime {
            total: ms(100),
            user: ms(10),
            system: ms(90),
        };
        let later = CpuTime {
            total: ms(900),
            user: ms(110),
            system: ms(390),
        };
        let used = later.since(&earlier);
        assert_eq!(used.total, ms(800));
        assert_eq!(used.user, ms(200));
        assert_eq!(used.system, ms(600));
    }
}
