//! Tags, custom fields and users of a company, in both directions.

use app::administration::{NewField, NewTag};
use axum::http::Uri;
use domain::WorkspaceId;
use domain::custom_field::{Association, FieldDefinition, FieldType, Tag, User};
use domain::edit::Change;
use domain::fault::{Fault, JsonType, Reason};
use domain::limits::{OPTIONS_MAX, TEXT_CHARS_MAX};
use serde_json::Value;

use super::super::{quirks, wire};
use super::{one_of, uuid};
use crate::extract::{Members, Null, Params};

/// The body of a new tag.
pub(in crate::dialects::journeybee) fn new_tag(mut members: Members) -> Result<NewTag, Vec<Fault>> {
    let m = &mut members;
    let label = label(m);
    let association = association(
        m,
        wire::ASSOCIATION,
        &Association::ALL.map(Association::name),
    );
    let partner_type = one_of(m, wire::PARTNER_TYPE, &quirks::PARTNER_TYPES);
    let colors = [wire::BACKGROUND_COLOR, wire::TEXT_COLOR].map(|name| color(m, name));
    members.refuse_rest();
    let [background_color, text_color] = colors;
    let tag = label.zip(association).map(|(label, association)| NewTag {
        partner_type: partner_type.map(str::to_owned),
        background_color,
        text_color,
        ..NewTag::new(None, &label, association)
    });
    complete(tag, members)
}

/// The body of a new custom field.
pub(in crate::dialects::journeybee) fn new_field(
    mut members: Members,
) -> Result<NewField, Vec<Fault>> {
    let m = &mut members;
    let label = label(m);
    let types = FieldType::ALL.map(FieldType::name);
    let field_type = required_one_of(m, wire::TYPE, &types).and_then(FieldType::from_name);
    let association = association(m, wire::CATEGORY, &quirks::CATEGORIES);
    let partner_type = one_of(m, wire::PARTNER_TYPE, &quirks::PARTNER_TYPES);
    let is_required = m.boolean(wire::REQUIRED, Null::Absent) == Change::Set(true);
    let is_shared = m.boolean(wire::SHARED, Null::Absent) == Change::Set(true);
    let options = options(m, field_type);
    members.refuse_rest();
    let field = label.zip(field_type).zip(association);
    let field = field.map(|((label, field_type), association)| NewField {
        id: None,
        label,
        field_type,
        association,
        options: options.into_iter().map(|label| (None, label)).collect(),
        partner_type: partner_type.map(str::to_owned),
        is_required,
        is_shared,
    });
    complete(field, members)
}

/// What was read, unless anything is faulty. What is missing is a fault, so that nothing is missing without one.
fn complete<T>(read: Option<T>, members: Members) -> Result<T, Vec<Fault>> {
    let faults = members.into_faults();
    read.filter(|_| faults.is_empty()).ok_or(faults)
}

fn label(m: &mut Members) -> Option<String> {
    let Change::Set(label) = m.text(wire::LABEL, Null::Absent) else {
        if !m.has_fault(wire::LABEL) {
            m.fault(wire::LABEL, Reason::Required);
        }
        return None;
    };
    check_label(label)
        .map_err(|reason| m.fault(wire::LABEL, reason))
        .ok()
}

fn check_label(label: String) -> Result<String, Reason> {
    if label.trim().is_empty() {
        return Err(Reason::Required);
    }
    if label.chars().count() > TEXT_CHARS_MAX {
        let chars_max = TEXT_CHARS_MAX;
        return Err(Reason::TooLong { chars_max });
    }
    Ok(label)
}

fn required_one_of(m: &mut Members, name: &str, allowed: &[&'static str]) -> Option<&'static str> {
    let found = one_of(m, name, allowed);
    if found.is_none() && !m.has_fault(name) {
        m.fault(name, Reason::Required);
    }
    found
}

fn association(m: &mut Members, name: &str, allowed: &[&'static str]) -> Option<Association> {
    required_one_of(m, name, allowed).and_then(Association::from_name)
}

/// `#RRGGBB`.
fn color(m: &mut Members, name: &str) -> Option<String> {
    let Change::Set(text) = m.text(name, Null::Absent) else {
        return None;
    };
    let digits = text.strip_prefix('#').unwrap_or_default();
    if digits.len() == 6 && digits.bytes().all(|byte| byte.is_ascii_hexdigit()) {
        return Some(text);
    }
    m.fault(name, Reason::NotAllowed);
    None
}

/// The labels of the choices: a select has some, nothing else has any.
fn options(m: &mut Members, field_type: Option<FieldType>) -> Vec<String> {
    let items = match m.array(wire::OPTIONS, Null::Absent) {
        Change::Set(items) => items,
        Change::Leave | Change::Clear => Vec::new(),
    };
    if items.len() > OPTIONS_MAX {
        let items_max = OPTIONS_MAX;
        m.fault(wire::OPTIONS, Reason::TooMany { items_max });
        return Vec::new();
    }
    let is_select = field_type.map(FieldType::is_select);
    if is_select == Some(false) && !items.is_empty() {
        m.fault(wire::OPTIONS, Reason::NotAllowed);
        return Vec::new();
    }
    if is_select == Some(true) && items.is_empty() && !m.has_fault(wire::OPTIONS) {
        m.fault(wire::OPTIONS, Reason::Required);
    }
    let mut labels = Vec::with_capacity(items.len());
    for (index, item) in items.into_iter().enumerate() {
        match option(item) {
            Ok(label) => labels.push(label),
            Err((path, reason)) => m.fault(format!("{}[{index}]{path}", wire::OPTIONS), reason),
        }
    }
    labels
}

fn option(item: Value) -> Result<String, (String, Reason)> {
    let Value::Object(mut item) = item else {
        return Err((String::new(), Reason::WrongType(JsonType::Object)));
    };
    let at = |name: &str| format!(".{name}");
    let label = match item.shift_remove(wire::LABEL) {
        None | Some(Value::Null) => Err(Reason::Required),
        Some(Value::String(label)) => check_label(label),
        Some(_) => Err(Reason::WrongType(JsonType::Text)),
    };
    if let Some(name) = item.keys().next() {
        return Err((at(name), Reason::UnknownMember));
    }
    label.map_err(|reason| (at(wire::LABEL), reason))
}

/// What a list of definitions is filtered by.
pub(in crate::dialects::journeybee) struct DefinitionFilter {
    association: Option<&'static str>,
    partner_type: Option<&'static str>,
}

impl DefinitionFilter {
    pub(in crate::dialects::journeybee) fn matches(
        &self,
        association: Association,
        partner_type: Option<&str>,
    ) -> bool {
        self.association
            .is_none_or(|wanted| wanted == association.name())
            && self
                .partner_type
                .is_none_or(|wanted| Some(wanted) == partner_type)
    }
}

/// The query of a list of tags.
pub(in crate::dialects::journeybee) fn tag_filter(uri: &Uri) -> (DefinitionFilter, Vec<Fault>) {
    let associations = Association::ALL.map(Association::name);
    filter(uri, wire::ASSOCIATION, &associations)
}

/// The query of a list of custom fields.
pub(in crate::dialects::journeybee) fn field_filter(uri: &Uri) -> (DefinitionFilter, Vec<Fault>) {
    filter(uri, wire::CATEGORY, &quirks::CATEGORIES)
}

fn filter(uri: &Uri, name: &str, allowed: &[&'static str]) -> (DefinitionFilter, Vec<Fault>) {
    let mut params = Params::of(uri);
    let mut read = |name: &str, allowed: &[&'static str]| {
        let text = params.text(name)?;
        let found = allowed.iter().find(|word| **word == text).copied();
        if found.is_none() {
            params.fault(name, Reason::NotAllowed);
        }
        found
    };
    let filter = DefinitionFilter {
        association: read(name, allowed),
        partner_type: read(wire::PARTNER_TYPE, &quirks::PARTNER_TYPES),
    };
    (filter, params.into_faults())
}

pub(in crate::dialects::journeybee) fn created_tag(tag: &Tag) -> wire::Created {
    wire::Created {
        id: tag.id.get(),
        uuid: uuid(tag.id.get()),
    }
}

pub(in crate::dialects::journeybee) fn created_field(field: &FieldDefinition) -> wire::Created {
    wire::Created {
        id: field.id.get(),
        uuid: uuid(field.id.get()),
    }
}

pub(in crate::dialects::journeybee) fn tag_definition(
    tag: Tag,
    company: WorkspaceId,
) -> wire::TagDefinition {
    wire::TagDefinition {
        id: tag.id.get(),
        uuid: uuid(tag.id.get()),
        label: tag.label,
        background_color: tag.background_color,
        text_color: tag.text_color,
        association: tag.association.name(),
        partner_type: tag.partner_type,
        company_id: company.get(),
    }
}

pub(in crate::dialects::journeybee) fn field(
    field: FieldDefinition,
) -> wire::CustomFieldDefinition {
    let options = field.options.into_iter();
    let options = options.map(|option| wire::FieldOption {
        id: option.id.get(),
        label: option.label,
    });
    wire::CustomFieldDefinition {
        id: field.id.get(),
        uuid: uuid(field.id.get()),
        label: field.label,
        kind: field.field_type.name(),
        category: field.association.name(),
        partner_type: field.partner_type,
        is_required: field.is_required,
        is_shared: field.is_shared,
        options: field.field_type.is_select().then(|| options.collect()),
    }
}

pub(in crate::dialects::journeybee) fn user_of_company(user: User) -> wire::UserOfCompany {
    wire::UserOfCompany {
        id: user.id.get(),
        created_at: user.created_at.to_rfc3339_seconds(),
        email: user.email,
        first_name: user.first_name,
        last_name: user.last_name,
        role: quirks::ROLE,
        position: (),
        email_verified: (),
        disabled_at: (),
        color: (),
        profile_image_id: (),
        profile_image_uuid: (),
        country_id: (),
        country_label: (),
        country_code: (),
    }
}
