//! Writes what a decided batch wants stored, one statement per table, inside the batch's transaction.

use std::collections::BTreeSet;

use domain::state::{CallEnded, CallStarted, DeferredEdit, Job, State, Writes};
use domain::{JobId, Lead, LeadId, WorkspaceId};
use rusqlite::{Connection, OptionalExtension, params};
use store::codec;

use crate::deliveries::{self, EventIds};
use crate::errors::Failure;
use crate::load::Chains;
use crate::rows::lead::Columns;
use crate::rows::{call, event, lead, signed};
use crate::{blocks, counts, search, texts, work};

type Written = Result<(), Failure>;

/// Stores everything; the caller commits. The ids of the events, in their order.
pub(crate) fn persist(
    connection: &Connection,
    state: &State,
    mut chains: Chains,
) -> Result<Vec<i64>, Failure> {
    // Destructured whole, so that a new kind of write cannot be forgotten here.
    let Writes {
        created,
        updated,
        reindexed,
        redialled,
        searched,
        counts,
        events,
        vendor_ids,
        calls_started,
        calls_ended,
        jobs_queued,
        jobs_finished,
        deliveries,
        deferred_added,
        deferred_done,
    } = state.writes();
    let event_ids = self::events(connection, events, &mut chains)?;
    let with_texts = self::searched(connection, state, searched, created)?;
    counts::change(connection, counts)?;
    leads(connection, state, &chains, created, Columns::Inserted)?;
    let columns = |id: &LeadId| match (reindexed.contains(id), redialled.contains(id)) {
        (true, _) => Columns::All,
        (false, true) => Columns::Dialing,
        (false, false) => Columns::Plain,
    };
    for kind in [Columns::All, Columns::Dialing, Columns::Plain] {
        let ids = updated.iter().filter(|id| columns(id) == kind);
        leads(connection, state, &chains, ids, kind)?;
    }
    blocks::change(connection, counts)?;
    texts::keep(connection, &with_texts)?;
    self::vendor_ids(connection, vendor_ids)?;
    self::calls_started(connection, calls_started)?;
    self::calls_ended(connection, calls_ended)?;
    self::jobs_queued(connection, jobs_queued)?;
    self::jobs_finished(connection, jobs_finished)?;
    if !deliveries.is_empty() {
        let keys = events.iter().map(|event| (event.lead_id, event.version));
        let event_ids: EventIds = keys.zip(event_ids.iter().copied()).collect();
        deliveries::insert(connection, deliveries, &event_ids)?;
    }
    // In this order: what is done with came before what was added after it.
    self::deferred_done(connection, deferred_done)?;
    self::deferred_added(connection, deferred_added)?;
    Ok(event_ids)
}

/// What the leads are found by; before they are written, to see what is kept of them now. Those whose texts have changed.
fn searched<'a>(
    connection: &Connection,
    state: &'a State,
    searched: &BTreeSet<LeadId>,
    created: &BTreeSet<LeadId>,
) -> Result<Vec<&'a Lead>, Failure> {
    let mut texts = Vec::new();
    for id in searched {
        let lead = state.lead(*id);
        let lead = lead.ok_or_else(|| Failure::broken("a lead to be found has no row"))?;
        let before = if created.contains(id) {
            None
        } else {
            search::before(connection, *id)?
        };
        if search::keep(connection, before.as_ref(), lead)? {
            texts.push(lead.as_ref());
        }
    }
    Ok(texts)
}

/// Appends the events and leaves the newest of each lead in `chains`.
fn events(
    connection: &Connection,
    events: &[domain::event::Event],
    chains: &mut Chains,
) -> Result<Vec<i64>, Failure> {
    let mut ids = Vec::with_capacity(events.len());
    if events.is_empty() {
        return Ok(ids);
    }
    let mut statement = connection.prepare_cached(event::INSERT)?;
    for event in events {
        let previous = chains.get(&event.lead_id).copied();
        let id = event::insert(&mut statement, None, event, previous)?;
        chains.insert(event.lead_id, id);
        ids.push(id);
    }
    Ok(ids)
}

fn leads<'a>(
    connection: &Connection,
    state: &State,
    chains: &Chains,
    ids: impl IntoIterator<Item = &'a LeadId>,
    columns: Columns,
) -> Written {
    let mut ids = ids.into_iter().peekable();
    if ids.peek().is_none() {
        return Ok(());
    }
    let mut statement = connection.prepare_cached(columns.statement())?;
    for id in ids {
        let (Some(lead), Some(last_event_id)) = (state.lead(*id), chains.get(id)) else {
            return Err(Failure::broken(
                "a lead to be written has no row or no event",
            ));
        };
        let rows = lead::write(&mut statement, columns, lead, *last_event_id)
            .map_err(Failure::or_conflict("lead"))?;
        if rows != 1 {
            return Err(Failure::broken("a lead to be updated is not there"));
        }
    }
    Ok(())
}

/// The newest import of an id counts from then on.
fn vendor_ids(
    connection: &Connection,
    ids: &[(WorkspaceId, domain::event::Dialect, String, LeadId)],
) -> Written {
    for (workspace, dialect, id, lead) in ids {
        let mut statement = connection.prepare_cached(
            "INSERT INTO vendor_ids (workspace_id, dialect, kind, id, number) \
             VALUES (?1, ?2, 'lead', ?3, ?4) ON CONFLICT DO UPDATE SET number = excluded.number",
        )?;
        statement.execute(params![
            signed(workspace.get()),
            dialect.name(),
            id,
            signed(lead.get())
        ])?;
    }
    Ok(())
}

fn calls_started(connection: &Connection, calls: &[CallStarted]) -> Written {
    for call in calls {
        let mut statement = connection.prepare_cached(call::START)?;
        call::start(&mut statement, call).map_err(Failure::or_conflict("call"))?;
    }
    Ok(())
}

fn calls_ended(connection: &Connection, calls: &[CallEnded]) -> Written {
    for call in calls {
        let mut statement = connection.prepare_cached(call::END)?;
        call::end(&mut statement, call)?;
    }
    Ok(())
}

fn jobs_queued(connection: &Connection, jobs: &[Job]) -> Written {
    for job in jobs {
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
            "INSERT INTO jobs (id, workspace_id, lead_id, is_head, accepted_at, origin, edit, guard) \
             VALUES (?1, ?2, ?3, \
             NOT EXISTS (SELECT 1 FROM jobs WHERE workspace_id = ?2 AND lead_id = ?3), \
             ?4, ?5, ?6, ?7)",
        )?;
        let row = params![
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
    }
    Ok(())
}

fn jobs_finished(connection: &Connection, jobs: &[(WorkspaceId, JobId)]) -> Written {
    let mut leads = BTreeSet::new();
    for (workspace, job) in jobs {
        let key = [signed(workspace.get()), signed(job.get())];
        let mut of_job = connection
            .prepare_cached("SELECT lead_id FROM jobs WHERE workspace_id = ?1 AND id = ?2")?;
        let lead: Option<i64> = of_job.query_row(key, |row| row.get(0)).optional()?;
        leads.extend(lead.map(|lead| (key[0], lead)));
        let mut delete =
            connection.prepare_cached("DELETE FROM jobs WHERE workspace_id = ?1 AND id = ?2")?;
        delete.execute(key)?;
    }
    for (workspace, lead) in leads {
        work::promote_job(connection, workspace, lead)?;
    }
    Ok(())
}

fn deferred_done(connection: &Connection, leads: &BTreeSet<(WorkspaceId, LeadId)>) -> Written {
    for (workspace, lead) in leads {
        let mut statement = connection.prepare_cached(
            "DELETE FROM deferred_edits WHERE workspace_id = ?1 AND lead_id = ?2",
        )?;
        statement.execute([signed(workspace.get()), signed(lead.get())])?;
    }
    Ok(())
}

fn deferred_added(connection: &Connection, edits: &[DeferredEdit]) -> Written {
    for deferred in edits {
        let DeferredEdit {
            position: _,
            workspace_id,
            lead_id,
            accepted_at,
            origin,
            edit,
        } = deferred;
        let mut statement = connection.prepare_cached(
            "INSERT INTO deferred_edits (workspace_id, lead_id, accepted_at, origin, edit) \
             VALUES (?1, ?2, ?3, ?4, ?5)",
        )?;
        statement.execute(params![
            signed(workspace_id.get()),
            signed(lead_id.get()),
            accepted_at.as_millis(),
            codec::encode_origin(origin).to_string(),
            codec::encode_edit(edit).to_string(),
        ])?;
    }
    Ok(())
}
