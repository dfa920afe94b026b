//! Deliberate oddities of Autocalls. Do not copy them.

use domain::object::{Object, ObjectEdit};
use serde_json::Value;

/// The update path without `/user`, as an older page and two published clients spell it.
pub(super) const UNPREFIXED_LEAD_PATH: &str = "/api/leads/{id}";

/// `allow_dupplicate`, with two p's: the vendor's spelling, and the only one it reads.
pub(super) const ALLOW_DUPLICATE: &str = "allow_dupplicate";

/// The vendor's PHP writes an empty map as an empty list, in both directions: `[]` merges nothing.
/// `None` if the value is neither an object nor empty.
pub(super) fn read_variables(value: Value) -> Option<ObjectEdit> {
    match value {
        Value::Object(members) => Some(ObjectEdit::Merge(Object::new(members))),
        Value::Array(items) if items.is_empty() => Some(ObjectEdit::Leave),
        _ => None,
    }
}

/// An empty map as `[]`.
pub(super) fn show_variables(object: &Object) -> Value {
    if object.is_empty() {
        Value::Array(Vec::new())
    } else {
        object.to_value()
    }
}

/// Laravel's `integer` rule takes a text of digits as well as a number.
pub(super) fn read_integer(value: &Value) -> Option<u64> {
    value.as_u64().or_else(|| value.as_str()?.parse().ok())
}
