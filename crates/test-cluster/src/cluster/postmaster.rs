//! The server's process: started, waited for, stopped, killed. Of the data folder it knows only the lock file.

use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Child, Stdio};
use std::time::Duration;

use anyhow::{Context, Result, bail};

use super::lock_file::LockFile;
use super::log::Log;
use crate::account::Account;
use crate::binaries::Binaries;
use crate::port;
use crate::process::{descendants, is_gone, is_stopped, signal, wait_for};

/// Long, because a server that was killed reads its log first.
const READY_WITHIN: Duration = Duration::from_mins(2);
const STOPPED_WITHIN: Duration = Duration::from_mins(1);
/// The postmaster itself kills children that have not left five seconds after QUIT.
const GONE_WITHIN: Duration = Duration::from_secs(10);
const PORT_FREE_WITHIN: Duration = Duration::from_secs(5);
const PORTS_TRIED: usize = 10;

pub(super) struct Postmaster {
    pub(super) binaries: Binaries,
    pub(super) account: Account,
    pub(super) data: PathBuf,
    /// Where its sockets are.
    home: PathBuf,
    log: Log,
    lock_file: LockFile,
    port: u16,
    child: Option<Child>,
}

#[derive(PartialEq, Eq)]
enum Launched {
    Ready,
    PortIsTaken,
}

impl Postmaster {
    pub(super) fn new(binaries: Binaries, account: Account, data: PathBuf, home: PathBuf) -> Self {
        Self {
            binaries,
            account,
            lock_file: LockFile::in_folder(&data),
            data,
            log: Log::at(home.join("log")),
            home,
            port: 0,
            child: None,
        }
    }

    pub(super) fn port(&self) -> u16 {
        self.port
    }

    pub(super) fn log(&self) -> &Path {
        self.log.path()
    }

    /// A child that has ended and was not waited for keeps its id, so the id is never somebody else's.
    pub(super) fn pid(&self) -> Option<u32> {
        let pid = self.child.as_ref()?.id();
        (!is_gone(pid)).then_some(pid)
    }

    /// Starts on a free port, which it keeps from then on.
    pub(super) fn start_anywhere(&mut self) -> Result<()> {
        for _ in 0..PORTS_TRIED {
            self.port = port::free()?;
            if self.launch()? == Launched::Ready {
                return Ok(());
            }
        }
        bail!("{PORTS_TRIED} free ports were taken before PostgreSQL could listen on them")
    }

    pub(super) fn start_again(&mut self) -> Result<()> {
        if self.pid().is_some() {
            bail!("PostgreSQL is running already");
        }
        let launched = wait_for(PORT_FREE_WITHIN, || {
            Ok((self.launch()? == Launched::Ready).then_some(()))
        });
        launched?.with_context(|| format!("the port {} was taken meanwhile", self.port))
    }

    pub(super) fn stop(&mut self) -> Result<()> {
        let pid = self.running()?;
        signal("INT", &[pid])?;
        if self.wait_until_gone(STOPPED_WITHIN)? {
            return Ok(());
        }
        bail!(
            "PostgreSQL did not stop within {STOPPED_WITHIN:?}:\n{}",
            self.log.last_words()
        )
    }

    pub(super) fn kill_9(&mut self) -> Result<()> {
        let pid = self.running()?;
        // Each child is in a session of its own, so there is no group to kill. Stopped, it can have no new ones.
        signal("STOP", &[pid])?;
        let stopped = wait_for(GONE_WITHIN, || Ok(is_stopped(pid).then_some(())))?;
        stopped.context("the postmaster did not stop for its end")?;
        let mut family = vec![pid];
        family.extend(descendants(pid)?);
        signal("KILL", &family)?;
        self.wait_until_gone(GONE_WITHIN)?;
        let all_gone = || Ok(family.iter().all(|pid| is_gone(*pid)).then_some(()));
        wait_for(GONE_WITHIN, all_gone)?.context("PostgreSQL survived kill -9")?;
        self.lock_file.free_memory();
        self.forget_ids()
    }

    fn running(&self) -> Result<u32> {
        self.pid().context("PostgreSQL is not running")
    }

    /// Whether it has ended; then nothing of it is left but its files.
    fn wait_until_gone(&mut self, patience: Duration) -> Result<bool> {
        let gone = wait_for(patience, || Ok(self.pid().is_none().then_some(())))?;
        if gone.is_some()
            && let Some(mut child) = self.child.take()
        {
            child.wait()?;
        }
        Ok(gone.is_some())
    }

    /// Lock files of a server that was killed. A process id in them may by now be that of another test's server; then
    /// PostgreSQL would refuse to start, and the guard would kill the wrong one.
    fn forget_ids(&self) -> Result<()> {
        self.lock_file.remove()?;
        LockFile::of_socket(&self.home, self.port).remove()
    }

    fn launch(&mut self) -> Result<Launched> {
        self.wait_until_gone(GONE_WITHIN)?;
        self.forget_ids()?;
        let log = self.log.open()?;
        let said_before_bytes = log.metadata()?.len();
        let mut command = self.binaries.command("postgres");
        command
            .args(["-p", &self.port.to_string(), "-c"])
            .args(["listen_addresses=127.0.0.1", "-k"])
            .arg(&self.home)
            .arg("-D")
            .arg(&self.data)
            .stdin(Stdio::null())
            .stdout(log.try_clone()?)
            .stderr(log)
            // A Ctrl-C in the terminal is for us; the server is stopped by us.
            .process_group(0);
        let child = self.account.take(&mut command).spawn();
        self.child = Some(child.context("cannot start postgres")?);
        self.wait_until_ready(said_before_bytes)
    }

    fn wait_until_ready(&mut self, said_before_bytes: u64) -> Result<Launched> {
        let is_over = wait_for(READY_WITHIN, || {
            let is_over = self.lock_file.says_ready() || self.pid().is_none();
            Ok(is_over.then_some(()))
        })?;
        if self.pid().is_some() && is_over.is_some() {
            return Ok(Launched::Ready);
        }
        if self
            .log
            .said_since(said_before_bytes)?
            .contains("Address already in use")
        {
            return Ok(Launched::PortIsTaken);
        }
        let what = is_over.map_or("was not ready in time", |()| "ended before it was ready");
        bail!(
            "PostgreSQL {what}; its log ends:\n{}",
            self.log.last_words()
        )
    }
}

impl Drop for Postmaster {
    fn drop(&mut self) {
        if let Some(pid) = self.pid() {
            // Its children leave at once, and unlike after KILL nothing is left in the kernel.
            let _ = signal("QUIT", &[pid]);
        }
        if !self.wait_until_gone(GONE_WITHIN).unwrap_or(false) {
            let _ = self.kill_9();
        }
    }
}
