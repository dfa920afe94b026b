//! Open objects: the JSON that callers attach to a lead and Leadbook does not interpret.
//!
//! Member order and number spelling are kept as accepted (serde_json's `preserve_order` and
//! `arbitrary_precision`), so that every store reads back the same text. Of duplicate members the last
//! counts, which is what serde_json's map does.

use serde_json::{Map, Value};

use crate::limits::{OBJECT_BYTES_MAX, OBJECT_KEY_CHARS_MAX, OBJECT_KEYS_MAX};

/// A JSON object. Equality ignores the order of members, as JSON does.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Object(Map<String, Value>);

/// What an edit does to an open object.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum ObjectEdit {
    #[default]
    Leave,
    /// Sets the given members, keeps the others; `null` is stored as a value.
    Merge(Object),
    /// The given members and no others.
    Replace(Object),
    /// RFC 7396: `null` removes a member, objects merge in depth.
    Patch(Object),
}

impl Object {
    pub const fn new(members: Map<String, Value>) -> Self {
        Self(members)
    }

    /// Reads JSON text; `None` if it is not one object.
    pub fn parse(text: &str) -> Option<Self> {
        serde_json::from_str(text).ok().map(Self)
    }

    pub fn members(&self) -> &Map<String, Value> {
        &self.0
    }

    pub fn into_members(self) -> Map<String, Value> {
        self.0
    }

    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    pub fn to_value(&self) -> Value {
        Value::Object(self.0.clone())
    }

    /// The JSON text, members in their order.
    pub fn to_text(&self) -> String {
        serde_json::to_string(&self.0).expect("a JSON map always serialises")
    }

    /// About how many bytes its text has, without writing it: for who bounds what is held.
    pub fn bytes_about(&self) -> usize {
        members_bytes(&self.0)
    }

    /// Whether both have the same text: equality that sees the order of members, in depth too.
    pub fn is_same_text(&self, other: &Self) -> bool {
        is_same_members(&self.0, &other.0)
    }

    /// The object after `edit`.
    #[must_use]
    pub fn edited(&self, edit: &ObjectEdit) -> Self {
        match edit {
            ObjectEdit::Leave => self.clone(),
            ObjectEdit::Replace(object) => object.clone(),
            ObjectEdit::Merge(object) => {
                let mut members = self.0.clone();
                for (key, value) in &object.0 {
                    members.insert(key.clone(), value.clone());
                }
                Self(members)
            }
            ObjectEdit::Patch(object) => {
                let mut members = self.0.clone();
                merge_patch(&mut members, &object.0);
                Self(members)
            }
        }
    }

    /// Whether the object may be stored: members, name lengths and text size within the limits.
    pub fn is_within_limits(&self) -> bool {
        self.0.len() <= OBJECT_KEYS_MAX
            && self
                .0
                .keys()
                .all(|key| key.chars().count() <= OBJECT_KEY_CHARS_MAX)
            && self.to_text().len() <= OBJECT_BYTES_MAX
    }

    pub(crate) fn set(&mut self, key: &str, value: Option<Value>) {
        match value {
            Some(value) => {
                self.0.insert(key.to_owned(), value);
            }
            None => {
                self.0.shift_remove(key);
            }
        }
    }
}

fn members_bytes(members: &Map<String, Value>) -> usize {
    let members = members.iter();
    members.map(|(key, value)| key.len() + bytes(value)).sum()
}

fn bytes(value: &Value) -> usize {
    /// Of a number, a word or what is around the others, generously.
    const SMALL: usize = 8;
    let inner = match value {
        Value::Null | Value::Bool(_) | Value::Number(_) => 0,
        Value::String(text) => text.len(),
        Value::Array(items) => items.iter().map(bytes).sum(),
        Value::Object(members) => members_bytes(members),
    };
    SMALL + inner
}

/// Whether two values have the same text.
pub(crate) fn is_same_text(a: &Value, b: &Value) -> bool {
    match (a, b) {
        (Value::Object(a), Value::Object(b)) => is_same_members(a, b),
        (Value::Array(a), Value::Array(b)) => {
            a.len() == b.len() && a.iter().zip(b).all(|(a, b)| is_same_text(a, b))
        }
        _ => a == b,
    }
}

fn is_same_members(a: &Map<String, Value>, b: &Map<String, Value>) -> bool {
    let same = |((a_key, a), (b_key, b)): ((&String, &Value), (&String, &Value))| {
        a_key == b_key && is_same_text(a, b)
    };
    a.len() == b.len() && a.iter().zip(b).all(same)
}

/// RFC 7396, section 2.
fn merge_patch(target: &mut Map<String, Value>, patch: &Map<String, Value>) {
    for (key, value) in patch {
        match value {
            Value::Null => {
                target.shift_remove(key);
            }
            Value::Object(inner) => {
                let slot = target.entry(key.clone()).or_insert(Value::Null);
                let mut members = match slot.take() {
                    Value::Object(members) => members,
                    _ => Map::new(),
                };
                merge_patch(&mut members, inner);
                *slot = Value::Object(members);
            }
            other => {
                target.insert(key.clone(), other.clone());
            }
        }
    }
}

#[cfg(test)]
mod tests;
