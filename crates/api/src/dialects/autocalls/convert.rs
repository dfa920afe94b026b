//! Autocalls' words to edits, and leads to Autocalls' words: the only file here that knows both.

use domain::campaign::Campaign;
use domain::edit::{Change, Edit, StatusEdit};
use domain::fault::{Fault, JsonType, Reason, Unique};
use domain::object::ObjectEdit;
use domain::phone::PhoneInput;
use domain::status::DialStatus;
use domain::{CampaignId, Lead};
use serde_json::Value;

use super::{quirks, wire};
use crate::extract::{Members, Null};

/// `2025-06-30 11:53:20`, UTC, in every answer about leads.
const TIME_FORMAT: &str = "%Y-%m-%d %H:%M:%S";

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

/// The body of a creation: the edit, and what must be unique.
pub(super) fn creation(mut members: Members) -> (Edit, Vec<Unique>, Vec<Fault>) {
    let edit = Edit {
        campaign: campaign(&mut members),
        phone: phone(&mut members),
        variables: variables(&mut members),
        ..Edit::default()
    };
    if edit.campaign.is_leave() && !members.has_fault(wire::CAMPAIGN_ID) {
        members.fault(wire::CAMPAIGN_ID, Reason::Required);
    }
    if edit.phone.is_leave() && !members.has_fault(wire::PHONE_NUMBER) {
        members.fault(wire::PHONE_NUMBER, Reason::Required);
    }
    let may_repeat = members.boolean(quirks::ALLOW_DUPLICATE, Null::Absent);
    let unique = if may_repeat == Change::Set(true) {
        Vec::new()
    } else {
        vec![Unique::Phone]
    };
    if let Change::Set(contacts) = members.array(wire::SECONDARY_CONTACTS, Null::Absent)
        && !contacts.is_empty()
    {
        members.fault(wire::SECONDARY_CONTACTS, Reason::NotAllowed);
    }
    members.refuse_rest();
    (edit, unique, members.into_faults())
}

fn campaign(members: &mut Members) -> Change<CampaignId> {
    let read = |value: Value| quirks::read_integer(&value);
    let number = members.change(wire::CAMPAIGN_ID, Null::Fault, JsonType::Integer, read);
    match number {
        Change::Set(number) => {
            if let Some(id) = CampaignId::new(number) {
                return Change::Set(id);
            }
            members.fault(
                wire::CAMPAIGN_ID,
                Reason::UnknownReference(number.to_string()),
            );
            Change::Leave
        }
        Change::Leave | Change::Clear => Change::Leave,
    }
}

fn phone(members: &mut Members) -> Change<PhoneInput> {
    match members.text(wire::PHONE_NUMBER, Null::Fault) {
        Change::Set(text) => {
            if let Ok(phone) = PhoneInput::read(&text) {
                return Change::Set(phone);
            }
            members.fault(wire::PHONE_NUMBER, Reason::InvalidPhone);
            Change::Leave
        }
        Change::Leave | Change::Clear => Change::Leave,
    }
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
    match members.change(wire::VARIABLES, Null::Fault, JsonType::Array, read) {
        Change::Set(edit) => edit,
        Change::Leave | Change::Clear => ObjectEdit::Leave,
    }
}

/// A lead as Autocalls shows it.
pub(super) fn lead(lead: &Lead, campaign: Option<&Campaign>) -> wire::Lead {
    wire::Lead {
        id: lead.id.get(),
        campaign_id: lead.campaign_id.map(CampaignId::get),
        phone_number: lead.phone.as_ref().map(|phone| phone.e164().to_owned()),
        variables: quirks::show_variables(&lead.variables),
        status: shown_status(lead.dial_status),
        created_at: lead.created_at.format(TIME_FORMAT),
        updated_at: lead.updated_at.format(TIME_FORMAT),
        campaign: campaign.map(|campaign| wire::Campaign {
            id: campaign.id.get(),
            name: campaign.name.clone(),
        }),
        secondary_contacts: [],
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
