//! What a server used while it was measured: processor time, peak memory, peak size of the write-ahead log. Linux only.
//!
//! Also what everybody else used meanwhile, because a figure from a busy machine means less.

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::mpsc::{RecvTimeoutError, Sender, channel};
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};

use anyhow::{Context, Result, anyhow};

use crate::tools::now;

const SAMPLE_EVERY: Duration = Duration::from_millis(200);
/// USER_HZ, which Linux has fixed at 100 for what it shows in /proc.
const TICKS_PER_SECOND: f64 = 100.0;

#[derive(Clone, Copy)]
pub(crate) struct Watched<'a> {
    pub(crate) pid: u32,
    pub(crate) data_dir: &'a Path,
}

/// What was used between start and stop.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Used {
    pub(crate) cpu_seconds: f64,
    /// Cores that programs outside the bench kept busy.
    pub(crate) other_cores: f64,
    pub(crate) peak_memory_bytes: u64,
    pub(crate) peak_log_bytes: u64,
}

pub(crate) struct Meter {
    pid: u32,
    started: Instant,
    cpu: f64,
    machine: f64,
    bench: f64,
    stop: Sender<()>,
    log: JoinHandle<u64>,
}

impl Meter {
    pub(crate) fn start(watched: Watched<'_>) -> Result<Self> {
        let pid = watched.pid;
        // 5 sets the peak back to what is used now; where that is not allowed the peak is the one since the start.
        let _ = fs::write(format!("/proc/{pid}/clear_refs"), "5");
        let (stop, stopped) = channel();
        let folder = watched.data_dir.to_owned();
        let log = thread::spawn(move || {
            let mut peak = 0;
            loop {
                peak = peak.max(log_bytes(&folder));
                if stopped.recv_timeout(SAMPLE_EVERY) != Err(RecvTimeoutError::Timeout) {
                    return peak;
                }
            }
        });
        let (cpu, machine, bench) = (cpu_seconds(pid)?, machine_seconds()?, bench_seconds()?);
        Ok(Self {
            pid,
            started: now(),
            cpu,
            machine,
            bench,
            stop,
            log,
        })
    }

    pub(crate) fn stop(self) -> Result<Used> {
        let cpu = cpu_seconds(self.pid)? - self.cpu;
        let machine = machine_seconds()? - self.machine;
        let bench = bench_seconds()? - self.bench;
        let seconds = self.started.elapsed().as_secs_f64();
        drop(self.stop);
        let log = self
            .log
            .join()
            .map_err(|_| anyhow!("watching the log panicked"))?;
        Ok(Used {
            cpu_seconds: cpu,
            other_cores: ((machine - cpu - bench) / seconds).max(0.0),
            peak_memory_bytes: peak_memory_bytes(self.pid)?,
            peak_log_bytes: log,
        })
    }
}

/// The largest file of a SQLite write-ahead log in the folder.
fn log_bytes(folder: &Path) -> u64 {
    let entries = fs::read_dir(folder).into_iter().flatten().flatten();
    let logs = entries.filter(|entry| entry.file_name().to_string_lossy().ends_with("-wal"));
    logs.filter_map(|entry| entry.metadata().ok())
        .map(|data| data.len())
        .max()
        .unwrap_or(0)
}

pub(crate) fn peak_memory_bytes(pid: u32) -> Result<u64> {
    let status = fs::read_to_string(format!("/proc/{pid}/status"))?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"));
    let kilobytes = line.and_then(|line| line.split_whitespace().next()?.parse::<u64>().ok());
    Ok(kilobytes.context("/proc has no VmHWM")? * 1024)
}

/// User and system time of a process.
fn cpu_seconds(pid: u32) -> Result<f64> {
    stat_seconds(format!("/proc/{pid}/stat").into(), [11, 12])
}

/// Of this process and of the generators that have ended.
fn bench_seconds() -> Result<f64> {
    let own = PathBuf::from("/proc/self/stat");
    Ok(stat_seconds(own.clone(), [11, 12])? + stat_seconds(own, [13, 14])?)
}

/// The fields are counted after the program's name in brackets, which may hold blanks.
fn stat_seconds(path: PathBuf, fields: [usize; 2]) -> Result<f64> {
    let stat = fs::read_to_string(path)?;
    let after = stat.rsplit_once(") ").context("/proc has no stat line")?.1;
    let values: Vec<_> = after.split(' ').collect();
    let ticks = fields
        .iter()
        .filter_map(|&field| values.get(field)?.parse::<f64>().ok());
    Ok(ticks.sum::<f64>() / TICKS_PER_SECOND)
}

/// Busy time of all cores: everything in the first line of /proc/stat but idle and waiting for the disk.
fn machine_seconds() -> Result<f64> {
    let stat = fs::read_to_string("/proc/stat")?;
    let line = stat.lines().next().context("/proc/stat is empty")?;
    let ticks: Vec<f64> = line
        .split_whitespace()
        .skip(1)
        .filter_map(|part| part.parse().ok())
        .collect();
    let busy = ticks
        .iter()
        .enumerate()
        .filter(|(index, _)| matches!(index, 0..=2 | 5..=6));
    Ok(busy.map(|(_, ticks)| ticks).sum::<f64>() / TICKS_PER_SECOND)
}
