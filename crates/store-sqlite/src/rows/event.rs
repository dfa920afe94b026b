//! Rows of `events`.

use domain::event::{Dialect, Event, EventKind, Origin};
use domain::{LeadId, WorkspaceId};
use rusqlite::{Row, Statement, params};
use store::codec;

use super::{Cells, signed};
use crate::errors::Failure;

/// Reads one event: `?1` its id.
pub(crate) const SELECT: &str = "SELECT id, workspace_id, lead_id, previous_event_id, version, kind, at, actor, dialect, \
     request_id, on_behalf_of, source, changes FROM events WHERE id = ?1";
/// Reads those of the workspace `?1` among the ids from `?2` to `?3`, at most `?4`.
pub(crate) const SELECT_AMONG: &str = "SELECT id, workspace_id, lead_id, previous_event_id, version, kind, at, actor, \
     dialect, request_id, on_behalf_of, source, changes FROM events \
     WHERE id BETWEEN ?2 AND ?3 AND workspace_id = ?1 ORDER BY id LIMIT ?4";
pub(crate) const INSERT: &str = "INSERT INTO events (id, workspace_id, lead_id, previous_event_id, version, \
     kind, at, actor, dialect, request_id, on_behalf_of, source, changes) \
     VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13)";

/// An event and the one before it.
pub(crate) struct EventRow {
    pub(crate) event: Event,
    pub(crate) previous_event_id: Option<i64>,
}

impl EventRow {
    pub(crate) fn read(row: &Row<'_>) -> Result<Self, Failure> {
        let mut cells = Cells::new(row, "events");
        cells.integer("id")?;
        let workspace_id = cells.id("workspace_id", WorkspaceId::new)?;
        let lead_id = cells.id("lead_id", LeadId::new)?;
        let previous_event_id = cells.optional_integer("previous_event_id")?;
        // In the order of the columns.
        let event = Event {
            workspace_id,
            lead_id,
            version: cells.number("version")?,
            kind: cells.parsed("kind", EventKind::from_name)?,
            at: cells.time("at")?,
            origin: Origin {
                actor: cells.parsed("actor", codec::decode_actor)?,
                dialect: cells.parsed("dialect", Dialect::from_name)?,
                request_id: cells.string("request_id")?,
                on_behalf_of: cells.optional_string("on_behalf_of")?,
                source: cells.optional_string("source")?,
            },
            changes: cells.parsed("changes", codec::decode_changes)?,
        };
        Ok(Self {
            event,
            previous_event_id,
        })
    }
}

/// Runs [`INSERT`]; the new event's id, which is the next one unless `id` says which.
pub(crate) fn insert(
    statement: &mut Statement<'_>,
    id: Option<i64>,
    event: &Event,
    previous_event_id: Option<i64>,
) -> rusqlite::Result<i64> {
    let Event {
        workspace_id,
        lead_id,
        version,
        kind,
        at,
        origin,
        changes,
    } = event;
    let Origin {
        actor,
        dialect,
        request_id,
        on_behalf_of,
        source,
    } = origin;
    statement.insert(params![
        id,
        signed(workspace_id.get()),
        signed(lead_id.get()),
        previous_event_id,
        signed(*version),
        kind.name(),
        at.as_millis(),
        codec::encode_actor(*actor),
        dialect.name(),
        request_id,
        on_behalf_of,
        source,
        codec::encode_changes(changes),
    ])
}
