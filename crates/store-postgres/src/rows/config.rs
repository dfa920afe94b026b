//! Rows of what an operator sets up: workspaces, campaigns, tags, users, fields, keys.
//!
//! Lists inside a row are JSON, in the forms below; they are read and written whole.

use domain::campaign::{Callback, CallbackAuth, Campaign, Stage, Transitions, Workspace};
use domain::command::Scope;
use domain::custom_field::{Association, FieldDefinition, FieldOption, FieldType, Tag, User};
use domain::event::Dialect;
use domain::status::StageKind;
use domain::time_zone::TimeZone;
use domain::{CallbackId, CampaignId, FieldId, KeyId, OptionId, TagId, UserId, WorkspaceId};
use serde_json::{Value, json};
use store::{ApiKey, Permissions};
use tokio_postgres::Row;

use super::{Cells, ids_text, read_ids};
use crate::errors::Failure;

pub(crate) const WORKSPACE: &str = "id, name, created_at, default_region, stages";
pub(crate) const CAMPAIGN: &str = "id, workspace_id, name, created_at, is_running, default_region, \
     time_zone, stages, transitions, dispositions";
pub(crate) const CALLBACK: &str = "id, url, auth_kind, auth_name, auth_value";
pub(crate) const TAG: &str = "id, label, association, background_color, text_color";
pub(crate) const USER: &str = "id, email, first_name, last_name";
pub(crate) const FIELD: &str = "id, label, field_type, association, options";
pub(crate) const KEY: &str = "id, workspace_id, label, hint, can_read, can_write, dialects, campaigns, \
     created_at, revoked_at";

pub(crate) fn workspace(row: &Row) -> Result<Workspace, Failure> {
    let mut cells = Cells::new(row, "workspaces");
    Ok(Workspace {
        id: cells.id("id", WorkspaceId::new)?,
        name: cells.string("name")?,
        created_at: cells.time("created_at")?,
        default_region: cells.optional_string("default_region")?,
        stages: cells.json("stages", read_stages)?,
    })
}

/// Without its callbacks, which are rows of their own.
pub(crate) fn campaign(row: &Row) -> Result<Campaign, Failure> {
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
        stages: cells.json("stages", read_stages)?,
        transitions: cells
            .optional_json("transitions", read_transitions)?
            .unwrap_or_default(),
        dispositions: cells.json("dispositions", |list| read_list(list, read_name))?,
        callbacks: Vec::new(),
    })
}

pub(crate) fn callback(row: &Row) -> Result<Callback, Failure> {
    let mut cells = Cells::new(row, "callbacks");
    let id = cells.id("id", CallbackId::new)?;
    let url = cells.string("url")?;
    Ok(Callback {
        id,
        url,
        auth: read_auth(&mut cells)?,
    })
}

pub(crate) fn tag(row: &Row) -> Result<Tag, Failure> {
    let mut cells = Cells::new(row, "tags");
    Ok(Tag {
        id: cells.id("id", TagId::new)?,
        label: cells.string("label")?,
        association: cells.parsed("association", Association::from_name)?,
        background_color: cells.string("background_color")?,
        text_color: cells.string("text_color")?,
    })
}

pub(crate) fn user(row: &Row) -> Result<User, Failure> {
    let mut cells = Cells::new(row, "users");
    Ok(User {
        id: cells.id("id", UserId::new)?,
        email: cells.string("email")?,
        first_name: cells.optional_string("first_name")?,
        last_name: cells.optional_string("last_name")?,
    })
}

pub(crate) fn field(row: &Row) -> Result<FieldDefinition, Failure> {
    let mut cells = Cells::new(row, "fields");
    Ok(FieldDefinition {
        id: cells.id("id", FieldId::new)?,
        label: cells.string("label")?,
        field_type: cells.parsed("field_type", FieldType::from_name)?,
        association: cells.parsed("association", Association::from_name)?,
        options: cells.json("options", |list| read_list(list, read_option))?,
    })
}

pub(crate) fn key(row: &Row) -> Result<ApiKey, Failure> {
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
        dialects: cells.optional_json("dialects", |list| {
            read_list(list, |name| Dialect::from_name(name.as_str()?))
        })?,
        scope: cells
            .optional_parsed("campaigns", |text| {
                read_ids::<_, Vec<_>>(text, CampaignId::new)
            })?
            .map_or(Scope::Workspace, |ids| Scope::Campaigns(ids.into())),
        created_at: cells.time("created_at")?,
        revoked_at: cells.optional_time("revoked_at")?,
    })
}

pub(crate) fn scope_text(scope: &Scope) -> Option<String> {
    match scope {
        Scope::Workspace => None,
        Scope::Campaigns(ids) => Some(ids_text(ids.iter().map(|id| id.get()))),
    }
}

pub(crate) fn dialects_text(dialects: Option<&[Dialect]>) -> Option<String> {
    let names = |list: &[Dialect]| list.iter().map(|dialect| dialect.name()).collect::<Value>();
    dialects.map(|list| names(list).to_string())
}

pub(crate) fn stages_text(stages: &[Stage]) -> String {
    let stages = stages
        .iter()
        .map(|Stage { name, kind }| json!({"name": name, "kind": kind.name()}));
    stages.collect::<Value>().to_string()
}

pub(crate) fn transitions_text(transitions: &Transitions) -> Option<String> {
    match transitions {
        Transitions::UntilConverted => None,
        Transitions::Listed(moves) => Some(json!(moves).to_string()),
    }
}

pub(crate) fn options_text(options: &[FieldOption]) -> String {
    let options = options
        .iter()
        .map(|FieldOption { id, label }| json!({"id": id.get(), "label": label}));
    options.collect::<Value>().to_string()
}

/// `auth_kind`, `auth_name` and `auth_value`.
pub(crate) fn auth_columns(auth: &CallbackAuth) -> (&'static str, Option<&str>, Option<&str>) {
    match auth {
        CallbackAuth::None => ("none", None, None),
        CallbackAuth::Bearer(token) => ("bearer", None, Some(token)),
        CallbackAuth::Header { name, value } => ("header", Some(name), Some(value)),
    }
}

pub(super) fn read_auth(cells: &mut Cells<'_>) -> Result<CallbackAuth, Failure> {
    let kind = cells.text("auth_kind")?;
    let name = cells.optional_string("auth_name")?;
    let value = cells.optional_string("auth_value")?;
    match (kind, name, value) {
        ("none", None, None) => Ok(CallbackAuth::None),
        ("bearer", None, Some(token)) => Ok(CallbackAuth::Bearer(token)),
        ("header", Some(name), Some(value)) => Ok(CallbackAuth::Header { name, value }),
        _ => Err(cells.corrupt("auth_kind")),
    }
}

fn read_list<T>(list: &Value, read: impl Fn(&Value) -> Option<T>) -> Option<Vec<T>> {
    list.as_array()?.iter().map(read).collect()
}

fn read_name(value: &Value) -> Option<String> {
    value.as_str().map(str::to_owned)
}

fn read_stages(list: &Value) -> Option<Vec<Stage>> {
    read_list(list, |stage| {
        Some(Stage {
            name: read_name(stage.get("name")?)?,
            kind: StageKind::from_name(stage.get("kind")?.as_str()?)?,
        })
    })
}

fn read_transitions(moves: &Value) -> Option<Transitions> {
    let moves = moves.as_object()?.iter();
    let moves = moves.map(|(from, to)| Some((from.clone(), read_list(to, read_name)?)));
    Some(Transitions::Listed(moves.collect::<Option<_>>()?))
}

fn read_option(value: &Value) -> Option<FieldOption> {
    Some(FieldOption {
        id: OptionId::new(value.get("id")?.as_u64()?)?,
        label: read_name(value.get("label")?)?,
    })
}
