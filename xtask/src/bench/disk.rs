//! What the disk alone costs: overwriting 4 KB in a file of full length, and fdatasync, one after the other.
//!
//! The floor under every durable write of one client.

use std::fs::{self, File};
use std::os::unix::fs::FileExt;
use std::path::Path;
use std::time::Duration;

use anyhow::Result;

use crate::tools::now;

const BLOCK_BYTES: usize = 4096;
const BLOCKS: u64 = 256;
const WRITES: u64 = 1000;

#[derive(Clone, Copy)]
pub(crate) struct Floor {
    pub(crate) p50: Duration,
    pub(crate) p99: Duration,
}

pub(crate) fn floor(folder: &Path) -> Result<Floor> {
    let path = folder.join("disk-floor");
    let file = File::create(&path)?;
    let block = [7; BLOCK_BYTES];
    for at in 0..BLOCKS {
        file.write_all_at(&block, at * 4096)?;
    }
    file.sync_all()?;
    let mut times = Vec::new();
    for at in 0..WRITES {
        let started = now();
        file.write_all_at(&block, (at % BLOCKS) * 4096)?;
        file.sync_data()?;
        times.push(started.elapsed());
    }
    fs::remove_file(&path)?;
    times.sort_unstable();
    Ok(Floor {
        p50: times[times.len() / 2],
        p99: times[times.len() * 99 / 100],
    })
}
