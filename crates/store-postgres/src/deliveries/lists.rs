//! What owners see of the outbox: waiting deliveries, dead letters and attempts, newest first.

use domain::{Timestamp, WorkspaceId};
use store::{AttemptFilter, AttemptRecord, DeliveryFilter, DeliveryRecord, ListPage};
use tokio_postgres::Row;

use super::Work;
use crate::pipeline::{Parameter, Pipeline, Step};
use crate::query::{clamped, limit as sql_limit};
use crate::rows::delivery::{self, ATTEMPT, RECORD};
use crate::rows::signed;

pub(crate) async fn waiting(
    pipeline: Pipeline<'_>,
    workspace: WorkspaceId,
    filter: &DeliveryFilter,
    page: ListPage,
) -> Work<Vec<DeliveryRecord>> {
    let list = List::filtered(workspace, filter).before(page.before_id);
    let from = format!("{RECORD}, NULL::bigint AS dead_at FROM deliveries");
    let rows = list
        .rows(pipeline, &from, "ORDER BY id DESC", page.limit)
        .await?;
    rows.iter().map(delivery::record).collect()
}

pub(crate) async fn dead_letters(
    pipeline: Pipeline<'_>,
    workspace: WorkspaceId,
    filter: &DeliveryFilter,
    page: ListPage,
) -> Work<Vec<DeliveryRecord>> {
    let list = List::filtered(workspace, filter).before(page.before_id);
    let from = format!("{RECORD}, dead_at FROM dead_letters");
    let rows = list
        .rows(pipeline, &from, "ORDER BY id DESC", page.limit)
        .await?;
    rows.iter().map(delivery::record).collect()
}

/// The dead letters that may be replayed, oldest first: id, subscription and lead of each, and nobody else has them now.
pub(super) async fn replayable(
    pipeline: Pipeline<'_>,
    workspace: WorkspaceId,
    filter: &DeliveryFilter,
    limit: usize,
) -> Work<Vec<Row>> {
    // A list and no subquery that looks at each: who is active does not depend on the letter.
    let order = "AND subscription_id = ANY(ARRAY(SELECT id FROM subscriptions WHERE workspace_id = $1 \
                 AND disabled_at IS NULL)) ORDER BY id";
    let list = List::filtered(workspace, filter);
    let from = "id, subscription_id, lead_id FROM dead_letters";
    list.rows(pipeline, from, order, limit).await
}

pub(crate) async fn attempts(
    pipeline: Pipeline<'_>,
    workspace: WorkspaceId,
    filter: AttemptFilter,
    page: ListPage,
) -> Work<Vec<AttemptRecord>> {
    let AttemptFilter {
        delivery,
        subscription,
    } = filter;
    let list = List::of(workspace)
        .with("delivery_id =", delivery.map(clamped))
        .with("subscription_id =", subscription.map(|id| signed(id.get())))
        .before(page.before_id);
    let from = format!("{ATTEMPT} FROM delivery_attempts");
    let rows = list
        .rows(pipeline, &from, "ORDER BY id DESC", page.limit)
        .await?;
    rows.iter().map(delivery::attempt).collect()
}

/// The conditions of a list, only those that are asked for, so that the indexes fit.
struct List {
    conditions: Vec<String>,
    values: Vec<i64>,
}

impl List {
    fn of(workspace: WorkspaceId) -> Self {
        Self {
            conditions: vec!["workspace_id = $1".to_owned()],
            values: vec![signed(workspace.get())],
        }
    }

    fn filtered(workspace: WorkspaceId, filter: &DeliveryFilter) -> Self {
        let DeliveryFilter {
            id,
            subscription,
            lead,
            from,
            until,
        } = filter;
        Self::of(workspace)
            .with("id =", id.map(clamped))
            .with("subscription_id =", subscription.map(|id| signed(id.get())))
            .with("lead_id =", lead.map(|id| signed(id.get())))
            .with("at >=", from.map(Timestamp::as_millis))
            .with("at <", until.map(Timestamp::as_millis))
    }

    fn before(self, id: Option<u64>) -> Self {
        self.with("id <", id.map(clamped))
    }

    fn with(mut self, condition: &str, value: Option<i64>) -> Self {
        if let Some(value) = value {
            self.values.push(value);
            let number = self.values.len();
            self.conditions.push(format!("{condition} ${number}"));
        }
        self
    }

    async fn rows(
        mut self,
        pipeline: Pipeline<'_>,
        from: &str,
        order: &str,
        limit: usize,
    ) -> Work<Vec<Row>> {
        self.values.push(sql_limit(limit));
        let (conditions, last) = (self.conditions.join(" AND "), self.values.len());
        let sql = format!("SELECT {from} WHERE {conditions} {order} LIMIT ${last}");
        let values = self.values.iter().map(|value| value as Parameter<'_>);
        let step = Step::tenant(sql, &values.collect::<Vec<_>>());
        pipeline.one(step).await
    }
}
