//! Registered webhooks and keys: DialNexa's words to ours, and back.
//!
//! Which events a webhook asked for, of two of the vendor's three vocabularies, is kept in the subscription's description:
//! what it hears is topics, and two vocabularies name one topic differently.

use std::collections::BTreeSet;

use app::subscriptions::NewSubscription;
use domain::edit::Change;
use domain::event::EventKind;
use domain::fault::{Fault, JsonType, Reason};
use domain::subscription::{Filter, Format, Subscription, Topic};

use super::super::wire::webhooks as wire;
use super::bounded;
use crate::extract::{Members, Null};
use crate::views;

/// Characters of a URL (dialnexa.mintlify.app, "External webhooks").
const URL_CHARS_MAX: usize = 150;
/// Before the events in a description.
const MARK: &str = "DialNexa events:";

/// The events that can be asked for, and what is heard for each. Those without a topic are never sent: Leadbook has no
/// news of campaigns, workflows and transfers.
const EVENTS: [(&str, &[Topic]); 9] = [
    (
        "call_initiated",
        &[
            Topic::Event(EventKind::Claimed),
            Topic::Event(EventKind::CallStarted),
        ],
    ),
    ("call_ended", ENDS),
    ("call.completed", ENDS),
    ("call.failed", ENDS),
    ("call.no_answer", ENDS),
    ("transfer_completed", &[]),
    ("campaign.completed", &[]),
    ("campaign.paused", &[]),
    ("workflow.lead.completed", &[]),
];
const ENDS: &[Topic] = &[
    Topic::Event(EventKind::CallEnded),
    Topic::Event(EventKind::LeaseExpired),
];
/// What a webhook hears that was made elsewhere, with our own API.
const USUAL: [&str; 2] = ["call_initiated", "call_ended"];

fn known(name: &str) -> Option<(&'static str, &'static [Topic])> {
    EVENTS.into_iter().find(|(known, _)| *known == name)
}

pub(crate) fn new_webhook(mut members: Members) -> (NewSubscription, Vec<Fault>) {
    let url = url(&mut members);
    let events = events(&mut members);
    let heard = events.iter().filter_map(|name| known(name));
    let topics: BTreeSet<_> = heard.flat_map(|(_, topics)| topics).copied().collect();
    let secret = match members.text(wire::SECRET, Null::Absent) {
        Change::Set(secret) => Some(secret),
        Change::Leave | Change::Clear => None,
    };
    let new = NewSubscription {
        description: Some(format!("{MARK} {}", events.join(" "))),
        filter: Filter {
            topics,
            ..Filter::default()
        },
        secret,
        ..NewSubscription::new(&url, Format::DialNexa)
    };
    (new, members.into_faults())
}

fn url(members: &mut Members) -> String {
    let Change::Set(url) = members.text(wire::URL, Null::Absent) else {
        if !members.has_fault(wire::URL) {
            members.fault(wire::URL, Reason::Required);
        }
        return String::new();
    };
    if url.chars().count() > URL_CHARS_MAX {
        let chars_max = URL_CHARS_MAX;
        members.fault(wire::URL, Reason::TooLong { chars_max });
    }
    url
}

/// The events, each once, in the order they were given.
fn events(members: &mut Members) -> Vec<&'static str> {
    let Change::Set(items) = members.array(wire::EVENTS, Null::Absent) else {
        if !members.has_fault(wire::EVENTS) {
            members.fault(wire::EVENTS, Reason::Required);
        }
        return Vec::new();
    };
    let mut events = Vec::new();
    for item in &items {
        match item.as_str().map(known) {
            Some(Some((name, _))) if events.contains(&name) => {}
            Some(Some((name, _))) => events.push(name),
            Some(None) => {
                members.fault(wire::EVENTS, Reason::NotAllowed);
                return Vec::new();
            }
            None => {
                members.fault(wire::EVENTS, Reason::WrongType(JsonType::Array));
                return Vec::new();
            }
        }
    }
    let is_silent = |name: &&str| known(name).is_none_or(|(_, topics)| topics.is_empty());
    if events.iter().all(is_silent) {
        // It would never be called, and its owner would wait.
        let reason = if events.is_empty() {
            Reason::Required
        } else {
            Reason::Refused("must name an event of a call: no other is sent".to_owned())
        };
        members.fault(wire::EVENTS, reason);
    }
    events
}

/// The events that the subscription asked for.
pub(crate) fn events_of(subscription: &Subscription) -> Vec<&str> {
    let description = subscription.description.as_deref().unwrap_or_default();
    let named = description.strip_prefix(MARK).unwrap_or_default();
    let named: Vec<_> = named.split_whitespace().collect();
    if named.is_empty() || named.iter().any(|name| known(name).is_none()) {
        return USUAL.to_vec();
    }
    named
}

pub(crate) fn user_webhook(
    subscription: &Subscription,
    secret: Option<String>,
) -> wire::UserWebhook<'_> {
    wire::UserWebhook {
        id: views::code("wh", subscription.id.get()),
        url: &subscription.url,
        events: events_of(subscription),
        is_active: subscription.health.disabled.is_none(),
        secret,
        created_at: subscription.created_at.to_rfc3339_millis(),
    }
}

/// A key that is asked for.
pub(crate) struct NewKey {
    pub(crate) name: String,
    /// The key that asks ends.
    pub(crate) expire_now: bool,
}

pub(crate) fn new_key(mut members: Members) -> (NewKey, Vec<Fault>) {
    const NAME: &str = super::super::wire::NAME;
    let name = bounded(&mut members, NAME).filter(|name| !name.trim().is_empty());
    if name.is_none() && !members.has_fault(NAME) {
        members.fault(NAME, Reason::Required);
    }
    let expire_now = members.boolean(wire::EXPIRE_NOW, Null::Absent);
    let new = NewKey {
        name: name.unwrap_or_default(),
        expire_now: matches!(expire_now, Change::Set(true)),
    };
    (new, members.into_faults())
}
