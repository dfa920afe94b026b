//! Writes what a decided batch wants stored: few statements per table and workspace, sent together with the commit.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use domain::event::Event;
use domain::state::{CallEnded, CallStarted, DeferredEdit, Delivery, Job, State, Writes};
use domain::{JobId, Lead, LeadId, WorkspaceId};
use store::codec;

use crate::deliveries::lines::{self, Lines};
use crate::deliveries::{self, EventIds};
use crate::errors::Failure;
use crate::feed::Run;
use crate::load::Loaded;
use crate::pipeline::{Pipeline, Step};
use crate::rows::lead::{self, Beside, Columns};
use crate::rows::set::{Rows, Statements};
use crate::rows::{call, delivery, event, signed, work as rows};
use crate::search::Searched;
use crate::{counts, work};

/// How rows are sent.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Form {
    /// Whole sets, as arrays.
    Sets,
    /// As Citus can route them: lists of values, and updates one by one.
    Routed,
}

/// Stores everything and commits.
pub(crate) async fn persist(
    pipeline: Pipeline<'_>,
    form: Form,
    state: &State,
    loaded: Loaded,
    event_ids: impl Iterator<Item = i64>,
) -> Result<(), Failure> {
    let writing = Writing::of(state, loaded, event_ids)?;
    let mut steps = writing.steps(form);
    steps.push(Step::commit());
    pipeline.all(&steps).await?;
    Ok(())
}

/// Rows of one table by workspace.
pub(crate) struct ByWorkspace<'a> {
    statements: &'static Statements,
    rows: BTreeMap<i64, Rows<'a>>,
}

impl<'a> ByWorkspace<'a> {
    pub(crate) fn new(statements: &'static Statements) -> Self {
        Self {
            statements,
            rows: BTreeMap::new(),
        }
    }

    pub(crate) fn of(&mut self, workspace: WorkspaceId) -> &mut Rows<'a> {
        let rows = self.rows.entry(signed(workspace.get()));
        rows.or_insert_with(|| Rows::new(self.statements))
    }

    pub(crate) fn inserts(&self, form: Form) -> impl Iterator<Item = Step<'_>> {
        self.rows
            .iter()
            .flat_map(move |(workspace, rows)| insert(form, workspace, rows))
    }

    pub(crate) fn updates(&self, form: Form) -> impl Iterator<Item = Step<'_>> {
        self.rows
            .iter()
            .flat_map(move |(workspace, rows)| update(form, workspace, rows))
    }
}

fn insert<'p>(form: Form, workspace: &'p i64, rows: &'p Rows<'_>) -> Vec<Step<'p>> {
    let statements = rows.statements();
    let what = statements.spec.what;
    match form {
        Form::Sets => {
            let mut parameters = rows.arrays();
            parameters.insert(0, workspace);
            vec![Step::tenant(statements.insert_set(), &parameters).creating(what)]
        }
        Form::Routed => {
            let step = |chunk: std::ops::Range<usize>| {
                let sql = statements.insert_values(chunk.len());
                let mut parameters = rows.values(chunk);
                parameters.insert(0, workspace);
                Step::tenant(sql, &parameters).creating(what)
            };
            rows.chunks().into_iter().map(step).collect()
        }
    }
}

fn update<'p>(form: Form, workspace: &'p i64, rows: &'p Rows<'_>) -> Vec<Step<'p>> {
    let statements = rows.statements();
    match form {
        Form::Sets => {
            let mut parameters = rows.arrays();
            parameters.insert(0, workspace);
            vec![Step::tenant(statements.update_set(), &parameters)]
        }
        Form::Routed => {
            let step = |row: usize| {
                let mut parameters = rows.values(row..row + 1);
                parameters.insert(0, workspace);
                Step::tenant(statements.update_one(), &parameters)
            };
            (0..rows.len()).map(step).collect()
        }
    }
}

/// Ids by workspace, for statements that name rows by a list.
#[derive(Default)]
pub(crate) struct Ids(BTreeMap<i64, Vec<i64>>);

impl Ids {
    pub(crate) fn add(&mut self, workspace: WorkspaceId, id: u64) {
        let ids = self.0.entry(signed(workspace.get())).or_default();
        ids.push(signed(id));
    }

    pub(crate) fn steps(&self, sql: &'static str) -> impl Iterator<Item = Step<'_>> {
        let ids = self.0.iter();
        ids.map(move |(workspace, ids)| Step::tenant(sql, &[workspace, ids]))
    }
}

/// Everything to write, as parameters.
struct Writing<'a> {
    events: ByWorkspace<'a>,
    event_runs: ByWorkspace<'a>,
    created: ByWorkspace<'a>,
    updated_all: ByWorkspace<'a>,
    updated_plain: ByWorkspace<'a>,
    queued: ByWorkspace<'a>,
    unqueued: Ids,
    claimed: ByWorkspace<'a>,
    unclaimed: Ids,
    vendor_ids: ByWorkspace<'a>,
    placed: ByWorkspace<'a>,
    moved: ByWorkspace<'a>,
    unplaced: Ids,
    searched: Searched<'a>,
    calls_started: ByWorkspace<'a>,
    calls_ended: ByWorkspace<'a>,
    jobs_queued: ByWorkspace<'a>,
    jobs_finished: Ids,
    /// Leads whose first job may be another now.
    jobs_moved: Ids,
    deliveries: ByWorkspace<'a>,
    lines: Lines,
    deferred_done: Ids,
    deferred_added: ByWorkspace<'a>,
}

impl<'a> Writing<'a> {
    fn of(
        state: &'a State,
        loaded: Loaded,
        event_ids: impl Iterator<Item = i64>,
    ) -> Result<Self, Failure> {
        // Destructured whole, so that a new kind of write cannot be forgotten here.
        let Writes {
            created,
            updated,
            reindexed,
            redialled: _,
            searched,
            // Totals are counted in an index: rows that count would be what all lanes and processes wait for.
            counts: _,
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
        let Loaded {
            mut chains,
            beside,
            jobs,
            audiences: _,
        } = loaded;
        let mut writing = Self::nothing();
        let ids = writing.events(events, &mut chains, event_ids)?;
        for id in created {
            writing.lead(state, &chains, &beside, *id, Columns::Inserted)?;
        }
        for id in updated {
            let columns = if reindexed.contains(id) {
                Columns::All
            } else {
                Columns::Plain
            };
            writing.lead(state, &chains, &beside, *id, columns)?;
        }
        for lead in searched.iter().filter_map(|id| state.lead(*id)) {
            let before = beside.get(&lead.id).map(|beside| beside.links);
            writing.searched.add(lead, before.unwrap_or_default());
        }
        for (workspace, dialect, id, lead) in newest(vendor_ids) {
            let rows = writing.vendor_ids.of(workspace);
            rows.text(dialect.name());
            rows.text("lead");
            rows.text(id);
            rows.integer(signed(lead.get()));
        }
        writing.calls(calls_started, calls_ended);
        writing.jobs(jobs_queued, jobs_finished, &jobs);
        writing.deliveries(deliveries, &ids)?;
        writing.deferred(deferred_done, deferred_added);
        Ok(writing)
    }

    fn nothing() -> Self {
        Self {
            events: ByWorkspace::new(&event::INSERT),
            event_runs: ByWorkspace::new(&event::RUNS),
            created: ByWorkspace::new(Columns::Inserted.statements()),
            updated_all: ByWorkspace::new(Columns::All.statements()),
            updated_plain: ByWorkspace::new(Columns::Plain.statements()),
            queued: ByWorkspace::new(&lead::DIAL_QUEUE),
            unqueued: Ids::default(),
            claimed: ByWorkspace::new(&lead::CLAIMS),
            unclaimed: Ids::default(),
            vendor_ids: ByWorkspace::new(&rows::VENDOR_IDS),
            placed: ByWorkspace::new(&counts::PLACES),
            moved: ByWorkspace::new(&counts::PLACES),
            unplaced: Ids::default(),
            searched: Searched::default(),
            calls_started: ByWorkspace::new(&call::STARTED),
            calls_ended: ByWorkspace::new(&call::ENDED),
            jobs_queued: ByWorkspace::new(&rows::JOBS),
            jobs_finished: Ids::default(),
            jobs_moved: Ids::default(),
            deliveries: ByWorkspace::new(&delivery::INSERT),
            lines: Lines::default(),
            deferred_done: Ids::default(),
            deferred_added: ByWorkspace::new(&rows::DEFERRED_EDITS),
        }
    }

    fn steps(&self, form: Form) -> Vec<Step<'_>> {
        let mut steps = Vec::new();
        steps.extend(self.events.inserts(form));
        steps.extend(self.event_runs.inserts(form));
        steps.extend(self.created.inserts(form));
        steps.extend(self.updated_all.updates(form));
        steps.extend(self.updated_plain.updates(form));
        steps.extend(
            self.unqueued
                .steps("DELETE FROM dial_queue WHERE workspace_id = $1 AND lead_id = ANY($2)"),
        );
        steps.extend(self.queued.inserts(form));
        steps.extend(
            self.unclaimed
                .steps("DELETE FROM claims WHERE workspace_id = $1 AND lead_id = ANY($2)"),
        );
        steps.extend(self.claimed.inserts(form));
        steps.extend(self.placed.inserts(form));
        steps.extend(self.moved.updates(form));
        steps.extend(
            self.unplaced
                .steps("DELETE FROM lead_places WHERE workspace_id = $1 AND id = ANY($2)"),
        );
        steps.extend(self.searched.steps(form));
        steps.extend(self.vendor_ids.inserts(form));
        steps.extend(self.calls_started.inserts(form));
        steps.extend(self.calls_ended.updates(form));
        steps.extend(self.jobs_queued.inserts(form));
        steps.extend(
            self.jobs_finished
                .steps("DELETE FROM jobs WHERE workspace_id = $1 AND id = ANY($2)"),
        );
        steps.extend(self.jobs_moved.steps(work::PROMOTE_JOBS));
        steps.extend(self.deliveries.inserts(form));
        steps.extend(lines::demotions(&self.lines, form));
        // In this order: what is done with came before what was added after it.
        steps.extend(
            self.deferred_done
                .steps("DELETE FROM deferred_edits WHERE workspace_id = $1 AND lead_id = ANY($2)"),
        );
        steps.extend(self.deferred_added.inserts(form));
        steps
    }

    /// Adds the events and leaves the newest of each lead in `chains`; their ids. Those of a workspace are numbered in a row,
    /// as far as the ids are in a row.
    fn events(
        &mut self,
        events: &'a [Event],
        chains: &mut HashMap<LeadId, i64>,
        mut ids: impl Iterator<Item = i64>,
    ) -> Result<EventIds, Failure> {
        let mut by_workspace = BTreeMap::<WorkspaceId, Vec<&Event>>::new();
        for event in events {
            by_workspace
                .entry(event.workspace_id)
                .or_default()
                .push(event);
        }
        let mut numbered = EventIds::with_capacity(events.len());
        for (workspace, events) in by_workspace {
            let mut own = Vec::with_capacity(events.len());
            let recorded_at = events.first().map(|event| event.at.as_millis());
            for event in events {
                let id = ids
                    .next()
                    .ok_or(Failure::broken("too few ids for the events"))?;
                let previous = chains.insert(event.lead_id, id);
                event::add(self.events.of(workspace), event, id, previous);
                numbered.insert((event.lead_id, event.version), id);
                own.push(id);
            }
            for run in Run::of(own) {
                let rows = self.event_runs.of(workspace);
                rows.integer(run.first_event_id);
                rows.integer(run.event_count);
                rows.integer(recorded_at);
            }
        }
        Ok(numbered)
    }

    fn lead(
        &mut self,
        state: &'a State,
        chains: &HashMap<LeadId, i64>,
        beside: &HashMap<LeadId, Beside>,
        id: LeadId,
        columns: Columns,
    ) -> Result<(), Failure> {
        let (Some(lead), Some(last_event_id)) = (state.lead(id), chains.get(&id)) else {
            return Err(Failure::broken(
                "a lead to be written has no row or no event",
            ));
        };
        let table = match columns {
            Columns::Inserted => &mut self.created,
            Columns::All => &mut self.updated_all,
            Columns::Plain => &mut self.updated_plain,
        };
        let workspace = lead.workspace_id;
        lead::add(table.of(workspace), columns, lead, *last_event_id);
        let before = beside.get(&id).copied().unwrap_or_default();
        let after = Beside::of(lead);
        self.dialing(workspace, id, before, after);
        self.place(lead, before, after);
        Ok(())
    }

    /// The tables beside the leads, only where something changes.
    fn dialing(&mut self, workspace: WorkspaceId, lead: LeadId, before: Beside, after: Beside) {
        match after.queued {
            queued if queued == before.queued => {}
            Some((campaign, claimable_at)) => {
                let rows = self.queued.of(workspace);
                rows.integer(signed(lead.get()));
                rows.integer(signed(campaign.get()));
                rows.integer(claimable_at.as_millis());
            }
            None => self.unqueued.add(workspace, lead.get()),
        }
        match after.claimed {
            claimed if claimed == before.claimed => {}
            Some((call, expires_at)) => {
                let rows = self.claimed.of(workspace);
                rows.integer(signed(lead.get()));
                rows.integer(signed(call.get()));
                rows.integer(expires_at.as_millis());
            }
            None => self.unclaimed.add(workspace, lead.get()),
        }
    }

    /// Where lists find it.
    fn place(&mut self, lead: &'a Lead, before: Beside, after: Beside) {
        let workspace = lead.workspace_id;
        let rows = match (before.place, after.place) {
            (before, after) if before == after => return,
            (None, Some(_)) => self.placed.of(workspace),
            (Some(_), Some(_)) => self.moved.of(workspace),
            (_, None) => return self.unplaced.add(workspace, lead.id.get()),
        };
        if let Some(place) = after.place {
            counts::add_place(rows, lead, place);
        }
    }

    fn calls(&mut self, started: &'a [CallStarted], ended: &'a [CallEnded]) {
        for call in started {
            call::start(self.calls_started.of(call.workspace_id), call);
        }
        for call in ended {
            call::end(self.calls_ended.of(call.workspace_id), call);
        }
    }

    fn jobs(
        &mut self,
        queued: &[Job],
        finished: &[(WorkspaceId, JobId)],
        leads: &HashMap<JobId, LeadId>,
    ) {
        for job in queued {
            let Job {
                id,
                workspace_id,
                lead_id,
                accepted_at,
                origin,
                edit,
                guard,
            } = job;
            let rows = self.jobs_queued.of(*workspace_id);
            rows.integer(signed(id.get()));
            rows.integer(signed(lead_id.get()));
            rows.boolean(false);
            rows.integer(0);
            rows.integer(accepted_at.as_millis());
            rows.text(codec::encode_origin(origin).to_string());
            rows.text(codec::encode_edit(edit).to_string());
            rows.text(codec::encode_guard(guard).to_string());
            self.jobs_moved.add(*workspace_id, lead_id.get());
        }
        for (workspace, job) in finished {
            self.jobs_finished.add(*workspace, job.get());
            if let Some(lead) = leads.get(job) {
                self.jobs_moved.add(*workspace, lead.get());
            }
        }
    }

    fn deliveries(&mut self, all: &[Delivery], events: &EventIds) -> Result<(), Failure> {
        for added in all {
            let event_id = deliveries::event_of(added, events)?;
            let workspace = added.workspace_id;
            let is_first = self
                .lines
                .add(workspace, added.subscription_id, added.lead_id);
            delivery::add(self.deliveries.of(workspace), added, event_id, is_first);
        }
        Ok(())
    }

    fn deferred(&mut self, done: &BTreeSet<(WorkspaceId, LeadId)>, added: &[DeferredEdit]) {
        for (workspace, lead) in done {
            self.deferred_done.add(*workspace, lead.get());
        }
        for deferred in added {
            let DeferredEdit {
                position: _,
                workspace_id,
                lead_id,
                accepted_at,
                origin,
                edit,
            } = deferred;
            let rows = self.deferred_added.of(*workspace_id);
            rows.integer(signed(lead_id.get()));
            rows.integer(accepted_at.as_millis());
            rows.text(codec::encode_origin(origin).to_string());
            rows.text(codec::encode_edit(edit).to_string());
        }
    }
}

type VendorId = (WorkspaceId, domain::event::Dialect, String, LeadId);

/// Without those that a later one of the same batch replaces: one statement may not write a row twice.
fn newest(
    ids: &[VendorId],
) -> impl Iterator<Item = (WorkspaceId, domain::event::Dialect, &str, LeadId)> {
    let mut newest = BTreeMap::new();
    for (workspace, dialect, id, lead) in ids {
        newest.insert((*workspace, dialect.name(), id.as_str()), (*dialect, *lead));
    }
    newest
        .into_iter()
        .map(|((workspace, _, id), (dialect, lead))| (workspace, dialect, id, lead))
}
