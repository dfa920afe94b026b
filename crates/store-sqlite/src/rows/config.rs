//! Rows of what an operator sets up: workspaces, tags, users, fields, keys. Campaigns have a file of their own.
//!
//! Lists inside a row are JSON, in the forms of [`codec`].

use domain::campaign::Workspace;
use domain::command::Scope;
use domain::custom_field::{Association, FieldDefinition, FieldType, Tag, User};
use domain::{FieldId, KeyId, TagId, UserId, WorkspaceId};
use rusqlite::Row;
use store::{ApiKey, Permissions, codec};

use super::Cells;
use crate::errors::Failure;

pub(crate) const WORKSPACE: &str = "id, name, created_at, default_region, stages, blocks_repeats";
pub(crate) const TAG: &str = "id, label, association, partner_type, background_color, text_color";
pub(crate) const USER: &str = "id, created_at, email, first_name, last_name";
pub(crate) const FIELD: &str = "id, label, field_type, association, options, partner_type, is_required, \
     is_shared";
pub(crate) const KEY: &str = "id, workspace_id, label, hint, can_read, can_write, dialects, campaigns, \
     has_bare_lists, created_at, revoked_at";

pub(crate) fn workspace(row: &Row<'_>) -> Result<Workspace, Failure> {
    let mut cells = Cells::new(row, "workspaces");
    Ok(Workspace {
        id: cells.id("id", WorkspaceId::new)?,
        name: cells.string("name")?,
        created_at: cells.time("created_at")?,
        default_region: cells.optional_string("default_region")?,
        stages: cells.json("stages", codec::decode_stages)?,
        blocks_repeats: cells.boolean("blocks_repeats")?,
    })
}

pub(crate) fn tag(row: &Row<'_>) -> Result<Tag, Failure> {
    let mut cells = Cells::new(row, "tags");
    Ok(Tag {
        id: cells.id("id", TagId::new)?,
        label: cells.string("label")?,
        association: cells.parsed("association", Association::from_name)?,
        partner_type: cells.optional_string("partner_type")?,
        background_color: cells.string("background_color")?,
        text_color: cells.string("text_color")?,
    })
}

pub(crate) fn user(row: &Row<'_>) -> Result<User, Failure> {
    let mut cells = Cells::new(row, "users");
    Ok(User {
        id: cells.id("id", UserId::new)?,
        created_at: cells.time("created_at")?,
        email: cells.string("email")?,
        first_name: cells.optional_string("first_name")?,
        last_name: cells.optional_string("last_name")?,
    })
}

pub(crate) fn field(row: &Row<'_>) -> Result<FieldDefinition, Failure> {
    let mut cells = Cells::new(row, "fields");
    Ok(FieldDefinition {
        id: cells.id("id", FieldId::new)?,
        label: cells.string("label")?,
        field_type: cells.parsed("field_type", FieldType::from_name)?,
        association: cells.parsed("association", Association::from_name)?,
        options: cells.json("options", codec::decode_options)?,
        partner_type: cells.optional_string("partner_type")?,
        is_required: cells.boolean("is_required")?,
        is_shared: cells.boolean("is_shared")?,
    })
}

pub(crate) fn key(row: &Row<'_>) -> Result<ApiKey, Failure> {
    let mut cells = Cells::new(row, "api_keys");
    Ok(ApiKey {
        id: cells.id("id", KeyId::new)?,
        workspace_id: cells.id("workspace_id", WorkspaceId::new)?,
        label: cells.string("label")?,
        hint: cells.string("hint")?,
        permissions: Permissions {
            read: cells.boolean("can_read")?,
            write: cells.boolean("can_write")?,
        },
        dialects: cells.optional_json("dialects", codec::decode_dialects)?,
        scope: cells
            .optional_parsed("campaigns", codec::decode_scope)?
            .unwrap_or(Scope::Workspace),
        has_bare_lists: cells.boolean("has_bare_lists")?,
        created_at: cells.time("created_at")?,
        revoked_at: cells.optional_time("revoked_at")?,
    })
}
