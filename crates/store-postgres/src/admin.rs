//! The SQL of administration: what an operator sets up, and blocks of ids. Each function is one statement, or runs inside
//! a transaction of its own.

use domain::campaign::{Campaign, Workspace};
use domain::custom_field::{FieldDefinition, Tag, User};
use domain::event::Dialect;
use domain::ids::ID_END;
use domain::{CallId, CampaignId, IdKind, KeyId, Timestamp, WorkspaceId};
use store::{ApiKey, KeyHash, Permissions, codec};

use crate::errors::Failure;
use crate::pipeline::{Parameter, Pipeline, Reach, Step};
use crate::rows::{campaign, signed};

type Written = Result<(), Failure>;

pub(crate) async fn reserve_ids(
    pipeline: Pipeline<'_>,
    kind: IdKind,
    count: u64,
) -> Result<u64, Failure> {
    let spent = || Failure::broken("the ids of this kind are used up");
    let count = i64::try_from(count).map_err(|_| spent())?;
    let (kind, first, end) = (kind.name(), 1 + count, signed(ID_END));
    // Adds nothing once the end is reached: then there is no row.
    let sql = "INSERT INTO id_blocks AS blocks (kind, next_id) VALUES ($1, $2) \
               ON CONFLICT (kind) DO UPDATE SET next_id = blocks.next_id + $3 \
               WHERE blocks.next_id + $3 <= $4 RETURNING next_id - $3";
    if first > end {
        return Err(spent());
    }
    let step = Step::new(Reach::Shared, sql, &[&kind, &first, &count, &end]);
    let rows = pipeline.one(step).await?;
    let first: i64 = rows.first().ok_or_else(spent)?.get(0);
    u64::try_from(first).map_err(|_| spent())
}

pub(crate) async fn start_ids_at(pipeline: Pipeline<'_>, kind: IdKind, first: u64) -> Written {
    let (kind, first) = (kind.name(), signed(first.clamp(1, ID_END)));
    let sql = "INSERT INTO id_blocks AS blocks (kind, next_id) VALUES ($1, $2) \
               ON CONFLICT (kind) DO UPDATE SET next_id = greatest(blocks.next_id, $2)";
    let step = Step::new(Reach::Shared, sql, &[&kind, &first]);
    pipeline.one(step).await.map(drop)
}

pub(crate) async fn create_workspace(pipeline: Pipeline<'_>, workspace: &Workspace) -> Written {
    let Workspace {
        id,
        name,
        created_at,
        default_region,
        stages,
        blocks_repeats,
    } = workspace;
    let (id, created_at) = (signed(id.get()), created_at.as_millis());
    let stages = codec::encode_stages(stages);
    let sql = "INSERT INTO workspaces (id, name, created_at, default_region, stages, blocks_repeats) \
               VALUES ($1, $2, $3, $4, $5, $6)";
    let row: [Parameter<'_>; 6] = [
        &id,
        name,
        &created_at,
        default_region,
        &stages,
        blocks_repeats,
    ];
    let step = Step::new(Reach::Shared, sql, &row).creating("workspace");
    pipeline.one(step).await.map(drop)
}

/// Inside a transaction: of several processes one is first.
pub(crate) async fn create_first_workspace(
    pipeline: Pipeline<'_>,
    workspace: &Workspace,
) -> Result<bool, Failure> {
    let lock = "SELECT pg_advisory_xact_lock(hashtextextended('leadbook first workspace', 0))";
    let any = "SELECT 1 FROM workspaces LIMIT 1";
    let steps = [
        Step::new(Reach::Shared, lock, &[]),
        Step::new(Reach::Shared, any, &[]),
    ];
    let answers = pipeline.all(&steps).await?;
    if !answers[1].is_empty() {
        return Ok(false);
    }
    create_workspace(pipeline, workspace).await?;
    Ok(true)
}

pub(crate) async fn create_campaign(pipeline: Pipeline<'_>, campaign: &Campaign) -> Written {
    let values = campaign::Values::of(campaign);
    let step = Step::tenant(campaign::INSERT, &values.parameters()).creating("campaign");
    pipeline.one(step).await.map(drop)
}

pub(crate) async fn update_campaign(
    pipeline: Pipeline<'_>,
    campaign: &Campaign,
) -> Result<bool, Failure> {
    let values = campaign::Values::of(campaign);
    let step = Step::tenant(campaign::UPDATE, &values.parameters());
    Ok(!pipeline.one(step).await?.is_empty())
}

pub(crate) async fn create_tag(
    pipeline: Pipeline<'_>,
    workspace: WorkspaceId,
    tag: &Tag,
) -> Written {
    let Tag {
        id,
        label,
        association,
        partner_type,
        background_color,
        text_color,
    } = tag;
    let (workspace, id) = (signed(workspace.get()), signed(id.get()));
    let association = association.name();
    let sql = "INSERT INTO tags (workspace_id, id, label, association, partner_type, \
               background_color, text_color) VALUES ($1, $2, $3, $4, $5, $6, $7)";
    let row: [Parameter<'_>; 7] = [
        &workspace,
        &id,
        label,
        &association,
        partner_type,
        background_color,
        text_color,
    ];
    let step = Step::tenant(sql, &row).creating("tag");
    pipeline.one(step).await.map(drop)
}

pub(crate) async fn create_user(
    pipeline: Pipeline<'_>,
    workspace: WorkspaceId,
    user: &User,
) -> Written {
    let User {
        id,
        created_at,
        email,
        first_name,
        last_name,
    } = user;
    let (workspace, id) = (signed(workspace.get()), signed(id.get()));
    let created_at = created_at.as_millis();
    let sql = "INSERT INTO users (workspace_id, id, created_at, email, first_name, last_name) \
               VALUES ($1, $2, $3, $4, $5, $6)";
    let row: [Parameter<'_>; 6] = [&workspace, &id, &created_at, email, first_name, last_name];
    let step = Step::tenant(sql, &row).creating("user");
    pipeline.one(step).await.map(drop)
}

pub(crate) async fn create_field(
    pipeline: Pipeline<'_>,
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
    let (workspace, id) = (signed(workspace.get()), signed(id.get()));
    let (field_type, association) = (field_type.name(), association.name());
    let options = codec::encode_options(options);
    let sql = "INSERT INTO fields (workspace_id, id, label, field_type, association, options, \
               partner_type, is_required, is_shared) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)";
    let row: [Parameter<'_>; 9] = [
        &workspace,
        &id,
        label,
        &field_type,
        &association,
        &options,
        partner_type,
        is_required,
        is_shared,
    ];
    let step = Step::tenant(sql, &row).creating("field");
    pipeline.one(step).await.map(drop)
}

pub(crate) async fn create_key(pipeline: Pipeline<'_>, key: &ApiKey, hash: KeyHash) -> Written {
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
    let (id, workspace, hash) = (signed(id.get()), signed(workspace_id.get()), &hash.0[..]);
    let dialects = codec::encode_dialects(dialects.as_deref());
    let campaigns = codec::encode_scope(scope);
    let created_at = created_at.as_millis();
    let revoked_at = revoked_at.map(Timestamp::as_millis);
    let sql = "INSERT INTO api_keys (id, hash, workspace_id, label, hint, can_read, can_write, \
               dialects, campaigns, has_bare_lists, created_at, revoked_at) \
               VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12)";
    let row: [Parameter<'_>; 12] = [
        &id,
        &hash,
        &workspace,
        label,
        hint,
        read,
        write,
        &dialects,
        &campaigns,
        has_bare_lists,
        &created_at,
        &revoked_at,
    ];
    let step = Step::new(Reach::Shared, sql, &row).creating("key");
    pipeline.one(step).await.map(drop)
}

pub(crate) async fn revoke_key(
    pipeline: Pipeline<'_>,
    workspace: WorkspaceId,
    key: KeyId,
    revoked_at: Timestamp,
) -> Result<bool, Failure> {
    let (workspace, key) = (signed(workspace.get()), signed(key.get()));
    let revoked_at = revoked_at.as_millis();
    let sql = "UPDATE api_keys SET revoked_at = coalesce(revoked_at, $3) \
               WHERE workspace_id = $1 AND id = $2 RETURNING id";
    let step = Step::new(Reach::Shared, sql, &[&workspace, &key, &revoked_at]);
    Ok(!pipeline.one(step).await?.is_empty())
}

pub(crate) async fn create_campaign_alias(
    pipeline: Pipeline<'_>,
    workspace: WorkspaceId,
    dialect: Dialect,
    id: &str,
    campaign: CampaignId,
) -> Written {
    let (workspace, campaign) = (signed(workspace.get()), signed(campaign.get()));
    let dialect = dialect.name();
    let sql = "INSERT INTO vendor_ids (workspace_id, dialect, kind, id, number) \
               VALUES ($1, $2, 'campaign', $3, $4)";
    let row: [Parameter<'_>; 4] = [&workspace, &dialect, &id, &campaign];
    let step = Step::tenant(sql, &row).creating("campaign alias");
    pipeline.one(step).await.map(drop)
}

/// Marks them; how many there were. One that is under way stays.
pub(crate) async fn delete_calls(
    pipeline: Pipeline<'_>,
    workspace: WorkspaceId,
    calls: &[CallId],
) -> Result<usize, Failure> {
    let (workspace, ids): (_, Vec<_>) = (
        signed(workspace.get()),
        calls.iter().map(|id| signed(id.get())).collect(),
    );
    let sql = "UPDATE calls SET is_deleted = true WHERE workspace_id = $1 AND id = ANY($2) \
               AND NOT is_deleted AND ended_at IS NOT NULL RETURNING id";
    let step = Step::tenant(sql, &[&workspace, &ids]);
    Ok(pipeline.one(step).await?.len())
}
