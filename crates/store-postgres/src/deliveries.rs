//! The SQL of the outbox: deliveries that wait, what becomes of them, dead letters, and the log of attempts.
//!
//! The first of a line is marked `is_head` (`lines`), so that finding what is due (`due`) reads only what is found.

pub(crate) mod due;
pub(crate) mod lines;
mod lists;

use std::collections::{BTreeMap, HashMap};

use domain::state::{Content, Delivery};
use domain::{LeadId, Timestamp, WorkspaceId};
use store::{DeliveryFilter, DeliveryKey, DeliveryOutcome, FinishedDelivery};

use crate::errors::Failure;
use crate::persist::{ByWorkspace, Form, Ids};
use crate::pipeline::{Parameter, Pipeline, Reach, Step};
use crate::query::limit as sql_limit;
use crate::rows::delivery::{self, lead_number};
use crate::rows::{Cells, event, signed};
use crate::subscriptions::HealthChanges;

use lines::{Lines, Locks, demotions};

pub(crate) use lists::{attempts, dead_letters, waiting};

type Work<T> = Result<T, Failure>;

/// The ids of events that a batch has written.
pub(crate) type EventIds = HashMap<(LeadId, u64), i64>;

/// Adds deliveries that no batch made, inside a transaction; their ids.
pub(crate) async fn add(
    pipeline: Pipeline<'_>,
    form: Form,
    deliveries: &[Delivery],
) -> Work<Vec<u64>> {
    let mut locks = Locks::default();
    for added in deliveries {
        let subscription = signed(added.subscription_id.get());
        let workspace = signed(added.workspace_id.get());
        locks.add(workspace, subscription, lead_number(added.lead_id));
    }
    let locks = locks.lists();
    pipeline.all(&locks.steps()).await?;
    let events = event_ids(pipeline, deliveries).await?;
    let mut lines = Lines::default();
    let mut table = ByWorkspace::new(&delivery::INSERT_RETURNING);
    let mut places = BTreeMap::<WorkspaceId, Vec<usize>>::new();
    for (place, added) in deliveries.iter().enumerate() {
        let workspace = added.workspace_id;
        let event_id = event_of(added, &events)?;
        let is_first = lines.add(workspace, added.subscription_id, added.lead_id);
        delivery::add(table.of(workspace), added, event_id, is_first);
        places.entry(workspace).or_default().push(place);
    }
    let mut steps: Vec<_> = table.inserts(form).collect();
    let inserts = steps.len();
    steps.extend(demotions(&lines, form));
    let answers = pipeline.all(&steps).await?;
    let rows = answers.into_iter().take(inserts).flatten();
    let mut ids = vec![0; deliveries.len()];
    for (place, row) in places.into_values().flatten().zip(rows) {
        ids[place] = Cells::new(&row, "deliveries").number("id")?;
    }
    Ok(ids)
}

/// The id of the event that a delivery tells of, if it tells of one.
pub(crate) fn event_of(delivery: &Delivery, events: &EventIds) -> Work<Option<i64>> {
    let (Content::Event { version, topic: _ }, Some(lead)) = (&delivery.content, delivery.lead_id)
    else {
        return Ok(None);
    };
    let id = events.get(&(lead, *version)).copied();
    id.map(Some)
        .ok_or(Failure::broken("a delivery of an event that is not there"))
}

/// The ids of the events that deliveries tell of, found along the histories of their leads.
async fn event_ids(pipeline: Pipeline<'_>, deliveries: &[Delivery]) -> Work<EventIds> {
    let mut oldest = BTreeMap::<i64, BTreeMap<i64, i64>>::new();
    for added in deliveries {
        if let (Content::Event { version, topic: _ }, Some(lead)) = (&added.content, added.lead_id)
        {
            let leads = oldest.entry(signed(added.workspace_id.get())).or_default();
            let oldest = leads.entry(signed(lead.get())).or_insert(i64::MAX);
            *oldest = signed(*version).min(*oldest);
        }
    }
    let mut events = EventIds::new();
    for (workspace, leads) in oldest {
        let sql = "SELECT id, last_event_id FROM leads WHERE workspace_id = $1 AND id = ANY($2)";
        let ids: Vec<_> = leads.keys().copied().collect();
        let (mut starts, mut ends) = (Vec::new(), Vec::new());
        for row in pipeline.one(Step::tenant(sql, &[&workspace, &ids])).await? {
            let mut cells = Cells::new(&row, "leads");
            let lead = cells.integer("id")?;
            starts.push(cells.integer("last_event_id")?);
            ends.push(leads.get(&lead).map_or(i64::MAX, |oldest| oldest - 1));
        }
        let step = Step::tenant(due::chains(), &[&workspace, &starts, &ends]);
        for row in pipeline.one(step).await? {
            let event = event::event(&row)?;
            events.insert((event.lead_id, event.version), row.get("id"));
        }
    }
    Ok(events)
}

/// Records what became of deliveries, inside a transaction that this begins and ends.
pub(crate) async fn finish(
    pipeline: Pipeline<'_>,
    form: Form,
    finished: &[FinishedDelivery],
) -> Work<()> {
    let mut there = lock(pipeline, finished).await?;
    let mut ending = Ending::default();
    for finished in finished {
        let key = (
            signed(finished.key.workspace_id.get()),
            signed(finished.key.id),
        );
        let Some(row) = there.get_mut(&key).filter(|row| row.awaits(finished)) else {
            continue;
        };
        if ending.add(finished, row) {
            there.remove(&key);
        }
    }
    let mut steps = ending.steps(form);
    steps.push(Step::commit());
    pipeline.all(&steps).await.map(drop)
}

/// What a delivery's row says before it is finished.
struct Waiting {
    attempts: i64,
    is_head: bool,
}

impl Waiting {
    /// Whether this is what comes next. A delivery that has had more attempts was finished meanwhile: the caller had no
    /// answer and asks again, or somebody else was given it when its lease had ended. That it was taken always counts.
    fn awaits(&self, finished: &FinishedDelivery) -> bool {
        let is_taken = finished.outcome == DeliveryOutcome::Delivered;
        let number = finished.attempt.as_ref().map(|attempt| attempt.number);
        is_taken || number.is_none_or(|number| i64::from(number) == self.attempts + 1)
    }
}

/// Locks the leads whose lines will have another head, and then the deliveries. Those that are still there.
async fn lock(
    pipeline: Pipeline<'_>,
    finished: &[FinishedDelivery],
) -> Work<HashMap<(i64, i64), Waiting>> {
    let (mut locks, mut ids) = (Locks::default(), BTreeMap::<i64, Vec<i64>>::new());
    for FinishedDelivery { key, outcome, .. } in finished {
        let workspace = signed(key.workspace_id.get());
        ids.entry(workspace).or_default().push(signed(key.id));
        let is_end = !matches!(outcome, DeliveryOutcome::Retry { .. });
        if is_end {
            let (subscription, lead) =
                (signed(key.subscription_id.get()), lead_number(key.lead_id));
            locks.add(workspace, subscription, lead);
        }
    }
    let sql = "SELECT id, workspace_id, attempts, is_head FROM deliveries \
               WHERE workspace_id = $1 AND id = ANY($2) ORDER BY id FOR UPDATE";
    let locks = locks.lists();
    let mut steps = vec![Step::begin()];
    steps.extend(locks.steps());
    let locked = steps.len();
    steps.extend(
        ids.iter()
            .map(|(workspace, ids)| Step::tenant(sql, &[workspace, ids])),
    );
    let answers = pipeline.all(&steps).await?;
    let mut there = HashMap::new();
    for row in answers.iter().skip(locked).flatten() {
        let mut cells = Cells::new(row, "deliveries");
        let id = cells.integer("id")?;
        let workspace = cells.integer("workspace_id")?;
        let waiting = Waiting {
            attempts: cells.integer("attempts")?,
            is_head: cells.boolean("is_head")?,
        };
        there.insert((workspace, id), waiting);
    }
    Ok(there)
}

/// Everything that follows from some attempts.
struct Ending<'a> {
    retries: ByWorkspace<'a>,
    dead: Vec<Dead<'a>>,
    ended: Ids,
    lines: Lines,
    attempts: ByWorkspace<'a>,
    health: HealthChanges,
}

struct Dead<'a> {
    key: (i64, i64),
    attempts: i64,
    at: i64,
    error: std::borrow::Cow<'a, str>,
}

impl Default for Ending<'_> {
    fn default() -> Self {
        Self {
            retries: ByWorkspace::new(&delivery::RETRIES),
            dead: Vec::new(),
            ended: Ids::default(),
            lines: Lines::default(),
            attempts: ByWorkspace::new(&delivery::ATTEMPTS),
            health: HealthChanges::default(),
        }
    }
}

impl<'a> Ending<'a> {
    /// Whether it ends the delivery.
    fn add(&mut self, finished: &'a FinishedDelivery, row: &mut Waiting) -> bool {
        let FinishedDelivery {
            key,
            outcome,
            health,
            attempt,
        } = finished;
        if let Some(attempt) = attempt {
            row.attempts += 1;
            delivery::add_attempt(self.attempts.of(key.workspace_id), key, attempt);
        }
        self.health.add(key, *health);
        match outcome {
            DeliveryOutcome::Retry {
                next_attempt_at,
                error,
            } => {
                let rows = self.retries.of(key.workspace_id);
                rows.integer(signed(key.id));
                rows.integer(row.attempts);
                rows.integer(next_attempt_at.as_millis());
                rows.integer(0);
                rows.text(delivery::storable(error));
                return false;
            }
            DeliveryOutcome::Dead { at, error } => self.dead.push(Dead {
                key: (signed(key.workspace_id.get()), signed(key.id)),
                attempts: row.attempts,
                at: at.as_millis(),
                error: delivery::storable(error),
            }),
            DeliveryOutcome::Delivered | DeliveryOutcome::Dropped => {}
        }
        self.ended.add(key.workspace_id, key.id);
        if row.is_head {
            self.lines
                .add(key.workspace_id, key.subscription_id, key.lead_id);
        }
        true
    }

    fn steps(&self, form: Form) -> Vec<Step<'_>> {
        let mut steps = Vec::new();
        steps.extend(self.retries.updates(form));
        steps.extend(self.dead.iter().map(Dead::step));
        steps.extend(
            self.ended
                .steps("DELETE FROM deliveries WHERE workspace_id = $1 AND id = ANY($2)"),
        );
        steps.extend(self.lines.promotions(form));
        steps.extend(self.attempts.inserts(form));
        steps.extend(self.health.steps());
        steps
    }
}

impl Dead<'_> {
    /// Copies it to the dead letters, unless its subscription has been deleted.
    fn step(&self) -> Step<'_> {
        let moved = delivery::MOVED;
        let sql = format!(
            "INSERT INTO dead_letters (workspace_id, id, {moved}, next_attempt_at, attempts, dead_at, error) \
             SELECT workspace_id, id, {moved}, next_attempt_at, $3::bigint, $4::bigint, $5::text FROM deliveries \
             WHERE workspace_id = $1 AND id = $2 AND EXISTS (SELECT 1 FROM subscriptions AS own \
             WHERE own.workspace_id = $1 AND own.id = deliveries.subscription_id)"
        );
        let row: [Parameter<'_>; 5] = [
            &self.key.0,
            &self.key.1,
            &self.attempts,
            &self.at,
            &self.error,
        ];
        Step::tenant(sql, &row)
    }
}

/// Makes dead letters of active subscriptions deliveries again, inside a transaction.
pub(crate) async fn replay(
    pipeline: Pipeline<'_>,
    workspace: WorkspaceId,
    filter: &DeliveryFilter,
    now: Timestamp,
    limit: usize,
) -> Work<usize> {
    let found = lists::replayable(pipeline, workspace, filter, limit).await?;
    let workspace = signed(workspace.get());
    let (mut locks, mut lines, mut ids) = (Locks::default(), Lines::default(), Vec::new());
    for row in &found {
        let mut cells = Cells::new(row, "dead_letters");
        ids.push(cells.integer("id")?);
        let (subscription, lead) = (cells.integer("subscription_id")?, cells.integer("lead_id")?);
        locks.add(workspace, subscription, lead);
        lines.add_numbers(workspace, subscription, lead);
    }
    let (moved, now) = (delivery::MOVED, now.as_millis());
    let locked = "SELECT id FROM dead_letters WHERE workspace_id = $1 AND id = ANY($2) ORDER BY id FOR UPDATE";
    let back = format!(
        "INSERT INTO deliveries (workspace_id, id, {moved}, attempts, next_attempt_at, is_head, leased_until) \
         SELECT workspace_id, id, {moved}, 0, $3::bigint, false, 0 FROM dead_letters \
         WHERE workspace_id = $1 AND id = ANY($2)"
    );
    let gone = "DELETE FROM dead_letters WHERE workspace_id = $1 AND id = ANY($2) RETURNING id";
    let locks = locks.lists();
    let mut steps = locks.steps();
    steps.push(Step::tenant(locked, &[&workspace, &ids]));
    steps.push(Step::tenant(back, &[&workspace, &ids, &now]));
    steps.push(Step::tenant(gone, &[&workspace, &ids]));
    let replayed = steps.len() - 1;
    steps.extend(lines.promotions_if_none());
    let answers = pipeline.all(&steps).await?;
    Ok(answers.get(replayed).map_or(0, Vec::len))
}

/// Finds over all tenants, and deletes tenant by tenant.
pub(crate) async fn forget_attempts(
    pipeline: Pipeline<'_>,
    until: Timestamp,
    limit: usize,
) -> Work<usize> {
    let oldest =
        "SELECT id, workspace_id FROM delivery_attempts WHERE at < $1 ORDER BY at LIMIT $2";
    let (until, limit) = (until.as_millis(), sql_limit(limit));
    let step = Step::new(Reach::Everywhere, oldest, &[&until, &limit]);
    let mut ids = Ids::default();
    for row in &pipeline.one(step).await? {
        let mut cells = Cells::new(row, "delivery_attempts");
        let id = cells.number("id")?;
        ids.add(cells.id("workspace_id", WorkspaceId::new)?, id);
    }
    let gone =
        "DELETE FROM delivery_attempts WHERE workspace_id = $1 AND id = ANY($2) RETURNING id";
    let steps: Vec<_> = ids.steps(gone).collect();
    let answers = pipeline.all(&steps).await?;
    Ok(answers.iter().map(Vec::len).sum())
}

/// One that cannot be told of any more.
pub(crate) fn untellable(key: DeliveryKey, now: Timestamp) -> FinishedDelivery {
    FinishedDelivery {
        key,
        outcome: DeliveryOutcome::Dead {
            at: now,
            error: "the events that it tells of are not in the database any more".to_owned(),
        },
        health: domain::delivery::HealthChange::Same,
        attempt: None,
    }
}
