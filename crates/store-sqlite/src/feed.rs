//! The change feed. One connection writes at a time, so that the ids of events are their positions: an event that is
//! committed later has a higher one. Which events are a workspace's is known by blocks of ids, see the schema.

use std::collections::{BTreeMap, HashMap};
use std::sync::{Mutex, MutexGuard, PoisonError};

use domain::WorkspaceId;
use rusqlite::{Connection, Row};
use store::FeedPage;

use crate::errors::Failure;
use crate::query::{limit as sql_limit, many, one};
use crate::rows::event::{EventRow, SELECT_AMONG};
use crate::rows::{Cells, signed};

type Read<T> = Result<T, Failure>;

/// Ids of a block; also in [`FEEDS`].
const BLOCK: i64 = 64;

/// Every workspace with events, and the position of its newest: that is in its last block.
pub(crate) const FEEDS: &str = "(SELECT w.id AS id, (SELECT max(e.id) FROM events AS e WHERE e.workspace_id = w.id \
     AND e.id >= 64 * (SELECT max(block) FROM feed_blocks AS b WHERE b.workspace_id = w.id) \
     AND e.id < 64 + 64 * (SELECT max(block) FROM feed_blocks AS b WHERE b.workspace_id = w.id)) AS end_position \
     FROM workspaces AS w WHERE end_position IS NOT NULL)";

/// The newest block that each workspace is known to have: what needs no mark again.
pub(crate) type Marked = HashMap<WorkspaceId, i64>;

/// Marks the blocks of events that are being written, but for those that are marked. What it returns is true once that
/// is committed.
pub(crate) fn mark(
    connection: &Connection,
    marked: &Marked,
    events: impl IntoIterator<Item = (WorkspaceId, i64)>,
) -> Read<Marked> {
    let mut added = Marked::new();
    for (workspace, id) in events {
        let block = id / BLOCK;
        let known = added.get(&workspace).or_else(|| marked.get(&workspace));
        if known == Some(&block) {
            continue;
        }
        let mut statement = connection.prepare_cached(
            "INSERT OR IGNORE INTO feed_blocks (workspace_id, block) VALUES (?1, ?2)",
        )?;
        statement.execute([signed(workspace.get()), block])?;
        added.insert(workspace, block);
    }
    Ok(added)
}

/// Events of the workspace after a position.
pub(crate) fn page(
    connection: &Connection,
    workspace: WorkspaceId,
    after: u64,
    limit: usize,
) -> Read<FeedPage> {
    // Nothing is behind a position that no event can have.
    let first = i64::try_from(after.saturating_add(1)).unwrap_or(i64::MAX);
    let mut blocks = connection.prepare_cached(
        "SELECT block FROM feed_blocks WHERE workspace_id = ?1 AND block >= ?2 ORDER BY block",
    )?;
    let mut among = connection.prepare_cached(SELECT_AMONG)?;
    let mut blocks = blocks.query([signed(workspace.get()), first / BLOCK])?;
    let mut events = Vec::new();
    while let Some(row) = blocks.next()?.filter(|_| events.len() < limit) {
        let start = Cells::new(row, "feed_blocks").integer("block")? * BLOCK;
        let room = sql_limit(limit - events.len());
        let key = [
            signed(workspace.get()),
            start.max(first),
            start + BLOCK - 1,
            room,
        ];
        events.extend(many(&mut among, key, position_and_event)?);
    }
    // Read after the events, so that it is not before the last of them.
    let end = end(connection, workspace)?;
    Ok(FeedPage { events, end })
}

fn position_and_event(row: &Row<'_>) -> Read<(u64, domain::event::Event)> {
    let id = Cells::new(row, "events").number("id")?;
    Ok((id, EventRow::read(row)?.event))
}

/// The position of the workspace's newest event; 0 if there is none.
fn end(connection: &Connection, workspace: WorkspaceId) -> Read<u64> {
    let sql = format!("SELECT id, end_position FROM {FEEDS} WHERE id = ?1");
    let mut statement = connection.prepare_cached(&sql)?;
    let end = one(&mut statement, [signed(workspace.get())], feed_end)?;
    Ok(end.map_or(0, |(_, end)| end))
}

/// The id of the newest event of all; 0 if there is none.
fn newest(connection: &Connection) -> Read<i64> {
    let mut statement =
        connection.prepare_cached("SELECT id FROM events ORDER BY id DESC LIMIT 1")?;
    let newest = one(&mut statement, [], |row| {
        Cells::new(row, "events").integer("id")
    })?;
    Ok(newest.unwrap_or(0))
}

/// Each workspace with events after this id, and its end.
fn grown_since(connection: &Connection, after: i64) -> Read<Vec<(WorkspaceId, u64)>> {
    let sql = format!("SELECT id, end_position FROM {FEEDS} WHERE end_position > ?1");
    let mut statement = connection.prepare_cached(&sql)?;
    many(&mut statement, [after], feed_end)
}

/// A workspace and the end of its feed.
pub(crate) fn feed_end(row: &Row<'_>) -> Read<(WorkspaceId, u64)> {
    let mut cells = Cells::new(row, "workspaces");
    Ok((
        cells.id("id", WorkspaceId::new)?,
        cells.number("end_position")?,
    ))
}

/// Which feeds have grown since the last question: told by this process's commits; those of another are found by the gaps
/// that they leave between the ids of ours.
pub(crate) struct Growth(Mutex<Seen>);

struct Seen {
    /// Of the newest event that is accounted for.
    newest: i64,
    /// The ends of feeds that our commits have moved.
    ends: BTreeMap<WorkspaceId, u64>,
    /// After this event there is one of another process.
    others_after: Option<i64>,
}

impl Growth {
    pub(crate) fn new(connection: &Connection) -> Read<Self> {
        Ok(Self(Mutex::new(Seen {
            newest: newest(connection)?,
            ends: BTreeMap::new(),
            others_after: None,
        })))
    }

    /// Takes note of the events of a commit: the workspace of each and its id, in the order of the ids.
    pub(crate) fn note(&self, events: impl IntoIterator<Item = (WorkspaceId, i64)>) {
        let mut events = events.into_iter().peekable();
        let Some((_, first)) = events.peek().copied() else {
            return;
        };
        let mut seen = self.seen();
        if first > seen.newest + 1 {
            seen.others_after = seen.others_after.or(Some(seen.newest));
        }
        for (workspace, id) in events {
            seen.newest = seen.newest.max(id);
            seen.ends.insert(workspace, id.cast_unsigned());
        }
    }

    /// The feeds that have grown since the last call.
    pub(crate) fn take(&self, connection: &Connection) -> Read<Vec<(WorkspaceId, u64)>> {
        let newest = newest(connection)?;
        let (mut ends, others_after) = {
            let mut seen = self.seen();
            if newest > seen.newest {
                // Or one of our own that is not noted yet: it is told twice then.
                seen.others_after = seen.others_after.or(Some(seen.newest));
                seen.newest = newest;
            }
            (std::mem::take(&mut seen.ends), seen.others_after.take())
        };
        if let Some(after) = others_after {
            ends.extend(grown_since(connection, after)?);
        }
        Ok(ends.into_iter().collect())
    }

    fn seen(&self) -> MutexGuard<'_, Seen> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
