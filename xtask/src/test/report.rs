//! What was run, on which stores, and whether all of it passed. Printed once, at the end.

use anyhow::{Result, bail};

use super::servers::Server;

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

const NONE: Tally = Tally {
    passed: 0,
    failed: 0,
};
const FAILURE: Tally = Tally {
    passed: 0,
    failed: 1,
};

#[derive(Default)]
pub(super) struct Report {
    lines: Vec<String>,
    stores: Vec<String>,
    sum: Tally,
}

impl Report {
    /// Whether any test was run. If not, for whatever reason, that counts as one failure.
    pub(super) fn add(&mut self, what: &str, outcome: Result<Tally>) -> bool {
        let tally = *outcome.as_ref().unwrap_or(&NONE);
        let line = match outcome {
            Err(error) => format!("{what}: could not run: {error:#}"),
            Ok(NONE) => format!("{what}: no test was run"),
            Ok(Tally { passed, failed }) => format!("{what}: {passed} of {}", passed + failed),
        };
        println!("{line}");
        self.lines.push(line);
        let has_run = tally != NONE;
        self.sum = self.sum.plus(if has_run { tally } else { FAILURE });
        has_run
    }

    /// A pass on a PostgreSQL, which is covered if any test was run on it.
    pub(super) fn add_on(
        &mut self,
        what: &str,
        server: Result<Server>,
        run: impl FnOnce(&Server) -> Result<Tally>,
    ) {
        let mut name = String::new();
        let outcome = server.and_then(|server| {
            println!("\n== {what} on {}", server.name());
            server.name().clone_into(&mut name);
            run(&server)
        });
        if self.add(&format!("{what} on PostgreSQL"), outcome) {
            self.cover(name);
        }
    }

    pub(super) fn cover(&mut self, store: String) {
        self.stores.push(store);
    }

    pub(super) fn close(self) -> Result<()> {
        println!();
        for line in self.lines {
            println!("{line}");
        }
        println!("Stores covered: {}", self.stores.join("; "));
        self.sum.close()
    }
}

#[cfg(test)]
mod tests;
