//! Reads of what is kept: configuration, calls, keys, histories. Leads are read by `load`, work by `work`.

use std::collections::BTreeSet;
use std::rc::Rc;

use domain::campaign::{Campaign, Workspace};
use domain::custom_field::{FieldDefinition, Tag, User};
use domain::event::{Dialect, Event};
use domain::{CallId, CampaignId, FieldId, LeadId, TagId, UserId, WorkspaceId};
use rusqlite::types::Value;
use rusqlite::vtab::array::Array;
use rusqlite::{CachedStatement, Connection, Params, Row, params};
use store::{ApiKey, CallRecord, CampaignRef, HistoryPage, KeyHash};

use crate::errors::Failure;
use crate::rows::event::EventRow;
use crate::rows::{self, call, campaign, config, signed};

type Read<T> = Result<T, Failure>;

/// The first row, if there is one.
pub(crate) fn one<T>(
    statement: &mut CachedStatement<'_>,
    params: impl Params,
    read: impl Fn(&Row<'_>) -> Read<T>,
) -> Read<Option<T>> {
    let mut rows = statement.query(params)?;
    rows.next()?.map(read).transpose()
}

/// Every row, in the statement's order.
pub(crate) fn many<T>(
    statement: &mut CachedStatement<'_>,
    params: impl Params,
    read: impl Fn(&Row<'_>) -> Read<T>,
) -> Read<Vec<T>> {
    let mut rows = statement.query(params)?;
    let mut all = Vec::new();
    while let Some(row) = rows.next()? {
        all.push(read(row)?);
    }
    Ok(all)
}

/// Numbers as SQL takes them: the values of a table `rarray`.
pub(crate) fn array(numbers: &[i64]) -> Array {
    Rc::new(numbers.iter().copied().map(Value::from).collect())
}

/// A limit as SQL takes it.
pub(crate) fn limit(limit: usize) -> i64 {
    i64::try_from(limit).unwrap_or(i64::MAX)
}

macro_rules! select {
    ($connection:expr, $columns:expr, $rest:literal) => {
        // The text is short and the cache is by text, so that building it costs less than a seek.
        $connection.prepare_cached(&format!("SELECT {} FROM {}", $columns, $rest))
    };
}
pub(crate) use select;

pub(crate) fn workspace(connection: &Connection, id: WorkspaceId) -> Read<Option<Workspace>> {
    let mut statement = select!(connection, config::WORKSPACE, "workspaces WHERE id = ?1")?;
    one(&mut statement, [signed(id.get())], config::workspace)
}

pub(crate) fn workspaces(connection: &Connection) -> Read<Vec<Workspace>> {
    let mut statement = select!(connection, config::WORKSPACE, "workspaces ORDER BY id")?;
    many(&mut statement, [], config::workspace)
}

pub(crate) fn campaign(
    connection: &Connection,
    workspace: WorkspaceId,
    id: CampaignId,
) -> Read<Option<Campaign>> {
    let key = [signed(workspace.get()), signed(id.get())];
    let mut statement = select!(
        connection,
        campaign::COLUMNS,
        "campaigns WHERE workspace_id = ?1 AND id = ?2"
    )?;
    one(&mut statement, key, campaign::read)
}

pub(crate) fn campaign_by_ref(
    connection: &Connection,
    workspace: WorkspaceId,
    reference: &CampaignRef,
) -> Read<Option<Campaign>> {
    let vendor = match reference {
        CampaignRef::Number(id) => return campaign(connection, workspace, *id),
        CampaignRef::Vendor(vendor) => vendor,
    };
    let alias = vendor_id(
        connection,
        workspace,
        vendor.dialect,
        "campaign",
        &vendor.text,
    )?;
    if let Some(id) = alias.and_then(CampaignId::new) {
        return campaign(connection, workspace, id);
    }
    let Some(id) = vendor.number.and_then(CampaignId::new) else {
        return Ok(None);
    };
    let found = campaign(connection, workspace, id)?;
    Ok(found.filter(|campaign| vendor.matches(campaign.created_at)))
}

/// The number that an imported id or an alias stands for.
pub(crate) fn vendor_id(
    connection: &Connection,
    workspace: WorkspaceId,
    dialect: Dialect,
    kind: &'static str,
    id: &str,
) -> Read<Option<u64>> {
    let mut statement = connection.prepare_cached(
        "SELECT id, number FROM vendor_ids \
         WHERE workspace_id = ?1 AND dialect = ?2 AND kind = ?3 AND id = ?4",
    )?;
    let key = params![signed(workspace.get()), dialect.name(), kind, id];
    one(&mut statement, key, |row| {
        let mut cells = rows::Cells::new(row, "vendor_ids");
        cells.text("id")?;
        cells.number("number")
    })
}

pub(crate) fn tags(
    connection: &Connection,
    workspace: WorkspaceId,
    ids: &BTreeSet<TagId>,
) -> Read<Vec<Tag>> {
    let mut statement = select!(
        connection,
        config::TAG,
        "tags WHERE workspace_id = ?1 AND id = ?2"
    )?;
    each(
        &mut statement,
        workspace,
        ids.iter().map(|id| id.get()),
        config::tag,
    )
}

pub(crate) fn users(
    connection: &Connection,
    workspace: WorkspaceId,
    ids: &BTreeSet<UserId>,
) -> Read<Vec<User>> {
    let mut statement = select!(
        connection,
        config::USER,
        "users WHERE workspace_id = ?1 AND id = ?2"
    )?;
    each(
        &mut statement,
        workspace,
        ids.iter().map(|id| id.get()),
        config::user,
    )
}

fn each<T>(
    statement: &mut CachedStatement<'_>,
    workspace: WorkspaceId,
    ids: impl Iterator<Item = u64>,
    read: fn(&Row<'_>) -> Read<T>,
) -> Read<Vec<T>> {
    let key = |id| [signed(workspace.get()), signed(id)];
    ids.filter_map(|id| one(statement, key(id), read).transpose())
        .collect()
}

pub(crate) fn field(
    connection: &Connection,
    workspace: WorkspaceId,
    id: FieldId,
) -> Read<Option<FieldDefinition>> {
    let mut statement = select!(
        connection,
        config::FIELD,
        "fields WHERE workspace_id = ?1 AND id = ?2"
    )?;
    let key = [signed(workspace.get()), signed(id.get())];
    one(&mut statement, key, config::field)
}

pub(crate) fn fields(
    connection: &Connection,
    workspace: WorkspaceId,
) -> Read<Vec<FieldDefinition>> {
    let mut statement = select!(
        connection,
        config::FIELD,
        "fields WHERE workspace_id = ?1 ORDER BY id"
    )?;
    many(&mut statement, [signed(workspace.get())], config::field)
}

pub(crate) fn call(
    connection: &Connection,
    workspace: WorkspaceId,
    id: CallId,
) -> Read<Option<CallRecord>> {
    let mut statement = select!(
        connection,
        call::COLUMNS,
        "calls WHERE workspace_id = ?1 AND id = ?2 AND is_deleted = 0"
    )?;
    let key = [signed(workspace.get()), signed(id.get())];
    one(&mut statement, key, call::read)
}

pub(crate) fn key_by_hash(connection: &Connection, hash: KeyHash) -> Read<Option<ApiKey>> {
    let mut statement = select!(connection, config::KEY, "api_keys WHERE hash = ?1")?;
    one(&mut statement, [hash.0], config::key)
}

pub(crate) fn keys(connection: &Connection, workspace: WorkspaceId) -> Read<Vec<ApiKey>> {
    let mut statement = select!(
        connection,
        config::KEY,
        "api_keys WHERE workspace_id = ?1 ORDER BY id"
    )?;
    many(&mut statement, [signed(workspace.get())], config::key)
}

/// Walks from the lead's newest event back; see the schema for why there is no index.
pub(crate) fn history(
    connection: &Connection,
    workspace: WorkspaceId,
    lead: LeadId,
    page: HistoryPage,
) -> Read<Vec<Event>> {
    let HistoryPage {
        before_version,
        limit,
    } = page;
    let mut next = last_event_id(connection, workspace, lead)?;
    let mut statement = connection.prepare_cached(rows::event::SELECT)?;
    let mut events = Vec::new();
    while let Some(id) = next.filter(|_| events.len() < limit) {
        let row = one(&mut statement, [id], EventRow::read)?;
        // A chain that ends early or leaves its lead is damage, and no answer to give.
        let EventRow {
            event,
            previous_event_id,
        } = row
            .filter(|row| (row.event.workspace_id, row.event.lead_id) == (workspace, lead))
            .ok_or_else(|| Failure::corrupt("events", "previous_event_id", id.to_string()))?;
        next = previous_event_id;
        if before_version.is_none_or(|before| event.version < before) {
            events.push(event);
        }
    }
    Ok(events)
}

fn last_event_id(
    connection: &Connection,
    workspace: WorkspaceId,
    lead: LeadId,
) -> Read<Option<i64>> {
    let mut statement = connection.prepare_cached(
        "SELECT id, last_event_id FROM leads WHERE id = ?1 AND workspace_id = ?2",
    )?;
    let key = [signed(lead.get()), signed(workspace.get())];
    one(&mut statement, key, |row| {
        let mut cells = rows::Cells::new(row, "leads");
        cells.integer("id")?;
        cells.integer("last_event_id")
    })
}
