//! A server under test as a child process: started on a free port, found through its ready file, stopped by SIGTERM.
//!
//! Works for anything that takes `--listen` and `--ready-file`; it does not know what the server does.

use std::fs::{self, File};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitStatus};
use std::thread::sleep;
use std::time::Duration;

use anyhow::{Context, Result, bail};
use serde_json::Value;

use crate::tools::{now, output};

const READY_WITHIN: Duration = Duration::from_mins(1);
const STOPPED_WITHIN: Duration = Duration::from_secs(30);
const LOOK_AGAIN_AFTER: Duration = Duration::from_millis(20);

/// A running server; killed when dropped, asked politely by [`Server::stop`].
pub(crate) struct Server {
    name: String,
    child: Child,
    log: PathBuf,
    pub(crate) base_url: String,
    pub(crate) ready_file: PathBuf,
}

impl Server {
    /// Starts `command` in `folder` (made if absent), where its log and its ready file go, and waits until it listens.
    pub(crate) fn start(name: &str, folder: &Path, mut command: Command) -> Result<Self> {
        fs::create_dir_all(folder)?;
        let log = folder.join(format!("{name}.log"));
        let ready_file = folder.join(format!("{name}.ready.json"));
        let _ = fs::remove_file(&ready_file);
        let out = File::create(&log)?;
        command
            .args(["--listen", "127.0.0.1:0", "--ready-file"])
            .arg(&ready_file);
        command.stdout(out.try_clone()?).stderr(out);
        let child = command
            .spawn()
            .with_context(|| format!("cannot start the server {name}"))?;
        let base_url = String::new();
        let mut server = Self {
            name: name.to_owned(),
            child,
            log,
            base_url,
            ready_file,
        };
        server.base_url = server.wait_until_ready()?;
        Ok(server)
    }

    fn wait_until_ready(&mut self) -> Result<String> {
        let started = now();
        while started.elapsed() < READY_WITHIN {
            if let Some(status) = self.child.try_wait()? {
                bail!(
                    "the server {} ended before it listened ({status}):\n{}",
                    self.name,
                    self.last_words()
                );
            }
            // A file that is still being written is not JSON yet: look again.
            let text = fs::read_to_string(&self.ready_file).unwrap_or_default();
            if let Ok(ready) = serde_json::from_str::<Value>(&text) {
                let url = ready["base_url"]
                    .as_str()
                    .context("the ready file has no base_url")?;
                return Ok(url.trim_end_matches('/').to_owned());
            }
            sleep(LOOK_AGAIN_AFTER);
        }
        bail!(
            "the server {} was not ready after {READY_WITHIN:?}:\n{}",
            self.name,
            self.last_words()
        )
    }

    /// `host:port`, for a plain socket.
    pub(crate) fn address(&self) -> &str {
        self.base_url.trim_start_matches("http://")
    }

    pub(crate) fn pid(&self) -> u32 {
        self.child.id()
    }

    /// Sends SIGTERM; a server that does not leave by itself, or leaves with an error, is an error.
    pub(crate) fn stop(mut self) -> Result<()> {
        if let Some(status) = self.child.try_wait()? {
            bail!(
                "the server {} died by itself ({status}):\n{}",
                self.name,
                self.last_words()
            );
        }
        // The shell's own kill: the program of that name is not on every machine.
        let kill = format!("kill -TERM {}", self.child.id());
        output(Command::new("sh").args(["-c", &kill]))?;
        let status = self.wait_until_gone()?;
        if !status.success() {
            bail!(
                "the server {} stopped with {status}:\n{}",
                self.name,
                self.last_words()
            );
        }
        Ok(())
    }

    fn wait_until_gone(&mut self) -> Result<ExitStatus> {
        let asked = now();
        while asked.elapsed() < STOPPED_WITHIN {
            if let Some(status) = self.child.try_wait()? {
                return Ok(status);
            }
            sleep(LOOK_AGAIN_AFTER);
        }
        bail!(
            "the server {} was still there {STOPPED_WITHIN:?} after SIGTERM",
            self.name
        )
    }

    fn last_words(&self) -> String {
        let text = fs::read_to_string(&self.log).unwrap_or_default();
        let lines: Vec<_> = text.lines().collect();
        lines[lines.len().saturating_sub(30)..].join("\n")
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
