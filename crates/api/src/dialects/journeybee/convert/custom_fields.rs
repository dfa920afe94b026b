//! Custom field values: `{customFieldId, type, value: {<type>: …}}` in, `{id, label, type, value}` out.

use std::collections::BTreeSet;

use domain::custom_field::{Association, CustomValue, FieldDefinition, FieldType};
use domain::edit::{Change, CustomFieldEdit};
use domain::fault::{JsonType, Reason};
use domain::limits::CUSTOM_FIELDS_MAX;
use domain::{FieldId, Lead, OptionId};
use serde_json::{Map, Value};

use super::super::{quirks, wire};
use crate::extract::{Members, Null};

/// Where in an item the fault is, and what it is.
type ItemFault = (String, Reason);

/// Each item sets one field; fields that are not named stay.
pub(super) fn read(m: &mut Members) -> Vec<CustomFieldEdit> {
    let Change::Set(items) = m.array(wire::CUSTOM_FIELDS, Null::Fault) else {
        return Vec::new();
    };
    let items_max = CUSTOM_FIELDS_MAX;
    if items.len() > items_max {
        m.fault(wire::CUSTOM_FIELDS, Reason::TooMany { items_max });
        return Vec::new();
    }
    let mut edits = Vec::with_capacity(items.len());
    for (index, item) in items.into_iter().enumerate() {
        match edit(item) {
            Ok(edit) => edits.push(edit),
            Err((path, reason)) => {
                m.fault(format!("{}[{index}]{path}", wire::CUSTOM_FIELDS), reason);
            }
        }
    }
    edits
}

fn edit(item: Value) -> Result<CustomFieldEdit, ItemFault> {
    let Value::Object(mut item) = item else {
        return Err((String::new(), Reason::WrongType(JsonType::Object)));
    };
    let id = required(&mut item, wire::CUSTOM_FIELD_ID)?;
    let id = id
        .as_u64()
        .ok_or_else(|| fault(wire::CUSTOM_FIELD_ID, Reason::WrongType(JsonType::Integer)))?;
    let field = FieldId::new(id).ok_or_else(|| {
        let reason = Reason::UnknownReference(id.to_string());
        fault(wire::CUSTOM_FIELD_ID, reason)
    })?;
    let declared = required(&mut item, wire::TYPE)?;
    let declared = declared
        .as_str()
        .ok_or_else(|| fault(wire::TYPE, Reason::WrongType(JsonType::Text)))?;
    let field_type =
        FieldType::from_name(declared).ok_or_else(|| fault(wire::TYPE, Reason::NotAllowed))?;
    let Value::Object(value) = required(&mut item, wire::VALUE)? else {
        return Err(fault(wire::VALUE, Reason::WrongType(JsonType::Object)));
    };
    if let Some(name) = item.keys().next() {
        return Err(fault(name, Reason::UnknownMember));
    }
    let value = read_value(field_type, value)
        .map_err(|(path, reason)| (format!(".{}{path}", wire::VALUE), reason))?;
    Ok(CustomFieldEdit {
        field,
        declared_type: Some(field_type),
        value,
    })
}

/// One value of a list's filter: `{id, value: {<type>: …}}`; its type is that of the definition.
pub(super) fn wanted(
    item: Value,
    definitions: &[FieldDefinition],
) -> Result<(FieldId, CustomValue), ItemFault> {
    let Value::Object(mut item) = item else {
        return Err((String::new(), Reason::WrongType(JsonType::Object)));
    };
    let id = required(&mut item, wire::ID)?;
    let id = id
        .as_u64()
        .ok_or_else(|| fault(wire::ID, Reason::WrongType(JsonType::Integer)))?;
    let definition = definitions
        .iter()
        .find(|known| known.id.get() == id && known.association == Association::Lead)
        .ok_or_else(|| fault(wire::ID, Reason::UnknownReference(id.to_string())))?;
    let Value::Object(value) = required(&mut item, wire::VALUE)? else {
        return Err(fault(wire::VALUE, Reason::WrongType(JsonType::Object)));
    };
    if let Some(name) = item.keys().next() {
        return Err(fault(name, Reason::UnknownMember));
    }
    let value = read_value(definition.field_type, value)
        .map_err(|(path, reason)| (format!(".{}{path}", wire::VALUE), reason))?
        .ok_or_else(|| fault(wire::VALUE, Reason::Required))?;
    if definition.takes(&value) {
        Ok((definition.id, value))
    } else {
        let reason = Reason::WrongFieldType(id.to_string());
        Err(fault(wire::VALUE, reason))
    }
}

fn required(item: &mut Map<String, Value>, name: &str) -> Result<Value, ItemFault> {
    item.shift_remove(name)
        .ok_or_else(|| fault(name, Reason::Required))
}

fn fault(name: &str, reason: Reason) -> ItemFault {
    (format!(".{name}"), reason)
}

/// The one member that the type names; `null` there removes the value.
fn read_value(
    field_type: FieldType,
    mut value: Map<String, Value>,
) -> Result<Option<CustomValue>, ItemFault> {
    let member = quirks::value_member(field_type, &value);
    let inner = required(&mut value, member)?;
    if let Some(name) = value.keys().next() {
        return Err(fault(name, Reason::UnknownMember));
    }
    if inner.is_null() {
        return Ok(None);
    }
    let (value, expected) = match field_type {
        FieldType::Text | FieldType::Textarea => (text(inner, CustomValue::Text), JsonType::Text),
        FieldType::Date => (text(inner, CustomValue::Date), JsonType::Text),
        FieldType::Number => (number(inner), JsonType::Number),
        FieldType::Boolean => (inner.as_bool().map(CustomValue::Boolean), JsonType::Boolean),
        FieldType::Select => (option(&inner).map(CustomValue::Select), JsonType::Integer),
        FieldType::MultiSelect => {
            let options = options(member, &inner)?;
            (options.map(CustomValue::MultiSelect), JsonType::Array)
        }
    };
    let wrong_type = || fault(member, Reason::WrongType(expected));
    value.map(Some).ok_or_else(wrong_type)
}

fn text(value: Value, new: impl Fn(String) -> CustomValue) -> Option<CustomValue> {
    match value {
        Value::String(text) => Some(new(text)),
        _ => None,
    }
}

fn number(value: Value) -> Option<CustomValue> {
    match value {
        Value::Number(number) => Some(CustomValue::Number(number)),
        _ => None,
    }
}

fn option(value: &Value) -> Option<OptionId> {
    OptionId::new(value.as_u64()?)
}

/// In the order given, without repeats; `None` if it is no list.
fn options(member: &str, value: &Value) -> Result<Option<Vec<OptionId>>, ItemFault> {
    let Some(items) = value.as_array() else {
        return Ok(None);
    };
    let mut seen = BTreeSet::new();
    let mut ids = Vec::new();
    for (index, item) in items.iter().enumerate() {
        let id = option(item).ok_or_else(|| {
            let item = format!("{member}[{index}]");
            fault(&item, Reason::WrongType(JsonType::Integer))
        })?;
        if seen.insert(id) {
            ids.push(id);
        }
    }
    Ok(Some(ids))
}

/// The lead's values, each with its definition's label and type.
pub(super) fn show(lead: &Lead, definitions: &[FieldDefinition]) -> Vec<wire::CustomField> {
    lead.custom_fields
        .iter()
        .filter_map(|(id, value)| {
            let definition = definitions.iter().find(|known| known.id == *id)?;
            Some(wire::CustomField {
                id: id.get(),
                label: definition.label.clone(),
                kind: definition.field_type.name(),
                value: value.to_value(),
                value_id: (),
            })
        })
        .collect()
}

#[cfg(test)]
mod tests;
