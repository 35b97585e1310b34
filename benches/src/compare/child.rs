//! Processes that are run to their end: output collected, time limited.

use std::io::Read;
use std::process::Child;
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};

use anyhow::bail;

/// Reads a pipe to its end on a thread of its own, so that the process never waits for us.
pub fn read_all(pipe: Option<impl Read + Send + 'static>) -> JoinHandle<String> {
    thread::spawn(move || {
        let mut bytes = Vec::new();
        if let Some(mut pipe) = pipe {
            // What could not be read is missing from the text, and the caller then says so.
            let _ = pipe.read_to_end(&mut bytes);
        }
        String::from_utf8_lossy(&bytes).into_owned()
    })
}

/// Waits for a process and kills it after `limit`.
///
/// # Errors
/// When it had to be killed.
pub fn wait_within(child: &mut Child, limit: Duration) -> anyhow::Result<()> {
    let end = Instant::now() + limit;
    while child.try_wait()?.is_none() {
        if Instant::now() > end {
            child.kill()?;
            child.wait()?;
            bail!(
                "process {} did not end within {limit:?} and was killed",
                child.id()
            );
        }
        thread::sleep(POLL_INTERVAL);
    }
    Ok(())
}

/// How often the end is looked for.
const POLL_INTERVAL: Duration = Duration::from_millis(5);

#[cfg(test)]
mod tests {
    use super::*;
    use std::process::{Command, Stdio};

    fn shell(script: &str) -> Child {
        Command::new("sh")
            .args(["-c", script])
            .stdout(Stdio::piped())
            .spawn()
            .unwrap()
    }

    #[test]
    fn output_is_collected() {
        let mut child = shell("echo one; echo two");
        let output = read_all(child.stdout.take());
        wait_within(&mut child, Duration::from_secs(60)).unwrap();
        assert_eq!(output.join().unwrap(), "one\ntwo\n");
    }

    #[test]
    fn a_process_that_does_not_end_is_killed() {
        let mut child = shell("exec sleep 600");
        let error = wait_within(&mut child, Duration::from_millis(20)).unwrap_err();
        assert!(error.to_string().contains("was killed"), "{error}");
        assert!(child.try_wait().unwrap().is_some());
    }
}
