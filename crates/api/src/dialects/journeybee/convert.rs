//! JourneyBee's words to edits, and leads to JourneyBee's words: the only file here that knows both.

mod custom_fields;
mod definitions;
mod list;
mod notes;

use std::collections::BTreeMap;
use std::sync::Arc;

use domain::campaign::Campaign;
use domain::custom_field::{FieldDefinition, Tag, User};
use domain::edit::{Change, Edit, SetEdit, StageEdit};
use domain::fault::{Fault, JsonType, Reason};
use domain::limits::{ASSIGNED_USERS_MAX, TAGS_MAX};
use domain::object::ObjectEdit;
use domain::phone::PhoneInput;
use domain::status::StageKind;
use domain::{CampaignId, Lead, TagId, Timestamp, UserId};
use serde_json::Value;

pub(super) use definitions::{
    created_field, created_tag, field, field_filter, new_field, new_tag, tag_definition,
    tag_filter, user_of_company,
};
pub(super) use list::{List, Paging, custom_fields_wanted, list, named, next};
pub(super) use notes::{added_note, changed_note, new_note, note, note_edit};

use super::{quirks, wire};
use crate::extract::{Members, Null};
use crate::views;

/// The body of an update.
pub(super) fn update(mut members: Members) -> (Edit, Vec<Fault>) {
    let m = &mut members;
    let edit = Edit {
        stage: status(m),
        assigned_users: ids(m, wire::ASSIGNED_USERS, ASSIGNED_USERS_MAX, UserId::new),
        ..contact(m)
    };
    members.refuse_rest();
    (edit, members.into_faults())
}

/// The body of a creation. It has neither status nor users.
pub(super) fn creation(mut members: Members) -> (Edit, Vec<Fault>) {
    let m = &mut members;
    let association = one_of(m, wire::ASSOCIATION_TYPE, &quirks::ASSOCIATION_TYPES);
    if association.is_none() && !m.has_fault(wire::ASSOCIATION_TYPE) {
        m.fault(wire::ASSOCIATION_TYPE, Reason::Required);
    }
    let source = one_of(m, wire::SOURCE, &quirks::SOURCES);
    let edit = Edit {
        campaign: campaign(m),
        variables: source.map_or(ObjectEdit::Leave, quirks::keep_source),
        ..contact(m)
    };
    m.text(quirks::INTEGRATION_NAME, Null::Absent);
    for name in quirks::NOT_SERVED {
        let is_empty = match m.take(name) {
            None | Some(Value::Null) => true,
            Some(Value::Array(items)) => items.is_empty(),
            Some(Value::Object(members)) => members.is_empty(),
            Some(Value::Bool(_) | Value::Number(_) | Value::String(_)) => false,
        };
        if !is_empty {
            m.fault(name, Reason::NotAllowed);
        }
    }
    members.refuse_rest();
    (edit, members.into_faults())
}

/// What updates and creations share.
fn contact(m: &mut Members) -> Edit {
    Edit {
        company_name: m.text(wire::COMPANY_NAME, Null::Clears),
        email: m.text(wire::EMAIL, Null::Clears),
        phone: phone(m),
        first_name: m.text(wire::FIRST_NAME, Null::Clears),
        last_name: m.text(wire::LAST_NAME, Null::Clears),
        tags: ids(m, wire::TAGS, TAGS_MAX, TagId::new),
        custom_fields: custom_fields::read(m),
        ..Edit::default()
    }
}

fn phone(m: &mut Members) -> Change<PhoneInput> {
    match m.text(wire::PHONE_NUMBER, Null::Clears) {
        Change::Leave => Change::Leave,
        Change::Clear => Change::Clear,
        Change::Set(text) => {
            if let Ok(phone) = PhoneInput::read(&text) {
                return Change::Set(phone);
            }
            m.fault(wire::PHONE_NUMBER, Reason::InvalidPhone);
            Change::Leave
        }
    }
}

fn status(m: &mut Members) -> StageEdit {
    match m.text(wire::STATUS, Null::Fault) {
        Change::Set(name) => {
            if let Some(kind) = StageKind::from_name(&name) {
                return StageEdit::OfKind(kind);
            }
            m.fault(wire::STATUS, Reason::NotAllowed);
            StageEdit::Leave
        }
        Change::Leave | Change::Clear => StageEdit::Leave,
    }
}

fn one_of(m: &mut Members, name: &str, allowed: &[&'static str]) -> Option<&'static str> {
    let Change::Set(text) = m.text(name, Null::Absent) else {
        return None;
    };
    let found = allowed.iter().find(|word| **word == text).copied();
    if found.is_none() {
        m.fault(name, Reason::NotAllowed);
    }
    found
}

fn campaign(m: &mut Members) -> Change<CampaignId> {
    let Change::Set(number) = m.integer(wire::COMPANY_CAMPAIGN_ID, Null::Absent) else {
        return Change::Leave;
    };
    if let Some(id) = CampaignId::new(number) {
        return Change::Set(id);
    }
    let reason = Reason::UnknownReference(number.to_string());
    m.fault(wire::COMPANY_CAMPAIGN_ID, reason);
    Change::Leave
}

/// A list of ids that replaces the set; `[]` empties it.
fn ids<Id: Copy + Ord>(
    m: &mut Members,
    name: &str,
    items_max: usize,
    new: impl Fn(u64) -> Option<Id>,
) -> SetEdit<Id> {
    let Change::Set(items) = m.array(name, Null::Fault) else {
        return SetEdit::Leave;
    };
    let mut ids = Vec::with_capacity(items.len().min(items_max));
    for (index, item) in items.iter().enumerate() {
        let Some(number) = item.as_u64() else {
            m.fault(
                format!("{name}[{index}]"),
                Reason::WrongType(JsonType::Integer),
            );
            return SetEdit::Leave;
        };
        let Some(id) = new(number) else {
            m.fault(name, Reason::UnknownReference(number.to_string()));
            return SetEdit::Leave;
        };
        ids.push(id);
    }
    ids.sort_unstable();
    ids.dedup();
    // Tested here too, so that no long list of ids is looked up by the writer.
    if ids.len() > items_max {
        m.fault(name, Reason::TooMany { items_max });
        return SetEdit::Leave;
    }
    SetEdit::Replace(ids)
}

/// A list, each item by `read`; `None` if it is not given or not right.
fn list_of<T>(
    m: &mut Members,
    name: &str,
    items_max: usize,
    read: impl Fn(&Value) -> Result<T, Reason>,
) -> Option<Vec<T>> {
    let Change::Set(items) = m.array(name, Null::Fault) else {
        return None;
    };
    if items.len() > items_max {
        m.fault(name, Reason::TooMany { items_max });
        return None;
    }
    let mut list = Vec::with_capacity(items.len());
    for (index, item) in items.iter().enumerate() {
        match read(item) {
            Ok(item) => list.push(item),
            Err(reason @ Reason::UnknownReference(_)) => {
                m.fault(name, reason);
                return None;
            }
            Err(reason) => {
                m.fault(format!("{name}[{index}]"), reason);
                return None;
            }
        }
    }
    Some(list)
}

pub(super) fn changed(lead: &Lead) -> wire::Changed {
    wire::Changed {
        id: lead.id.get(),
        uuid: views::uuid(lead.created_at, lead.id.get()),
        updated_at: lead.updated_at.to_rfc3339_seconds(),
    }
}

pub(super) fn created(lead: &Lead) -> wire::Created {
    wire::Created {
        id: lead.id.get(),
        uuid: views::uuid(lead.created_at, lead.id.get()),
    }
}

/// What leads refer to, by name.
#[derive(Default)]
pub(super) struct Names {
    pub(super) campaigns: BTreeMap<CampaignId, Arc<Campaign>>,
    pub(super) tags: BTreeMap<TagId, Tag>,
    pub(super) users: BTreeMap<UserId, User>,
}

/// A lead by itself: the one place where the vendor shows its custom fields.
pub(super) fn whole_lead(
    lead: &Lead,
    names: &Names,
    definitions: &[FieldDefinition],
) -> wire::Lead {
    wire::Lead {
        custom_fields: Some(custom_fields::show(lead, definitions)),
        ..shown(lead, names)
    }
}

/// A lead in a list: each says how long the whole list is. A precise one shows the fraction of its time, because its second is
/// on two pages and the time is a cursor.
pub(super) fn listed_lead(lead: &Lead, names: &Names, total: u64, is_precise: bool) -> wire::Lead {
    let shown = shown(lead, names);
    let created_at = if is_precise {
        lead.created_at.to_rfc3339_millis()
    } else {
        shown.created_at
    };
    wire::Lead {
        total: Some(total),
        created_at,
        ..shown
    }
}

fn shown(lead: &Lead, names: &Names) -> wire::Lead {
    let text = Option::<String>::clone;
    let campaign = lead.campaign_id.and_then(|id| names.campaigns.get(&id));
    let tags = lead.tags.iter().filter_map(|id| names.tags.get(id));
    let users = lead.assigned_users.iter();
    wire::Lead {
        total: None,
        id: lead.id.get(),
        uuid: views::uuid(lead.created_at, lead.id.get()),
        created_at: lead.created_at.to_rfc3339_seconds(),
        updated_at: lead.updated_at.to_rfc3339_seconds(),
        source: quirks::show_source(lead).map(str::to_owned),
        company_name: text(&lead.company_name),
        email: text(&lead.email),
        phone_number: lead.phone.as_ref().map(|phone| phone.e164().to_owned()),
        first_name: text(&lead.first_name),
        last_name: text(&lead.last_name),
        status: lead.stage.kind.name(),
        partner_type: (),
        company_id: lead.workspace_id.get(),
        created_by_user_id: (),
        campaign_id: lead.campaign_id.map(CampaignId::get),
        campaign_title: campaign.map(|campaign| campaign.name.clone()),
        custom_fields: None,
        tags: tags.map(tag).collect(),
        assigned_users: users
            .filter_map(|id| names.users.get(id))
            .map(user)
            .collect(),
        partnership_leads: [],
        campaign_partners: [],
        deals: [],
    }
}

fn tag(tag: &Tag) -> wire::Tag {
    wire::Tag {
        id: tag.id.get(),
        label: tag.label.clone(),
        background_color: tag.background_color.clone(),
        text_color: tag.text_color.clone(),
    }
}

fn user(user: &User) -> wire::User {
    wire::User {
        id: user.id.get(),
        email: user.email.clone(),
        first_name: user.first_name.clone(),
        last_name: user.last_name.clone(),
        color: (),
        profile_image_id: (),
        profile_image_uuid: (),
    }
}

/// The UUID of a tag, a user or a field. These have no creation time that all of them know, so that numbers of different
/// kinds of things may make the same.
pub(super) fn uuid(number: u64) -> String {
    views::uuid(Timestamp::FIRST, number)
}
