//! Other programs: run to their end, signalled, looked up in `/proc`, waited for.
//!
//! Signals go through the shell's own `kill`, because the standard library has none and unsafe code is forbidden. It reads
//! no clock: patience is counted in looks.

use std::fs;
use std::path::Path;
use std::process::{Command, Stdio};
use std::thread::sleep;
use std::time::Duration;

use anyhow::{Context, Result, bail};

const LOOK_AGAIN_AFTER: Duration = Duration::from_millis(10);

/// Runs a program quietly and returns what it printed; any exit but 0 is an error with its last words.
pub(crate) fn output(command: &mut Command) -> Result<String> {
    let name = Path::new(command.get_program()).to_owned();
    let name = name.file_name().unwrap_or_default().to_string_lossy();
    let out = command
        .stdin(Stdio::null())
        .output()
        .with_context(|| format!("cannot start {name}"))?;
    if !out.status.success() {
        let said = String::from_utf8_lossy(&out.stderr);
        bail!("{name} failed ({}): {}", out.status, said.trim());
    }
    Ok(String::from_utf8(out.stdout)?)
}

/// Sends a signal to all of them, as fast as one shell can. One that is gone already is no error.
pub(crate) fn signal(name: &str, pids: &[u32]) -> Result<()> {
    let pids: Vec<_> = pids.iter().map(u32::to_string).collect();
    let kill = format!("kill -{name} {}", pids.join(" "));
    Command::new("sh")
        .args(["-c", &kill])
        .stderr(Stdio::null())
        .status()
        .context("cannot start sh")?;
    Ok(())
}

/// Looks until there is something to see, or patience ends.
pub(crate) fn wait_for<T>(
    patience: Duration,
    mut look: impl FnMut() -> Result<Option<T>>,
) -> Result<Option<T>> {
    let looks = patience.as_millis() / LOOK_AGAIN_AFTER.as_millis();
    for _ in 0..looks {
        if let Some(seen) = look()? {
            return Ok(Some(seen));
        }
        sleep(LOOK_AGAIN_AFTER);
    }
    look()
}

/// Whether a process has ended; one that nobody has waited for yet has ended too.
pub(crate) fn is_gone(pid: u32) -> bool {
    state_and_parent(pid).is_none_or(|(state, _)| state == 'Z' || state == 'X')
}

pub(crate) fn is_stopped(pid: u32) -> bool {
    state_and_parent(pid).is_some_and(|(state, _)| state == 'T')
}

/// Children, their children, and so on.
pub(crate) fn descendants(of: u32) -> Result<Vec<u32>> {
    let names =
        fs::read_dir("/proc")?.filter_map(|entry| entry.ok()?.file_name().into_string().ok());
    let pids = names.filter_map(|name| name.parse::<u32>().ok());
    let families: Vec<_> = pids
        .filter_map(|pid| Some((pid, state_and_parent(pid)?.1)))
        .collect();
    let mut found = vec![of];
    let mut next = 0;
    while let Some(&parent) = found.get(next) {
        let children = families.iter().filter(|(_, of)| *of == parent);
        found.extend(children.map(|(pid, _)| *pid));
        next += 1;
    }
    Ok(found.split_off(1))
}

/// From `/proc/<pid>/stat`: `12 (a name) S 1 …`. The name may hold anything, also a parenthesis.
fn state_and_parent(pid: u32) -> Option<(char, u32)> {
    let text = fs::read_to_string(format!("/proc/{pid}/stat")).ok()?;
    let mut fields = text.rsplit_once(')')?.1.split_whitespace();
    let state = fields.next()?.chars().next()?;
    Some((state, fields.next()?.parse().ok()?))
}
