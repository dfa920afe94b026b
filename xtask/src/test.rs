//! `cargo xtask test`: the gate. Every Rust test, then the foreign clients against the real server.
//!
//! Installs cargo-nextest when it is missing or too old for `.config/nextest.toml`; where that fails it says so and uses
//! plain `cargo test`. The closing line counts everything: `N passed, N failed`.

use std::fs;
use std::io::{BufRead, BufReader};
use std::process::Stdio;

use anyhow::{Context, Result, bail};

use crate::clients;
use crate::tools::{cargo, root, run as run_command, succeeds};

/// How many tests passed and failed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Tally {
    pub(crate) passed: u64,
    pub(crate) failed: u64,
}

impl Tally {
    pub(crate) fn plus(self, other: Self) -> Self {
        Self {
            passed: self.passed + other.passed,
            failed: self.failed + other.failed,
        }
    }

    /// The closing line, alone on its line, and the error if anything failed or nothing ran.
    pub(crate) fn close(self) -> Result<()> {
        println!("{} passed, {} failed", self.passed, self.failed);
        if self.failed > 0 || self.passed == 0 {
            bail!("the tests did not pass");
        }
        Ok(())
    }
}

pub(crate) fn run(options: &clients::Options) -> Result<()> {
    let rust = rust_tests()?;
    let foreign = clients::tally(options).unwrap_or_else(|error| {
        println!("The foreign clients could not run: {error:#}");
        Tally {
            passed: 0,
            failed: 1,
        }
    });
    println!(
        "\nRust tests: {} of {}",
        rust.passed,
        rust.passed + rust.failed
    );
    println!(
        "Foreign clients: {} of {}",
        foreign.passed,
        foreign.passed + foreign.failed
    );
    rust.plus(foreign).close()
}

fn rust_tests() -> Result<Tally> {
    if nextest_is_usable() {
        return nextest();
    }
    println!(
        "cargo-nextest is missing or too old; using plain cargo test (no retries, no per-test time limit)."
    );
    plain_cargo_test()
}

/// Asks nextest itself, which compares its version with the one `.config/nextest.toml` requires.
fn nextest_is_usable() -> bool {
    let usable = || succeeds(cargo().args(["nextest", "show-config", "version"]));
    usable() || {
        let install = ["install", "--locked", "cargo-nextest"];
        run_command(cargo().args(install)).is_ok() && usable()
    }
}

fn nextest() -> Result<Tally> {
    // Nextest keeps its reports here wherever cargo builds.
    let report = root().join("target/nextest/default/junit.xml");
    let _ = fs::remove_file(&report);
    let outcome = run_command(cargo().args(["nextest", "run", "--workspace", "--no-fail-fast"]));
    // Without a report nothing was run: it did not build.
    let Ok(text) = fs::read_to_string(&report) else {
        outcome?;
        bail!(
            "nextest ended well but left no report at {}",
            report.display()
        );
    };
    let mut tally = read_junit(&text).context("the report of nextest cannot be read")?;
    if outcome.is_err() {
        tally.failed = tally.failed.max(1);
    }
    Ok(tally)
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

fn plain_cargo_test() -> Result<Tally> {
    let mut command = cargo();
    command
        .args(["test", "--workspace", "--no-fail-fast"])
        .stdout(Stdio::piped());
    let mut child = command.spawn()?;
    let mut tally = Tally::default();
    let lines = child.stdout.take().context("cargo test has no output")?;
    for line in BufReader::new(lines).lines() {
        let line = line?;
        println!("{line}");
        tally = tally.plus(read_test_result(&line).unwrap_or_default());
    }
    if !child.wait()?.success() {
        tally.failed = tally.failed.max(1);
    }
    Ok(tally)
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
