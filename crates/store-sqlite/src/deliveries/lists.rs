//! What owners see of the outbox: waiting deliveries, dead letters and attempts, newest first.

use domain::{Timestamp, WorkspaceId};
use rusqlite::{Connection, Row, params_from_iter};
use store::{AttemptFilter, AttemptRecord, DeliveryFilter, DeliveryRecord, ListPage};

use super::Work;
use crate::query::{limit as sql_limit, many};
use crate::rows::delivery::{self, ATTEMPT, RECORD};
use crate::rows::{Cells, signed};

pub(crate) fn waiting(
    connection: &Connection,
    workspace: WorkspaceId,
    filter: &DeliveryFilter,
    page: ListPage,
) -> Work<Vec<DeliveryRecord>> {
    let from = format!("{RECORD}, NULL AS dead_at FROM deliveries AS d");
    let list = List::filtered(workspace, filter).before(page.before_id);
    list.read(
        connection,
        &from,
        "ORDER BY d.id DESC",
        page.limit,
        delivery::record,
    )
}

pub(crate) fn dead_letters(
    connection: &Connection,
    workspace: WorkspaceId,
    filter: &DeliveryFilter,
    page: ListPage,
) -> Work<Vec<DeliveryRecord>> {
    let from = format!("{RECORD}, d.dead_at AS dead_at FROM dead_letters AS d");
    let list = List::filtered(workspace, filter).before(page.before_id);
    list.read(
        connection,
        &from,
        "ORDER BY d.id DESC",
        page.limit,
        delivery::record,
    )
}

/// The dead letters that may be replayed, oldest first.
pub(super) fn replayable(
    connection: &Connection,
    workspace: WorkspaceId,
    filter: &DeliveryFilter,
    limit: usize,
) -> Work<Vec<i64>> {
    let order = "AND EXISTS (SELECT 1 FROM subscriptions AS s WHERE s.id = d.subscription_id \
                 AND s.workspace_id = d.workspace_id AND s.disabled_at IS NULL) ORDER BY d.id";
    let list = List::filtered(workspace, filter);
    list.read(
        connection,
        "d.id AS id FROM dead_letters AS d",
        order,
        limit,
        |row| Cells::new(row, "dead_letters").integer("id"),
    )
}

pub(crate) fn attempts(
    connection: &Connection,
    workspace: WorkspaceId,
    filter: AttemptFilter,
    page: ListPage,
) -> Work<Vec<AttemptRecord>> {
    let AttemptFilter {
        delivery,
        subscription,
    } = filter;
    // Of a whole workspace they are found along the log, which has no index for that.
    let list = match (delivery, subscription) {
        (None, None) => List::default().with("+d.workspace_id = ?", signed(workspace.get())),
        _ => List::of(workspace),
    };
    let list = list
        .with("d.delivery_id = ?", delivery.map(signed))
        .with(
            "d.subscription_id = ?",
            subscription.map(|id| signed(id.get())),
        )
        .before(page.before_id);
    let from = format!("{ATTEMPT} FROM delivery_attempts AS d");
    list.read(
        connection,
        &from,
        "ORDER BY d.id DESC",
        page.limit,
        delivery::attempt,
    )
}

/// The conditions of a list, only those that are asked for, so that the indexes fit.
#[derive(Default)]
struct List {
    conditions: Vec<&'static str>,
    values: Vec<i64>,
}

impl List {
    fn of(workspace: WorkspaceId) -> Self {
        Self::default().with("d.workspace_id = ?", signed(workspace.get()))
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
            .with("d.id = ?", id.map(signed))
            .with(
                "d.subscription_id = ?",
                subscription.map(|id| signed(id.get())),
            )
            .with("d.lead_id = ?", lead.map(|id| signed(id.get())))
            .with("d.at >= ?", from.map(Timestamp::as_millis))
            .with("d.at < ?", until.map(Timestamp::as_millis))
    }

    fn before(self, id: Option<u64>) -> Self {
        self.with("d.id < ?", id.map(signed))
    }

    fn with(mut self, condition: &'static str, value: impl Into<Option<i64>>) -> Self {
        if let Some(value) = value.into() {
            self.conditions.push(condition);
            self.values.push(value);
        }
        self
    }

    fn read<T>(
        mut self,
        connection: &Connection,
        from: &str,
        order: &str,
        limit: usize,
        read: impl Fn(&Row<'_>) -> Work<T>,
    ) -> Work<Vec<T>> {
        let conditions = self.conditions.join(" AND ");
        let sql = format!("SELECT {from} WHERE {conditions} {order} LIMIT ?");
        let mut statement = connection.prepare_cached(&sql)?;
        self.values.push(sql_limit(limit));
        many(&mut statement, params_from_iter(self.values), read)
    }
}
