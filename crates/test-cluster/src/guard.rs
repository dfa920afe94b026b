//! What ends a cluster when the process that started it can no longer do it: killed hard, aborted, timed out.
//!
//! A shell that waits on a pipe only we can write to. However we end, the kernel closes our side, the shell reads the end
//! and cleans up: no polling, no process id that could have become somebody else's. It is in a process group of its own,
//! because a test runner kills the group of a test.

use std::os::unix::process::CommandExt;
use std::path::Path;
use std::process::{Child, Command, Stdio};

use anyhow::{Context, Result};

/// `$1` is the data folder, all arguments are removed. QUIT makes the server's children leave at once and gives the shared
/// memory back, which KILL does not; the server's last act is to remove its lock file.
const SCRIPT: &str = r#"
trap '' HUP INT TERM
read -r line
lock="$1/postmaster.pid"
if [ -e "$lock" ] && read -r server <"$lock"; then
    kill -QUIT "$server"
    looks=0
    while [ -e "$lock" ] && [ "$looks" -lt 100 ]; do sleep 0.05; looks=$((looks + 1)); done
    [ -e "$lock" ] && kill -KILL "$server"
fi
rm -rf -- "$@"
"#;

/// Removes the server and its folders when dropped, or when this process ends in any other way.
pub(crate) struct Guard(Child);

impl Guard {
    pub(crate) fn start(data: &Path, home: &Path, url_file: Option<&Path>) -> Result<Self> {
        // The shell works in another folder than we.
        let url_file = url_file.map(std::path::absolute).transpose()?;
        let child = Command::new("sh")
            .args(["-c", SCRIPT, "leadbook-postgres-guard"])
            .args([data, home])
            .args(url_file)
            .current_dir("/")
            .stdin(Stdio::piped())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .process_group(0)
            .spawn()
            .context("cannot start sh")?;
        Ok(Self(child))
    }
}

impl Drop for Guard {
    fn drop(&mut self) {
        // Waiting closes the pipe first.
        let _ = self.0.wait();
    }
}
