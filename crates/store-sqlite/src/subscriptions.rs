//! The SQL of subscriptions: what their owners set up, who is to be asked for a batch, and how their endpoints do.
//!
//! Whatever changes who hears events also counts up the workspace's `subscriptions_version`, in the same transaction.

use std::collections::HashMap;
use std::sync::Arc;

use domain::delivery::HealthChange;
use domain::subscription::{Audience, Disabled, Filter, Format, Subscription};
use domain::{SubscriptionId, Timestamp, WorkspaceId};
use rusqlite::{Connection, params};
use store::{DeliveryKey, ListPage, codec};

use crate::errors::Failure;
use crate::query::{limit as sql_limit, many, one, select};
use crate::rows::{Cells, signed, subscription};

type Answer<T> = Result<T, Failure>;

/// The audiences that batches needed lately, each with the version it was read at. Kept by the writer.
pub(crate) type Audiences = HashMap<WorkspaceId, (i64, Arc<Audience>)>;

/// The workspace's active subscriptions; `None` if there is none.
pub(crate) fn audience(
    connection: &Connection,
    kept: &mut Audiences,
    workspace: WorkspaceId,
) -> Answer<Option<Arc<Audience>>> {
    let version = version(connection, workspace)?;
    // Of most workspaces: nobody ever subscribed.
    if version == 0 {
        return Ok(None);
    }
    let audience = match kept.get(&workspace) {
        Some((kept, audience)) if *kept == version => Arc::clone(audience),
        _ => {
            let audience = Arc::new(read_audience(connection, workspace)?);
            kept.insert(workspace, (version, Arc::clone(&audience)));
            audience
        }
    };
    Ok(Some(audience).filter(|audience| !audience.is_empty()))
}

fn version(connection: &Connection, workspace: WorkspaceId) -> Answer<i64> {
    let mut statement = connection
        .prepare_cached("SELECT id, subscriptions_version FROM workspaces WHERE id = ?1")?;
    let version = one(&mut statement, [signed(workspace.get())], |row| {
        let mut cells = Cells::new(row, "workspaces");
        cells.integer("id")?;
        cells.integer("subscriptions_version")
    })?;
    Ok(version.unwrap_or(0))
}

fn read_audience(connection: &Connection, workspace: WorkspaceId) -> Answer<Audience> {
    let mut statement = connection.prepare_cached(
        "SELECT id, format, filter FROM subscriptions WHERE workspace_id = ?1 AND disabled_at IS NULL",
    )?;
    let listening = many(&mut statement, [signed(workspace.get())], ear)?;
    let listening = listening.iter();
    Ok(Audience::new(
        listening.map(|(id, format, filter)| (*id, *format, filter)),
    ))
}

fn ear(row: &rusqlite::Row<'_>) -> Answer<(SubscriptionId, Format, Filter)> {
    let mut cells = Cells::new(row, "subscriptions");
    Ok((
        cells.id("id", SubscriptionId::new)?,
        cells.parsed("format", Format::from_name)?,
        cells.json("filter", codec::decode_filter)?,
    ))
}

/// Says that who hears the workspace's events has changed.
fn count_up(connection: &Connection, workspace: WorkspaceId) -> Answer<()> {
    let mut statement = connection.prepare_cached(
        "UPDATE workspaces SET subscriptions_version = subscriptions_version + 1 WHERE id = ?1",
    )?;
    statement.execute([signed(workspace.get())])?;
    Ok(())
}

pub(crate) fn create(connection: &Connection, subscription: &Subscription) -> Answer<()> {
    let mut statement = connection.prepare_cached(subscription::INSERT)?;
    subscription::write(&mut statement, subscription)
        .map_err(Failure::or_conflict("subscription"))?;
    count_up(connection, subscription.workspace_id)
}

pub(crate) fn update(connection: &Connection, subscription: &Subscription) -> Answer<bool> {
    let mut statement = connection.prepare_cached(subscription::UPDATE)?;
    let is_updated = subscription::write(&mut statement, subscription)? == 1;
    if is_updated {
        count_up(connection, subscription.workspace_id)?;
    }
    Ok(is_updated)
}

/// Only the subscription itself.
pub(crate) fn delete(
    connection: &Connection,
    workspace: WorkspaceId,
    id: SubscriptionId,
) -> Answer<bool> {
    let mut statement = connection
        .prepare_cached("DELETE FROM subscriptions WHERE id = ?1 AND workspace_id = ?2")?;
    let is_deleted = statement.execute([signed(id.get()), signed(workspace.get())])? == 1;
    if is_deleted {
        count_up(connection, workspace)?;
    }
    Ok(is_deleted)
}

pub(crate) fn subscription(
    connection: &Connection,
    workspace: WorkspaceId,
    id: SubscriptionId,
) -> Answer<Option<Subscription>> {
    let mut statement = select!(
        connection,
        subscription::COLUMNS,
        "subscriptions WHERE id = ?1 AND workspace_id = ?2"
    )?;
    let key = [signed(id.get()), signed(workspace.get())];
    one(&mut statement, key, subscription::read)
}

pub(crate) fn subscriptions(
    connection: &Connection,
    workspace: WorkspaceId,
    page: ListPage,
) -> Answer<Vec<Subscription>> {
    let ListPage { before_id, limit } = page;
    let mut statement = select!(
        connection,
        subscription::COLUMNS,
        "subscriptions WHERE workspace_id = ?1 AND id < ?2 ORDER BY id DESC LIMIT ?3"
    )?;
    let before = before_id.map_or(i64::MAX, signed);
    let key = [signed(workspace.get()), before, sql_limit(limit)];
    many(&mut statement, key, subscription::read)
}

pub(crate) fn count(connection: &Connection, workspace: WorkspaceId) -> Answer<u64> {
    let mut statement =
        connection.prepare_cached("SELECT count(*) FROM subscriptions WHERE workspace_id = ?1")?;
    let count: i64 = statement.query_row([signed(workspace.get())], |row| row.get(0))?;
    u64::try_from(count).map_err(|_| Failure::broken("a negative count"))
}

/// Records how the endpoint of a delivery does.
pub(crate) fn change_health(
    connection: &Connection,
    key: &DeliveryKey,
    change: HealthChange,
) -> Answer<()> {
    let since = match change {
        HealthChange::Same => return Ok(()),
        HealthChange::Recovered => None,
        HealthChange::Failing { since } => Some(since),
        HealthChange::Disabled(disabled) => return disable(connection, key, disabled),
    };
    // Of several that failed at the same time the first one counts.
    let mut statement = connection.prepare_cached(
        "UPDATE subscriptions SET failing_since = iif(?3 IS NULL, NULL, coalesce(failing_since, ?3)) \
         WHERE id = ?1 AND workspace_id = ?2",
    )?;
    statement.execute(params![
        signed(key.subscription_id.get()),
        signed(key.workspace_id.get()),
        since.map(Timestamp::as_millis)
    ])?;
    Ok(())
}

/// Unless it is disabled already.
fn disable(connection: &Connection, key: &DeliveryKey, disabled: Disabled) -> Answer<()> {
    let Disabled { at, reason } = disabled;
    let mut statement = connection.prepare_cached(
        "UPDATE subscriptions SET disabled_at = ?3, disabled_reason = ?4 \
         WHERE id = ?1 AND workspace_id = ?2 AND disabled_at IS NULL",
    )?;
    let row = params![
        signed(key.subscription_id.get()),
        signed(key.workspace_id.get()),
        at.as_millis(),
        reason.name()
    ];
    if statement.execute(row)? == 1 {
        count_up(connection, key.workspace_id)?;
    }
    Ok(())
}
