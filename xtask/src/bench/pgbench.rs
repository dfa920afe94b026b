//! `pgbench` on the same cluster: what a person would write by hand, as a transaction and as one statement.
//!
//! Prepared statements, one thread, no vacuum of its own. It has no HTTP, no rules and no keys to check: a bar, not a rival.

use std::path::Path;

use anyhow::{Context, Result};
use test_cluster::{Binaries, Cluster};

use crate::tools::{output, root};

/// How the three writes of an update are sent.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Script {
    /// Begin, one merging update, two inserts, commit.
    Transaction,
    /// One data-modifying CTE: the best statement for it.
    Statement,
}

impl Script {
    const fn file(self) -> &'static str {
        match self {
            Self::Transaction => "transaction.sql",
            Self::Statement => "statement.sql",
        }
    }
}

/// What one run measured.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Measured {
    pub(crate) per_second: f64,
    pub(crate) mean_ms: f64,
}

/// Makes the tables and fills them.
pub(crate) fn prepare(cluster: &Cluster, leads: usize) -> Result<()> {
    let tables = include_str!("pgbench/tables.sql").replace("{leads}", &leads.to_string());
    cluster.query(&tables).map(drop)
}

pub(crate) fn run(
    binaries: &Binaries,
    url: &str,
    script: Script,
    leads: usize,
    clients: u32,
    seconds: u32,
) -> Result<Measured> {
    let file = folder().join(script.file());
    let mut command = binaries.command("pgbench");
    command.args(["--no-vacuum", "--protocol=prepared", "--jobs=1"]);
    command.arg(format!("--client={clients}"));
    command.arg(format!("--time={seconds}"));
    command.arg(format!("--define=leads={leads}"));
    command.arg("--file").arg(file).arg(url);
    let printed = output(&mut command)?;
    read(&printed).with_context(|| format!("pgbench said:\n{printed}"))
}

fn folder() -> std::path::PathBuf {
    root().join(Path::new("xtask/src/bench/pgbench"))
}

/// `tps = 7184.1 (without initial connection time)` and `latency average = 8.9 ms`.
fn read(printed: &str) -> Option<Measured> {
    let figure = |name: &str| -> Option<f64> {
        let line = printed.lines().find_map(|line| line.strip_prefix(name))?;
        line.split_whitespace().next()?.parse().ok()
    };
    Some(Measured {
        per_second: figure("tps = ")?,
        mean_ms: figure("latency average = ")?,
    })
}

#[cfg(test)]
mod tests;
