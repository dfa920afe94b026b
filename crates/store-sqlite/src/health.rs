//! What `doctor` shows of this store, and what the metrics do.

use std::path::Path;

use domain::Timestamp;
use rusqlite::Connection;
use store::{Backlog, StoreHealth};

use crate::checkpoint::log_bytes;
use crate::errors::Failure;
use crate::migrations;
use crate::query::one;
use crate::rows::Cells;

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
        deliveries_waiting: count("SELECT count(*) FROM deliveries")?,
        deliveries_dead: count("SELECT count(*) FROM dead_letters")?,
        subscriptions_failing: count(FAILING)?,
        subscriptions_disabled: count(
            "SELECT count(*) FROM subscriptions WHERE disabled_at IS NOT NULL AND disabled_reason <> 'owner'",
        )?,
        expired_claims: count(&format!(
            "SELECT count(*) FROM leads WHERE claim_expires_at <= {now}"
        ))?,
        bytes: pages * page_bytes + log_bytes(path),
    })
}

const FAILING: &str =
    "SELECT count(*) FROM subscriptions WHERE failing_since IS NOT NULL AND disabled_at IS NULL";

/// What waits, counted along the smallest indexes.
pub(crate) fn backlog(connection: &Connection) -> Result<Backlog, Failure> {
    let count = |sql: &str| number(connection, sql);
    let all = count("SELECT count(*) FROM subscriptions")?;
    let disabled = count("SELECT count(*) FROM subscriptions WHERE disabled_at IS NOT NULL")?;
    Ok(Backlog {
        deliveries_waiting: count("SELECT count(*) FROM deliveries")?,
        deliveries_dead: count("SELECT count(*) FROM dead_letters")?,
        oldest_waiting_at: oldest_waiting_at(connection)?,
        // Every event has its position as it is committed.
        oldest_unpositioned_at: None,
        jobs_waiting: count("SELECT count(*) FROM jobs")?,
        subscriptions_active: all.saturating_sub(disabled),
        subscriptions_failing: count(FAILING)?,
        subscriptions_disabled: disabled,
    })
}

/// News is as old as its number, so that the first one tells.
fn oldest_waiting_at(connection: &Connection) -> Result<Option<Timestamp>, Failure> {
    let mut statement = connection.prepare_cached(
        "SELECT d.id AS id, d.at AS at FROM deliveries AS d WHERE EXISTS (SELECT 1 FROM subscriptions AS s \
         WHERE s.id = d.subscription_id AND s.workspace_id = d.workspace_id AND s.disabled_at IS NULL) \
         ORDER BY d.id LIMIT 1",
    )?;
    one(&mut statement, [], |row| {
        let mut cells = Cells::new(row, "deliveries");
        cells.integer("id")?;
        cells.time("at")
    })
}

fn number(connection: &Connection, sql: &str) -> Result<u64, Failure> {
    let number: i64 = connection
        .prepare_cached(sql)?
        .query_row([], |row| row.get(0))?;
    Ok(u64::try_from(number).unwrap_or(0))
}

/// SQLite's own check, without its one line that says all is well.
fn problems(connection: &Connection) -> Result<Vec<String>, Failure> {
    // The check of a text index trusts what this connection remembers of it, which a merge on the writer's has made old; a
    // search looks again first. Without it a sound file is called corrupt (SQLite 3.54.1).
    let looked =
        "SELECT count(*) FROM (SELECT rowid FROM lead_texts WHERE lead_texts MATCH 'x' LIMIT 1)";
    connection.query_row(looked, [], |row| row.get::<_, i64>(0))?;
    let mut statement = connection.prepare("PRAGMA quick_check")?;
    let lines = statement.query_map([], |row| row.get::<_, String>(0))?;
    let lines: Vec<_> = lines.collect::<Result<_, _>>()?;
    Ok(lines.into_iter().filter(|line| line != "ok").collect())
}
