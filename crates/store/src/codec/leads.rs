//! The stored form of a lead's open parts: objects, custom fields, lists of ids. On the path of every update, where most
//! are empty.

use std::borrow::Cow;
use std::collections::BTreeMap;

use domain::custom_field::CustomValue;
use domain::lead::{Contact, LeadField};
use domain::object::Object;
use domain::{FieldId, Lead};
use serde_json::{Map, Value};

/// A list of ids as JSON.
pub fn encode_ids(ids: impl Iterator<Item = u64>) -> String {
    use std::fmt::Write;
    let mut text = "[".to_owned();
    for id in ids {
        let separator = if text.len() > 1 { "," } else { "" };
        write!(text, "{separator}{id}").expect("a string takes everything");
    }
    text.push(']');
    text
}

/// Reads what [`encode_ids`] wrote.
pub fn decode_ids<T, Ids: FromIterator<T> + Default>(
    text: &str,
    new: fn(u64) -> Option<T>,
) -> Option<Ids> {
    let inner = text.strip_prefix('[')?.strip_suffix(']')?;
    if inner.is_empty() {
        return Some(Ids::default());
    }
    inner.split(',').map(|id| new(id.parse().ok()?)).collect()
}

pub fn encode_object(object: &Object) -> Cow<'static, str> {
    if object.is_empty() {
        Cow::Borrowed("{}")
    } else {
        Cow::Owned(object.to_text())
    }
}

pub fn decode_object(text: &str) -> Option<Object> {
    if text == "{}" {
        return Some(Object::default());
    }
    Object::parse(text)
}

/// The further contacts of a lead.
pub fn encode_contacts(lead: &Lead) -> Cow<'static, str> {
    if lead.contacts.is_empty() {
        Cow::Borrowed("[]")
    } else {
        Cow::Owned(LeadField::Contacts.get(lead).to_string())
    }
}

pub fn decode_contacts(text: &str) -> Option<Vec<Contact>> {
    if text == "[]" {
        return Some(Vec::new());
    }
    let list: Vec<Value> = serde_json::from_str(text).ok()?;
    list.iter().map(Contact::from_value).collect()
}

/// The custom fields of a lead.
pub fn encode_custom_fields(lead: &Lead) -> Cow<'static, str> {
    if lead.custom_fields.is_empty() {
        Cow::Borrowed("{}")
    } else {
        Cow::Owned(LeadField::CustomFields.get(lead).to_string())
    }
}

pub fn decode_custom_fields(text: &str) -> Option<BTreeMap<FieldId, CustomValue>> {
    if text == "{}" {
        return Some(BTreeMap::new());
    }
    let values: Map<String, Value> = serde_json::from_str(text).ok()?;
    let value = |(id, value): (&String, &Value)| {
        Some((
            FieldId::new(id.parse().ok()?)?,
            CustomValue::from_value(value)?,
        ))
    };
    values.iter().map(value).collect()
}
