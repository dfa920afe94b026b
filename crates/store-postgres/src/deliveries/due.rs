//! What is due, and what there is to tell of it.
//!
//! Finding goes over all tenants and locks nothing; taking is one statement per tenant, which passes by what another
//! process is about to take. What there is to tell is then read by sets: a few statements per tenant, sent together.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::sync::Arc;

use domain::event::{Event, unfold};
use domain::state::Content;
use domain::subscription::Subscription;
use domain::{Lead, LeadId, SubscriptionId, Timestamp, WorkspaceId};
use store::{DeliveryKey, DueDelivery, News};
use tokio_postgres::Row;

use super::Work;
use crate::errors::Failure;
use crate::persist::Form;
use crate::pipeline::{Parameter, Pipeline, Reach, Step};
use crate::query::limit as sql_limit;
use crate::rows::delivery::{DUE, DueRow, Told};
use crate::rows::lead::{self, LeadRow};
use crate::rows::{event, signed, subscription};
use crate::subscriptions;
use crate::work::Found;

/// What to look for.
pub(crate) struct Search<'a> {
    pub(crate) now: Timestamp,
    pub(crate) except: &'a [SubscriptionId],
    pub(crate) limit: usize,
}

/// What was leased.
pub(crate) struct Leased {
    pub(crate) due: Vec<DueDelivery>,
    /// Deliveries of events that are not there any more: the operator has taken old partitions away.
    pub(crate) gone: Vec<DeliveryKey>,
}

/// Finds, leases and reads out.
pub(crate) async fn lease(
    pipeline: Pipeline<'_>,
    form: Form,
    search: &Search<'_>,
    lease_end: Timestamp,
) -> Work<Leased> {
    let found = Found::read(&search.run(pipeline, form).await?, "deliveries")?;
    let take = format!(
        "UPDATE deliveries SET leased_until = $4 WHERE workspace_id = $1 AND id = ANY(ARRAY( \
         SELECT id FROM deliveries WHERE workspace_id = $1 AND id = ANY($2) AND is_head \
         AND next_attempt_at <= $3 AND leased_until <= $3 FOR UPDATE SKIP LOCKED)) RETURNING {DUE}"
    );
    let (now, until) = (search.now.as_millis(), lease_end.as_millis());
    let rows = found.take(pipeline, &take, now, until).await?;
    let mut taken = rows.iter().map(DueRow::read).collect::<Work<Vec<_>>>()?;
    taken.sort_by_key(|row| found.place(row.key.workspace_id, row.key.id));
    Teller::prepare(pipeline, &taken)
        .await?
        .tell(taken, lease_end)
}

/// Deliveries that are looked at along their times, before it is asked which subscriptions have any: the backlog of one
/// that is left out may be of any length.
const LOOKED_AT_MAX: i64 = 2_048;

const ALONG_TIMES: &str = "SELECT id, workspace_id FROM deliveries WHERE is_head AND next_attempt_at <= $1 \
     AND leased_until <= $1 AND subscription_id <> ALL($2) ORDER BY next_attempt_at, id LIMIT $3";
/// The same among the first `$4`, and how many were looked at. What is not wanted comes last.
const AMONG_THE_FIRST: &str = "SELECT id, workspace_id, is_wanted, count(*) OVER () AS looked_at FROM ( \
     SELECT id, workspace_id, next_attempt_at, leased_until <= $1 AND subscription_id <> ALL($2) AS is_wanted \
     FROM deliveries WHERE is_head AND next_attempt_at <= $1 ORDER BY next_attempt_at, id LIMIT $4) AS first \
     ORDER BY is_wanted DESC, next_attempt_at, id LIMIT $3";
/// The same without a look at what is left out.
const ALONG_SUBSCRIPTIONS: &str = "SELECT id, workspace_id FROM ( \
     WITH RECURSIVE chain AS ( \
     (SELECT subscription_id FROM deliveries WHERE is_head ORDER BY subscription_id LIMIT 1) \
     UNION ALL \
     SELECT (SELECT subscription_id FROM deliveries WHERE is_head \
     AND subscription_id > chain.subscription_id ORDER BY subscription_id LIMIT 1) \
     FROM chain WHERE chain.subscription_id IS NOT NULL) \
     SELECT due.id, due.workspace_id, due.next_attempt_at FROM chain CROSS JOIN LATERAL ( \
     SELECT id, workspace_id, next_attempt_at FROM deliveries \
     WHERE is_head AND subscription_id = chain.subscription_id AND next_attempt_at <= $1 \
     AND leased_until <= $1 ORDER BY next_attempt_at, id LIMIT $3) AS due \
     WHERE chain.subscription_id <> ALL($2)) AS due ORDER BY next_attempt_at, id LIMIT $3";

impl Search<'_> {
    /// Those due longest that nobody has.
    async fn run(&self, pipeline: Pipeline<'_>, form: Form) -> Work<Vec<Row>> {
        let except: Vec<_> = self.except.iter().map(|id| signed(id.get())).collect();
        let (now, limit) = (self.now.as_millis(), sql_limit(self.limit));
        let step = |sql| Step::new(Reach::Everywhere, sql, &[&now, &except, &limit]);
        // No cluster takes the others.
        if except.is_empty() || form == Form::Routed {
            return pipeline.one(step(ALONG_TIMES)).await;
        }
        let window = LOOKED_AT_MAX.saturating_add(limit);
        let first = [&now as Parameter<'_>, &except, &limit, &window];
        let first = Step::new(Reach::Everywhere, AMONG_THE_FIRST, &first);
        let mut found = pipeline.one(first).await?;
        let is_all = found
            .first()
            .is_none_or(|row| row.get::<_, i64>("looked_at") < window);
        found.retain(|row| row.get("is_wanted"));
        if is_all || found.len() >= self.limit {
            return Ok(found);
        }
        pipeline.one(step(ALONG_SUBSCRIPTIONS)).await
    }
}

/// Ids by the workspace they are in.
#[derive(Default)]
struct Wanted(BTreeMap<i64, BTreeSet<i64>>);

impl Wanted {
    fn add(&mut self, workspace: WorkspaceId, id: i64) {
        let ids = self.0.entry(signed(workspace.get())).or_default();
        ids.insert(id);
    }

    fn lists(self) -> Vec<(i64, Vec<i64>)> {
        let lists = self.0.into_iter();
        lists
            .map(|(workspace, ids)| (workspace, ids.into_iter().collect()))
            .collect()
    }
}

/// What is needed to read out deliveries. One event often goes to many, and one subscription hears many.
#[derive(Default)]
struct Teller {
    subscriptions: HashMap<(WorkspaceId, SubscriptionId), Arc<Subscription>>,
    events: HashMap<i64, Event>,
    leads: HashMap<LeadId, LeadRow>,
    /// Of leads with events after those that are told of: these, the newest first.
    newer: HashMap<LeadId, Vec<Event>>,
}

impl Teller {
    async fn prepare(pipeline: Pipeline<'_>, rows: &[DueRow]) -> Work<Self> {
        let mut teller = Self::default();
        if rows.is_empty() {
            return Ok(teller);
        }
        let mut wanted = [Wanted::default(), Wanted::default(), Wanted::default()];
        let [events, leads, subscriptions] = &mut wanted;
        for row in rows {
            let key = &row.key;
            subscriptions.add(key.workspace_id, signed(key.subscription_id.get()));
            if let (Told::Event(event), Some(lead)) = (&row.told, key.lead_id) {
                events.add(key.workspace_id, *event);
                leads.add(key.workspace_id, signed(lead.get()));
            }
        }
        let [events, leads, subscriptions] = wanted.map(Wanted::lists);
        let mut steps = Vec::new();
        steps.extend(
            events
                .iter()
                .map(|(w, ids)| by_ids(w, ids, event::COLUMNS, "events")),
        );
        steps.extend(
            leads
                .iter()
                .map(|(w, ids)| by_ids(w, ids, lead::COLUMNS, "leads")),
        );
        steps.extend(
            subscriptions
                .iter()
                .map(|(w, ids)| subscriptions::by_ids(w, ids)),
        );
        let mut answers = pipeline.all(&steps).await?.into_iter();
        for row in answers.by_ref().take(events.len()).flatten() {
            teller.events.insert(row.get("id"), event::event(&row)?);
        }
        for row in answers.by_ref().take(leads.len()).flatten() {
            let row = LeadRow::read(&row)?;
            teller.leads.insert(row.lead.id, row);
        }
        for row in answers.flatten() {
            let own = subscription::read(&row)?;
            let key = (own.workspace_id, own.id);
            teller.subscriptions.insert(key, Arc::new(own));
        }
        teller.walk_back(pipeline).await?;
        Ok(teller)
    }

    /// Reads the events of leads that came after those that are told of. Mostly there are none.
    async fn walk_back(&mut self, pipeline: Pipeline<'_>) -> Work<()> {
        let mut told = HashMap::<LeadId, u64>::new();
        for event in self.events.values() {
            let oldest = told.entry(event.lead_id).or_insert(event.version);
            *oldest = event.version.min(*oldest);
        }
        // By workspace: the newest events, and the versions to which to go back.
        let mut walks = BTreeMap::<i64, (Vec<i64>, Vec<i64>)>::new();
        for (lead, version) in told {
            let row = self.leads.get(&lead);
            if let Some(row) = row.filter(|row| row.lead.version > version) {
                let workspace = signed(row.lead.workspace_id.get());
                let (starts, ends) = walks.entry(workspace).or_default();
                starts.push(row.last_event_id);
                ends.push(signed(version));
            }
        }
        let sql = chains();
        let steps: Vec<_> = walks
            .iter()
            .map(|(workspace, (starts, ends))| Step::tenant(&*sql, &[workspace, starts, ends]))
            .collect();
        for row in pipeline.all(&steps).await?.iter().flatten() {
            let event = event::event(row)?;
            self.newer.entry(event.lead_id).or_default().push(event);
        }
        for events in self.newer.values_mut() {
            events.sort_by_key(|event| u64::MAX - event.version);
        }
        Ok(())
    }

    fn tell(&self, rows: Vec<DueRow>, leased_until: Timestamp) -> Work<Leased> {
        let mut leased = Leased {
            due: Vec::with_capacity(rows.len()),
            gone: Vec::new(),
        };
        for row in rows {
            let DueRow {
                key,
                at,
                attempts,
                told,
            } = row;
            let Some(news) = self.news(&key, told)? else {
                leased.gone.push(key);
                continue;
            };
            let subscription = (key.workspace_id, key.subscription_id);
            leased.due.push(DueDelivery {
                subscription: self.subscriptions.get(&subscription).map(Arc::clone),
                key,
                at,
                news,
                attempts,
                leased_until,
            });
        }
        Ok(leased)
    }

    fn news(&self, key: &DeliveryKey, told: Told) -> Work<Option<News>> {
        let id = match told {
            Told::Event(id) => id,
            Told::Else(Content::Result(result)) => return Ok(Some(News::Result(result))),
            Told::Else(Content::Notice(notice)) => return Ok(Some(News::Notice(notice))),
            Told::Else(Content::Test) => return Ok(Some(News::Test)),
            Told::Else(Content::Event { .. }) => {
                return Err(Failure::corrupt(
                    "deliveries",
                    "event_id",
                    key.id.to_string(),
                ));
            }
        };
        let Some(event) = self.events.get(&id) else {
            return Ok(None);
        };
        if (event.workspace_id, Some(event.lead_id)) != (key.workspace_id, key.lead_id) {
            return Err(Failure::corrupt(
                "deliveries",
                "event_id",
                key.id.to_string(),
            ));
        }
        Ok(self.lead_after(event, id)?.map(|lead| News::Event {
            event: Box::new(event.clone()),
            lead: Box::new(lead),
        }))
    }

    /// The lead as it was right after an event: as it is now, without the events since. `None` if one of them is gone.
    fn lead_after(&self, event: &Event, id: i64) -> Work<Option<Lead>> {
        let damage = || Failure::corrupt("events", "lead_id", id.to_string());
        let row = self.leads.get(&event.lead_id).ok_or_else(damage)?;
        let mut lead = row.lead.clone();
        for newer in self.newer.get(&event.lead_id).into_iter().flatten() {
            if newer.version <= event.version {
                break;
            }
            if newer.version != lead.version {
                return Ok(None);
            }
            lead = unfold(lead, newer).map_err(|_| damage())?;
        }
        if lead.version != event.version {
            return Ok(None);
        }
        lead.updated_at = event.at;
        Ok(Some(lead))
    }
}

fn by_ids<'p>(workspace: &'p i64, ids: &'p Vec<i64>, columns: &str, table: &str) -> Step<'p> {
    let sql = format!("SELECT {columns} FROM {table} WHERE workspace_id = $1 AND id = ANY($2)");
    Step::tenant(sql, &[workspace, ids])
}

/// Walks from the events `$2` back to those behind the versions `$3`.
pub(super) fn chains() -> String {
    let (columns, before) = (event::COLUMNS, event::before());
    format!(
        "WITH RECURSIVE chain AS ( \
         SELECT {columns}, previous_event_id, ($3::bigint[])[array_position($2::bigint[], id)] AS end_version \
         FROM events WHERE workspace_id = $1 AND id = ANY($2) \
         UNION ALL \
         SELECT event.*, chain.end_version FROM chain, {before} \
         WHERE chain.version > chain.end_version + 1) \
         SELECT {columns} FROM chain"
    )
}
