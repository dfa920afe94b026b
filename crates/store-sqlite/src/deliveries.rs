//! The SQL of the outbox: deliveries that wait, what becomes of them, dead letters, and the log of attempts.
//!
//! The first of a line is marked `is_head`, so that finding what is due (`due`) reads only what is found. Whoever adds
//! or ends a delivery keeps the mark in the same transaction.

pub(crate) mod due;
mod lists;

use std::collections::HashMap;

use domain::state::{Content, Delivery};
use domain::{LeadId, SubscriptionId, Timestamp, WorkspaceId};
use rusqlite::{Connection, OptionalExtension, params};
use store::{DeliveryFilter, DeliveryKey, DeliveryOutcome, DeliveryRecord, FinishedDelivery};

use crate::errors::Failure;
use crate::load;
use crate::query::{limit as sql_limit, one};
use crate::rows::event::EventRow;
use crate::rows::{delivery, event, signed};
use crate::subscriptions;

pub(crate) use lists::{attempts, dead_letters, waiting};

type Work<T> = Result<T, Failure>;

/// The ids of events that a batch has written.
pub(crate) type EventIds = HashMap<(LeadId, u64), i64>;

/// Adds the deliveries of a batch, whose events have these ids.
pub(crate) fn insert(
    connection: &Connection,
    deliveries: &[Delivery],
    events: &EventIds,
) -> Work<()> {
    if deliveries.is_empty() {
        return Ok(());
    }
    let mut statement = connection.prepare_cached(delivery::INSERT)?;
    for added in deliveries {
        let event =
            match (&added.content, added.lead_id) {
                (Content::Event { version, topic: _ }, Some(lead)) => {
                    let event = events.get(&(lead, *version)).copied();
                    Some(event.ok_or_else(|| {
                        Failure::broken("a delivery of an event of another batch")
                    })?)
                }
                _ => None,
            };
        delivery::insert(&mut statement, added, event)?;
    }
    Ok(())
}

/// Adds deliveries that no batch made.
pub(crate) fn add(connection: &Connection, deliveries: &[Delivery]) -> Work<Vec<u64>> {
    let mut statement = connection.prepare_cached(delivery::INSERT)?;
    let mut ids = Vec::with_capacity(deliveries.len());
    for added in deliveries {
        let event = event_id(connection, added)?;
        let id = delivery::insert(&mut statement, added, event)?;
        ids.push(
            u64::try_from(id).map_err(|_| Failure::broken("a negative number of a delivery"))?,
        );
    }
    Ok(ids)
}

/// Adds one that another store had; those of a line come in their order.
pub(crate) fn restore(connection: &Connection, record: &DeliveryRecord) -> Work<()> {
    let event = event_id(connection, &record.delivery)?;
    let sql = match record.dead_at {
        None => delivery::INSERT,
        Some(_) => delivery::INSERT_DEAD,
    };
    let mut statement = connection.prepare_cached(sql)?;
    delivery::restore(&mut statement, record, event).map_err(Failure::or_conflict("delivery"))?;
    Ok(())
}

/// The event that a delivery tells of, found along its lead's history.
fn event_id(connection: &Connection, delivery: &Delivery) -> Work<Option<i64>> {
    let (Content::Event { version, topic: _ }, Some(lead)) = (&delivery.content, delivery.lead_id)
    else {
        return Ok(None);
    };
    let missing = || Failure::broken("a delivery of an event that is not there");
    let row = load::row(connection, delivery.workspace_id, lead)?.ok_or_else(missing)?;
    let mut statement = connection.prepare_cached(event::SELECT)?;
    let mut next = Some(row.last_event_id);
    while let Some(id) = next {
        let row = one(&mut statement, [id], EventRow::read)?.ok_or_else(missing)?;
        if row.event.version == *version {
            return Ok(next);
        }
        next = row.previous_event_id;
    }
    Err(missing())
}

/// Records what became of deliveries.
pub(crate) fn finish(connection: &Connection, finished: &[FinishedDelivery]) -> Work<()> {
    for FinishedDelivery {
        key,
        outcome,
        health,
        attempt,
    } in finished
    {
        let number = attempt.as_ref().map(|attempt| attempt.number);
        let is_there = match outcome {
            DeliveryOutcome::Delivered | DeliveryOutcome::Dropped => end(connection, key)?,
            DeliveryOutcome::Dead { at, error } => {
                bury(connection, key, *at, error, number)? && end(connection, key)?
            }
            DeliveryOutcome::Retry {
                next_attempt_at,
                error,
            } => retry(connection, key, *next_attempt_at, error, number)?,
        };
        if !is_there {
            continue;
        }
        subscriptions::change_health(connection, key, *health)?;
        if let Some(attempt) = attempt {
            let mut statement = connection.prepare_cached(delivery::INSERT_ATTEMPT)?;
            delivery::insert_attempt(&mut statement, key, attempt)?;
        }
    }
    Ok(())
}

/// Takes it out of the outbox; whether it was there.
fn end(connection: &Connection, key: &DeliveryKey) -> Work<bool> {
    let mut statement = connection.prepare_cached(
        "DELETE FROM deliveries WHERE id = ?1 AND workspace_id = ?2 RETURNING is_head",
    )?;
    let key_cells = [signed(key.id), signed(key.workspace_id.get())];
    let is_head: Option<bool> = statement
        .query_row(key_cells, |row| row.get(0))
        .optional()?;
    if is_head == Some(true) {
        promote(connection, key)?;
    }
    Ok(is_head.is_some())
}

/// Marks the first of the line.
fn promote(connection: &Connection, key: &DeliveryKey) -> Work<()> {
    let mut statement = connection.prepare_cached(
        "UPDATE deliveries SET is_head = 1 WHERE id = (SELECT min(id) FROM deliveries \
         WHERE workspace_id = ?1 AND subscription_id = ?2 AND lead_id = ?3)",
    )?;
    let DeliveryKey {
        workspace_id,
        id: _,
        subscription_id,
        lead_id,
    } = key;
    statement.execute([
        signed(workspace_id.get()),
        signed(subscription_id.get()),
        delivery::lead_number(*lead_id),
    ])?;
    Ok(())
}

/// Whether a delivery is there, and has had all attempts before this one and no more. One that has had more was finished
/// meanwhile: the caller had no answer and asks again, or somebody else was given it when its lease had ended.
const AWAITED: &str = "id = ?1 AND workspace_id = ?2 AND (?3 IS NULL OR attempts = ?3 - 1)";

/// Copies it to the dead letters, unless its subscription has been deleted; whether it was there.
fn bury(
    connection: &Connection,
    key: &DeliveryKey,
    at: Timestamp,
    error: &str,
    number: Option<u32>,
) -> Work<bool> {
    let found = format!("SELECT 1 FROM deliveries WHERE {AWAITED}");
    let mut is_there = connection.prepare_cached(&found)?;
    let this = params![signed(key.id), signed(key.workspace_id.get()), number];
    if !is_there.exists(this)? {
        return Ok(false);
    }
    let mut statement = connection.prepare_cached(
        "INSERT INTO dead_letters (id, workspace_id, subscription_id, lead_id, topic, event_id, payload, at, attempts, \
         next_attempt_at, error, dead_at) \
         SELECT id, workspace_id, subscription_id, lead_id, topic, event_id, payload, at, coalesce(?2, attempts), \
         next_attempt_at, ?3, ?4 FROM deliveries AS d WHERE id = ?1 AND EXISTS (SELECT 1 FROM subscriptions AS s \
         WHERE s.id = d.subscription_id AND s.workspace_id = d.workspace_id)",
    )?;
    statement.execute(params![signed(key.id), number, error, at.as_millis()])?;
    Ok(true)
}

/// Whether it was there.
fn retry(
    connection: &Connection,
    key: &DeliveryKey,
    next_attempt_at: Timestamp,
    error: &str,
    number: Option<u32>,
) -> Work<bool> {
    let update = format!(
        "UPDATE deliveries SET next_attempt_at = ?4, error = ?5, attempts = coalesce(?3, attempts) WHERE {AWAITED}"
    );
    let mut statement = connection.prepare_cached(&update)?;
    let row = params![
        signed(key.id),
        signed(key.workspace_id.get()),
        number,
        next_attempt_at.as_millis(),
        error,
    ];
    Ok(statement.execute(row)? == 1)
}

/// Makes dead letters of active subscriptions deliveries again.
pub(crate) fn replay(
    connection: &Connection,
    workspace: WorkspaceId,
    filter: &DeliveryFilter,
    now: Timestamp,
    limit: usize,
) -> Work<usize> {
    let ids = lists::replayable(connection, workspace, filter, limit)?;
    let mut insert = connection.prepare_cached(
        "INSERT INTO deliveries (id, workspace_id, subscription_id, lead_id, topic, event_id, payload, at, attempts, \
         next_attempt_at, error, is_head) \
         SELECT id, workspace_id, subscription_id, lead_id, topic, event_id, payload, at, 0, ?2, NULL, \
         NOT EXISTS (SELECT 1 FROM deliveries AS d WHERE d.workspace_id = dead.workspace_id \
         AND d.subscription_id = dead.subscription_id AND d.lead_id = dead.lead_id) \
         FROM dead_letters AS dead WHERE id = ?1",
    )?;
    let mut delete = connection.prepare_cached("DELETE FROM dead_letters WHERE id = ?1")?;
    for id in &ids {
        insert.execute([*id, now.as_millis()])?;
        delete.execute([*id])?;
    }
    Ok(ids.len())
}

/// Deletes some of a subscription's dead letters; how many there were.
pub(crate) fn delete_dead_letters(
    connection: &Connection,
    workspace: WorkspaceId,
    subscription: SubscriptionId,
    limit: usize,
) -> Work<usize> {
    let mut statement = connection.prepare_cached(
        "DELETE FROM dead_letters WHERE id IN (SELECT id FROM dead_letters \
         WHERE workspace_id = ?1 AND subscription_id = ?2 LIMIT ?3)",
    )?;
    let key = [
        signed(workspace.get()),
        signed(subscription.get()),
        sql_limit(limit),
    ];
    Ok(statement.execute(key)?)
}

pub(crate) fn forget_attempts(
    connection: &Connection,
    until: Timestamp,
    limit: usize,
) -> Work<usize> {
    let mut statement = connection.prepare_cached(
        "DELETE FROM delivery_attempts WHERE id IN (SELECT id FROM delivery_attempts \
         WHERE at < ?1 ORDER BY at LIMIT ?2)",
    )?;
    Ok(statement.execute([until.as_millis(), sql_limit(limit)])?)
}
