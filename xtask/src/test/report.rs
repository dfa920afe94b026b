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

#[derive(Default)]
pub(super) struct Report {
    lines: Vec<String>,
    stores: Vec<String>,
    sum: Tally,
}

impl Report {
    /// What could not run, or ran nothing, counts as one failure.
    pub(super) fn add(&mut self, what: &str, outcome: Result<Tally>) {
        let (line, tally) = match outcome {
            Ok(tally) if tally == Tally::default() => ("no test was run".to_owned(), FAILURE),
            Ok(tally) => {
                let all = tally.passed + tally.failed;
                (format!("{} of {all}", tally.passed), tally)
            }
            Err(error) => (format!("could not run: {error:#}"), FAILURE),
        };
        let line = format!("{what}: {line}");
        println!("{line}");
        self.lines.push(line);
        self.sum = self.sum.plus(tally);
    }

    /// A pass on a PostgreSQL, which is covered if the pass could run.
    pub(super) fn add_on(
        &mut self,
        what: &str,
        server: Result<Server>,
        run: impl FnOnce(&Server) -> Result<Tally>,
    ) {
        let outcome = server.and_then(|server| {
            println!("\n== {what} on {}", server.name());
            let tally = run(&server)?;
            self.cover(server.name().to_owned());
            Ok(tally)
        });
        self.add(&format!("{what} on PostgreSQL"), outcome);
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

const FAILURE: Tally = Tally {
    passed: 0,
    failed: 1,
};

#[cfg(test)]
mod tests;
