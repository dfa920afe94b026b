//! Clusters as tests use them. The server is the newest one that Leadbook is tested with, fetched once.
#![expect(clippy::unwrap_used, reason = "helpers of tests are no product code")]

mod clusters;
mod folders;
mod guard;

use test_cluster::{Binaries, Cluster, Options, cache};

fn binaries() -> Binaries {
    Binaries::fetch(18, &cache().unwrap()).unwrap()
}

fn cluster() -> Cluster {
    Cluster::start(&binaries(), &Options::default()).unwrap()
}

fn is_running(pid: u32) -> bool {
    let stat = std::fs::read_to_string(format!("/proc/{pid}/stat")).unwrap_or_default();
    !stat.is_empty() && !stat.contains(") Z ")
}
