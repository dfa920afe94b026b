//! `postmaster.pid`, in which a running server says who and how it is. One that was killed leaves it behind.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::Result;

use crate::process::output;

/// Lines of the file, from 0: "key id" of its System V memory, and what the server is doing.
const MEMORY: usize = 6;
const STATUS: usize = 7;

pub(super) struct LockFile(PathBuf);

impl LockFile {
    pub(super) fn in_folder(data: &Path) -> Self {
        Self(data.join("postmaster.pid"))
    }

    /// The short one beside a socket.
    pub(super) fn of_socket(home: &Path, port: u16) -> Self {
        Self(home.join(format!(".s.PGSQL.{port}.lock")))
    }

    /// As `pg_ctl` finds out. A hot standby is ready when it answers.
    pub(super) fn says_ready(&self) -> bool {
        self.line(STATUS).trim() == "ready"
    }

    pub(super) fn remove(&self) -> Result<()> {
        if self.0.exists() {
            fs::remove_file(&self.0)?;
        }
        Ok(())
    }

    /// Frees what a killed server leaves in the kernel, as a power cut would; a machine has room for 4096 of them. Where
    /// there is no `ipcrm` it stays.
    pub(super) fn free_memory(&self) {
        if let Some(id) = self.line(MEMORY).split_whitespace().nth(1) {
            let _ = output(Command::new("ipcrm").args(["--shmem-id", id]));
        }
    }

    fn line(&self, number: usize) -> String {
        let text = fs::read_to_string(&self.0).unwrap_or_default();
        text.lines().nth(number).unwrap_or_default().to_owned()
    }
}
