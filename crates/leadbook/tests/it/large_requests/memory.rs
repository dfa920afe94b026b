//! What the server's process takes of the machine's memory, as Linux counts it.

use std::fs;

use crate::server::Server;

/// A server's process.
pub(super) struct Process {
    pid: u32,
    peak_before: u64,
}

impl Process {
    pub(super) fn of(server: &Server) -> Self {
        let pid = server.pid();
        Self {
            pid,
            peak_before: peak_megabytes(pid),
        }
    }

    /// How much the most that it ever took at once has become since, at most.
    pub(super) fn assert_grew_less_than(&self, megabytes: u64) {
        let (before, after) = (self.peak_before, peak_megabytes(self.pid));
        println!("peak memory: {before} MB before, {after} MB after");
        assert!(after - before < megabytes, "{before} MB, then {after} MB");
    }
}

fn peak_megabytes(pid: u32) -> u64 {
    let status = fs::read_to_string(format!("/proc/{pid}/status")).expect("it runs");
    let peak = status.lines().find_map(|line| line.strip_prefix("VmHWM:"));
    let peak = peak.and_then(|peak| peak.split_whitespace().next());
    let kilobytes: u64 = peak.and_then(|peak| peak.parse().ok()).expect("a number");
    kilobytes / 1024
}
