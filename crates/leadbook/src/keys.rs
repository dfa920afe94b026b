//! `key create`, `key list`, `key revoke`.

use anyhow::Context as _;
use app::administration::NewKey;
use domain::command::Scope;
use domain::event::Dialect;
use domain::{CampaignId, KeyId};
use serde_json::json;
use store::{ApiKey, Permissions};

use crate::administration::report;
use crate::book;
use crate::cli::{self, InWorkspace, PermissionName};
use crate::site::Site;

pub(crate) async fn key(site: &Site, command: cli::Key) -> anyhow::Result<()> {
    match command {
        cli::Key::Create {
            place,
            label,
            permissions,
            dialect,
            campaign,
            bare_lists,
        } => {
            let new = NewKey {
                label,
                permissions: Permissions {
                    read: permissions.contains(&PermissionName::Read),
                    write: permissions.contains(&PermissionName::Write),
                },
                dialects: dialects(&dialect)?,
                scope: scope(&campaign)?,
                has_bare_lists: bare_lists,
                token: None,
            };
            create(site, &place, new).await
        }
        cli::Key::List { place } => list(site, &place).await,
        cli::Key::Revoke { place, key } => revoke(site, &place, key).await,
    }
}

fn dialects(names: &[String]) -> anyhow::Result<Option<Vec<Dialect>>> {
    let read = |name: &String| {
        Dialect::from_name(name).with_context(|| format!("there is no dialect {name}"))
    };
    let dialects = names.iter().map(read).collect::<anyhow::Result<Vec<_>>>()?;
    Ok(if dialects.is_empty() {
        None
    } else {
        Some(dialects)
    })
}

fn scope(numbers: &[u64]) -> anyhow::Result<Scope> {
    let read = |number: &u64| {
        CampaignId::new(*number).with_context(|| format!("there is no campaign {number}"))
    };
    let campaigns = numbers
        .iter()
        .map(read)
        .collect::<anyhow::Result<Vec<_>>>()?;
    Ok(if campaigns.is_empty() {
        Scope::Workspace
    } else {
        Scope::Campaigns(campaigns.into())
    })
}

async fn create(site: &Site, place: &InWorkspace, new: NewKey) -> anyhow::Result<()> {
    let app = book::open_existing(site).await?;
    let workspace = book::workspace(&app, place.workspace).await?;
    if let Scope::Campaigns(campaigns) = &new.scope {
        for id in campaigns.iter() {
            let found = app.campaign_by_number(workspace.id, *id).await?;
            found.with_context(|| format!("workspace {} has no campaign {id}", workspace.id))?;
        }
    }
    let (key, token) = app.create_key(workspace.id, new).await?;
    let text = format!("Key {}, shown this once:\n\n  {token}\n", key.id);
    report(
        place.json,
        &text,
        &json!({"id": key.id.get(), "key_id": key.id.get(), "key": token}),
    );
    Ok(app.stop().await?)
}

async fn list(site: &Site, place: &InWorkspace) -> anyhow::Result<()> {
    let app = book::open_existing(site).await?;
    let workspace = book::workspace(&app, place.workspace).await?;
    let keys = app.keys(workspace.id).await?;
    if place.json {
        say!("{}", json!(keys.iter().map(shown).collect::<Vec<_>>()));
    } else if keys.is_empty() {
        say!(
            "Workspace {} has no keys; `leadbook key create` makes one.",
            workspace.id
        );
    } else {
        say!(
            "{:>6}  {:24}  {:10}  {:8}  label",
            "key",
            "begins with",
            "may",
            "state"
        );
        for key in &keys {
            let state = if key.revoked_at.is_some() {
                "revoked"
            } else {
                "valid"
            };
            let may = permissions(key.permissions);
            say!(
                "{:>6}  {:24}  {may:10}  {state:8}  {}",
                key.id.get(),
                key.hint,
                key.label
            );
        }
    }
    Ok(app.stop().await?)
}

fn shown(key: &ApiKey) -> serde_json::Value {
    json!({
        "id": key.id.get(),
        "hint": key.hint,
        "label": key.label,
        "permissions": permissions(key.permissions),
        "dialects": key.dialects.as_ref().map(|dialects| {
            dialects.iter().map(|dialect| dialect.name()).collect::<Vec<_>>()
        }),
        "created_at": key.created_at.to_rfc3339_seconds(),
        "revoked_at": key.revoked_at.map(domain::Timestamp::to_rfc3339_seconds),
    })
}

const fn permissions(permissions: Permissions) -> &'static str {
    match (permissions.read, permissions.write) {
        (true, true) => "read,write",
        (true, false) => "read",
        (false, true) => "write",
        (false, false) => "nothing",
    }
}

async fn revoke(site: &Site, place: &InWorkspace, key: u64) -> anyhow::Result<()> {
    let app = book::open_existing(site).await?;
    let workspace = book::workspace(&app, place.workspace).await?;
    let id = KeyId::new(key).with_context(|| format!("there is no key {key}"))?;
    anyhow::ensure!(
        app.revoke_key(workspace.id, id).await?,
        "workspace {} has no key {key}; `leadbook key list` shows them",
        workspace.id
    );
    report(
        place.json,
        &format!("Key {key} is revoked."),
        &json!({"id": key}),
    );
    Ok(app.stop().await?)
}
