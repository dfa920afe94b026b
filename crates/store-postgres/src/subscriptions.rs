//! The SQL of subscriptions: what their owners set up, who is to be asked for a batch, and how their endpoints do.
//!
//! Whatever changes who hears events also counts up the workspace's row in `audiences`, in the same transaction.

use std::collections::{BTreeMap, HashMap};
use std::sync::{Arc, Mutex, PoisonError};

use domain::delivery::HealthChange;
use domain::limits::CONFIG_CACHE_MAX;
use domain::subscription::{Audience, Disabled, Filter, Format, Subscription};
use domain::{SubscriptionId, WorkspaceId};
use store::{DeliveryKey, ListPage, codec};
use tokio_postgres::Row;

use crate::errors::Failure;
use crate::pipeline::{Parameter, Pipeline, Step};
use crate::query::{before, limit as sql_limit};
use crate::rows::subscription::{self, Values};
use crate::rows::{Cells, signed};

type Answer<T> = Result<T, Failure>;

/// The audiences that this process's batches needed lately, each with the version it was read at or before.
#[derive(Default)]
pub(crate) struct Audiences(Mutex<HashMap<WorkspaceId, (i64, Arc<Audience>)>>);

/// The version of a workspace's audience. No row: there never was a subscription.
pub(crate) const VERSION: &str = "SELECT version FROM audiences WHERE workspace_id = $1";

impl Audiences {
    /// The workspace's active subscriptions, as they were at this version or later.
    pub(crate) async fn at(
        &self,
        pipeline: Pipeline<'_>,
        workspace: WorkspaceId,
        version: i64,
    ) -> Answer<Arc<Audience>> {
        if let Some(kept) = self.kept(workspace, version) {
            return Ok(kept);
        }
        let audience = Arc::new(read_audience(pipeline, workspace).await?);
        let mut all = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if all.len() >= CONFIG_CACHE_MAX {
            all.clear();
        }
        all.insert(workspace, (version, Arc::clone(&audience)));
        Ok(audience)
    }

    fn kept(&self, workspace: WorkspaceId, version: i64) -> Option<Arc<Audience>> {
        let all = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let (kept, audience) = all.get(&workspace)?;
        (*kept == version).then(|| Arc::clone(audience))
    }
}

async fn read_audience(pipeline: Pipeline<'_>, workspace: WorkspaceId) -> Answer<Audience> {
    let sql = "SELECT id, format, filter FROM subscriptions \
               WHERE workspace_id = $1 AND disabled_at IS NULL";
    let workspace = signed(workspace.get());
    let rows = pipeline.one(Step::tenant(sql, &[&workspace])).await?;
    let listening = rows.iter().map(ear).collect::<Answer<Vec<_>>>()?;
    let listening = listening.iter();
    Ok(Audience::new(
        listening.map(|(id, format, filter)| (*id, *format, filter)),
    ))
}

fn ear(row: &Row) -> Answer<(SubscriptionId, Format, Filter)> {
    let mut cells = Cells::new(row, "subscriptions");
    Ok((
        cells.id("id", SubscriptionId::new)?,
        cells.parsed("format", Format::from_name)?,
        cells.json("filter", codec::decode_filter)?,
    ))
}

/// Says that who hears the workspace's events has changed.
const COUNT_UP: &str = "INSERT INTO audiences AS audience (workspace_id, version) VALUES ($1, 1) \
     ON CONFLICT (workspace_id) DO UPDATE SET version = audience.version + 1";

/// Inside a transaction.
pub(crate) async fn create(pipeline: Pipeline<'_>, subscription: &Subscription) -> Answer<()> {
    let (values, workspace) = (
        Values::of(subscription),
        signed(subscription.workspace_id.get()),
    );
    let steps = [
        Step::tenant(subscription::INSERT, &values.parameters()).creating("subscription"),
        Step::tenant(COUNT_UP, &[&workspace]),
    ];
    pipeline.all(&steps).await.map(drop)
}

/// Inside a transaction.
pub(crate) async fn update(pipeline: Pipeline<'_>, subscription: &Subscription) -> Answer<bool> {
    let (values, workspace) = (
        Values::of(subscription),
        signed(subscription.workspace_id.get()),
    );
    let step = Step::tenant(subscription::UPDATE, &values.parameters());
    if pipeline.one(step).await?.is_empty() {
        return Ok(false);
    }
    pipeline.one(Step::tenant(COUNT_UP, &[&workspace])).await?;
    Ok(true)
}

/// Inside a transaction: with its dead letters.
pub(crate) async fn delete(
    pipeline: Pipeline<'_>,
    workspace: WorkspaceId,
    id: SubscriptionId,
) -> Answer<bool> {
    let (workspace, id) = (signed(workspace.get()), signed(id.get()));
    let own = "DELETE FROM subscriptions WHERE workspace_id = $1 AND id = $2 RETURNING id";
    let own = Step::tenant(own, &[&workspace, &id]);
    if pipeline.one(own).await?.is_empty() {
        return Ok(false);
    }
    let dead = "DELETE FROM dead_letters WHERE workspace_id = $1 AND subscription_id = $2";
    let steps = [
        Step::tenant(dead, &[&workspace, &id]),
        Step::tenant(COUNT_UP, &[&workspace]),
    ];
    pipeline.all(&steps).await?;
    Ok(true)
}

pub(crate) async fn subscription(
    pipeline: Pipeline<'_>,
    workspace: WorkspaceId,
    id: SubscriptionId,
) -> Answer<Option<Subscription>> {
    let ids = vec![signed(id.get())];
    let workspace = signed(workspace.get());
    let rows = pipeline.one(by_ids(&workspace, &ids)).await?;
    rows.first().map(subscription::read).transpose()
}

pub(crate) fn by_ids<'p>(workspace: &'p i64, ids: &'p Vec<i64>) -> Step<'p> {
    let sql = format!(
        "SELECT {} FROM subscriptions WHERE workspace_id = $1 AND id = ANY($2)",
        subscription::COLUMNS
    );
    Step::tenant(sql, &[workspace, ids])
}

pub(crate) async fn subscriptions(
    pipeline: Pipeline<'_>,
    workspace: WorkspaceId,
    page: ListPage,
) -> Answer<Vec<Subscription>> {
    let sql = format!(
        "SELECT {} FROM subscriptions WHERE workspace_id = $1 AND id < $2 ORDER BY id DESC LIMIT $3",
        subscription::COLUMNS
    );
    let key = (
        signed(workspace.get()),
        before(page.before_id),
        sql_limit(page.limit),
    );
    let step = Step::tenant(sql, &[&key.0, &key.1, &key.2]);
    let rows = pipeline.one(step).await?;
    rows.iter().map(subscription::read).collect()
}

pub(crate) async fn count(pipeline: Pipeline<'_>, workspace: WorkspaceId) -> Answer<u64> {
    let sql = "SELECT count(*) AS subscriptions FROM subscriptions WHERE workspace_id = $1";
    let workspace = signed(workspace.get());
    let rows = pipeline.one(Step::tenant(sql, &[&workspace])).await?;
    let row = rows.first().ok_or(Failure::broken("a count without one"))?;
    Cells::new(row, "subscriptions").number("subscriptions")
}

/// What deliveries say about the endpoints of their subscriptions, those of each put together.
#[derive(Default)]
pub(crate) struct HealthChanges(BTreeMap<(i64, i64), HealthOfOne>);

/// What several deliveries say about one endpoint, in their order.
#[derive(Default)]
struct HealthOfOne {
    has_recovered: bool,
    /// And then failed: of several that failed at the same time the first one counts.
    failing_since: Option<i64>,
    disabled: Option<(i64, &'static str)>,
}

impl HealthChanges {
    pub(crate) fn add(&mut self, key: &DeliveryKey, change: HealthChange) {
        let key = (
            signed(key.workspace_id.get()),
            signed(key.subscription_id.get()),
        );
        match change {
            HealthChange::Same => {}
            HealthChange::Recovered => {
                let of_one = self.0.entry(key).or_default();
                (of_one.has_recovered, of_one.failing_since) = (true, None);
            }
            HealthChange::Failing { since } => {
                let of_one = self.0.entry(key).or_default();
                of_one.failing_since.get_or_insert(since.as_millis());
            }
            HealthChange::Disabled(Disabled { at, reason }) => {
                let of_one = self.0.entry(key).or_default();
                of_one
                    .disabled
                    .get_or_insert((at.as_millis(), reason.name()));
            }
        }
    }

    /// Inside a transaction. One by one and in order, so that two processes never wait for each other; there are few.
    pub(crate) fn steps(&self) -> Vec<Step<'_>> {
        let mut steps = Vec::new();
        for ((workspace, id), of_one) in &self.0 {
            let HealthOfOne {
                has_recovered,
                failing_since,
                disabled,
            } = of_one;
            if *has_recovered || failing_since.is_some() {
                let sql = "UPDATE subscriptions SET failing_since = \
                           CASE WHEN $3 THEN $4 ELSE coalesce(failing_since, $4) END \
                           WHERE workspace_id = $1 AND id = $2";
                let row: [Parameter<'_>; 4] = [workspace, id, has_recovered, failing_since];
                steps.push(Step::tenant(sql, &row));
            }
            if let Some((at, reason)) = disabled {
                // Unless it is disabled already.
                let sql = "UPDATE subscriptions SET disabled_at = $3, disabled_reason = $4 \
                           WHERE workspace_id = $1 AND id = $2 AND disabled_at IS NULL";
                steps.push(Step::tenant(sql, &[workspace, id, at, reason]));
                steps.push(Step::tenant(COUNT_UP, &[workspace]));
            }
        }
        steps
    }
}
