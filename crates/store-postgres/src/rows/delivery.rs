//! Rows of `deliveries`, `dead_letters` and `delivery_attempts`.
//!
//! An event is kept as its id and the version that it made, anything else as its text. What is about no lead has lead 0.

use std::sync::LazyLock;

use domain::state::{Content, Delivery};
use domain::{LeadId, SubscriptionId, Timestamp, WorkspaceId};
use store::{Attempt, AttemptRecord, DeliveryKey, DeliveryRecord, codec};
use tokio_postgres::Row;

use super::set::Kind::{Boolean, Integer, Text};
use super::set::{Rows, Spec, Statements};
use super::work::statements;
use super::{Cells, signed};
use crate::errors::Failure;

/// What it takes to tell of one.
pub(crate) const DUE: &str =
    "id, workspace_id, subscription_id, lead_id, at, attempts, topic, event_id, payload";
/// A record's columns in front of `dead_at`.
pub(crate) const RECORD: &str = "id, workspace_id, subscription_id, lead_id, at, attempts, topic, payload, version, \
     next_attempt_at, error";
pub(crate) const ATTEMPT: &str = "id, workspace_id, delivery_id, subscription_id, lead_id, at, number, duration_ms, \
     status, error, answer";
/// What a delivery and a dead letter have in common, beside `attempts`.
pub(crate) const MOVED: &str = "subscription_id, lead_id, topic, event_id, version, payload, at";

/// `is_head` says of a row whether it is the first of its line in the statement, and becomes whether it is the first at all.
/// Not as `NOT EXISTS`: a planner that believes the table to be small would read all of it for that.
const IS_HEAD: (&str, &str) = (
    "is_head",
    "new.is_head AND (SELECT old.id FROM deliveries AS old WHERE old.workspace_id = $1 \
     AND old.subscription_id = new.subscription_id AND old.lead_id = new.lead_id \
     ORDER BY old.id LIMIT 1) IS NULL",
);

/// Of a batch. Sent as VALUES, it takes every line to be empty: see [`crate::deliveries::lines::demotions`].
pub(crate) static INSERT: LazyLock<Statements> = LazyLock::new(|| insert(""));
/// Answers with the ids, in the order of the rows.
pub(crate) static INSERT_RETURNING: LazyLock<Statements> = LazyLock::new(|| insert("RETURNING id"));

fn insert(ending: &'static str) -> Statements {
    let columns = vec![
        ("subscription_id", Integer),
        ("lead_id", Integer),
        ("topic", Text),
        ("event_id", Integer),
        ("version", Integer),
        ("payload", Text),
        ("at", Integer),
        ("attempts", Integer),
        ("next_attempt_at", Integer),
        ("is_head", Boolean),
        ("leased_until", Integer),
    ];
    Statements::new(Spec {
        table: "deliveries",
        columns,
        computed: Some(IS_HEAD),
        ending,
        what: "delivery",
    })
}

/// The next attempts of deliveries, by id.
pub(crate) static RETRIES: LazyLock<Statements> = LazyLock::new(|| {
    let columns = [
        ("id", Integer),
        ("attempts", Integer),
        ("next_attempt_at", Integer),
        ("leased_until", Integer),
        ("error", Text),
    ];
    statements("deliveries", &columns, "", "delivery")
});
pub(crate) static ATTEMPTS: LazyLock<Statements> = LazyLock::new(|| {
    let columns = [
        ("delivery_id", Integer),
        ("subscription_id", Integer),
        ("lead_id", Integer),
        ("at", Integer),
        ("number", Integer),
        ("duration_ms", Integer),
        ("status", Integer),
        ("error", Text),
        ("answer", Text),
    ];
    statements("delivery_attempts", &columns, "", "attempt")
});

// Whole rows, as a copy of a book writes them.
pub(crate) static COPIED: LazyLock<Statements> = LazyLock::new(|| {
    let columns = [
        ("id", Integer),
        ("subscription_id", Integer),
        ("lead_id", Integer),
        ("topic", Text),
        ("event_id", Integer),
        ("version", Integer),
        ("payload", Text),
        ("at", Integer),
        ("attempts", Integer),
        ("next_attempt_at", Integer),
        ("error", Text),
        ("is_head", Boolean),
        ("leased_until", Integer),
    ];
    statements("deliveries", &columns, "", "delivery")
});
pub(crate) static DEAD_COPIED: LazyLock<Statements> = LazyLock::new(|| {
    let columns = [
        ("id", Integer),
        ("subscription_id", Integer),
        ("lead_id", Integer),
        ("topic", Text),
        ("event_id", Integer),
        ("version", Integer),
        ("payload", Text),
        ("at", Integer),
        ("attempts", Integer),
        ("next_attempt_at", Integer),
        ("error", Text),
        ("dead_at", Integer),
    ];
    statements("dead_letters", &columns, "", "dead letter")
});

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
    pub(crate) fn read(row: &Row) -> Result<Self, Failure> {
        let mut cells = Cells::new(row, "deliveries");
        let id = cells.number("id")?;
        // In the order of the columns.
        let key = DeliveryKey {
            workspace_id: cells.id("workspace_id", WorkspaceId::new)?,
            id,
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
pub(crate) fn record(row: &Row) -> Result<DeliveryRecord, Failure> {
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

/// Adds a row of [`INSERT`]. `event_id` is that of the event it tells of, `is_first` whether it is the first of its line
/// among those added.
pub(crate) fn add(rows: &mut Rows<'_>, delivery: &Delivery, event_id: Option<i64>, is_first: bool) {
    add_told(rows, delivery, event_id);
    rows.integer(0);
    rows.integer(delivery.at.as_millis());
    rows.boolean(is_first);
    rows.integer(0);
}

/// Adds a row of [`COPIED`] or, with a time of death, of [`DEAD_COPIED`].
pub(crate) fn add_copied<'a>(
    rows: &mut Rows<'a>,
    record: &'a DeliveryRecord,
    event_id: Option<i64>,
) {
    let DeliveryRecord {
        id,
        delivery,
        attempts,
        next_attempt_at,
        dead_at,
        error,
    } = record;
    rows.integer(signed(*id));
    add_told(rows, delivery, event_id);
    rows.integer(i64::from(*attempts));
    rows.integer(next_attempt_at.as_millis());
    rows.optional_text(error.as_deref());
    if let Some(dead_at) = dead_at {
        rows.integer(dead_at.as_millis());
    } else {
        rows.boolean(false);
        rows.integer(0);
    }
}

fn add_told(rows: &mut Rows<'_>, delivery: &Delivery, event_id: Option<i64>) {
    let Delivery {
        workspace_id: _,
        subscription_id,
        lead_id,
        at,
        content,
    } = delivery;
    let (topic, payload) = codec::encode_content(content);
    let version = match content {
        Content::Event { version, topic: _ } => Some(signed(*version)),
        Content::Result(_) | Content::Notice(_) | Content::Test => None,
    };
    rows.integer(signed(subscription_id.get()));
    rows.integer(lead_number(*lead_id));
    rows.text(topic);
    rows.integer(event_id);
    rows.integer(version);
    rows.optional_text(payload);
    rows.integer(at.as_millis());
}

pub(crate) fn attempt(row: &Row) -> Result<AttemptRecord, Failure> {
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

/// Adds a row of [`ATTEMPTS`].
pub(crate) fn add_attempt<'a>(rows: &mut Rows<'a>, key: &DeliveryKey, attempt: &'a Attempt) {
    let DeliveryKey {
        workspace_id: _,
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
    rows.integer(signed(*id));
    rows.integer(signed(subscription_id.get()));
    rows.integer(lead_number(*lead_id));
    rows.integer(at.as_millis());
    rows.integer(i64::from(*number));
    rows.integer(i64::from(*duration_ms));
    rows.integer(status.map(i64::from));
    rows.optional_text(error.as_deref());
    rows.optional_text(answer.as_deref().map(storable));
}

/// A receiver may answer with any character; text of PostgreSQL has every one but NUL.
pub(crate) fn storable(answer: &str) -> std::borrow::Cow<'_, str> {
    if answer.contains('\0') {
        answer.replace('\0', "\u{fffd}").into()
    } else {
        answer.into()
    }
}
