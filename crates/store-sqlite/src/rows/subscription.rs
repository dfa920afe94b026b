//! Rows of `subscriptions`.

use domain::subscription::{Cap, Disabled, DisabledReason, Format, Health, Subscription};
use domain::{SubscriptionId, Timestamp, WorkspaceId};
use rusqlite::{Row, Statement, params};
use store::codec;

use super::{Cells, signed};
use crate::errors::Failure;

pub(crate) const COLUMNS: &str = "id, workspace_id, version, created_at, description, url, filter, format, auth, \
     secrets, at_once_max, per_second_max, failing_since, disabled_at, disabled_reason";
pub(crate) const INSERT: &str = "INSERT INTO subscriptions (id, workspace_id, version, created_at, description, url, \
     filter, format, auth, secrets, at_once_max, per_second_max, failing_since, disabled_at, disabled_reason) \
     VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15)";
/// All but the key, and only of the version before. The numbers are those of [`INSERT`].
pub(crate) const UPDATE: &str = "UPDATE subscriptions SET version = ?3, created_at = ?4, description = ?5, url = ?6, \
     filter = ?7, format = ?8, auth = ?9, secrets = ?10, at_once_max = ?11, per_second_max = ?12, \
     failing_since = ?13, disabled_at = ?14, disabled_reason = ?15 \
     WHERE id = ?1 AND workspace_id = ?2 AND version = ?3 - 1";

pub(crate) fn read(row: &Row<'_>) -> Result<Subscription, Failure> {
    let mut cells = Cells::new(row, "subscriptions");
    // In the order of the columns.
    Ok(Subscription {
        id: cells.id("id", SubscriptionId::new)?,
        workspace_id: cells.id("workspace_id", WorkspaceId::new)?,
        version: cells.number("version")?,
        created_at: cells.time("created_at")?,
        description: cells.optional_string("description")?,
        url: cells.string("url")?,
        filter: cells.json("filter", codec::decode_filter)?,
        format: cells.parsed("format", Format::from_name)?,
        auth: cells.json("auth", codec::decode_auth)?,
        secrets: cells.json("secrets", codec::decode_secrets)?,
        cap: Cap {
            at_once_max: cells.small("at_once_max")?,
            per_second_max: cells.optional_small("per_second_max")?,
        },
        health: health(&mut cells)?,
    })
}

fn health(cells: &mut Cells<'_>) -> Result<Health, Failure> {
    let failing_since = cells.optional_time("failing_since")?;
    let at = cells.optional_time("disabled_at")?;
    let reason = cells.optional_parsed("disabled_reason", DisabledReason::from_name)?;
    let disabled = match (at, reason) {
        (None, None) => None,
        (Some(at), Some(reason)) => Some(Disabled { at, reason }),
        _ => return Err(cells.corrupt("disabled_reason")),
    };
    Ok(Health {
        failing_since,
        disabled,
    })
}

/// Runs [`INSERT`] or [`UPDATE`]; how many rows that touched.
pub(crate) fn write(
    statement: &mut Statement<'_>,
    subscription: &Subscription,
) -> rusqlite::Result<usize> {
    let Subscription {
        id,
        workspace_id,
        version,
        created_at,
        description,
        url,
        filter,
        format,
        auth,
        secrets,
        cap,
        health,
    } = subscription;
    let Cap {
        at_once_max,
        per_second_max,
    } = cap;
    let Health {
        failing_since,
        disabled,
    } = health;
    statement.execute(params![
        signed(id.get()),
        signed(workspace_id.get()),
        signed(*version),
        created_at.as_millis(),
        description,
        url,
        codec::encode_filter(filter),
        format.name(),
        codec::encode_auth(auth),
        codec::encode_secrets(secrets),
        at_once_max,
        per_second_max,
        failing_since.map(Timestamp::as_millis),
        disabled.map(|disabled| disabled.at.as_millis()),
        disabled.map(|disabled| disabled.reason.name()),
    ])
}
