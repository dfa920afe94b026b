//! The programs of one PostgreSQL, fetched or installed, and how to call them.
//!
//! It starts no server; that is [`Cluster`](crate::Cluster).

use std::ffi::OsStr;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result, anyhow, bail};

use crate::account::Account;
use crate::download;
use crate::process::output;

/// Where the programs of one PostgreSQL are.
#[derive(Clone, Debug)]
pub struct Binaries {
    bin: PathBuf,
}

impl Binaries {
    /// The newest PostgreSQL of this major version, from the cache or downloaded into it.
    pub fn fetch(major: u32, cache: &Path) -> Result<Self> {
        Self::at(download::fetch(major, cache)?.join("bin"))
    }

    /// An installed PostgreSQL by the folder of its programs, such as `/usr/lib/postgresql/15/bin`.
    pub fn at(bin: impl Into<PathBuf>) -> Result<Self> {
        // The programs are called from another folder.
        let bin = std::path::absolute(bin.into())?;
        if !bin.join("postgres").exists() {
            bail!("there is no postgres in {}", bin.display());
        }
        Ok(Self { bin })
    }

    /// Its version, such as `18.6`; an error also if it cannot run here, which names the library that is missing.
    pub fn version(&self) -> Result<String> {
        // psql needs one library more than the server.
        output(self.command("psql").arg("--version"))?;
        let text = output(self.command("postgres").arg("--version"))?;
        let number = text.split_whitespace().nth(2);
        Ok(number.context("postgres tells no version")?.to_owned())
    }

    /// One of the programs, ready for its arguments: in no particular folder, in English, without the caller's PG settings.
    pub fn command(&self, program: &str) -> Command {
        let mut command = Command::new(self.bin.join(program));
        for (name, _) in std::env::vars_os() {
            if name.as_encoded_bytes().starts_with(b"PG") {
                command.env_remove(name);
            }
        }
        command
            .env("LD_LIBRARY_PATH", self.bin.with_file_name("lib"))
            .env("LC_ALL", "C")
            .current_dir("/");
        command
    }

    /// What any server answers to SQL: rows as lines, columns divided by `|`. Several statements are one transaction.
    pub fn query(&self, url: &str, sql: &str) -> Result<String> {
        let form = ["--no-psqlrc", "--quiet", "--no-align", "--tuples-only"];
        let mut psql = self.command("psql");
        psql.args(form)
            .args(["--no-password", "--set=ON_ERROR_STOP=1"]);
        let answer = output(psql.args(["--command", sql, "--dbname", url]));
        // A URL may hold a password, and psql quotes one that it cannot read.
        let answer = answer.map_err(|error| anyhow!(format!("{error:#}").replace(url, "the URL")));
        let text = answer.with_context(|| format!("no answer to {sql}"))?;
        Ok(text.trim_end().to_owned())
    }

    /// The same programs where the account can run them: here, or copied to `folder` if a folder above keeps it out.
    pub(crate) fn for_account(&self, account: Account, folder: &Path) -> Result<Self> {
        let mut trial = self.command("postgres");
        if output(account.take(trial.arg("--version"))).is_ok() {
            return Ok(self.clone());
        }
        let copy = folder.join("binaries");
        let from = self.bin.parent().unwrap_or(&self.bin);
        output(Command::new("cp").args([OsStr::new("-RP"), from.as_os_str(), copy.as_os_str()]))?;
        Self::at(copy.join(self.bin.file_name().unwrap_or_default()))
    }
}
