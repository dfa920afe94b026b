//! Changes and origins of events.

use domain::KeyId;
use domain::event::{Actor, Dialect, FieldChange, Origin};
use domain::lead::LeadField;
use serde::Serialize;
use serde_json::{Value, json};

/// Borrowed, because this is written for every update. An absent member is "nothing", `null` is a value.
#[derive(Serialize)]
struct ChangeRow<'a> {
    field: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    key: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    before: Option<&'a Value>,
    #[serde(skip_serializing_if = "Option::is_none")]
    after: Option<&'a Value>,
}

/// The changes of one event as JSON text.
pub fn encode_changes(changes: &[FieldChange]) -> String {
    let rows: Vec<_> = changes
        .iter()
        .map(|change| ChangeRow {
            field: change.field.name(),
            key: change.key.as_deref(),
            before: change.before.as_ref(),
            after: change.after.as_ref(),
        })
        .collect();
    serde_json::to_string(&rows).expect("changes are JSON values")
}

/// Reads what [`encode_changes`] wrote; `None` if it is not that.
pub fn decode_changes(text: &str) -> Option<Vec<FieldChange>> {
    let rows: Vec<Value> = serde_json::from_str(text).ok()?;
    rows.into_iter().map(decode_change).collect()
}

fn decode_change(row: Value) -> Option<FieldChange> {
    let Value::Object(mut row) = row else {
        return None;
    };
    let key = match row.remove("key") {
        None => None,
        Some(Value::String(key)) => Some(key),
        Some(_) => return None,
    };
    Some(FieldChange {
        field: LeadField::from_name(row.get("field")?.as_str()?)?,
        key,
        before: row.remove("before"),
        after: row.remove("after"),
    })
}

/// An origin as JSON, for rows that keep one whole (jobs, deferred edits).
pub fn encode_origin(origin: &Origin) -> Value {
    json!({
        "actor": encode_actor(origin.actor),
        "dialect": origin.dialect.name(),
        "request_id": origin.request_id,
        "on_behalf_of": origin.on_behalf_of,
        "source": origin.source,
    })
}

/// Reads what [`encode_origin`] wrote.
pub fn decode_origin(value: &Value) -> Option<Origin> {
    let optional = |name: &str| value.get(name).and_then(Value::as_str).map(str::to_owned);
    Some(Origin {
        actor: decode_actor(value.get("actor")?.as_str()?)?,
        dialect: Dialect::from_name(value.get("dialect")?.as_str()?)?,
        request_id: value.get("request_id")?.as_str()?.to_owned(),
        on_behalf_of: optional("on_behalf_of"),
        source: optional("source"),
    })
}

/// `key:17`, `operator` or `system`.
pub fn encode_actor(actor: Actor) -> String {
    match actor {
        Actor::Key(id) => format!("key:{id}"),
        Actor::Operator => "operator".to_owned(),
        Actor::System => "system".to_owned(),
    }
}

/// Reads what [`encode_actor`] wrote.
pub fn decode_actor(text: &str) -> Option<Actor> {
    match text {
        "operator" => Some(Actor::Operator),
        "system" => Some(Actor::System),
        key => Some(Actor::Key(KeyId::new(
            key.strip_prefix("key:")?.parse().ok()?,
        )?)),
    }
}
