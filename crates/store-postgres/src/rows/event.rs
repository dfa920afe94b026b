//! Rows of `events`.

use std::sync::LazyLock;

use domain::event::{Dialect, Event, EventKind, Origin};
use domain::{LeadId, WorkspaceId};
use store::codec;
use tokio_postgres::Row;

use super::set::Kind::{Integer, Text};
use super::set::{Rows, Spec, Statements};
use super::work::statements;
use super::{Cells, signed};
use crate::errors::Failure;

/// The columns of an event, in the order in which [`event`] reads them.
pub(crate) const COLUMNS: &str = "id, workspace_id, lead_id, version, kind, at, actor, dialect, request_id, \
     on_behalf_of, source, changes";

/// The event before each of `chain`, with its columns and `previous_event_id`, to walk back along histories. It is looked up
/// by its key, one by one: without statistics, as of a new partition, a planner would rather join two whole tables.
pub(crate) fn before() -> String {
    format!(
        "LATERAL (SELECT {COLUMNS}, previous_event_id FROM events \
         WHERE workspace_id = $1 AND id = chain.previous_event_id OFFSET 0) AS event"
    )
}

pub(crate) static INSERT: LazyLock<Statements> = LazyLock::new(|| {
    Statements::new(Spec {
        table: "events",
        columns: vec![
            ("id", Integer),
            ("lead_id", Integer),
            ("previous_event_id", Integer),
            ("version", Integer),
            ("kind", Text),
            ("at", Integer),
            ("actor", Text),
            ("dialect", Text),
            ("request_id", Text),
            ("on_behalf_of", Text),
            ("source", Text),
            ("changes", Text),
        ],
        computed: None,
        ending: "",
        what: "event",
    })
});

/// Ids in a row that one batch wrote: what waits for positions in the feed.
pub(crate) static RUNS: LazyLock<Statements> = LazyLock::new(|| {
    let columns = [
        ("first_event_id", Integer),
        ("event_count", Integer),
        ("recorded_at", Integer),
    ];
    statements("event_runs", &columns, "", "run of events")
});
/// The same with positions.
pub(crate) static FEED_RUNS: LazyLock<Statements> = LazyLock::new(|| {
    let columns = [
        ("last_position", Integer),
        ("first_event_id", Integer),
        ("event_count", Integer),
    ];
    statements("feed_runs", &columns, "", "position")
});

pub(crate) fn event(row: &Row) -> Result<Event, Failure> {
    let mut cells = Cells::new(row, "events");
    cells.integer("id")?;
    // In the order of the columns.
    Ok(Event {
        workspace_id: cells.id("workspace_id", WorkspaceId::new)?,
        lead_id: cells.id("lead_id", LeadId::new)?,
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
    })
}

/// Adds a row of [`INSERT`].
pub(crate) fn add<'a>(
    rows: &mut Rows<'a>,
    event: &'a Event,
    id: i64,
    previous_event_id: Option<i64>,
) {
    let Event {
        workspace_id: _,
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
    rows.integer(id);
    rows.integer(signed(lead_id.get()));
    rows.integer(previous_event_id);
    rows.integer(signed(*version));
    rows.text(kind.name());
    rows.integer(at.as_millis());
    rows.text(codec::encode_actor(*actor));
    rows.text(dialect.name());
    rows.text(request_id);
    rows.optional_text(on_behalf_of.as_deref());
    rows.optional_text(source.as_deref());
    rows.text(codec::encode_changes(changes));
}
