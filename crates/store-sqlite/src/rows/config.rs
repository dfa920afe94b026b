//! Rows of what an operator sets up: workspaces, campaigns, tags, users, fields, keys.
//!
//! Lists inside a row are JSON, in the forms of [`codec`].

use domain::campaign::{Campaign, Workspace};
use domain::command::Scope;
use domain::custom_field::{Association, FieldDefinition, FieldType, Tag, User};
use domain::time_zone::TimeZone;
use domain::{CampaignId, FieldId, KeyId, TagId, UserId, WorkspaceId};
use rusqlite::Row;
use store::{ApiKey, Permissions, codec};

use super::Cells;
use crate::errors::Failure;

pub(crate) const WORKSPACE: &str = "id, name, created_at, default_region, stages";
pub(crate) const CAMPAIGN: &str = "id, workspace_id, name, created_at, is_running, default_region, \
     time_zone, stages, transitions, dispositions";
pub(crate) const TAG: &str = "id, label, association, background_color, text_color";
pub(crate) const USER: &str = "id, email, first_name, last_name";
pub(crate) const FIELD: &str = "id, label, field_type, association, options";
pub(crate) const KEY: &str = "id, workspace_id, label, hint, can_read, can_write, dialects, campaigns, \
     created_at, revoked_at";

pub(crate) fn workspace(row: &Row<'_>) -> Result<Workspace, Failure> {
    let mut cells = Cells::new(row, "workspaces");
    Ok(Workspace {
        id: cells.id("id", WorkspaceId::new)?,
        name: cells.string("name")?,
        created_at: cells.time("created_at")?,
        default_region: cells.optional_string("default_region")?,
        stages: cells.json("stages", codec::decode_stages)?,
    })
}

pub(crate) fn campaign(row: &Row<'_>) -> Result<Campaign, Failure> {
    let mut cells = Cells::new(row, "campaigns");
    Ok(Campaign {
        id: cells.id("id", CampaignId::new)?,
        workspace_id: cells.id("workspace_id", WorkspaceId::new)?,
        name: cells.string("name")?,
        created_at: cells.time("created_at")?,
        is_running: cells.boolean("is_running")?,
        default_region: cells.optional_string("default_region")?,
        time_zone: cells
            .optional_string("time_zone")?
            .map(TimeZone::from_stored),
        stages: cells.json("stages", codec::decode_stages)?,
        transitions: cells
            .optional_json("transitions", codec::decode_transitions)?
            .unwrap_or_default(),
        dispositions: cells.json("dispositions", codec::decode_names)?,
    })
}

pub(crate) fn tag(row: &Row<'_>) -> Result<Tag, Failure> {
    let mut cells = Cells::new(row, "tags");
    Ok(Tag {
        id: cells.id("id", TagId::new)?,
        label: cells.string("label")?,
        association: cells.parsed("association", Association::from_name)?,
        background_color: cells.string("background_color")?,
        text_color: cells.string("text_color")?,
    })
}

pub(crate) fn user(row: &Row<'_>) -> Result<User, Failure> {
    let mut cells = Cells::new(row, "users");
    Ok(User {
        id: cells.id("id", UserId::new)?,
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
        created_at: cells.time("created_at")?,
        revoked_at: cells.optional_time("revoked_at")?,
    })
}
