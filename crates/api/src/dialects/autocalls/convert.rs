//! Autocalls' words to edits, and leads to Autocalls' words; campaigns, calls, assistants and filters are in the files
//! below. Nothing else here knows both.

pub(super) mod assistants;
pub(super) mod calls;
pub(super) mod campaigns;
pub(super) mod filters;

use app::leads::{Creation, NewContact};
use domain::campaign::Campaign;
use domain::edit::{Change, Edit, StatusEdit};
use domain::fault::{At, Fault, JsonType, Reason, Unique};
use domain::lead::Contact;
use domain::limits::CONTACTS_MAX;
use domain::object::{Object, ObjectEdit};
use domain::phone::PhoneInput;
use domain::status::DialStatus;
use domain::{CampaignId, Lead, Phone};
use serde_json::Value;

use super::{quirks, wire};
use crate::extract::{Members, Null};

/// `2025-06-30 11:53:20`, UTC, in every answer about leads and calls.
const TIME_FORMAT: &str = "%Y-%m-%d %H:%M:%S";
/// `2025-06-30T11:53:20.000000Z`, in answers about campaigns and assistants, and in webhooks.
pub(super) const ISO_TIME_FORMAT: &str = "%Y-%m-%dT%H:%M:%S.%6fZ";

/// The body of an update.
pub(super) fn update(mut members: Members) -> (Edit, Vec<Fault>) {
    let edit = Edit {
        campaign: campaign(&mut members),
        phone: phone(&mut members),
        dial_status: status(&mut members),
        variables: variables(&mut members),
        ..Edit::default()
    };
    members.refuse_rest();
    (edit, members.into_faults())
}

/// The body of a creation.
pub(super) fn creation(mut members: Members) -> (Creation, Vec<Fault>) {
    let edit = Edit {
        campaign: campaign(&mut members),
        phone: phone(&mut members),
        variables: ObjectEdit::Merge(new_variables(&mut members)),
        ..Edit::default()
    };
    if edit.campaign.is_leave() && !members.has_fault(wire::CAMPAIGN_ID) {
        members.fault(wire::CAMPAIGN_ID, Reason::Required);
    }
    if edit.phone.is_leave() && !members.has_fault(wire::PHONE_NUMBER) {
        members.fault(wire::PHONE_NUMBER, Reason::Required);
    }
    let may_repeat = quirks::take_boolean(&mut members, quirks::ALLOW_DUPLICATE) == Some(true);
    let unique = if may_repeat {
        Vec::new()
    } else {
        vec![Unique::Phone]
    };
    let contacts = contacts(&mut members);
    members.refuse_rest();
    let creation = Creation {
        edit,
        unique,
        contacts,
        ..Creation::default()
    };
    (creation, members.into_faults())
}

fn contacts(members: &mut Members) -> Vec<NewContact> {
    let name = wire::SECONDARY_CONTACTS;
    let items = set(members.array(name, Null::Absent)).unwrap_or_default();
    if items.len() > CONTACTS_MAX {
        let items_max = CONTACTS_MAX;
        members.fault(name, Reason::TooMany { items_max });
        return Vec::new();
    }
    let mut contacts = Vec::with_capacity(items.len());
    for (index, item) in items.into_iter().enumerate() {
        let Value::Object(item) = item else {
            members.fault(
                format!("{name}.{index}"),
                Reason::WrongType(JsonType::Array),
            );
            continue;
        };
        let mut item = Members::new(item);
        contacts.extend(contact(&mut item));
        item.refuse_rest();
        for fault in item.into_faults() {
            if let At::Member(member) = fault.at {
                members.fault(format!("{name}.{index}.{member}"), fault.reason);
            }
        }
    }
    contacts
}

fn contact(members: &mut Members) -> Option<NewContact> {
    let phone = set(phone(members));
    if phone.is_none() && !members.has_fault(wire::PHONE_NUMBER) {
        members.fault(wire::PHONE_NUMBER, Reason::Required);
    }
    let variables = new_variables(members);
    phone.map(|phone| NewContact { phone, variables })
}

/// The variables of something new.
fn new_variables(members: &mut Members) -> Object {
    let read = quirks::read_new_variables;
    let variables = members.change(wire::VARIABLES, Null::Fault, JsonType::Array, read);
    set(variables).unwrap_or_default()
}

/// What was given, if anything was.
fn set<T>(change: Change<T>) -> Option<T> {
    match change {
        Change::Set(value) => Some(value),
        Change::Leave | Change::Clear => None,
    }
}

/// A number that Laravel's `integer` rule takes.
pub(super) fn integer(members: &mut Members, name: &str, null: Null) -> Option<u64> {
    let read = |value: Value| quirks::read_integer(&value);
    set(members.change(name, null, JsonType::Integer, read))
}

fn campaign(members: &mut Members) -> Change<CampaignId> {
    let Some(number) = integer(members, wire::CAMPAIGN_ID, Null::Fault) else {
        return Change::Leave;
    };
    let campaign = CampaignId::new(number);
    if campaign.is_none() {
        let reason = Reason::UnknownReference(number.to_string());
        members.fault(wire::CAMPAIGN_ID, reason);
    }
    Change::set_if(campaign)
}

fn phone(members: &mut Members) -> Change<PhoneInput> {
    let Some(text) = set(members.text(wire::PHONE_NUMBER, Null::Fault)) else {
        return Change::Leave;
    };
    let phone = PhoneInput::read(&text).ok();
    if phone.is_none() {
        members.fault(wire::PHONE_NUMBER, Reason::InvalidPhone);
    }
    Change::set_if(phone)
}

/// Only three statuses are set by hand; each stands for all that Autocalls shows by its name.
fn status(members: &mut Members) -> Option<StatusEdit> {
    use DialStatus::{Completed, Failed, New, NotSuccessful, Success, Unreachable, WrongCountry};
    let (to, same_as) = match members.take(wire::STATUS)?.as_str() {
        Some("created") => (New, vec![]),
        Some("completed") => (Completed, vec![Success, NotSuccessful]),
        Some("reached-max-retries") => (Unreachable, vec![WrongCountry, Failed]),
        _ => {
            members.fault(wire::STATUS, Reason::NotSettable);
            return None;
        }
    };
    Some(StatusEdit { to, same_as })
}

fn variables(members: &mut Members) -> ObjectEdit {
    let read = quirks::read_variables;
    let edit = members.change(wire::VARIABLES, Null::Fault, JsonType::Array, read);
    set(edit).unwrap_or_default()
}

/// A lead as Autocalls shows it.
pub(super) fn lead<'a>(lead: &'a Lead, campaign: Option<&'a Campaign>) -> wire::Lead<'a> {
    wire::Lead {
        id: lead.id.get(),
        campaign_id: lead.campaign_id.map(CampaignId::get),
        phone_number: lead.phone.as_ref().map(Phone::e164),
        variables: quirks::Variables(&lead.variables),
        status: shown_status(lead.dial_status),
        created_at: lead.created_at.format(TIME_FORMAT),
        updated_at: lead.updated_at.format(TIME_FORMAT),
        campaign: campaign.map(|campaign| wire::CampaignName {
            id: campaign.id.get(),
            name: &campaign.name,
        }),
        secondary_contacts: lead
            .contacts
            .iter()
            .map(|contact| shown_contact(lead, contact))
            .collect(),
    }
}

/// A contact came with its lead, and nothing changes it.
fn shown_contact<'a>(lead: &Lead, contact: &'a Contact) -> wire::Contact<'a> {
    wire::Contact {
        id: contact.id.get(),
        phone_number: contact.phone.e164(),
        variables: quirks::Variables(&contact.variables),
        status: shown_status(contact.dial_status),
        created_at: lead.created_at.format(TIME_FORMAT),
        updated_at: lead.created_at.format(TIME_FORMAT),
    }
}

pub(super) const fn shown_status(status: DialStatus) -> &'static str {
    match status {
        DialStatus::New => "created",
        DialStatus::Queued => "scheduled",
        DialStatus::OnCall => "processing",
        DialStatus::Retry | DialStatus::Voicemail | DialStatus::Abandoned => "rescheduled",
        DialStatus::Success | DialStatus::NotSuccessful | DialStatus::Completed => "completed",
        DialStatus::Unreachable | DialStatus::WrongCountry | DialStatus::Failed => {
            "reached-max-retries"
        }
        DialStatus::Suppressed => "blacklisted",
    }
}
