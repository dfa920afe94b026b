//! What `doctor` shows of this store.

use std::path::Path;

use domain::Timestamp;
use rusqlite::Connection;
use store::StoreHealth;

use crate::checkpoint::log_bytes;
use crate::errors::Failure;
use crate::migrations;

/// Counts and checks. Reads the whole file, so it is for a person who asked.
pub(crate) fn health(
    connection: &Connection,
    path: &Path,
    now: Timestamp,
) -> Result<StoreHealth, Failure> {
    let count = |sql: &str| number(connection, sql);
    let pages = count("SELECT page_count FROM pragma_page_count")?;
    let page_bytes = count("SELECT page_size FROM pragma_page_size")?;
    let now = now.as_millis();
    Ok(StoreHealth {
        description: format!("SQLite {}, {}", rusqlite::version(), path.display()),
        schema_version: migrations::version(connection)?,
        problems: problems(connection)?,
        workspaces: count("SELECT count(*) FROM workspaces")?,
        leads: count("SELECT count(*) FROM leads")?,
        events: count("SELECT count(*) FROM events")?,
        jobs_waiting: count("SELECT count(*) FROM jobs")?,
        deliveries_waiting: count("SELECT count(*) FROM deliveries WHERE dead_at IS NULL")?,
        deliveries_dead: count("SELECT count(*) FROM deliveries WHERE dead_at IS NOT NULL")?,
        expired_claims: count(&format!(
            "SELECT count(*) FROM leads WHERE claim_expires_at <= {now}"
        ))?,
        bytes: pages * page_bytes + log_bytes(path),
    })
}

fn number(connection: &Connection, sql: &str) -> Result<u64, Failure> {
    let number: i64 = connection.query_row(sql, [], |row| row.get(0))?;
    Ok(u64::try_from(number).unwrap_or(0))
}

/// SQLite's own check, without its one line that says all is well.
fn problems(connection: &Connection) -> Result<Vec<String>, Failure> {
    let mut statement = connection.prepare("PRAGMA quick_check")?;
    let lines = statement.query_map([], |row| row.get::<_, String>(0))?;
    let lines: Vec<_> = lines.collect::<Result<_, _>>()?;
    Ok(lines.into_iter().filter(|line| line != "ok").collect())
}
