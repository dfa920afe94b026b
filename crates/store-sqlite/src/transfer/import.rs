//! Writes the records of another store, a page per transaction. Events are numbered anew: a lead reserves as many numbers
//! in a row as it has versions, so that each event's number, and that of the one before, follow from its version.

use std::collections::BTreeMap;

use domain::event::Event;
use domain::state::{CountKey, DeferredEdit, Job};
use domain::{Lead, LeadId};
use rusqlite::{Connection, params};
use store::transfer::{JobRecord, Record, RecordKind, VendorIdRecord};
use store::{CallRecord, codec};

use crate::errors::Failure;
use crate::feed::{self, Marked};
use crate::query::one;
use crate::rows::lead::Columns;
use crate::rows::{Cells, call, event, lead, signed};
use crate::{admin, blocks, bulks, counts, deliveries, notes, search, subscriptions};

type Written = Result<(), Failure>;

pub(super) fn mark(connection: &Connection) -> Written {
    let sql = "INSERT INTO copy_mark (id, next_event_id) VALUES (1, 1)";
    let marked = connection.execute(sql, []);
    marked.map_err(Failure::or_conflict("an unfinished copy"))?;
    Ok(())
}

/// SQLite itself goes on behind the highest number of each table; the dead letters have theirs from the deliveries.
pub(super) fn unmark(connection: &Connection) -> Written {
    let highest = "SELECT max(id) FROM dead_letters";
    // The first statement makes the row where no delivery has been.
    let sql = format!(
        "INSERT INTO sqlite_sequence (name, seq) SELECT 'deliveries', 0 \
         WHERE NOT EXISTS (SELECT 1 FROM sqlite_sequence WHERE name = 'deliveries'); \
         UPDATE sqlite_sequence SET seq = max(seq, coalesce(({highest}), 0)) WHERE name = 'deliveries'"
    );
    connection.execute_batch(&sql)?;
    connection.execute("DELETE FROM copy_mark", [])?;
    Ok(())
}

pub(super) fn page(connection: &Connection, kind: RecordKind, records: &[Record]) -> Written {
    match kind {
        RecordKind::Lead => return leads(connection, records),
        RecordKind::Event => return events(connection, records),
        _ => {}
    }
    for record in records {
        self::record(connection, record)?;
    }
    Ok(())
}

fn record(connection: &Connection, record: &Record) -> Written {
    match record {
        Record::IdBlock(kind, next) => admin::start_ids_at(connection, *kind, *next),
        Record::Workspace(workspace) => admin::create_workspace(connection, workspace),
        Record::Key(key, hash) => admin::create_key(connection, key, *hash),
        Record::Campaign(campaign) => admin::create_campaign(connection, campaign),
        Record::Tag(workspace, tag) => admin::create_tag(connection, *workspace, tag),
        Record::User(workspace, user) => admin::create_user(connection, *workspace, user),
        Record::Field(workspace, field) => admin::create_field(connection, *workspace, field),
        Record::VendorId(id) => vendor_id(connection, id),
        Record::Call(call) => self::call(connection, call),
        Record::Job(job) => self::job(connection, job),
        Record::DeferredEdit(deferred) => deferred_edit(connection, deferred),
        Record::Subscription(subscription) => subscriptions::create(connection, subscription),
        Record::Feed(_, end) => begin_behind(connection, *end),
        Record::Note(note) => notes::create(connection, note),
        Record::Chunk(staged) => bulks::restore(connection, &staged.0, &staged.1),
        Record::Delivery(delivery) => deliveries::restore(connection, delivery),
        Record::Lead(_) | Record::Event(_) => Err(out_of_place()),
    }
}

fn out_of_place() -> Failure {
    Failure::broken("a record among those of another kind")
}

/// The events that follow get positions behind this one.
fn begin_behind(connection: &Connection, position: u64) -> Written {
    let mut statement = connection.prepare_cached(
        "UPDATE copy_mark SET next_event_id = max(next_event_id, ?1 + 1) WHERE id = 1",
    )?;
    statement.execute([signed(position)])?;
    Ok(())
}

fn next_event_id(connection: &Connection) -> Result<i64, Failure> {
    let mut statement =
        connection.prepare_cached("SELECT next_event_id FROM copy_mark WHERE id = 1")?;
    Ok(statement.query_row([], |row| row.get(0))?)
}

fn leads(connection: &Connection, records: &[Record]) -> Written {
    let mut next = next_event_id(connection)?;
    let mut counts = BTreeMap::new();
    let mut statement = connection.prepare_cached(Columns::Inserted.statement())?;
    for record in records {
        let Record::Lead(lead) = record else {
            return Err(out_of_place());
        };
        next += signed(lead.version);
        insert_lead(&mut statement, lead, next - 1)?;
        // Their texts are taken up at the end.
        search::keep(connection, None, lead)?;
        if let Some(key) = CountKey::of(lead) {
            *counts.entry(key).or_default() += 1;
        }
    }
    let mut statement =
        connection.prepare_cached("UPDATE copy_mark SET next_event_id = ?1 WHERE id = 1")?;
    statement.execute([next])?;
    blocks::change(connection, &counts)?;
    counts::change(connection, &counts)
}

fn insert_lead(
    statement: &mut rusqlite::Statement<'_>,
    lead: &Lead,
    last_event_id: i64,
) -> Written {
    lead::write(statement, Columns::Inserted, lead, last_event_id)
        .map_err(Failure::or_conflict("lead"))?;
    Ok(())
}

fn events(connection: &Connection, records: &[Record]) -> Written {
    let mut statement = connection.prepare_cached(event::INSERT)?;
    let mut of_lead: Option<(LeadId, i64)> = None;
    let mut marked = Marked::new();
    for record in records {
        let Record::Event(event) = record else {
            return Err(out_of_place());
        };
        let before_first = match of_lead {
            Some((lead, number)) if lead == event.lead_id => number,
            _ => before_first_event(connection, event)?,
        };
        of_lead = Some((event.lead_id, before_first));
        let id = before_first + signed(event.version);
        let previous = (event.version > 1).then_some(id - 1);
        event::insert(&mut statement, Some(id), event, previous)
            .map_err(Failure::or_conflict("event"))?;
        marked.extend(feed::mark(connection, &marked, [(event.workspace_id, id)])?);
    }
    Ok(())
}

/// The number before those that the event's lead has reserved.
fn before_first_event(connection: &Connection, event: &Event) -> Result<i64, Failure> {
    let mut statement = connection.prepare_cached(
        "SELECT id, last_event_id - version AS before_first FROM leads WHERE id = ?1 AND workspace_id = ?2",
    )?;
    let key = [
        signed(event.lead_id.get()),
        signed(event.workspace_id.get()),
    ];
    let found = one(&mut statement, key, |row| {
        let mut cells = Cells::new(row, "leads");
        cells.integer("id")?;
        cells.integer("before_first")
    })?;
    found.ok_or_else(|| Failure::broken("an event without its lead"))
}

fn vendor_id(connection: &Connection, record: &VendorIdRecord) -> Written {
    let VendorIdRecord {
        workspace_id,
        dialect,
        target,
        id,
        number,
    } = record;
    let mut statement = connection.prepare_cached(
        "INSERT INTO vendor_ids (workspace_id, dialect, kind, id, number) VALUES (?1, ?2, ?3, ?4, ?5)",
    )?;
    let row = params![
        signed(workspace_id.get()),
        dialect.name(),
        target.name(),
        id,
        signed(*number)
    ];
    statement
        .execute(row)
        .map_err(Failure::or_conflict("vendor id"))?;
    Ok(())
}

fn call(connection: &Connection, call: &CallRecord) -> Written {
    let mut statement = connection.prepare_cached(call::INSERT)?;
    call::insert(&mut statement, call).map_err(Failure::or_conflict("call"))?;
    Ok(())
}

/// A lead's jobs come in their order, so that the first one to come is its head.
fn job(connection: &Connection, record: &JobRecord) -> Written {
    let JobRecord { position, job } = record;
    let Job {
        id,
        workspace_id,
        lead_id,
        accepted_at,
        origin,
        edit,
        guard,
    } = job;
    let mut statement = connection.prepare_cached(
        "INSERT INTO jobs \
         (position, id, workspace_id, lead_id, is_head, accepted_at, origin, edit, guard) \
         VALUES (?1, ?2, ?3, ?4, \
         NOT EXISTS (SELECT 1 FROM jobs WHERE workspace_id = ?3 AND lead_id = ?4), \
         ?5, ?6, ?7, ?8)",
    )?;
    let row = params![
        signed(*position),
        signed(id.get()),
        signed(workspace_id.get()),
        signed(lead_id.get()),
        accepted_at.as_millis(),
        codec::encode_origin(origin).to_string(),
        codec::encode_edit(edit).to_string(),
        codec::encode_guard(guard).to_string(),
    ];
    statement
        .execute(row)
        .map_err(Failure::or_conflict("job"))?;
    Ok(())
}

fn deferred_edit(connection: &Connection, deferred: &DeferredEdit) -> Written {
    let DeferredEdit {
        position,
        workspace_id,
        lead_id,
        accepted_at,
        origin,
        edit,
    } = deferred;
    let mut statement = connection.prepare_cached(
        "INSERT INTO deferred_edits (position, workspace_id, lead_id, accepted_at, origin, edit) \
         VALUES (?1, ?2, ?3, ?4, ?5, ?6)",
    )?;
    let row = params![
        signed(*position),
        signed(workspace_id.get()),
        signed(lead_id.get()),
        accepted_at.as_millis(),
        codec::encode_origin(origin).to_string(),
        codec::encode_edit(edit).to_string(),
    ];
    statement
        .execute(row)
        .map_err(Failure::or_conflict("deferred edit"))?;
    Ok(())
}
