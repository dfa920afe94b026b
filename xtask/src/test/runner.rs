//! One pass over Rust tests: by cargo-nextest, or by plain `cargo test` where that cannot be had.
//!
//! Installs cargo-nextest when it is missing or too old for `.config/nextest.toml`; where that fails it says so. It knows
//! which tests a pass has and what they are told in their environment, and not why.

use std::fs;
use std::io::{BufRead, BufReader};
use std::path::PathBuf;
use std::process::{Command, Stdio};

use anyhow::{Context, Result, bail};

use super::report::Tally;
use crate::tools::{cargo, root, run as run_command, succeeds, target_dir};

/// The URL of the server that tests of PostgreSQL use.
const POSTGRES_VARIABLE: &str = "LEADBOOK_TEST_POSTGRES";
/// Which store the end-to-end suites open; SQLite when it is not set.
const STORE_VARIABLE: &str = "LEADBOOK_TEST_STORE";

pub(super) struct Pass {
    pub(super) selection: Selection,
    pub(super) postgres: Option<String>,
}

#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Selection {
    Everything,
    /// The suites that open whichever store they are told to; told PostgreSQL.
    EndToEnd,
    /// What the PostgreSQL store promises.
    Conformance,
}

impl Selection {
    /// Always of the whole workspace: for fewer packages cargo would resolve other features and build anew.
    fn for_nextest(self) -> &'static [&'static str] {
        match self {
            Self::Everything => &[],
            Self::EndToEnd => &["-E", "(package(leadbook) | package(api)) & kind(test)"],
            Self::Conformance => &["-E", "package(store-postgres)"],
        }
    }

    fn for_cargo_test(self) -> &'static [&'static str] {
        match self {
            Self::Everything => &["--workspace"],
            Self::EndToEnd => &["-p", "leadbook", "-p", "api", "--test", "*"],
            Self::Conformance => &["-p", "store-postgres"],
        }
    }
}

pub(super) struct Runner {
    has_nextest: bool,
    /// Where tests find the servers they start themselves.
    cache: PathBuf,
}

impl Runner {
    pub(super) fn choose() -> Result<Self> {
        let has_nextest = nextest_is_usable();
        if !has_nextest {
            println!(
                "cargo-nextest is missing or too old; using plain cargo test (no retries, no per-test time limit)."
            );
        }
        let cache = target_dir()?.join("postgres");
        Ok(Self { has_nextest, cache })
    }

    pub(super) fn run(&self, pass: &Pass) -> Result<Tally> {
        if self.has_nextest {
            return self.nextest(pass);
        }
        self.cargo_test(pass)
    }

    fn nextest(&self, pass: &Pass) -> Result<Tally> {
        // Nextest keeps its reports here wherever cargo builds, one run after the other.
        let report = root().join("target/nextest/default/junit.xml");
        let _ = fs::remove_file(&report);
        let mut command = self.cargo(pass);
        command.args(["nextest", "run", "--workspace", "--no-fail-fast"]);
        let outcome = run_command(command.args(pass.selection.for_nextest()));
        // Without a report nothing was run: it did not build.
        let Ok(text) = fs::read_to_string(&report) else {
            outcome?;
            bail!(
                "nextest ended well but left no report at {}",
                report.display()
            );
        };
        let tally = read_junit(&text).context("the report of nextest cannot be read")?;
        Ok(believed(tally, outcome.is_ok()))
    }

    fn cargo_test(&self, pass: &Pass) -> Result<Tally> {
        let mut command = self.cargo(pass);
        command
            .args(["test", "--no-fail-fast"])
            .args(pass.selection.for_cargo_test())
            .stdout(Stdio::piped());
        let mut child = command.spawn()?;
        let mut tally = Tally::default();
        let lines = child.stdout.take().context("cargo test has no output")?;
        for line in BufReader::new(lines).lines() {
            let line = line?;
            println!("{line}");
            tally = tally.plus(read_test_result(&line).unwrap_or_default());
        }
        Ok(believed(tally, child.wait()?.success()))
    }

    /// A cargo whose tests are told what this pass is, and nothing of what the caller's shell may have set.
    fn cargo(&self, pass: &Pass) -> Command {
        let mut command = cargo();
        command
            .env(test_cluster::CACHE_VARIABLE, &self.cache)
            .env_remove(POSTGRES_VARIABLE)
            .env_remove(STORE_VARIABLE);
        if let Some(url) = &pass.postgres {
            command.env(POSTGRES_VARIABLE, url);
        }
        if pass.selection == Selection::EndToEnd {
            command.env(STORE_VARIABLE, "postgres");
        }
        command
    }
}

/// Asks nextest itself, which compares its version with the one `.config/nextest.toml` requires.
fn nextest_is_usable() -> bool {
    let usable = || succeeds(cargo().args(["nextest", "show-config", "version"]));
    usable() || {
        let install = ["install", "--locked", "cargo-nextest"];
        run_command(cargo().args(install)).is_ok() && usable()
    }
}

/// A run that failed has failures, whatever it counted. Where nothing ran there is nothing to count; the report fails that.
fn believed(tally: Tally, has_succeeded: bool) -> Tally {
    if has_succeeded || tally == Tally::default() {
        return tally;
    }
    Tally {
        failed: tally.failed.max(1),
        ..tally
    }
}

/// The numbers of the outermost element: `<testsuites … tests="12" failures="1" errors="0" …>`.
fn read_junit(text: &str) -> Option<Tally> {
    let head = text.split_once("<testsuites")?.1.split_once('>')?.0;
    let number = |name: &str| -> Option<u64> {
        let after = head.split_once(&format!(" {name}=\""))?.1;
        after.split_once('"')?.0.parse().ok()
    };
    let failed = number("failures")? + number("errors")?;
    Some(Tally {
        passed: number("tests")?.checked_sub(failed)?,
        failed,
    })
}

/// `test result: ok. 12 passed; 1 failed; …`
fn read_test_result(line: &str) -> Option<Tally> {
    let counts = line.strip_prefix("test result: ")?;
    let number = |word: &str| -> Option<u64> {
        counts
            .split_once(word)?
            .0
            .trim_end()
            .rsplit(' ')
            .next()?
            .parse()
            .ok()
    };
    Some(Tally {
        passed: number("passed;")?,
        failed: number("failed;")?,
    })
}

#[cfg(test)]
mod tests;
