//! System calls that the standard library does not offer, behind safe functions.
//!
//! One function per job and one call per function, so that the reader can check each against its
//! man page.

use std::io;
use std::mem;
use std::os::fd::{AsRawFd, BorrowedFd};
use std::os::unix::process::CommandExt;
use std::process::Command;
use std::time::Duration;

/// Binds the calling thread, and every thread it starts later, to one CPU.
///
/// # Errors
/// Those of `sched_setaffinity(2)`: `EINVAL` when the CPU does not exist or is not allowed.
pub fn pin_to_cpu(cpu: usize) -> io::Result<()> {
    let set = cpu_set(cpu)?;
    // SAFETY: `set` is an initialised cpu_set_t and the size passed is its size.
    check(unsafe { libc::sched_setaffinity(0, mem::size_of_val(&set), &raw const set) })
}

/// Raises the soft limit of open files to the hard one and returns it.
///
/// # Errors
/// Those of `getrlimit(2)` and `setrlimit(2)`.
pub fn raise_open_files() -> io::Result<u64> {
    let mut limit = open_files()?;
    limit.rlim_cur = limit.rlim_max;
    // SAFETY: `limit` is initialised above.
    check(unsafe { libc::setrlimit(libc::RLIMIT_NOFILE, &raw const limit) })?;
    Ok(limit.rlim_cur)
}

/// The limit of open files, as a number of connections that a server may plan for.
///
/// # Errors
/// Those of `getrlimit(2)`.
pub fn open_files_max() -> io::Result<u32> {
    Ok(u32::try_from(open_files()?.rlim_cur).unwrap_or(u32::MAX))
}

/// Makes `close` end the connection with a reset, so that its port is free again at once.
///
/// A measurement opens tens of thousands of connections within a minute; each one closed in the
/// ordinary way would keep a source port in `TIME_WAIT` for that minute.
///
/// # Errors
/// Those of `setsockopt(2)`.
pub fn reset_on_close(socket: BorrowedFd<'_>) -> io::Result<()> {
    let linger = libc::linger {
        l_onoff: 1,
        l_linger: 0,
    };
    set_option(socket, libc::SOL_SOCKET, libc::SO_LINGER, &linger)
}

/// Switches Nagle's algorithm off. On a listener every accepted connection inherits it.
///
/// # Errors
/// Those of `setsockopt(2)`.
pub fn set_no_delay(socket: BorrowedFd<'_>) -> io::Result<()> {
    set_option(socket, libc::IPPROTO_TCP, libc::TCP_NODELAY, &1_i32)
}

/// Lengthens the accept queue of a listening socket to what the system allows.
///
/// # Errors
/// Those of `listen(2)`.
pub fn lengthen_backlog(listener: BorrowedFd<'_>) -> io::Result<()> {
    // SAFETY: the descriptor is open for as long as the borrow lasts; no memory is passed.
    check(unsafe { libc::listen(listener.as_raw_fd(), libc::c_int::MAX) })
}

/// CPU time a process has used, all its threads together, those that have ended included.
///
/// This is the scheduler's own account in nanoseconds, not the sampled one of clock ticks.
///
/// # Errors
/// `ESRCH` when there is no such process.
pub fn process_cpu_time(pid: u32) -> io::Result<Duration> {
    let mut clock: libc::clockid_t = 0;
    // SAFETY: `clock` is a valid place for the result.
    let status = unsafe { libc::clock_getcpuclockid(pid.cast_signed(), &raw mut clock) };
    if status != 0 {
        return Err(io::Error::from_raw_os_error(status));
    }
    let mut time = libc::timespec {
        tv_sec: 0,
        tv_nsec: 0,
    };
    // SAFETY: `time` is a valid place for the result.
    check(unsafe { libc::clock_gettime(clock, &raw mut time) })?;
    Ok(Duration::new(
        time.tv_sec.unsigned_abs(),
        u32::try_from(time.tv_nsec).unwrap_or(0),
    ))
}

/// Ticks per second of the times in `/proc/PID/stat`.
#[must_use]
pub fn clock_ticks_per_second() -> u64 {
    // SAFETY: no memory is passed.
    let ticks = unsafe { libc::sysconf(libc::_SC_CLK_TCK) };
    u64::try_from(ticks)
        .ok()
        .filter(|ticks| *ticks > 0)
        .unwrap_or(100)
}

/// Sends a signal to a process started by the caller.
///
/// # Errors
/// `ESRCH` when the process is gone.
pub fn signal(pid: u32, signal: i32) -> io::Result<()> {
    // SAFETY: no memory is passed.
    check(unsafe { libc::kill(pid.cast_signed(), signal) })
}

/// Makes the program that `command` starts run on one CPU (when given) and die with its parent.
///
/// The kernel kills the child when the thread that started it ends, however that happens, so an
/// interrupted comparison leaves no server behind.
pub fn bind_child(command: &mut Command, cpu: Option<usize>) -> io::Result<()> {
    let set = cpu.map(cpu_set).transpose()?;
    let prepare = move || {
        // SAFETY: a plain system call without memory; allowed between fork and exec.
        check(unsafe { libc::prctl(libc::PR_SET_PDEATHSIG, libc::SIGKILL) })?;
        if let Some(set) = &set {
            // SAFETY: `set` is an initialised cpu_set_t and the size passed is its size.
            check(unsafe { libc::sched_setaffinity(0, mem::size_of_val(set), set) })?;
        }
        Ok(())
    };
    // SAFETY: `prepare` makes system calls only: no allocation, no lock.
    unsafe { command.pre_exec(prepare) };
    Ok(())
}

fn open_files() -> io::Result<libc::rlimit> {
    let mut limit = libc::rlimit {
        rlim_cur: 0,
        rlim_max: 0,
    };
    // SAFETY: `limit` is a valid place for the result.
    check(unsafe { libc::getrlimit(libc::RLIMIT_NOFILE, &raw mut limit) })?;
    Ok(limit)
}

fn cpu_set(cpu: usize) -> io::Result<libc::cpu_set_t> {
    if cpu >= libc::CPU_SETSIZE.unsigned_abs() as usize {
        return Err(io::Error::from_raw_os_error(libc::EINVAL));
    }
    // SAFETY: a cpu_set_t is an array of integers; all zeroes is the empty set.
    let mut set: libc::cpu_set_t = unsafe { mem::zeroed() };
    // SAFETY: `cpu` is below CPU_SETSIZE, checked above.
    unsafe { libc::CPU_SET(cpu, &mut set) };
    Ok(set)
}

fn set_option<T>(
    socket: BorrowedFd<'_>,
    level: libc::c_int,
    name: libc::c_int,
    value: &T,
) -> io::Result<()> {
    let length = libc::socklen_t::try_from(mem::size_of::<T>()).expect("an option is small");
    // SAFETY: `value` points to `length` readable bytes and the kernel copies them.
    check(unsafe {
        libc::setsockopt(
            socket.as_raw_fd(),
            level,
            name,
            (&raw const *value).cast(),
            length,
        )
    })
}

fn check(status: libc::c_int) -> io::Result<()> {
    if status < 0 {
        Err(io::Error::last_os_error())
    } else {
        Ok(())
    }
}
