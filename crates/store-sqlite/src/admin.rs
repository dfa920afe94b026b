//! The SQL of administration: what an operator sets up, and blocks of ids. Each function runs inside a
//! transaction of its own.

use domain::campaign::{Campaign, Workspace};
use domain::custom_field::{FieldDefinition, Tag, User};
use domain::event::Dialect;
use domain::ids::ID_END;
use domain::{CallId, CampaignId, IdKind, KeyId, Timestamp, WorkspaceId};
use rusqlite::{Connection, OptionalExtension, params};
use store::{ApiKey, KeyHash, Permissions, codec};

use crate::errors::Failure;
use crate::rows::{campaign, signed};

type Written = Result<(), Failure>;

pub(crate) fn reserve_ids(
    connection: &Connection,
    kind: IdKind,
    count: u64,
) -> Result<u64, Failure> {
    let spent = || Failure::broken("the ids of this kind are used up");
    let count = i64::try_from(count).map_err(|_| spent())?;
    let mut next = connection.prepare_cached("SELECT next_id FROM id_blocks WHERE kind = ?1")?;
    let first: i64 = next
        .query_row([kind.name()], |row| row.get(0))
        .optional()?
        .unwrap_or(1);
    let end = first
        .checked_add(count)
        .filter(|end| *end <= signed(ID_END))
        .ok_or_else(spent)?;
    let mut statement = connection.prepare_cached(
        "INSERT INTO id_blocks (kind, next_id) VALUES (?1, ?2) \
         ON CONFLICT DO UPDATE SET next_id = ?2",
    )?;
    statement.execute(params![kind.name(), end])?;
    u64::try_from(first).map_err(|_| spent())
}

pub(crate) fn start_ids_at(connection: &Connection, kind: IdKind, first: u64) -> Written {
    let first = signed(first.clamp(1, ID_END));
    let mut statement = connection.prepare_cached(
        "INSERT INTO id_blocks (kind, next_id) VALUES (?1, ?2) \
         ON CONFLICT DO UPDATE SET next_id = max(next_id, ?2)",
    )?;
    statement.execute(params![kind.name(), first])?;
    Ok(())
}

pub(crate) fn create_workspace(connection: &Connection, workspace: &Workspace) -> Written {
    let Workspace {
        id,
        name,
        created_at,
        default_region,
        stages,
        blocks_repeats,
    } = workspace;
    let row = params![
        signed(id.get()),
        name,
        created_at.as_millis(),
        default_region,
        codec::encode_stages(stages),
        blocks_repeats
    ];
    let sql = "INSERT INTO workspaces (id, name, created_at, default_region, stages, blocks_repeats) \
               VALUES (?1, ?2, ?3, ?4, ?5, ?6)";
    insert(connection, sql, row, "workspace")
}

pub(crate) fn create_first_workspace(
    connection: &Connection,
    workspace: &Workspace,
) -> Result<bool, Failure> {
    let mut any = connection.prepare_cached("SELECT 1 FROM workspaces")?;
    if any.exists([])? {
        return Ok(false);
    }
    create_workspace(connection, workspace)?;
    Ok(true)
}

pub(crate) fn create_campaign(connection: &Connection, campaign: &Campaign) -> Written {
    let mut statement = connection.prepare_cached(campaign::INSERT)?;
    campaign::write(&mut statement, campaign).map_err(Failure::or_conflict("campaign"))?;
    Ok(())
}

pub(crate) fn update_campaign(
    connection: &Connection,
    campaign: &Campaign,
) -> Result<bool, Failure> {
    let mut statement = connection.prepare_cached(campaign::UPDATE)?;
    Ok(campaign::write(&mut statement, campaign)? == 1)
}

pub(crate) fn create_tag(connection: &Connection, workspace: WorkspaceId, tag: &Tag) -> Written {
    let Tag {
        id,
        label,
        association,
        partner_type,
        background_color,
        text_color,
    } = tag;
    let row = params![
        signed(id.get()),
        signed(workspace.get()),
        label,
        association.name(),
        partner_type,
        background_color,
        text_color
    ];
    let sql = "INSERT INTO tags (id, workspace_id, label, association, partner_type, \
               background_color, text_color) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)";
    insert(connection, sql, row, "tag")
}

pub(crate) fn create_user(connection: &Connection, workspace: WorkspaceId, user: &User) -> Written {
    let User {
        id,
        created_at,
        email,
        first_name,
        last_name,
    } = user;
    let row = params![
        signed(id.get()),
        signed(workspace.get()),
        created_at.as_millis(),
        email,
        first_name,
        last_name
    ];
    let sql = "INSERT INTO users (id, workspace_id, created_at, email, first_name, last_name) \
               VALUES (?1, ?2, ?3, ?4, ?5, ?6)";
    insert(connection, sql, row, "user")
}

pub(crate) fn create_field(
    connection: &Connection,
    workspace: WorkspaceId,
    field: &FieldDefinition,
) -> Written {
    let FieldDefinition {
        id,
        label,
        field_type,
        association,
        options,
        partner_type,
        is_required,
        is_shared,
    } = field;
    let row = params![
        signed(id.get()),
        signed(workspace.get()),
        label,
        field_type.name(),
        association.name(),
        codec::encode_options(options),
        partner_type,
        is_required,
        is_shared
    ];
    let sql = "INSERT INTO fields (id, workspace_id, label, field_type, association, options, \
               partner_type, is_required, is_shared) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9)";
    insert(connection, sql, row, "field")
}

pub(crate) fn create_key(connection: &Connection, key: &ApiKey, hash: KeyHash) -> Written {
    let ApiKey {
        id,
        workspace_id,
        label,
        hint,
        permissions,
        dialects,
        scope,
        has_bare_lists,
        created_at,
        revoked_at,
    } = key;
    let Permissions { read, write } = permissions;
    let row = params![
        signed(id.get()),
        hash.0,
        signed(workspace_id.get()),
        label,
        hint,
        read,
        write,
        codec::encode_dialects(dialects.as_deref()),
        codec::encode_scope(scope),
        has_bare_lists,
        created_at.as_millis(),
        revoked_at.map(Timestamp::as_millis),
    ];
    let sql = "INSERT INTO api_keys (id, hash, workspace_id, label, hint, can_read, can_write, \
               dialects, campaigns, has_bare_lists, created_at, revoked_at) \
               VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12)";
    insert(connection, sql, row, "key")
}

pub(crate) fn revoke_key(
    connection: &Connection,
    workspace: WorkspaceId,
    key: KeyId,
    revoked_at: Timestamp,
) -> Result<bool, Failure> {
    let mut statement = connection.prepare_cached(
        "UPDATE api_keys SET revoked_at = coalesce(revoked_at, ?3) \
         WHERE workspace_id = ?1 AND id = ?2",
    )?;
    let row = [
        signed(workspace.get()),
        signed(key.get()),
        revoked_at.as_millis(),
    ];
    Ok(statement.execute(row)? == 1)
}

pub(crate) fn create_campaign_alias(
    connection: &Connection,
    workspace: WorkspaceId,
    dialect: Dialect,
    id: &str,
    campaign: CampaignId,
) -> Written {
    let row = params![
        signed(workspace.get()),
        dialect.name(),
        id,
        signed(campaign.get())
    ];
    let sql = "INSERT INTO vendor_ids (workspace_id, dialect, kind, id, number) \
               VALUES (?1, ?2, 'campaign', ?3, ?4)";
    insert(connection, sql, row, "campaign alias")
}

/// Marks them; how many there were. One that is under way stays.
pub(crate) fn delete_calls(
    connection: &Connection,
    workspace: WorkspaceId,
    calls: &[CallId],
) -> Result<usize, Failure> {
    let mut statement = connection.prepare_cached(
        "UPDATE calls SET is_deleted = 1 \
         WHERE id = ?1 AND workspace_id = ?2 AND is_deleted = 0 AND ended_at IS NOT NULL",
    )?;
    let mut count = 0;
    for call in calls {
        count += statement.execute([signed(call.get()), signed(workspace.get())])?;
    }
    Ok(count)
}

/// Inserts one row; `what` names it if one with its key exists.
fn insert(
    connection: &Connection,
    sql: &str,
    row: &[&dyn rusqlite::ToSql],
    what: &'static str,
) -> Written {
    let mut statement = connection.prepare_cached(sql)?;
    statement.execute(row).map_err(Failure::or_conflict(what))?;
    Ok(())
}
