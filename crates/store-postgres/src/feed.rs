//! The change feed: events by their positions, and giving positions to what has been committed.
//!
//! Ids cannot be positions. They are taken while a transaction runs, and transactions end in another order: who has read up
//! to an event would never see a lower one that is committed later. So a batch only notes which ids it wrote, in
//! `event_runs`; once that is committed, whoever holds the row of the workspace's feed gives positions to what it can
//! see. Nothing is counted in the transaction of a write, and none waits for a reader or for another.

use std::collections::HashMap;
use std::sync::{Mutex, MutexGuard, PoisonError};

use domain::WorkspaceId;
use domain::event::Event;
use store::FeedPage;
use tokio_postgres::Row;

use crate::errors::Failure;
use crate::persist::{ByWorkspace, Form, Ids};
use crate::pipeline::{Pipeline, Reach, Step};
use crate::query::{clamped, limit as sql_limit};
use crate::rows::{Cells, event, signed};

type Read<T> = Result<T, Failure>;

/// Runs that are given positions in one transaction: it holds the feed's row meanwhile.
const RUNS_MAX: usize = 1_000;

/// Events with consecutive ids.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Run {
    pub(crate) first_event_id: i64,
    pub(crate) event_count: i64,
}

impl Run {
    /// The ids in as few runs as there can be, in their order.
    pub(crate) fn of(ids: impl IntoIterator<Item = i64>) -> Vec<Self> {
        let mut runs = Vec::new();
        for id in ids {
            Self::push(&mut runs, Self::one(id));
        }
        runs
    }

    fn one(id: i64) -> Self {
        Self {
            first_event_id: id,
            event_count: 1,
        }
    }

    /// Adds a run, to the last one where it goes on with it.
    fn push(runs: &mut Vec<Self>, run: Self) {
        match runs.last_mut() {
            Some(last) if last.first_event_id + last.event_count == run.first_event_id => {
                last.event_count += run.event_count;
            }
            _ => runs.push(run),
        }
    }

    fn read(cells: &mut Cells<'_>) -> Read<Self> {
        Ok(Self {
            first_event_id: cells.integer("first_event_id")?,
            event_count: cells.integer("event_count")?,
        })
    }
}

/// Events of the workspace after a position.
pub(crate) async fn page(
    pipeline: Pipeline<'_>,
    workspace: WorkspaceId,
    after: u64,
    limit: usize,
) -> Read<FeedPage> {
    let (workspace, mut after) = (signed(workspace.get()), clamped(after));
    loop {
        let (runs, end) = runs_after(pipeline, workspace, after, limit).await?;
        let ids = positions(&runs, after, limit);
        let Some((last, _)) = ids.last() else {
            let events = Vec::new();
            return Ok(FeedPage { events, end });
        };
        after = *last;
        let events = events(pipeline, workspace, &ids).await?;
        // None are left where the operator has taken old partitions away; those after them are still to be found.
        if !events.is_empty() {
            return Ok(FeedPage { events, end });
        }
    }
}

/// Runs that end after a position, and the end of the feed.
async fn runs_after(
    pipeline: Pipeline<'_>,
    workspace: i64,
    after: i64,
    limit: usize,
) -> Read<(Vec<(i64, Run)>, u64)> {
    let runs = "SELECT last_position, first_event_id, event_count FROM feed_runs \
                WHERE workspace_id = $1 AND last_position > $2 ORDER BY last_position LIMIT $3";
    let end = "SELECT end_position FROM feeds WHERE workspace_id = $1";
    let limit = sql_limit(limit);
    // The end first: where no run is found there was none behind it.
    let steps = [
        Step::tenant(end, &[&workspace]),
        Step::tenant(runs, &[&workspace, &after, &limit]),
    ];
    let answers = pipeline.all(&steps).await?;
    let end = answers[0].first();
    let end = end.map(|row| Cells::new(row, "feeds").integer("end_position"));
    let run = |row| {
        let mut cells = Cells::new(row, "feed_runs");
        Ok((cells.integer("last_position")?, Run::read(&mut cells)?))
    };
    let runs = answers[1].iter().map(run).collect::<Read<Vec<_>>>()?;
    let last = runs.last().map_or(0, |(last_position, _)| *last_position);
    let end = end.transpose()?.unwrap_or(0).max(last);
    Ok((runs, end.cast_unsigned()))
}

/// The first positions after `after`, each with the id of its event.
fn positions(runs: &[(i64, Run)], after: i64, limit: usize) -> Vec<(i64, i64)> {
    let of_run = |(last_position, run): &(i64, Run)| {
        let before_first = last_position - run.event_count;
        let (last_position, first_event_id) = (*last_position, run.first_event_id);
        (before_first.max(after) + 1..=last_position)
            .map(move |position| (position, first_event_id + (position - before_first - 1)))
    };
    runs.iter().flat_map(of_run).take(limit).collect()
}

/// Those of the events that there are.
async fn events(
    pipeline: Pipeline<'_>,
    workspace: i64,
    positions: &[(i64, i64)],
) -> Read<Vec<(u64, Event)>> {
    let sql = format!(
        "SELECT {} FROM events WHERE workspace_id = $1 AND id = ANY($2)",
        event::COLUMNS
    );
    let ids: Vec<_> = positions.iter().map(|(_, id)| *id).collect();
    let rows = pipeline.one(Step::tenant(sql, &[&workspace, &ids])).await?;
    let mut by_id = HashMap::new();
    for row in &rows {
        by_id.insert(row.get::<_, i64>("id"), event::event(row)?);
    }
    let found = positions.iter();
    let found = found.filter_map(|(position, id)| Some((*position, by_id.remove(id)?)));
    Ok(found
        .map(|(position, event)| (position.cast_unsigned(), event))
        .collect())
}

/// The workspaces with events that have no position.
pub(crate) async fn unpositioned(pipeline: Pipeline<'_>) -> Read<Vec<WorkspaceId>> {
    let sql = "SELECT DISTINCT workspace_id FROM event_runs";
    let rows = pipeline.one(Step::new(Reach::Everywhere, sql, &[])).await?;
    let workspace = |row| Cells::new(row, "event_runs").id("workspace_id", WorkspaceId::new);
    rows.iter().map(workspace).collect()
}

/// Gives the next positions to committed events of the workspace, in a transaction that this begins and ends. Whether there
/// may be more.
pub(crate) async fn position(
    pipeline: Pipeline<'_>,
    form: Form,
    workspace: WorkspaceId,
) -> Read<bool> {
    let number = signed(workspace.get());
    let mut locked = lock(pipeline, number, Step::begin()).await?;
    if locked.is_none() {
        let first = "INSERT INTO feeds (workspace_id, end_position, moved_by) VALUES ($1, 0, 0) ON CONFLICT DO NOTHING";
        locked = lock(pipeline, number, Step::tenant(first, &[&number])).await?;
    }
    let (mut end, waiting) = locked.ok_or(Failure::broken("a feed without a row"))?;
    let (mut ids, mut runs) = (Ids::default(), Vec::new());
    for row in &waiting {
        let mut cells = Cells::new(row, "event_runs");
        ids.add(workspace, cells.number("id")?);
        Run::push(&mut runs, Run::read(&mut cells)?);
    }
    let mut table = ByWorkspace::new(&event::FEED_RUNS);
    for run in runs {
        end += run.event_count;
        let rows = table.of(workspace);
        rows.integer(end);
        rows.integer(run.first_event_id);
        rows.integer(run.event_count);
    }
    let moved = "UPDATE feeds SET end_position = $2, moved_by = pg_current_xact_id()::text::bigint \
                 WHERE workspace_id = $1";
    let mut steps: Vec<_> = table.inserts(form).collect();
    if !steps.is_empty() {
        steps.extend(ids.steps("DELETE FROM event_runs WHERE workspace_id = $1 AND id = ANY($2)"));
        steps.push(Step::tenant(moved, &[&number, &end]));
    }
    steps.push(Step::commit());
    pipeline.all(&steps).await?;
    Ok(waiting.len() == RUNS_MAX)
}

/// Locks the feed after another step, and then reads where it ends and what waits for positions. `None` if it has no row
/// yet.
async fn lock(
    pipeline: Pipeline<'_>,
    workspace: i64,
    before: Step<'_>,
) -> Read<Option<(i64, Vec<Row>)>> {
    let lock = "SELECT end_position FROM feeds WHERE workspace_id = $1 FOR UPDATE";
    // A statement of its own: it sees what was committed while the lock was waited for. Of a lead's runs it sees the first
    // ones, because each was committed before the next took its id.
    let waiting = "SELECT id, first_event_id, event_count FROM event_runs WHERE workspace_id = $1 \
                   ORDER BY id LIMIT $2";
    let limit = sql_limit(RUNS_MAX);
    let steps = [
        before,
        Step::tenant(lock, &[&workspace]),
        Step::tenant(waiting, &[&workspace, &limit]),
    ];
    let [_, feed, waiting] = pipeline
        .all(&steps)
        .await?
        .try_into()
        .map_err(|_| Failure::broken("an answer is missing"))?;
    let end = feed
        .first()
        .map(|row| Cells::new(row, "feeds").integer("end_position"));
    Ok(end.transpose()?.map(|end| (end, waiting)))
}

/// The ends of the feeds that this process knows of.
#[derive(Default)]
pub(crate) struct Ends(Mutex<Known>);

#[derive(Default)]
struct Known {
    ends: HashMap<WorkspaceId, u64>,
    /// Every transaction with a lower number had ended when these were read.
    horizon: i64,
}

impl Ends {
    /// Those that have moved since the last call, by whichever process.
    pub(crate) async fn moved(
        &self,
        pipeline: Pipeline<'_>,
        form: Form,
    ) -> Read<Vec<(WorkspaceId, u64)>> {
        let since = match form {
            Form::Sets => self.known().horizon,
            // Each node numbers its own transactions.
            Form::Routed => 0,
        };
        let horizon = "SELECT pg_snapshot_xmin(pg_current_snapshot())::text::bigint AS horizon";
        let feeds = "SELECT workspace_id, end_position FROM feeds WHERE moved_by >= $1";
        // The horizon first: what is not seen by the second statement is at or beyond it.
        let steps = [
            Step::new(Reach::Shared, horizon, &[]),
            Step::new(Reach::Everywhere, feeds, &[&since]),
        ];
        let answers = pipeline.all(&steps).await?;
        let horizon: i64 = answers[0].first().map_or(0, |row| row.get("horizon"));
        let feeds = answers[1].iter().map(feed_end).collect::<Read<Vec<_>>>()?;
        let mut known = self.known();
        // Lower, where the database was moved to another server: then all are read next time.
        known.horizon = if horizon < since { 0 } else { horizon };
        let mut moved = Vec::new();
        for (workspace, end) in feeds {
            // One that was read earlier and arrives later says nothing new.
            let before = known.ends.entry(workspace).or_insert(0);
            if end > *before {
                *before = end;
                moved.push((workspace, end));
            }
        }
        Ok(moved)
    }

    fn known(&self) -> MutexGuard<'_, Known> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// A workspace and the end of its feed.
pub(crate) fn feed_end(row: &Row) -> Read<(WorkspaceId, u64)> {
    let mut cells = Cells::new(row, "feeds");
    let workspace = cells.id("workspace_id", WorkspaceId::new)?;
    Ok((workspace, cells.number("end_position")?))
}

/// Records the end of a feed of another book.
pub(crate) async fn begin_at(pipeline: Pipeline<'_>, workspace: WorkspaceId, end: u64) -> Read<()> {
    let sql = "INSERT INTO feeds (workspace_id, end_position, moved_by) VALUES ($1, $2, 0)";
    let (workspace, end) = (signed(workspace.get()), signed(end));
    let step = Step::tenant(sql, &[&workspace, &end]).creating("feed");
    pipeline.one(step).await.map(drop)
}
