//! One running PostgreSQL of our own: made, asked, stopped, killed, copied, promoted, and removed when dropped.
//!
//! What it is told about itself it is told on the command line (port, sockets), so that a copy of its data folder is a
//! cluster like any other. The server's process is in `cluster/postmaster.rs`.

mod lock_file;
mod log;
mod postmaster;

use std::fs::{self, OpenOptions};
use std::io::Write;
use std::path::Path;

use anyhow::{Context, Result, bail};
use tempfile::TempDir;

use crate::account::Account;
use crate::binaries::Binaries;
use crate::guard::Guard;
use crate::options::{Options, quoted};
use crate::process::output;
use postmaster::Postmaster;

const PREFIX: &str = "leadbook-postgres-";

/// A private cluster with the superuser `postgres` and its database, open to everybody on this machine. Dropping it kills
/// it and removes its folders; so does the end of this process, in whatever way.
pub struct Cluster {
    binaries: Binaries,
    postmaster: Postmaster,
    /// After the server, whose folders it removes.
    _guard: Guard,
}

impl Cluster {
    /// Makes a new cluster and waits until it answers.
    pub fn start(binaries: &Binaries, options: &Options) -> Result<Self> {
        let mut cluster = Self::prepare(binaries, options)?;
        let encoding = ["--username=postgres", "--encoding=UTF8", "--locale=C"];
        // Nothing in it is worth a sync yet; what the server writes later it syncs.
        let others = ["--auth=trust", "--no-sync", "--no-instructions"];
        cluster.make("initdb", &[encoding, others].concat())?;
        cluster.configure(&Options::defaults())?;
        cluster.first_start(options)?;
        Ok(cluster)
    }

    /// A running standby of this cluster. It has this cluster's settings, and over them those of `options`.
    pub fn base_backup(&self, options: &Options) -> Result<Self> {
        let mut standby = Self::prepare(&self.binaries, options)?;
        let name = options.application_name.as_deref();
        let from = format!(
            "host=127.0.0.1 port={} user=postgres application_name={}",
            self.port(),
            quoted(name.unwrap_or("walreceiver"))
        );
        let how = ["--write-recovery-conf", "--checkpoint=fast", "--no-sync"];
        standby.make("pg_basebackup", &[&["--dbname", &from], &how[..]].concat())?;
        standby.first_start(options)?;
        Ok(standby)
    }

    /// `postgres://postgres@127.0.0.1:PORT/postgres`; the same for the whole life of the cluster.
    pub fn url(&self) -> String {
        format!("postgres://postgres@127.0.0.1:{}/postgres", self.port())
    }

    pub fn port(&self) -> u16 {
        self.postmaster.port()
    }

    /// The data folder, PGDATA.
    pub fn folder(&self) -> &Path {
        &self.postmaster.data
    }

    /// The server's log, with everything it ever said.
    pub fn log_file(&self) -> &Path {
        self.postmaster.log()
    }

    /// The process id of the postmaster; none while it is down.
    pub fn pid(&self) -> Option<u32> {
        self.postmaster.pid()
    }

    /// Its programs, such as pgbench; [`Binaries::command`] prepares them.
    pub fn binaries(&self) -> &Binaries {
        &self.binaries
    }

    /// What it answers to SQL; see [`Binaries::query`].
    pub fn query(&self, sql: &str) -> Result<String> {
        self.binaries.query(&self.url(), sql)
    }

    /// Stops it in order: clients are cut off, what is committed is written, a standby has received it.
    pub fn stop(&mut self) -> Result<()> {
        self.postmaster.stop()
    }

    /// Kills the postmaster and all its children at once, so that none can notice another's end and react, as in a power
    /// cut. What was written but not synced survives, which in a power cut it may not.
    pub fn kill_9(&mut self) -> Result<()> {
        self.postmaster.kill_9()
    }

    /// Starts it again after [`stop`](Self::stop), [`kill_9`](Self::kill_9) or an end of its own, on the same port.
    pub fn start_again(&mut self) -> Result<()> {
        self.postmaster.start_again()
    }

    /// Makes a standby a primary and waits until it is.
    pub fn promote(&self) -> Result<()> {
        if self.query("SELECT pg_promote()")? != "t" {
            bail!("the standby did not become a primary within a minute");
        }
        Ok(())
    }

    /// Folders and their guard; no server yet.
    fn prepare(binaries: &Binaries, options: &Options) -> Result<Self> {
        let account = Account::of_servers()?;
        let home = temporary(account, None)?;
        let volume = match &options.folder {
            Some(folder) => Some(temporary(account, Some(folder))?),
            None => None,
        };
        let data = volume
            .as_ref()
            .map_or(home.path().join("data"), |volume| volume.path().into());
        let guard = Guard::start(&data, home.path(), options.url_file.as_deref())?;
        // From here on the guard removes them.
        volume.map(TempDir::keep);
        let home = home.keep();
        let reachable = binaries.for_account(account, &home)?;
        Ok(Self {
            binaries: binaries.clone(),
            postmaster: Postmaster::new(reachable, account, data, home),
            _guard: guard,
        })
    }

    /// Runs the program that fills the data folder.
    fn make(&self, program: &str, arguments: &[&str]) -> Result<()> {
        let mut command = self.postmaster.binaries.command(program);
        command.args(arguments).arg("--pgdata").arg(self.folder());
        output(self.postmaster.account.take(&mut command))?;
        Ok(())
    }

    fn configure(&self, options: &Options) -> Result<()> {
        let file = self.folder().join("postgresql.conf");
        let mut file = OpenOptions::new().append(true).open(file)?;
        Ok(file.write_all(options.lines().as_bytes())?)
    }

    fn first_start(&mut self, options: &Options) -> Result<()> {
        self.configure(options)?;
        self.postmaster.start_anywhere()?;
        if let Some(file) = &options.url_file {
            fs::write(file, self.url())
                .with_context(|| format!("cannot write {}", file.display()))?;
        }
        Ok(())
    }
}

/// A folder the account owns and can reach: root's is in /tmp, wherever its own temporary files would go.
fn temporary(account: Account, parent: Option<&Path>) -> Result<TempDir> {
    let usual = match account {
        Account::Ourselves => std::env::temp_dir(),
        Account::Unprivileged { .. } => "/tmp".into(),
    };
    let parent = std::path::absolute(parent.unwrap_or(&usual))?;
    let folder = TempDir::with_prefix_in(PREFIX, &parent)
        .with_context(|| format!("cannot make a folder in {}", parent.display()))?;
    account.own(folder.path())?;
    Ok(folder)
}
