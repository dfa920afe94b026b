//! Edits and guards that wait: of queued updates and of deferred edits. A member that is absent leaves.

use domain::custom_field::{CustomValue, FieldType};
use domain::edit::{Change, CustomFieldEdit, Edit, SetEdit, StageEdit, StatusEdit};
use domain::guard::{AttemptGuard, Guard, OnActiveCall};
use domain::object::{Object, ObjectEdit};
use domain::phone::{Phone, PhoneInput};
use domain::status::{DialStatus, StageKind};
use domain::time_zone::TimeZone;
use domain::{CampaignId, FieldId, TagId, Timestamp, UserId};
use serde_json::{Map, Value, json};

/// An edit as a JSON object.
pub fn encode_edit(edit: &Edit) -> Value {
    // Destructured whole, so that a new field cannot be forgotten here.
    let Edit {
        campaign,
        external_id,
        phone,
        first_name,
        last_name,
        name,
        email,
        company_name,
        time_zone,
        variables,
        collected,
        custom_fields,
        notes,
        tags,
        assigned_users,
        dial_status,
        stage,
        disposition,
        next_attempt_at,
    } = edit;
    let text = |text: &String| Value::from(text.as_str());
    let members = [
        ("campaign", change(campaign, |id| id.get().into())),
        ("external_id", change(external_id, text)),
        ("phone", change(phone, encode_phone)),
        ("first_name", change(first_name, text)),
        ("last_name", change(last_name, text)),
        ("name", change(name, text)),
        ("email", change(email, text)),
        ("company_name", change(company_name, text)),
        ("time_zone", change(time_zone, |zone| zone.name().into())),
        ("variables", encode_object(variables)),
        ("collected", encode_object(collected)),
        ("custom_fields", encode_custom_fields(custom_fields)),
        ("notes", change(notes, text)),
        ("tags", encode_set(tags, |id| id.get())),
        ("assigned_users", encode_set(assigned_users, |id| id.get())),
        ("dial_status", dial_status.as_ref().map(encode_status)),
        ("stage", encode_stage(stage)),
        ("disposition", change(disposition, text)),
        (
            "next_attempt_at",
            change(next_attempt_at, |at| at.as_millis().into()),
        ),
    ];
    let members = members
        .into_iter()
        .filter_map(|(name, value)| Some((name.to_owned(), value?)));
    Value::Object(members.collect())
}

/// Reads what [`encode_edit`] wrote; `None` if it is not that.
pub fn decode_edit(value: &Value) -> Option<Edit> {
    let edit = value.as_object()?;
    let text = |value: &Value| value.as_str().map(str::to_owned);
    Some(Edit {
        campaign: read(edit, "campaign", |id| CampaignId::new(id.as_u64()?))?,
        external_id: read(edit, "external_id", text)?,
        phone: read(edit, "phone", decode_phone)?,
        first_name: read(edit, "first_name", text)?,
        last_name: read(edit, "last_name", text)?,
        name: read(edit, "name", text)?,
        email: read(edit, "email", text)?,
        company_name: read(edit, "company_name", text)?,
        time_zone: read(edit, "time_zone", |zone| {
            Some(TimeZone::from_stored(text(zone)?))
        })?,
        variables: decode_object(edit.get("variables"))?,
        collected: decode_object(edit.get("collected"))?,
        custom_fields: decode_custom_fields(edit.get("custom_fields"))?,
        notes: read(edit, "notes", text)?,
        tags: decode_set(edit.get("tags"), TagId::new)?,
        assigned_users: decode_set(edit.get("assigned_users"), UserId::new)?,
        dial_status: match edit.get("dial_status") {
            None => None,
            Some(status) => Some(decode_status(status)?),
        },
        stage: decode_stage(edit.get("stage"))?,
        disposition: read(edit, "disposition", text)?,
        next_attempt_at: read(edit, "next_attempt_at", |at| {
            Timestamp::from_millis(at.as_i64()?)
        })?,
    })
}

/// A guard as a JSON object.
pub fn encode_guard(guard: &Guard) -> Value {
    let Guard {
        attempt,
        on_active_call,
        version,
    } = guard;
    let on_active_call = match on_active_call {
        OnActiveCall::Apply => "apply",
        OnActiveCall::Reject => "reject",
        OnActiveCall::Defer => "defer",
    };
    json!({
        "before_first_attempt": *attempt == AttemptGuard::BeforeFirst,
        "on_active_call": on_active_call,
        "version": version,
    })
}

/// Reads what [`encode_guard`] wrote.
pub fn decode_guard(value: &Value) -> Option<Guard> {
    let is_before_first = value.get("before_first_attempt")?.as_bool()?;
    Some(Guard {
        attempt: if is_before_first {
            AttemptGuard::BeforeFirst
        } else {
            AttemptGuard::Any
        },
        on_active_call: match value.get("on_active_call")?.as_str()? {
            "apply" => OnActiveCall::Apply,
            "reject" => OnActiveCall::Reject,
            "defer" => OnActiveCall::Defer,
            _ => return None,
        },
        version: value.get("version").and_then(Value::as_u64),
    })
}

fn change<T>(change: &Change<T>, encode: impl Fn(&T) -> Value) -> Option<Value> {
    match change {
        Change::Leave => None,
        Change::Set(value) => Some(json!({"set": encode(value)})),
        Change::Clear => Some("clear".into()),
    }
}

fn read<T>(
    edit: &Map<String, Value>,
    name: &str,
    decode: impl Fn(&Value) -> Option<T>,
) -> Option<Change<T>> {
    match edit.get(name) {
        None => Some(Change::Leave),
        Some(Value::String(clear)) if clear == "clear" => Some(Change::Clear),
        Some(set) => Some(Change::Set(decode(set.get("set")?)?)),
    }
}

fn encode_phone(phone: &PhoneInput) -> Value {
    match phone {
        PhoneInput::National(raw) => json!({"national": raw}),
        PhoneInput::International(phone) => {
            json!({"e164": phone.e164(), "raw": phone.raw(), "is_assignable": phone.is_assignable()})
        }
    }
}

fn decode_phone(value: &Value) -> Option<PhoneInput> {
    if let Some(raw) = value.get("national") {
        return Some(PhoneInput::National(raw.as_str()?.to_owned()));
    }
    let text = |name: &str| Some(value.get(name)?.as_str()?.to_owned());
    let is_assignable = value.get("is_assignable")?.as_bool()?;
    Some(PhoneInput::International(Phone::from_stored(
        text("e164")?,
        text("raw")?,
        is_assignable,
    )))
}

fn encode_object(edit: &ObjectEdit) -> Option<Value> {
    match edit {
        ObjectEdit::Leave => None,
        ObjectEdit::Merge(object) => Some(json!({"merge": object.members()})),
        ObjectEdit::Replace(object) => Some(json!({"replace": object.members()})),
        ObjectEdit::Patch(object) => Some(json!({"patch": object.members()})),
    }
}

fn decode_object(value: Option<&Value>) -> Option<ObjectEdit> {
    let Some(value) = value else {
        return Some(ObjectEdit::Leave);
    };
    let (how, object) = value.as_object()?.iter().next()?;
    let object = Object::new(object.as_object()?.clone());
    match how.as_str() {
        "merge" => Some(ObjectEdit::Merge(object)),
        "replace" => Some(ObjectEdit::Replace(object)),
        "patch" => Some(ObjectEdit::Patch(object)),
        _ => None,
    }
}

fn encode_custom_fields(edits: &[CustomFieldEdit]) -> Option<Value> {
    let rows = edits.iter().map(
        |CustomFieldEdit {
             field,
             declared_type,
             value,
         }| {
            json!({
                "field": field.get(),
                "declared_type": declared_type.map(FieldType::name),
                "value": value.as_ref().map(CustomValue::to_value),
            })
        },
    );
    if edits.is_empty() {
        None
    } else {
        Some(rows.collect())
    }
}

fn decode_custom_fields(value: Option<&Value>) -> Option<Vec<CustomFieldEdit>> {
    let Some(value) = value else {
        return Some(Vec::new());
    };
    let decode = |row: &Value| {
        let declared_type = match row.get("declared_type")? {
            Value::Null => None,
            name => Some(FieldType::from_name(name.as_str()?)?),
        };
        let value = match row.get("value")? {
            Value::Null => None,
            value => Some(CustomValue::from_value(value)?),
        };
        let field = FieldId::new(row.get("field")?.as_u64()?)?;
        Some(CustomFieldEdit {
            field,
            declared_type,
            value,
        })
    };
    value.as_array()?.iter().map(decode).collect()
}

fn encode_set<T>(edit: &SetEdit<T>, number: impl Fn(&T) -> u64) -> Option<Value> {
    let how = match edit {
        SetEdit::Leave => return None,
        SetEdit::Replace(_) => "replace",
        SetEdit::Add(_) => "add",
        SetEdit::Remove(_) => "remove",
    };
    Some(json!({how: edit.named().iter().map(number).collect::<Vec<_>>()}))
}

fn decode_set<T>(value: Option<&Value>, new: impl Fn(u64) -> Option<T>) -> Option<SetEdit<T>> {
    let Some(value) = value else {
        return Some(SetEdit::Leave);
    };
    let (how, ids) = value.as_object()?.iter().next()?;
    let ids = ids
        .as_array()?
        .iter()
        .map(|id| new(id.as_u64()?))
        .collect::<Option<_>>()?;
    match how.as_str() {
        "replace" => Some(SetEdit::Replace(ids)),
        "add" => Some(SetEdit::Add(ids)),
        "remove" => Some(SetEdit::Remove(ids)),
        _ => None,
    }
}

fn encode_status(edit: &StatusEdit) -> Value {
    let same_as: Vec<_> = edit.same_as.iter().map(|status| status.name()).collect();
    json!({"to": edit.to.name(), "same_as": same_as})
}

fn decode_status(value: &Value) -> Option<StatusEdit> {
    let status = |value: &Value| DialStatus::from_name(value.as_str()?);
    let same_as = value
        .get("same_as")?
        .as_array()?
        .iter()
        .map(status)
        .collect::<Option<_>>()?;
    Some(StatusEdit {
        to: status(value.get("to")?)?,
        same_as,
    })
}

fn encode_stage(edit: &StageEdit) -> Option<Value> {
    match edit {
        StageEdit::Leave => None,
        StageEdit::OfKind(kind) => Some(json!({"kind": kind.name()})),
        StageEdit::Named(name) => Some(json!({"name": name})),
        StageEdit::Transition { to, disposition } => {
            Some(json!({"to": to, "disposition": disposition}))
        }
    }
}

fn decode_stage(value: Option<&Value>) -> Option<StageEdit> {
    let Some(value) = value else {
        return Some(StageEdit::Leave);
    };
    let text = |name: &str| value.get(name).and_then(Value::as_str).map(str::to_owned);
    if let Some(kind) = text("kind") {
        return Some(StageEdit::OfKind(StageKind::from_name(&kind)?));
    }
    if let Some(name) = text("name") {
        return Some(StageEdit::Named(name));
    }
    Some(StageEdit::Transition {
        to: text("to"),
        disposition: text("disposition"),
    })
}
