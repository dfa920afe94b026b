//! Rows of `deliveries`, `dead_letters` and `delivery_attempts`.
//!
//! An event is kept as its id, anything else as its text. What is about no lead has lead 0.

use domain::state::{Content, Delivery};
use domain::{LeadId, SubscriptionId, Timestamp, WorkspaceId};
use rusqlite::{Row, Statement, params};
use store::{Attempt, AttemptRecord, DeliveryKey, DeliveryRecord, codec};

use super::{Cells, signed};
use crate::errors::Failure;

/// The first of its line is its head.
pub(crate) const INSERT: &str = "INSERT INTO deliveries (id, workspace_id, subscription_id, lead_id, topic, event_id, \
     payload, at, attempts, next_attempt_at, error, is_head) \
     VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, NOT EXISTS (SELECT 1 FROM deliveries \
     WHERE workspace_id = ?2 AND subscription_id = ?3 AND lead_id = ?4))";
pub(crate) const INSERT_DEAD: &str = "INSERT INTO dead_letters (id, workspace_id, subscription_id, lead_id, topic, \
     event_id, payload, at, attempts, next_attempt_at, error, dead_at) \
     VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12)";
pub(crate) const INSERT_ATTEMPT: &str = "INSERT INTO delivery_attempts (workspace_id, delivery_id, subscription_id, \
     lead_id, at, number, duration_ms, status, error, answer) \
     VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10)";
/// What it takes to tell of one: `?1` its id.
pub(crate) const SELECT_DUE: &str = "SELECT id, workspace_id, subscription_id, lead_id, at, attempts, topic, event_id, \
     payload FROM deliveries WHERE id = ?1";
pub(crate) const ATTEMPT: &str = "id, workspace_id, delivery_id, subscription_id, lead_id, at, number, duration_ms, \
     status, error, answer";

/// A record's columns in front of `dead_at`, of a table under the name `d`.
pub(crate) const RECORD: &str = "d.id AS id, d.workspace_id AS workspace_id, d.subscription_id AS subscription_id, \
     d.lead_id AS lead_id, d.at AS at, d.attempts AS attempts, d.topic AS topic, d.payload AS payload, \
     (SELECT version FROM events WHERE events.id = d.event_id) AS version, d.next_attempt_at AS next_attempt_at, \
     d.error AS error";

/// A delivery that is due.
pub(crate) struct DueRow {
    pub(crate) key: DeliveryKey,
    pub(crate) at: Timestamp,
    pub(crate) attempts: u32,
    pub(crate) told: Told,
}

/// What a row has to tell.
pub(crate) enum Told {
    Event(i64),
    Else(Content),
}

impl DueRow {
    pub(crate) fn read(row: &Row<'_>) -> Result<Self, Failure> {
        let mut cells = Cells::new(row, "deliveries");
        let key = DeliveryKey {
            id: cells.number("id")?,
            workspace_id: cells.id("workspace_id", WorkspaceId::new)?,
            subscription_id: cells.id("subscription_id", SubscriptionId::new)?,
            lead_id: lead(&mut cells)?,
        };
        let at = cells.time("at")?;
        let attempts = cells.small("attempts")?;
        let topic = cells.text("topic")?;
        let told = if let Some(event) = cells.optional_integer("event_id")? {
            Told::Event(event)
        } else {
            let payload = cells.optional_text("payload")?;
            let content = codec::decode_content(topic, payload, None);
            Told::Else(content.ok_or_else(|| cells.corrupt("payload"))?)
        };
        Ok(Self {
            key,
            at,
            attempts,
            told,
        })
    }
}

fn lead(cells: &mut Cells<'_>) -> Result<Option<LeadId>, Failure> {
    match cells.number("lead_id")? {
        0 => Ok(None),
        id => LeadId::new(id)
            .map(Some)
            .ok_or_else(|| cells.corrupt("lead_id")),
    }
}

/// How a lead, or none, is bound.
pub(crate) fn lead_number(lead: Option<LeadId>) -> i64 {
    lead.map_or(0, |lead| signed(lead.get()))
}

/// Of [`RECORD`] and `dead_at`.
pub(crate) fn record(row: &Row<'_>) -> Result<DeliveryRecord, Failure> {
    let mut cells = Cells::new(row, "deliveries");
    let id = cells.number("id")?;
    let workspace_id = cells.id("workspace_id", WorkspaceId::new)?;
    let subscription_id = cells.id("subscription_id", SubscriptionId::new)?;
    let lead_id = lead(&mut cells)?;
    let at = cells.time("at")?;
    let attempts = cells.small("attempts")?;
    let (topic, payload) = (cells.text("topic")?, cells.optional_text("payload")?);
    let version = cells.optional_number("version")?;
    let content =
        codec::decode_content(topic, payload, version).ok_or_else(|| cells.corrupt("payload"))?;
    Ok(DeliveryRecord {
        id,
        delivery: Delivery {
            workspace_id,
            subscription_id,
            lead_id,
            at,
            content,
        },
        attempts,
        next_attempt_at: cells.time("next_attempt_at")?,
        error: cells.optional_string("error")?,
        dead_at: cells.optional_time("dead_at")?,
    })
}

/// Runs [`INSERT`] for a new delivery, `event_id` that of the event it tells of; its id.
pub(crate) fn insert(
    statement: &mut Statement<'_>,
    delivery: &Delivery,
    event_id: Option<i64>,
) -> rusqlite::Result<i64> {
    let Delivery {
        workspace_id,
        subscription_id,
        lead_id,
        at,
        content,
    } = delivery;
    let (topic, payload) = codec::encode_content(content);
    statement.insert(params![
        None::<i64>,
        signed(workspace_id.get()),
        signed(subscription_id.get()),
        lead_number(*lead_id),
        topic,
        event_id,
        payload,
        at.as_millis(),
        0,
        at.as_millis(),
        None::<String>,
    ])
}

/// Runs [`INSERT`] or, with a time of death, [`INSERT_DEAD`] for one that existed elsewhere.
pub(crate) fn restore(
    statement: &mut Statement<'_>,
    record: &DeliveryRecord,
    event_id: Option<i64>,
) -> rusqlite::Result<usize> {
    let DeliveryRecord {
        id,
        delivery,
        attempts,
        next_attempt_at,
        dead_at,
        error,
    } = record;
    let (topic, payload) = codec::encode_content(&delivery.content);
    let dead_at = dead_at.map(Timestamp::as_millis);
    let row = params![
        signed(*id),
        signed(delivery.workspace_id.get()),
        signed(delivery.subscription_id.get()),
        lead_number(delivery.lead_id),
        topic,
        event_id,
        payload,
        delivery.at.as_millis(),
        attempts,
        next_attempt_at.as_millis(),
        error,
        dead_at,
    ];
    match dead_at {
        None => statement.execute(&row[..row.len() - 1]),
        Some(_) => statement.execute(row),
    }
}

pub(crate) fn attempt(row: &Row<'_>) -> Result<AttemptRecord, Failure> {
    let mut cells = Cells::new(row, "delivery_attempts");
    let id = cells.number("id")?;
    let workspace_id = cells.id("workspace_id", WorkspaceId::new)?;
    // In the order of the columns.
    Ok(AttemptRecord {
        id,
        key: DeliveryKey {
            workspace_id,
            id: cells.number("delivery_id")?,
            subscription_id: cells.id("subscription_id", SubscriptionId::new)?,
            lead_id: lead(&mut cells)?,
        },
        attempt: Attempt {
            at: cells.time("at")?,
            number: cells.small("number")?,
            duration_ms: cells.small("duration_ms")?,
            status: status(&mut cells)?,
            error: cells.optional_string("error")?,
            answer: cells.optional_string("answer")?,
        },
    })
}

fn status(cells: &mut Cells<'_>) -> Result<Option<u16>, Failure> {
    let status = cells.optional_small("status")?.map(u16::try_from);
    status.transpose().map_err(|_| cells.corrupt("status"))
}

/// Runs [`INSERT_ATTEMPT`].
pub(crate) fn insert_attempt(
    statement: &mut Statement<'_>,
    key: &DeliveryKey,
    attempt: &Attempt,
) -> rusqlite::Result<usize> {
    let DeliveryKey {
        workspace_id,
        id,
        subscription_id,
        lead_id,
    } = key;
    let Attempt {
        at,
        number,
        duration_ms,
        status,
        error,
        answer,
    } = attempt;
    statement.execute(params![
        signed(workspace_id.get()),
        signed(*id),
        signed(subscription_id.get()),
        lead_number(*lead_id),
        at.as_millis(),
        number,
        duration_ms,
        status,
        error,
        answer,
    ])
}
