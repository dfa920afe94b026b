//! What the server's process takes of the machine's memory, as Linux counts it.

use std::fs;
use std::os::unix::ffi::OsStrExt;
use std::path::{Path, PathBuf};

use crate::server::Book;

/// The process of the one server over a book.
pub(super) struct Process {
    folder: PathBuf,
    peak_before: u64,
}

impl Process {
    pub(super) fn over(book: &Book) -> Self {
        let folder = book.folder();
        let name = folder.parent().expect("a temporary folder").as_os_str();
        let processes = fs::read_dir("/proc").expect("a list of processes");
        let mut processes = processes.map(|entry| entry.expect("a process").path());
        let server = processes.find(|process| names(process, name.as_bytes()));
        let folder = server.expect("the server runs");
        let peak_before = peak_megabytes(&folder);
        Self {
            folder,
            peak_before,
        }
    }

    /// How much the most that it ever took at once has become since, at most.
    pub(super) fn assert_grew_less_than(&self, megabytes: u64) {
        let (before, after) = (self.peak_before, peak_megabytes(&self.folder));
        println!("peak memory: {before} MB before, {after} MB after");
        assert!(after - before < megabytes, "{before} MB, then {after} MB");
    }
}

/// Among its arguments, or in its environment where the book is in PostgreSQL: there the folder has the key.
fn names(process: &Path, name: &[u8]) -> bool {
    let read = |file| fs::read(process.join(file)).unwrap_or_default();
    let words = [read("cmdline"), read("environ")].concat();
    words.windows(name.len()).any(|part| part == name)
}

fn peak_megabytes(process: &Path) -> u64 {
    let status = fs::read_to_string(process.join("status")).expect("it runs");
    let peak = status.lines().find_map(|line| line.strip_prefix("VmHWM:"));
    let peak = peak.and_then(|peak| peak.split_whitespace().next());
    let kilobytes: u64 = peak.and_then(|peak| peak.parse().ok()).expect("a number");
    kilobytes / 1024
}
