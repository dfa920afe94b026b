//! The stored form of a chunk of a bulk: its new leads as one JSON text.

use domain::command::NewLead;
use domain::fault::Unique;
use domain::lead::Contact;
use domain::{LeadId, event::Dialect};
use serde_json::{Value, json};

use super::edits::{decode_edit, encode_edit};

pub fn encode_new_leads(leads: &[NewLead]) -> String {
    leads.iter().map(encode).collect::<Value>().to_string()
}

/// Reads what [`encode_new_leads`] wrote.
pub fn decode_new_leads(list: &Value) -> Option<Vec<NewLead>> {
    list.as_array()?.iter().map(decode).collect()
}

fn encode(lead: &NewLead) -> Value {
    let NewLead {
        id,
        edit,
        unique,
        vendor_id,
        contacts,
        is_repeatable,
    } = lead;
    let vendor_id = vendor_id
        .as_ref()
        .map(|(dialect, id)| json!([dialect.name(), id]));
    json!({
        "id": id.get(),
        "edit": encode_edit(edit),
        "unique": unique.iter().map(|unique| unique.name()).collect::<Value>(),
        "vendor_id": vendor_id,
        "contacts": contacts.iter().map(Contact::to_value).collect::<Value>(),
        "is_repeatable": is_repeatable,
    })
}

fn decode(value: &Value) -> Option<NewLead> {
    let list = |name: &str| value.get(name)?.as_array();
    let unique = list("unique")?
        .iter()
        .map(|name| Unique::from_name(name.as_str()?));
    let vendor_id = match value.get("vendor_id")? {
        Value::Null => None,
        pair => Some((
            Dialect::from_name(pair.get(0)?.as_str()?)?,
            pair.get(1)?.as_str()?.to_owned(),
        )),
    };
    Some(NewLead {
        id: LeadId::new(value.get("id")?.as_u64()?)?,
        edit: decode_edit(value.get("edit")?)?,
        unique: unique.collect::<Option<_>>()?,
        vendor_id,
        contacts: list("contacts")?
            .iter()
            .map(Contact::from_value)
            .collect::<Option<_>>()?,
        is_repeatable: value.get("is_repeatable")?.as_bool()?,
    })
}
