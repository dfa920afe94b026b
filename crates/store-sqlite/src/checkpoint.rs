//! Moves committed pages from the log (the WAL) into the file, beside the writer and not in its way.
//!
//! A commit appends to the log; it is only used from its start again once every page was moved and no reader
//! needs it. So a thread moves pages often, and when the log is long it holds commits back for the last
//! few pages. Nothing here decides what is durable: a commit is, the moment it returns.

use std::collections::BTreeMap;
use std::error::Error;
use std::fs::File;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Condvar, Mutex, PoisonError};
use std::thread::JoinHandle;
use std::time::Duration;

use rusqlite::Connection;
use store::StoreError;

use crate::connection;
use crate::errors::Failure;
use crate::writer::Writer;

/// How often the thread looks.
const PERIOD: Duration = Duration::from_millis(200);
/// Pages to be moved (32 MB) before a pass is worth it: a page that changes often is then moved once for many
/// changes, and a pass begins with a sync of the log that commits feel.
const PASS_PAGES: u32 = 8_000;
/// Pages in the log (64 MB) after which the thread makes it start over: early, because the log grows on meanwhile.
const RESTART_PAGES: u32 = 16_384;
/// Pages in the log (352 MB) after which commits wait at once. The log goes on growing while the file is synced beside
/// the writer; without this bound it was seen to reach 605 MB under full load.
const HIGH_PAGES: u32 = 90_112;
/// Bytes of a log left behind that are moved before the store is used, so that it does not start full.
const TRIM_BYTES: u64 = 8 << 20;

/// The thread. Stops when told or dropped.
pub(crate) struct Checkpointer {
    signal: Arc<Signal>,
    thread: Mutex<Option<JoinHandle<()>>>,
}

#[derive(Default)]
struct Signal {
    is_stopping: Mutex<bool>,
    changed: Condvar,
}

impl Checkpointer {
    pub(crate) fn start(path: &Path, writer: &Arc<Writer>) -> Result<Self, Failure> {
        let connection = connection::checkpointer(path)?;
        let signal = Arc::new(Signal::default());
        let (theirs, writer) = (Arc::clone(&signal), Arc::clone(writer));
        let path = path.to_owned();
        let thread = std::thread::Builder::new()
            .name("checkpoint".to_owned())
            .spawn(move || run(&connection, &path, &writer, &theirs))?;
        Ok(Self {
            signal,
            thread: Mutex::new(Some(thread)),
        })
    }

    /// Ends the thread after the pass it is in.
    pub(crate) fn stop(&self) {
        *self.signal.locked() = true;
        self.signal.changed.notify_all();
        let thread = self
            .thread
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .take();
        if thread.is_some_and(|thread| thread.join().is_err()) {
            tracing::error!("the checkpoint thread had panicked");
        }
    }
}

impl Drop for Checkpointer {
    fn drop(&mut self) {
        self.stop();
    }
}

impl Signal {
    fn locked(&self) -> std::sync::MutexGuard<'_, bool> {
        self.is_stopping
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
    }

    /// Waits a period; whether the thread is to stop.
    fn wait(&self) -> bool {
        let waited = self
            .changed
            .wait_timeout_while(self.locked(), PERIOD, |is_stopping| !*is_stopping);
        *waited.unwrap_or_else(PoisonError::into_inner).0
    }
}

fn run(connection: &Connection, path: &Path, writer: &Writer, signal: &Signal) {
    let mut moved = Moved::default();
    while !signal.wait() {
        if let Err(failure) = look(connection, path, writer, &mut moved) {
            // Nothing is lost; the log grows until a later pass succeeds.
            let error: &dyn Error = &StoreError::from(failure);
            tracing::warn!(error, "a checkpoint failed");
        }
    }
}

/// How far the last pass came.
#[derive(Default)]
struct Moved {
    log_pages: u32,
    moved_pages: u32,
}

fn look(
    connection: &Connection,
    path: &Path,
    writer: &Writer,
    moved: &mut Moved,
) -> Result<(), Failure> {
    let pages = writer.log_pages();
    // A log shorter than last time has started over.
    let already = if pages < moved.log_pages {
        0
    } else {
        moved.moved_pages
    };
    if pages.saturating_sub(already) >= PASS_PAGES {
        *moved = pass(connection)?;
    }
    if pages > RESTART_PAGES && (moved.moved_pages < moved.log_pages || pages > moved.log_pages) {
        *moved = restart(connection, path, writer)?;
    }
    Ok(())
}

/// Moves the whole log, so that the next commit starts it over. SQLite syncs the file when a pass leaves nothing
/// behind, which is the pass that commits wait for. So most of the moving and of the syncing is done before,
/// beside the writer. Measured at 30,000 updates a second on a disk that syncs in 0.1 ms: commits wait 2 to 5 ms
/// every two seconds; without the sync beside them 45 ms. Syncing after every pass costs a third of the throughput.
fn restart(connection: &Connection, path: &Path, writer: &Writer) -> Result<Moved, Failure> {
    let is_high = || writer.log_pages() > HIGH_PAGES;
    for _ in 0..2 {
        if is_high() {
            break;
        }
        sync_file(path)?;
        if is_high() {
            break;
        }
        pass(connection)?;
    }
    Ok(writer.paused(|| pass(connection))?)
}

/// Syncs the file through a handle of our own, which is never closed: when a process closes any handle of a file,
/// POSIX drops every lock that it holds on that file, SQLite's among them. One handle per path and process,
/// and only for books that grow. What is durable does not rest on it; SQLite syncs for itself.
fn sync_file(path: &Path) -> std::io::Result<()> {
    static HANDLES: Mutex<BTreeMap<PathBuf, Arc<File>>> = Mutex::new(BTreeMap::new());
    let file = {
        let mut handles = HANDLES.lock().unwrap_or_else(PoisonError::into_inner);
        if !handles.contains_key(path) {
            handles.insert(path.to_owned(), Arc::new(File::open(path)?));
        }
        Arc::clone(&handles[path])
    };
    file.sync_data()
}

/// Moves what can be moved without waiting for anyone.
fn pass(connection: &Connection) -> rusqlite::Result<Moved> {
    connection.query_row("PRAGMA wal_checkpoint(PASSIVE)", [], |row| {
        let (in_log, moved): (i64, i64) = (row.get(1)?, row.get(2)?);
        // Both are -1 where there is no log yet.
        Ok(Moved {
            log_pages: u32::try_from(in_log).unwrap_or(0),
            moved_pages: u32::try_from(moved).unwrap_or(0),
        })
    })
}

/// Moves everything and cuts the log to nothing, waiting for readers. If another process keeps one open, what
/// is left stays in the log, where the next to open the file finds it.
pub(crate) fn empty_log(connection: &Connection) -> Result<(), Failure> {
    connection.query_row("PRAGMA wal_checkpoint(TRUNCATE)", [], |_| Ok(()))?;
    Ok(())
}

/// Empties a long log that a crash left behind.
pub(crate) fn trim(connection: &Connection, path: &Path) -> Result<(), Failure> {
    if log_bytes(path) > TRIM_BYTES {
        empty_log(connection)?;
    }
    Ok(())
}

/// Size of the log beside the file.
pub(crate) fn log_bytes(path: &Path) -> u64 {
    let mut log = path.as_os_str().to_owned();
    log.push("-wal");
    std::fs::metadata(PathBuf::from(log)).map_or(0, |data| data.len())
}
