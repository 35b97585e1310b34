//! How a program of this crate ends.

use std::process::ExitCode;

/// Runs the body of a program; an error becomes one line on standard error and exit code 2, which
/// leaves 1 for programs that worked and found something wrong.
pub fn run(body: impl FnOnce() -> anyhow::Result<ExitCode>) -> ExitCode {
    body().unwrap_or_else(|error| {
        let program = std::env::args().next().unwrap_or_default();
        let name = program.rsplit('/').next().unwrap_or_default();
        eprintln!("{name}: {error:#}");
        ExitCode::from(2)
    })
}
