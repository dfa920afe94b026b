//! The load generator: one run of wrk with one thread, and what its script `load.lua` says at the end.
//!
//! An answer that is not 2xx, or a broken connection, fails the run: a figure with errors in it means nothing.

use std::path::Path;
use std::process::Command;

use anyhow::{Context, Result, bail};

use crate::tools::{output, root};

/// Requests from a file, see `load.lua`.
pub(crate) struct Prepared<'a> {
    pub(crate) method: &'static str,
    pub(crate) file: &'a Path,
}

pub(crate) struct Load<'a> {
    pub(crate) url: &'a str,
    pub(crate) connections: u32,
    pub(crate) seconds: u32,
    pub(crate) key: &'a str,
    pub(crate) prepared: Option<Prepared<'a>>,
    /// Requests per second over all connections; `None` is as fast as they go.
    pub(crate) pace: Option<f64>,
}

/// What one run measured.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Measured {
    pub(crate) requests: u64,
    pub(crate) micros: u64,
    pub(crate) p50_micros: u64,
    pub(crate) p99_micros: u64,
}

pub(crate) fn run(load: &Load<'_>) -> Result<Measured> {
    let mut command = Command::new("wrk");
    command
        .args(["--threads", "1", "--latency", "--script"])
        .arg(root().join("xtask/src/bench/load.lua"));
    command.args(["--connections", &load.connections.to_string()]);
    command.args(["--duration", &format!("{}s", load.seconds), load.url]);
    if let Some(prepared) = &load.prepared {
        command
            .args(["--", prepared.method, load.key])
            .arg(prepared.file);
        if let Some(pace) = load.pace {
            command.arg(pace.to_string());
        }
    }
    let printed = output(&mut command)?;
    read_result(&printed)
}

/// `RESULT requests duration p50 p99 refused broken`, times in microseconds.
fn read_result(printed: &str) -> Result<Measured> {
    let line = printed
        .lines()
        .find_map(|line| line.strip_prefix("RESULT "));
    let line = line.with_context(|| format!("wrk gave no result:\n{printed}"))?;
    let numbers: Vec<u64> = line.split(' ').map(str::parse).collect::<Result<_, _>>()?;
    let [requests, micros, p50_micros, p99_micros, refused, broken] = numbers[..] else {
        bail!("wrk gave {} numbers instead of 6: {line}", numbers.len());
    };
    if refused > 0 || broken > 0 || requests == 0 {
        bail!("{refused} of {requests} answers were not 2xx and {broken} requests broke off");
    }
    Ok(Measured {
        requests,
        micros,
        p50_micros,
        p99_micros,
    })
}

#[cfg(test)]
mod tests;
