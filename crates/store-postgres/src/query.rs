//! Reads of what is kept: configuration, calls, keys, histories. Leads are read by `load`, work by `work`.

use std::collections::HashMap;

use domain::campaign::{Campaign, Workspace};
use domain::custom_field::{FieldDefinition, Tag, User};
use domain::event::{Dialect, Event};
use domain::{CallId, CampaignId, LeadId, WorkspaceId};
use store::{ApiKey, CallRecord, CampaignRef, HistoryPage, KeyHash};
use tokio_postgres::Row;

use crate::errors::Failure;
use crate::partitions;
use crate::pipeline::{Pipeline, Reach, Step};
use crate::rows::{Cells, call, campaign, config, event, signed};

type Read<T> = Result<T, Failure>;

/// Converts the first row, if there is one.
fn first<T>(rows: &[Row], read: impl Fn(&Row) -> Read<T>) -> Read<Option<T>> {
    rows.first().map(read).transpose()
}

/// Converts every row.
pub(crate) fn all<T>(rows: &[Row], read: impl Fn(&Row) -> Read<T>) -> Read<Vec<T>> {
    rows.iter().map(read).collect()
}

/// A limit as SQL takes it.
pub(crate) fn limit(limit: usize) -> i64 {
    i64::try_from(limit).unwrap_or(i64::MAX)
}

/// Where a list that is read newest first goes on, as SQL takes it.
pub(crate) fn before(id: Option<u64>) -> i64 {
    id.map_or(i64::MAX, clamped)
}

/// A number of a caller's choice: above any of ours, whatever it is.
pub(crate) fn clamped(number: u64) -> i64 {
    i64::try_from(number).unwrap_or(i64::MAX)
}

/// Reads rows of a table that every tenant shares.
async fn shared<T>(
    pipeline: Pipeline<'_>,
    columns: &str,
    rest: &str,
    parameters: &[crate::pipeline::Parameter<'_>],
    read: fn(&Row) -> Read<T>,
) -> Read<Vec<T>> {
    let step = Step::new(
        Reach::Shared,
        format!("SELECT {columns} FROM {rest}"),
        parameters,
    );
    all(&pipeline.one(step).await?, read)
}

/// Reads rows of a tenant's table by their ids, in the order of the ids.
async fn by_ids<T>(
    pipeline: Pipeline<'_>,
    columns: &str,
    table: &str,
    workspace: i64,
    ids: &Vec<i64>,
    read: fn(&Row) -> Read<T>,
) -> Read<Vec<T>> {
    let sql = format!(
        "SELECT {columns} FROM {table} WHERE workspace_id = $1 AND id = ANY($2) ORDER BY id"
    );
    let step = Step::tenant(sql, &[&workspace, ids]);
    all(&pipeline.one(step).await?, read)
}

pub(crate) async fn workspace(pipeline: Pipeline<'_>, id: WorkspaceId) -> Read<Option<Workspace>> {
    let id = signed(id.get());
    let rest = "workspaces WHERE id = $1";
    let mut found = shared(pipeline, config::WORKSPACE, rest, &[&id], config::workspace).await?;
    Ok(found.pop())
}

pub(crate) async fn workspaces(pipeline: Pipeline<'_>) -> Read<Vec<Workspace>> {
    let rest = "workspaces ORDER BY id";
    shared(pipeline, config::WORKSPACE, rest, &[], config::workspace).await
}

pub(crate) async fn campaigns(
    pipeline: Pipeline<'_>,
    workspace: i64,
    ids: &Vec<i64>,
) -> Read<Vec<Campaign>> {
    by_ids(
        pipeline,
        campaign::COLUMNS,
        "campaigns",
        workspace,
        ids,
        campaign::read,
    )
    .await
}

async fn campaign_by_id(
    pipeline: Pipeline<'_>,
    workspace: WorkspaceId,
    id: CampaignId,
) -> Read<Option<Campaign>> {
    let ids = vec![signed(id.get())];
    let found = campaigns(pipeline, signed(workspace.get()), &ids);
    Ok(found.await?.pop())
}

pub(crate) async fn campaign_by_ref(
    pipeline: Pipeline<'_>,
    workspace: WorkspaceId,
    reference: &CampaignRef,
) -> Read<Option<Campaign>> {
    let vendor = match reference {
        CampaignRef::Number(id) => return campaign_by_id(pipeline, workspace, *id).await,
        CampaignRef::Vendor(vendor) => vendor,
    };
    let (dialect, text) = (vendor.dialect, &vendor.text);
    let alias = vendor_id(pipeline, workspace, dialect, "campaign", text).await?;
    if let Some(id) = alias.and_then(CampaignId::new) {
        return campaign_by_id(pipeline, workspace, id).await;
    }
    let Some(id) = vendor.number.and_then(CampaignId::new) else {
        return Ok(None);
    };
    let found = campaign_by_id(pipeline, workspace, id).await?;
    Ok(found.filter(|campaign| vendor.matches(campaign.created_at)))
}

/// Whether a name can be in a column at all: text of PostgreSQL has every character but NUL, and refuses a statement that
/// asks for one, with all that goes with it.
pub(crate) fn can_be_stored(name: &str) -> bool {
    !name.contains('\0')
}

/// The number that an imported id or an alias stands for.
pub(crate) async fn vendor_id(
    pipeline: Pipeline<'_>,
    workspace: WorkspaceId,
    dialect: Dialect,
    kind: &'static str,
    id: &str,
) -> Read<Option<u64>> {
    if !can_be_stored(id) {
        return Ok(None);
    }
    let sql = "SELECT id, number FROM vendor_ids \
               WHERE workspace_id = $1 AND dialect = $2 AND kind = $3 AND id = $4";
    let (workspace, dialect) = (signed(workspace.get()), dialect.name());
    let step = Step::tenant(sql, &[&workspace, &dialect, &kind, &id]);
    first(&pipeline.one(step).await?, |row| {
        let mut cells = Cells::new(row, "vendor_ids");
        cells.text("id")?;
        cells.number("number")
    })
}

/// Imported ids of leads; a superset of the pairs that the two lists make.
pub(crate) const VENDOR_LEADS: &str = "SELECT id, dialect, number FROM vendor_ids \
     WHERE workspace_id = $1 AND kind = 'lead' AND dialect = ANY($2) AND id = ANY($3)";

/// Reads the rows of [`VENDOR_LEADS`]: numbers by dialect and id.
pub(crate) fn vendor_numbers(rows: &[Row]) -> Read<HashMap<(String, String), i64>> {
    let read = |row| {
        let mut cells = Cells::new(row, "vendor_ids");
        let id = cells.string("id")?;
        let dialect = cells.string("dialect")?;
        Ok(((dialect, id), cells.integer("number")?))
    };
    rows.iter().map(read).collect()
}

pub(crate) async fn tags(pipeline: Pipeline<'_>, workspace: i64, ids: &Vec<i64>) -> Read<Vec<Tag>> {
    by_ids(pipeline, config::TAG, "tags", workspace, ids, config::tag).await
}

pub(crate) async fn users(
    pipeline: Pipeline<'_>,
    workspace: i64,
    ids: &Vec<i64>,
) -> Read<Vec<User>> {
    by_ids(
        pipeline,
        config::USER,
        "users",
        workspace,
        ids,
        config::user,
    )
    .await
}

pub(crate) async fn fields_by_id(
    pipeline: Pipeline<'_>,
    workspace: i64,
    ids: &Vec<i64>,
) -> Read<Vec<FieldDefinition>> {
    by_ids(
        pipeline,
        config::FIELD,
        "fields",
        workspace,
        ids,
        config::field,
    )
    .await
}

pub(crate) async fn fields(
    pipeline: Pipeline<'_>,
    workspace: WorkspaceId,
) -> Read<Vec<FieldDefinition>> {
    let sql = format!(
        "SELECT {} FROM fields WHERE workspace_id = $1 ORDER BY id",
        config::FIELD
    );
    let workspace = signed(workspace.get());
    let rows = pipeline.one(Step::tenant(sql, &[&workspace])).await?;
    all(&rows, config::field)
}

pub(crate) async fn call(
    pipeline: Pipeline<'_>,
    workspace: WorkspaceId,
    id: CallId,
) -> Read<Option<CallRecord>> {
    let sql = format!(
        "SELECT {} FROM calls WHERE workspace_id = $1 AND id = $2 AND NOT is_deleted",
        call::COLUMNS
    );
    let key = (signed(workspace.get()), signed(id.get()));
    let rows = pipeline.one(Step::tenant(sql, &[&key.0, &key.1])).await?;
    first(&rows, call::read)
}

pub(crate) async fn key_by_hash(pipeline: Pipeline<'_>, hash: KeyHash) -> Read<Option<ApiKey>> {
    let hash = &hash.0[..];
    let rest = "api_keys WHERE hash = $1";
    Ok(shared(pipeline, config::KEY, rest, &[&hash], config::key)
        .await?
        .pop())
}

pub(crate) async fn keys(pipeline: Pipeline<'_>, workspace: WorkspaceId) -> Read<Vec<ApiKey>> {
    let workspace = signed(workspace.get());
    let rest = "api_keys WHERE workspace_id = $1 ORDER BY id";
    shared(pipeline, config::KEY, rest, &[&workspace], config::key).await
}

/// Walks from the lead's newest event back; see the schema for why there is no index.
pub(crate) async fn history(
    pipeline: Pipeline<'_>,
    workspace: WorkspaceId,
    lead: LeadId,
    page: HistoryPage,
) -> Read<Vec<Event>> {
    let HistoryPage {
        before_version,
        limit: wanted,
    } = page;
    let (columns, before) = (event::COLUMNS, event::before());
    let sql = format!(
        "WITH RECURSIVE chain AS ( \
         SELECT {columns}, previous_event_id FROM events \
         WHERE workspace_id = $1 AND id = (SELECT last_event_id FROM leads \
         WHERE workspace_id = $1 AND id = $2) \
         UNION ALL \
         SELECT event.* FROM chain, {before}) \
         SELECT {columns}, previous_event_id FROM chain \
         WHERE $3::bigint IS NULL OR version < $3 LIMIT $4"
    );
    let key = (signed(workspace.get()), signed(lead.get()));
    let (before_version, limit) = (before_version.map(signed), limit(wanted));
    let step = Step::tenant(sql, &[&key.0, &key.1, &before_version, &limit]);
    let rows = pipeline.one(step).await?;
    let events = all(&rows, event::event)?;
    let broken = |row: &Row| {
        let id: i64 = row.get("id");
        Failure::corrupt("events", "previous_event_id", id.to_string())
    };
    // A chain that leaves its lead or breaks off is damage, and no answer to give; one that ends where the operator took
    // old partitions away is all there is.
    for (row, event) in rows.iter().zip(&events) {
        if (event.workspace_id, event.lead_id) != (workspace, lead) {
            return Err(broken(row));
        }
    }
    if let Some(row) = rows.last().filter(|_| rows.len() < wanted)
        && let Some(missing) = row.get::<_, Option<i64>>("previous_event_id")
        && partitions::is_attached(pipeline, missing).await?
    {
        return Err(broken(row));
    }
    Ok(events)
}
