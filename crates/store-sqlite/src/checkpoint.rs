//! Moves committed pages from the log (the WAL) into the file, beside the writer and not in its way.
//!
//! A commit appends to the log; it is only used from its start again once every page was moved and no reader
//! needs it. So a thread moves pages often, and when the log is long it holds commits back for the last
//! few pages. Nothing here decides what is durable: a commit is, the moment it returns.

use std::path::{Path, PathBuf};
use std::sync::{Arc, Condvar, Mutex, PoisonError};
use std::thread::JoinHandle;
use std::time::Duration;

use rusqlite::Connection;

use crate::connection;
use crate::errors::Failure;
use crate::writer::Writer;

/// How often the thread looks.
const PERIOD: Duration = Duration::from_millis(200);
/// Pages to be moved (8 MB) before a pass is worth its two syncs.
const PASS_PAGES: u32 = 2_000;
/// Pages in the log (192 MB) after which the thread makes it start over.
const RESTART_PAGES: u32 = 49_152;
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
        let thread = std::thread::Builder::new()
            .name("checkpoint".to_owned())
            .spawn(move || run(&connection, &writer, &theirs))?;
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

fn run(connection: &Connection, writer: &Writer, signal: &Signal) {
    let mut moved = Moved::default();
    while !signal.wait() {
        if let Err(error) = look(connection, writer, &mut moved) {
            // Nothing is lost; the log grows until a later pass succeeds.
            tracing::warn!(%error, "a checkpoint failed");
        }
    }
}

/// How far the last pass came.
#[derive(Default)]
struct Moved {
    log_pages: u32,
    moved_pages: u32,
}

fn look(connection: &Connection, writer: &Writer, moved: &mut Moved) -> rusqlite::Result<()> {
    let pages = writer.log_pages();
    // A log shorter than last time has started over.
    let already = if pages < moved.log_pages {
        0
    } else {
        moved.moved_pages
    };
    if pages.saturating_sub(already) < PASS_PAGES {
        return Ok(());
    }
    *moved = pass(connection)?;
    if pages > RESTART_PAGES {
        // Two passes beside the writer leave only what was committed during the second for the one that
        // commits wait for. The next commit then finds everything moved and starts the log over.
        pass(connection)?;
        pass(connection)?;
        *moved = writer.paused(|| pass(connection))?;
    }
    Ok(())
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
