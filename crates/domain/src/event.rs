//! Events: every change of a lead, with before and after per field.
//!
//! An event is the difference of two leads ([`diff`]); applying a lead's events in order to a blank lead
//! gives the lead back ([`fold`]). History, undo, webhooks and the change feed read events, nothing else
//! remembers.

use serde_json::Value;

use crate::ids::{KeyId, LeadId, WorkspaceId};
use crate::lead::{CorruptField, Lead, LeadField};
use crate::object::{Object, is_same_text};
use crate::time::Timestamp;

/// Whose words a change came in.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Dialect {
    /// Our own API, the command line and the background workers.
    Leadbook,
    Autocalls,
    NlPearl,
    JourneyBee,
    DialNexa,
    UserVox,
}

impl Dialect {
    pub const ALL: [Self; 6] = [
        Self::Leadbook,
        Self::Autocalls,
        Self::NlPearl,
        Self::JourneyBee,
        Self::DialNexa,
        Self::UserVox,
    ];

    pub const fn name(self) -> &'static str {
        match self {
            Self::Leadbook => "leadbook",
            Self::Autocalls => "autocalls",
            Self::NlPearl => "nlpearl",
            Self::JourneyBee => "journeybee",
            Self::DialNexa => "dialnexa",
            Self::UserVox => "uservox",
        }
    }

    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|dialect| dialect.name() == name)
    }
}

/// Who asked, in whose words, in which request.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Origin {
    pub actor: Actor,
    pub dialect: Dialect,
    pub request_id: String,
    /// The person a caller says it acts for (UserVox's `userId`). Recorded, never checked.
    pub on_behalf_of: Option<String>,
    /// The system that the caller says the change comes from, so that a subscription can leave out its own.
    pub source: Option<String>,
}

/// Who asked.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Actor {
    Key(KeyId),
    /// The command line on the server's machine.
    Operator,
    /// A background loop: expired leases, queued updates.
    System,
}

/// What happened to the lead.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum EventKind {
    Created,
    Updated,
    /// A dialer reserved the lead; no attempt yet.
    Reserved,
    /// A dialer took the lead; an attempt started.
    Claimed,
    /// A reservation became an attempt.
    CallStarted,
    CallEnded,
    LeaseExpired,
    /// An edit that waited for the call to end was refused then. Changes nothing.
    DeferredRefused,
    Deleted,
}

impl EventKind {
    pub const ALL: [Self; 9] = [
        Self::Created,
        Self::Updated,
        Self::Reserved,
        Self::Claimed,
        Self::CallStarted,
        Self::CallEnded,
        Self::LeaseExpired,
        Self::DeferredRefused,
        Self::Deleted,
    ];

    pub const fn name(self) -> &'static str {
        match self {
            Self::Created => "created",
            Self::Updated => "updated",
            Self::Reserved => "reserved",
            Self::Claimed => "claimed",
            Self::CallStarted => "call_started",
            Self::CallEnded => "call_ended",
            Self::LeaseExpired => "lease_expired",
            Self::DeferredRefused => "deferred_refused",
            Self::Deleted => "deleted",
        }
    }

    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.name() == name)
    }
}

/// One change of one field, or of one member of an open object.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FieldChange {
    pub field: LeadField,
    /// The member, if only that changed.
    pub key: Option<String>,
    /// `None` where there was nothing.
    pub before: Option<Value>,
    /// `None` where there is nothing now.
    pub after: Option<Value>,
}

/// One applied change of a lead.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Event {
    pub workspace_id: WorkspaceId,
    pub lead_id: LeadId,
    /// The lead's version after this event.
    pub version: u64,
    pub kind: EventKind,
    pub at: Timestamp,
    pub origin: Origin,
    pub changes: Vec<FieldChange>,
}

/// What differs between two states of a lead. Empty if nothing does.
pub fn diff(before: &Lead, after: &Lead) -> Vec<FieldChange> {
    let mut changes = Vec::new();
    for field in LeadField::ALL {
        if field.is_same(before, after) {
            continue;
        }
        let by_member = match field {
            LeadField::Variables => diff_members(field, &before.variables, &after.variables),
            LeadField::Collected => diff_members(field, &before.collected, &after.collected),
            _ => None,
        };
        match by_member {
            Some(members) => changes.extend(members),
            None => changes.push(FieldChange {
                field,
                key: None,
                before: not_null(field.get(before)),
                after: not_null(field.get(after)),
            }),
        }
    }
    changes
}

/// The members that differ; `None` if setting just those would not give the same order.
fn diff_members(field: LeadField, before: &Object, after: &Object) -> Option<Vec<FieldChange>> {
    let mut folded = before.clone();
    let mut changes = Vec::new();
    let removed = before
        .members()
        .keys()
        .filter(|key| !after.members().contains_key(*key));
    let kept = after
        .members()
        .iter()
        .map(|(key, value)| (key, Some(value)));
    for (key, value) in removed.map(|key| (key, None)).chain(kept) {
        let old = before.members().get(key);
        let is_same = match (old, value) {
            (Some(old), Some(value)) => is_same_text(old, value),
            _ => false,
        };
        if is_same {
            continue;
        }
        folded.set(key, value.cloned());
        let key = Some(key.clone());
        changes.push(FieldChange {
            field,
            key,
            before: old.cloned(),
            after: value.cloned(),
        });
    }
    folded
        .members()
        .keys()
        .eq(after.members().keys())
        .then_some(changes)
}

fn not_null(value: Value) -> Option<Value> {
    if value.is_null() { None } else { Some(value) }
}

/// The lead after `event`. `lead` is its state before, or [`Lead::blank`] for the first event.
pub fn fold(mut lead: Lead, event: &Event) -> Result<Lead, CorruptField> {
    for change in &event.changes {
        match &change.key {
            None => change
                .field
                .set(&mut lead, change.after.clone().unwrap_or(Value::Null))?,
            Some(key) => {
                let object = match change.field {
                    LeadField::Variables => &mut lead.variables,
                    LeadField::Collected => &mut lead.collected,
                    field => return Err(CorruptField(field)),
                };
                object.set(key, change.after.clone());
            }
        }
    }
    lead.version = event.version;
    lead.updated_at = event.at;
    Ok(lead)
}

/// The lead as it was before `event`, from its state after it. Times and version are those it had then, but for
/// `updated_at`, which only the event before knows: it becomes the event's own. A member that was removed comes back at
/// the end of its object.
pub fn unfold(mut lead: Lead, event: &Event) -> Result<Lead, CorruptField> {
    for change in event.changes.iter().rev() {
        let before = change.before.clone();
        match (&change.key, change.field) {
            (None, field) => field.set(&mut lead, before.unwrap_or(Value::Null))?,
            (Some(key), LeadField::Variables) => lead.variables.set(key, before),
            (Some(key), LeadField::Collected) => lead.collected.set(key, before),
            (Some(_), field) => return Err(CorruptField(field)),
        }
    }
    lead.version = event.version.saturating_sub(1);
    lead.updated_at = event.at;
    Ok(lead)
}

#[cfg(test)]
mod tests;
