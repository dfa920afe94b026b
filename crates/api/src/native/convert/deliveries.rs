//! Deliveries, dead letters and attempts to our wire, and the filter of a replay from it.

use app::{AttemptRecord, DeliveryFilter, DeliveryRecord, ListPage};
use domain::edit::Change;
use domain::fault::Fault;
use domain::state::Content;
use domain::subscription::Topic;
use domain::{LeadId, SubscriptionId, Timestamp};

use super::super::{query, wire};
use crate::extract::Members;
use crate::message_ids;

/// What the standard format and the lists call a test.
pub(in crate::native) const TEST: &str = "test";

/// A delivery that waits.
pub(in crate::native) fn waiting(record: &DeliveryRecord) -> wire::Delivery {
    wire::Delivery {
        next_attempt_at: Some(record.next_attempt_at.to_rfc3339_millis()),
        ..delivery(record)
    }
}

pub(in crate::native) fn dead_letter(record: &DeliveryRecord) -> wire::Delivery {
    wire::Delivery {
        dead_at: record.dead_at.map(Timestamp::to_rfc3339_millis),
        ..delivery(record)
    }
}

fn delivery(record: &DeliveryRecord) -> wire::Delivery {
    let told = &record.delivery;
    let (version, topic) = match &told.content {
        Content::Event { version, topic } => (Some(*version), topic.name()),
        Content::Result(_) => (None, Topic::UpdateFinished.name()),
        Content::Notice(_) => (None, Topic::SubscriptionDisabled.name()),
        Content::Test => (None, TEST),
    };
    wire::Delivery {
        id: record.id,
        message_id: message_ids::of_content(&told.content, told.lead_id, record.id),
        subscription_id: told.subscription_id.get(),
        lead_id: told.lead_id.map(LeadId::get),
        version,
        topic,
        at: told.at.to_rfc3339_millis(),
        attempts: record.attempts,
        next_attempt_at: None,
        dead_at: None,
        error: record.error.clone(),
    }
}

fn attempt(record: AttemptRecord) -> wire::Attempt {
    let AttemptRecord { id, key, attempt } = record;
    wire::Attempt {
        id,
        delivery_id: key.id,
        subscription_id: key.subscription_id.get(),
        lead_id: key.lead_id.map(LeadId::get),
        at: attempt.at.to_rfc3339_millis(),
        number: attempt.number,
        duration_ms: attempt.duration_ms,
        status: attempt.status,
        error: attempt.error,
        answer: attempt.answer,
    }
}

/// Which dead letters a replay is about. `{}` is all of them.
pub(in crate::native) fn replay_filter(mut members: Members) -> (DeliveryFilter, Vec<Fault>) {
    let m = &mut members;
    let filter = DeliveryFilter {
        id: None,
        subscription: set(super::number(m, "subscription_id", SubscriptionId::new)),
        lead: set(super::number(m, "lead_id", LeadId::new)),
        from: set(super::time(m, "from")),
        until: set(super::time(m, "until")),
    };
    members.refuse_rest();
    (filter, members.into_faults())
}

/// `null` filters nothing.
fn set<T>(change: Change<T>) -> Option<T> {
    match change {
        Change::Set(value) => Some(value),
        Change::Leave | Change::Clear => None,
    }
}

pub(in crate::native) fn attempts(found: Vec<AttemptRecord>, page: ListPage) -> wire::Attempts {
    wire::Attempts {
        next_before_id: query::next_before_id(found.iter().map(|one| one.id), page),
        attempts: found.into_iter().map(attempt).collect(),
    }
}
