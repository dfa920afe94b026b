//! Events to our wire: in a lead's history, and in the change feed.

use domain::event::{Actor, Event, FieldChange};
use domain::lead::LeadField;
use domain::subscription::Topic;
use serde_json::Value;

use super::super::wire;
use crate::message_ids;

pub(in crate::native) fn history(events: Vec<Event>, is_last_page: bool) -> wire::History {
    let oldest = events.last().map(|event| event.version);
    wire::History {
        next_before_version: oldest.filter(|version| !is_last_page && *version > 1),
        events: events.into_iter().map(event).collect(),
    }
}

fn event(event: Event) -> wire::Event {
    wire::Event {
        version: event.version,
        kind: event.kind.name(),
        at: event.at.to_rfc3339_millis(),
        actor: actor(event.origin.actor),
        dialect: event.origin.dialect.name(),
        request_id: event.origin.request_id,
        on_behalf_of: event.origin.on_behalf_of,
        source: event.origin.source,
        changes: changes(event.changes),
    }
}

pub(in crate::native) fn feed(events: Vec<(u64, Event)>, next: u64) -> wire::Feed {
    wire::Feed {
        events: events
            .into_iter()
            .map(|(position, event)| feed_event(position, event))
            .collect(),
        next: next.to_string(),
    }
}

/// An event with its position in the feed, which is the cursor to go on after it.
pub(in crate::native) fn feed_event(position: u64, event: Event) -> wire::FeedEvent {
    wire::FeedEvent {
        cursor: position.to_string(),
        id: message_ids::event(event.lead_id, event.version),
        lead_id: event.lead_id.get(),
        version: event.version,
        topic: Topic::Event(event.kind).name(),
        at: event.at.to_rfc3339_millis(),
        actor: actor(event.origin.actor),
        dialect: event.origin.dialect.name(),
        source: event.origin.source,
        request_id: event.origin.request_id,
        on_behalf_of: event.origin.on_behalf_of,
        changes: changes(event.changes),
    }
}

pub(in crate::native) fn actor(actor: Actor) -> String {
    match actor {
        Actor::Key(id) => format!("key:{id}"),
        Actor::Operator => "operator".to_owned(),
        Actor::System => "system".to_owned(),
    }
}

pub(in crate::native) fn changes(changes: Vec<FieldChange>) -> Vec<wire::Change> {
    changes.into_iter().map(change).collect()
}

fn change(change: FieldChange) -> wire::Change {
    let FieldChange {
        field,
        key,
        before,
        after,
    } = change;
    // A whole field is never `null` inside, so there `null` can say that it had no value.
    let shown = |is_member: bool, value: Option<Value>| match value {
        None if !is_member => Some(Value::Null),
        value => value,
    };
    wire::Change {
        field: LeadField::name(field),
        before: shown(key.is_some(), before),
        after: shown(key.is_some(), after),
        key,
    }
}
