//! Deliberate oddities of Autocalls. Do not copy them.

use std::ops::RangeInclusive;

use domain::edit::Change;
use domain::fault::JsonType;
use domain::object::{Object, ObjectEdit};
use serde::ser::{Serialize, SerializeSeq, Serializer};
use serde_json::{Map, Value};

use super::wire;
use crate::extract::{Members, Null};

/// The update path without `/user`, as an older page and two published clients spell it.
pub(super) const UNPREFIXED_LEAD_PATH: &str = "/api/leads/{id}";

/// A campaign is created under the singular on the vendor's page, under the plural in a white label's and its clients.
pub(super) const SINGULAR_CAMPAIGN_PATH: &str = "/api/user/campaign";

/// The path that a white label's page (OtoniStark) prints.
pub(super) const SINGULAR_UPDATE_STATUS_PATH: &str = "/api/user/campaign/update-status";

/// `allow_dupplicate`, with two p's: the vendor's spelling, and the only one it reads.
pub(super) const ALLOW_DUPLICATE: &str = "allow_dupplicate";

/// A workspace has no address; clients expect a text.
pub(super) const ACCOUNT_EMAIL: &str = "";

/// Nothing is charged here. Clients look whether there is enough left before they go on, so there always is.
pub(super) const ACCOUNT_BALANCE: f64 = 1_000_000.0;

/// Nor does a call cost anything.
pub(super) const NO_COST: f64 = 0.0;

/// Transcripts are not kept; the member is always a text.
pub(super) const NO_TRANSCRIPT: &str = "";

/// The type of every call here.
pub(super) const OUTBOUND: &str = "outbound";

/// The types of calls that can be asked for.
pub(super) const CALL_TYPES: [&str; 3] = ["inbound", OUTBOUND, "web"];

/// The statuses of calls that can be asked for (page "List calls").
pub(super) const CALL_STATUSES: [&str; 10] = [
    "initiated",
    "ringing",
    "busy",
    "in-progress",
    "ended",
    "completed",
    "ended_by_customer",
    "ended_by_assistant",
    "no-answer",
    "failed",
];

/// Entries on a page, if the query does not say how many.
pub(super) const PER_PAGE: u64 = 15;
/// The same for assistants.
pub(super) const ASSISTANTS_PER_PAGE: u64 = 10;

/// The documented ranges of numbers; where none is documented, what we can keep.
pub(super) fn range(member: &str) -> Option<RangeInclusive<u64>> {
    Some(match member {
        wire::PER_PAGE => 1..=100,
        wire::PAGE => 1..=1_000_000_000,
        wire::MAX_RETRIES => 1..=5,
        wire::RETRY_INTERVAL => 10..=4320,
        wire::MAX_CALLS_IN_PARALLEL => 1..=10_000,
        _ => return None,
    })
}

/// The vendor's PHP writes an empty map as an empty list, in both directions: `[]` merges nothing.
/// `None` if the value is neither an object nor empty.
pub(super) fn read_variables(value: Value) -> Option<ObjectEdit> {
    match value {
        Value::Object(members) => Some(ObjectEdit::Merge(Object::new(members))),
        Value::Array(items) if items.is_empty() => Some(ObjectEdit::Leave),
        _ => None,
    }
}

/// Variables of something new: also a list of objects, as the oldest pages show them, one after the other.
pub(super) fn read_new_variables(value: Value) -> Option<Object> {
    let items = match value {
        Value::Object(members) => return Some(Object::new(members)),
        Value::Array(items) => items,
        _ => return None,
    };
    let mut all = Map::new();
    for item in items {
        let Value::Object(members) = item else {
            return None;
        };
        all.extend(members);
    }
    Some(Object::new(all))
}

/// An open object; an empty one is shown as `[]`, as PHP has it.
pub(super) struct Variables<'a>(pub(super) &'a Object);

impl Serialize for Variables<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        if self.0.is_empty() {
            serializer.serialize_seq(Some(0))?.end()
        } else {
            serializer.collect_map(self.0.members())
        }
    }
}

/// Laravel's `integer` rule takes a text of digits as well as a number.
pub(super) fn read_integer(value: &Value) -> Option<u64> {
    value.as_u64().or_else(|| value.as_str()?.parse().ok())
}

/// Laravel's `boolean` rule takes `1`, `0` and their texts as well.
pub(super) fn take_boolean(members: &mut Members, name: &str) -> Option<bool> {
    let read = |value: Value| match (value.as_u64(), value.as_str()) {
        (Some(1), _) | (_, Some("1")) => Some(true),
        (Some(0), _) | (_, Some("0")) => Some(false),
        _ => value.as_bool(),
    };
    match members.change(name, Null::Absent, JsonType::Boolean, read) {
        Change::Set(value) => Some(value),
        Change::Leave | Change::Clear => None,
    }
}
