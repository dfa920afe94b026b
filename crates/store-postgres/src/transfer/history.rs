//! Reads the histories of a book page by page: whole ones of several leads together, or a part of a long one.
//!
//! A lead's version says how many events it has, so that a page takes as many leads as there is room for, and one
//! statement per tenant walks all their chains.

use std::collections::{BTreeMap, HashMap};

use domain::event::Event;
use domain::{LeadId, WorkspaceId};
use store::transfer::{Cursor, Record, RecordPage};
use tokio_postgres::Row;

use super::export::Read;
use crate::errors::Failure;
use crate::pipeline::{Pipeline, Reach, Step};
use crate::query::limit as sql_limit;
use crate::rows::{Cells, event, signed};

/// Where the walk along a lead's events stands: it goes from the newest to the first.
#[derive(Clone, Copy)]
struct Walk {
    workspace: WorkspaceId,
    lead: LeadId,
    version: u64,
    /// The event of that version.
    event_id: i64,
}

impl Walk {
    fn read(row: &Row) -> Read<Self> {
        let mut cells = Cells::new(row, "leads");
        Ok(Self {
            lead: cells.id("id", LeadId::new)?,
            workspace: cells.id("workspace_id", WorkspaceId::new)?,
            version: cells.number("version")?,
            event_id: cells.integer("last_event_id")?,
        })
    }

    fn cursor(self) -> Cursor {
        let (workspace, lead) = (signed(self.workspace.get()), signed(self.lead.get()));
        Cursor {
            numbers: [workspace, lead, self.event_id, signed(self.version)],
            ..Cursor::default()
        }
    }

    /// `None` where the cursor is behind a whole history.
    fn at(cursor: &Cursor) -> Option<Self> {
        let [workspace, lead, event_id, version] = cursor.numbers;
        Some(Self {
            workspace: WorkspaceId::new(workspace.cast_unsigned())?,
            lead: LeadId::new(lead.cast_unsigned())?,
            version: u64::try_from(version).ok().filter(|version| *version > 0)?,
            event_id,
        })
    }
}

pub(super) async fn page(pipeline: Pipeline<'_>, after: &Cursor, limit: usize) -> Read<RecordPage> {
    if let Some(walk) = Walk::at(after) {
        return part(pipeline, walk, limit).await;
    }
    let mut leads = next_leads(pipeline, after, limit).await?;
    let Some(first) = leads.first().copied() else {
        return Ok(RecordPage {
            records: Vec::new(),
            next: None,
        });
    };
    let limit_versions = u64::try_from(limit).unwrap_or(u64::MAX);
    if first.version > limit_versions {
        return part(pipeline, first, limit).await;
    }
    let mut events = 0;
    leads.retain(|walk| {
        // Once one has no room none behind it has: a page skips nobody.
        events = walk.version.saturating_add(events);
        events <= limit_versions
    });
    let next = leads.last().map(|last| behind(*last));
    let found = walk_back(pipeline, &leads, limit).await?;
    if let Some(unfinished) = found.unfinished.first() {
        return Err(broken(unfinished.event_id));
    }
    Ok(RecordPage {
        records: found.records,
        next,
    })
}

fn behind(walk: Walk) -> Cursor {
    let mut cursor = walk.cursor();
    cursor.numbers[2..].fill(0);
    cursor
}

/// A part of one history that is longer than a page.
async fn part(pipeline: Pipeline<'_>, walk: Walk, limit: usize) -> Read<RecordPage> {
    let found = walk_back(pipeline, &[walk], limit).await?;
    let expected = usize::try_from(walk.version).map_or(limit, |version| version.min(limit));
    if found.records.len() < expected {
        return Err(broken(walk.event_id));
    }
    let next = match found.unfinished.first() {
        Some(rest) => rest.cursor(),
        None => behind(walk),
    };
    Ok(RecordPage {
        records: found.records,
        next: Some(next),
    })
}

async fn next_leads(pipeline: Pipeline<'_>, after: &Cursor, limit: usize) -> Read<Vec<Walk>> {
    let sql = "SELECT id, workspace_id, version, last_event_id FROM leads \
               WHERE (workspace_id, id) > ($1, $2) ORDER BY workspace_id, id LIMIT $3";
    let [workspace, lead, ..] = after.numbers;
    let limit = sql_limit(limit);
    let step = Step::new(Reach::Everywhere, sql, &[&workspace, &lead, &limit]);
    pipeline.one(step).await?.iter().map(Walk::read).collect()
}

struct Found {
    records: Vec<Record>,
    /// Walks that have not come to the first event, and where they are to go on.
    unfinished: Vec<Walk>,
}

/// Goes back over at most `steps` events of each lead.
async fn walk_back(pipeline: Pipeline<'_>, walks: &[Walk], steps: usize) -> Read<Found> {
    let mut starts = BTreeMap::<i64, Vec<i64>>::new();
    let mut by_lead = HashMap::new();
    for walk in walks {
        let workspace = starts.entry(signed(walk.workspace.get())).or_default();
        workspace.push(walk.event_id);
        by_lead.insert((walk.workspace, walk.lead), *walk);
    }
    let (sql, depth) = (chains(), sql_limit(steps));
    let steps: Vec<_> = starts
        .iter()
        .map(|(workspace, ids)| Step::tenant(&*sql, &[workspace, ids, &depth]))
        .collect();
    let mut events = Vec::new();
    for row in pipeline.all(&steps).await?.iter().flatten() {
        let previous: Option<i64> = row.get("previous_event_id");
        events.push((event::event(row)?, row.get("id"), previous));
    }
    // By lead, the newest first, as the chain has them; checked step by step.
    events.sort_by_key(|(event, ..): &(Event, i64, _)| {
        (event.workspace_id, event.lead_id, u64::MAX - event.version)
    });
    for (event, id, previous) in &events {
        let (id, previous) = (*id, *previous);
        let key = (event.workspace_id, event.lead_id);
        let walk = by_lead.get_mut(&key).ok_or_else(|| broken(id))?;
        let is_first = walk.version == 1;
        if (event.version, id) != (walk.version, walk.event_id) || previous.is_none() != is_first {
            return Err(broken(id));
        }
        match previous {
            Some(previous) => (walk.version, walk.event_id) = (walk.version - 1, previous),
            None => drop(by_lead.remove(&key)),
        }
    }
    // Oldest first, so that the numbers that the other store gives them ascend.
    events.sort_by_key(|(event, ..)| (event.workspace_id, event.lead_id, event.version));
    let records = events
        .into_iter()
        .map(|(event, ..)| Record::Event(Box::new(event)));
    Ok(Found {
        records: records.collect(),
        unfinished: by_lead.into_values().collect(),
    })
}

fn broken(event_id: i64) -> Failure {
    Failure::corrupt("events", "previous_event_id", event_id.to_string())
}

/// Walks from the events `$2` back, `$3` deep.
fn chains() -> String {
    let (columns, before) = (event::COLUMNS, event::before());
    format!(
        "WITH RECURSIVE chain AS ( \
         SELECT {columns}, previous_event_id, 1::bigint AS depth FROM events \
         WHERE workspace_id = $1 AND id = ANY($2) \
         UNION ALL \
         SELECT event.*, chain.depth + 1 FROM chain, {before} WHERE chain.depth < $3) \
         SELECT {columns}, previous_event_id FROM chain"
    )
}
