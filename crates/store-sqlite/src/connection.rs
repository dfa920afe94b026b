//! How connections are opened: the pragmas, and why. No SQL of the schema is here.

use std::fs::File;
use std::path::Path;
use std::time::Duration;

use rusqlite::Connection;
use rusqlite::config::DbConfig;

use crate::errors::Failure;

/// How long a connection waits for a lock that another process holds (the command line, a backup).
const BUSY_TIMEOUT: Duration = Duration::from_secs(5);
/// Prepared statements kept per connection: more than this crate has.
const STATEMENTS_KEPT: usize = 128;
/// The pages that updates meet again and again. Not more: a commit that has balanced a tree walks the whole cache, because SQLite lends
/// a page the number behind the first gigabyte for that moment and then thinks that the file had shrunk. With 64 MB, all leads of
/// a book of 100,000, that was a fifth of the writer's time; the operating system has those pages, too.
const WRITER_CACHE_KIB: i64 = 16 * 1024;
/// Readers have the operating system's cache behind them.
const READER_CACHE_KIB: i64 = 16 * 1024;

/// Waits until no other process or thread opens a store in this directory; held until the schema is there. SQLite
/// itself does not wait where two switch a new file to its log, and migrations look before they write.
///
/// The lock is the directory's, not the file's: closing a handle of the file would drop SQLite's own locks.
pub(crate) fn opening_turn(path: &Path) -> Result<File, Failure> {
    let directory = path
        .parent()
        .filter(|parent| !parent.as_os_str().is_empty());
    let directory = File::open(directory.unwrap_or(Path::new(".")))?;
    directory.lock()?;
    Ok(directory)
}

/// The connection that writes.
pub(crate) fn writer(path: &Path) -> Result<Connection, Failure> {
    let connection = Connection::open(path)?;
    connection.busy_timeout(BUSY_TIMEOUT)?;
    // Measured: 4096 wins; 8192 and 16384 double and quadruple the bytes written per update.
    connection.pragma_update(None, "page_size", 4096)?;
    connection.pragma_update_and_check(None, "journal_mode", "wal", |_| Ok(()))?;
    // FULL syncs the log at every commit: what was acknowledged survives a power cut.
    connection.pragma_update(None, "synchronous", "FULL")?;
    // `checkpoint` does it, off the writer's path.
    connection.pragma_update(None, "wal_autocheckpoint", 0)?;
    connection.pragma_update(None, "cache_size", -WRITER_CACHE_KIB)?;
    keep_statements(&connection)?;
    Ok(connection)
}

/// A connection that cannot write.
pub(crate) fn reader(path: &Path) -> Result<Connection, Failure> {
    let connection = Connection::open(path)?;
    connection.busy_timeout(BUSY_TIMEOUT)?;
    connection.pragma_update(None, "query_only", true)?;
    connection.pragma_update(None, "wal_autocheckpoint", 0)?;
    connection.pragma_update(None, "cache_size", -READER_CACHE_KIB)?;
    rusqlite::vtab::array::load_module(&connection)?;
    keep_statements(&connection)?;
    Ok(connection)
}

fn keep_statements(connection: &Connection) -> Result<(), Failure> {
    connection.set_prepared_statement_cache_capacity(STATEMENTS_KEPT);
    // The plan of a statement may not depend on what is bound to it: SQLite looks at the number behind a LIMIT and prepares the
    // statement again whenever another is bound, which was a sixth of the time of a page.
    connection.set_db_config(DbConfig::SQLITE_DBCONFIG_ENABLE_QPSG, true)?;
    Ok(())
}

/// The connection that checkpoints. It waits for nobody: a pass that cannot go on is tried again.
pub(crate) fn checkpointer(path: &Path) -> Result<Connection, Failure> {
    let connection = Connection::open(path)?;
    connection.busy_timeout(Duration::ZERO)?;
    connection.pragma_update(None, "synchronous", "FULL")?;
    connection.pragma_update(None, "wal_autocheckpoint", 0)?;
    Ok(connection)
}
