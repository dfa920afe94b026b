//! A lead against its own history: folding the events, read over the API, must give what the API shows.

use std::collections::BTreeMap;

use serde_json::{Map, Value, json};

use crate::http::Client;

/// A lead and all its events, oldest first, checked against each other.
pub(crate) struct Checked {
    pub(crate) lead: Value,
    pub(crate) events: Vec<Value>,
}

impl Checked {
    pub(crate) fn version(&self) -> u64 {
        self.lead["version"].as_u64().expect("a version")
    }

    /// The events made in one vendor's words.
    pub(crate) fn of_dialect(&self, dialect: &str) -> impl Iterator<Item = &Value> {
        let events = self.events.iter();
        events.filter(move |event| event["dialect"] == dialect)
    }
}

/// Reads a lead and its history and checks: the versions are 1, 2, … without a gap, the last is the lead's, each
/// event begins where the one before ended, and all of them together make the lead.
///
/// Nobody may write to the lead meanwhile.
pub(crate) fn check(client: &mut Client, lead: u64) -> Checked {
    let shown = client.get(&format!("/leadbook/v1/leads/{lead}"));
    let events = read(client, lead);
    let version = shown["version"].as_u64().expect("a version");
    assert_eq!(
        u64::try_from(events.len()).expect("few"),
        version,
        "lead {lead} counts its events"
    );
    let mut folded = blank();
    for (index, event) in events.iter().enumerate() {
        assert_eq!(event["version"], json!(index + 1), "lead {lead}: {event}");
        assert_eq!(
            event["kind"] == "created",
            index == 0,
            "lead {lead}: {event}"
        );
        apply(&mut folded, event);
    }
    assert_eq!(
        summary(folded),
        as_folded(&shown),
        "lead {lead} is its history"
    );
    Checked {
        lead: shown,
        events,
    }
}

/// All events, oldest first, page by page.
pub(crate) fn read(client: &mut Client, lead: u64) -> Vec<Value> {
    let mut events = Vec::new();
    let mut before = String::new();
    loop {
        let page = client.get(&format!("/leadbook/v1/leads/{lead}/history{before}"));
        let Value::Array(items) = &page["events"] else {
            panic!("no events in {page}");
        };
        events.extend(items.iter().cloned());
        match page["next_before_version"].as_u64() {
            Some(version) => before = format!("?before_version={version}"),
            None => break,
        }
    }
    events.reverse();
    events
}

type Fields = BTreeMap<String, Value>;

/// The state before the first event, in the form of events. What the API does not show is left out.
fn blank() -> Fields {
    let mut fields = Fields::new();
    for name in [
        "campaign_id",
        "external_id",
        "phone",
        "first_name",
        "last_name",
        "name",
        "email",
        "company_name",
        "time_zone",
        "notes",
        "disposition",
        "last_call",
        "claim",
    ] {
        fields.insert(name.to_owned(), Value::Null);
    }
    for name in ["variables", "collected", "custom_fields"] {
        fields.insert(name.to_owned(), json!({}));
    }
    for name in ["tags", "assigned_users"] {
        fields.insert(name.to_owned(), json!([]));
    }
    fields.insert("attempts".to_owned(), json!(0));
    fields.insert("dial_status".to_owned(), json!("new"));
    fields.insert("stage".to_owned(), json!({"name": "", "kind": "new"}));
    fields
}

fn apply(fields: &mut Fields, event: &Value) {
    for change in event["changes"].as_array().expect("changes") {
        let name = change["field"].as_str().expect("a field");
        let Some(slot) = fields.get_mut(name) else {
            assert!(["call_ids", "next_attempt_at"].contains(&name), "{event}");
            continue;
        };
        let (before, after) = (change["before"].clone(), change["after"].clone());
        match change["key"].as_str() {
            None => {
                assert_eq!(*slot, before, "{name} before {event}");
                *slot = after;
            }
            Some(key) => {
                let members: &mut Map<_, _> = slot.as_object_mut().expect("an open object");
                let old = members.get(key).cloned().unwrap_or(Value::Null);
                assert_eq!(old, before, "{name}.{key} before {event}");
                match after {
                    // `null` as a stored value and no member are not told apart on the wire.
                    Value::Null => {
                        members.shift_remove(key);
                    }
                    after => {
                        members.insert(key.to_owned(), after);
                    }
                }
            }
        }
    }
}

/// What of the folded fields the API shows: of calls, their ids.
fn summary(mut fields: Fields) -> Fields {
    for name in ["last_call", "claim"] {
        if let Some(id) = fields[name].get("call_id").cloned() {
            fields.insert(name.to_owned(), id);
        }
    }
    fields
}

/// What the API shows, in the form that folding gives.
fn as_folded(lead: &Value) -> Fields {
    let mut fields = blank();
    for (name, value) in &mut fields {
        match name.as_str() {
            "phone" if !lead["phone"].is_null() => {
                let is_assignable = lead["warnings"] == json!([]);
                *value = json!({
                    "e164": lead["phone"], "raw": lead["phone_raw"], "is_assignable": is_assignable,
                });
            }
            "claim" => *value = lead["active_call"]["id"].clone(),
            "last_call" => *value = lead["last_call"]["id"].clone(),
            "stage" => *value = json!({"name": lead["stage"], "kind": lead["stage_kind"]}),
            _ => *value = lead[name.as_str()].clone(),
        }
    }
    fields
}
