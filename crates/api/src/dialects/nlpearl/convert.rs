//! NLPearl's words to edits, and leads to NLPearl's words: the only place here that knows both. Pearls, their settings, calls and
//! searches have files of their own below it.

mod calls;
mod campaigns;
mod searches;
mod settings;

use domain::campaign::Campaign;
use domain::edit::{Change, Edit, StatusEdit};
use domain::fault::{Fault, JsonType, Reason};
use domain::lead::CallSummary;
use domain::limits::DELETE_CALLS_MAX;
use domain::object::{Object, ObjectEdit};
use domain::phone::{Phone, PhoneInput};
use domain::status::DialStatus;
use domain::time_zone::TimeZone;
use domain::{IdKind, Lead, Timestamp};
use serde_json::Value;

use super::{quirks, wire};
use crate::extract::{Members, Null};
use crate::views;

pub(super) use calls::{call, call_item, call_named};
pub(super) use campaigns::{PearlCounts, activity, pearl, pearl_item, total_agents};
pub(super) use searches::{call_search, lead_search};
pub(super) use settings::{hook_name, settings};

/// The body of an update.
pub(super) fn update(mut members: Members) -> (Edit, Vec<Fault>) {
    let edit = Edit {
        dial_status: status(&mut members),
        ..contact(&mut members)
    };
    members.refuse_rest();
    (edit, members.into_faults())
}

/// The body of an addition: an update's without `status`, and with a number.
pub(super) fn addition(mut members: Members, pearl: &Campaign) -> (Edit, Vec<Fault>) {
    let edit = Edit {
        campaign: Change::Set(pearl.id),
        ..contact(&mut members)
    };
    if edit.phone.is_leave() && !members.has_fault(wire::PHONE_NUMBER) {
        members.fault(wire::PHONE_NUMBER, Reason::Required);
    }
    members.refuse_rest();
    (edit, members.into_faults())
}

/// The body that sets a pearl active or not.
pub(super) fn is_active(mut members: Members) -> (bool, Vec<Fault>) {
    let is_active = members.boolean(wire::IS_ACTIVE, Null::Absent);
    if is_active.is_leave() && !members.has_fault(wire::IS_ACTIVE) {
        members.fault(wire::IS_ACTIVE, Reason::Required);
    }
    members.refuse_rest();
    (is_active == Change::Set(true), members.into_faults())
}

/// The body that deletes calls.
pub(super) fn call_ids(mut members: Members) -> (Vec<String>, Vec<Fault>) {
    let ids = members.array(wire::CALL_IDS, Null::Absent);
    if ids.is_leave() && !members.has_fault(wire::CALL_IDS) {
        members.fault(wire::CALL_IDS, Reason::Required);
    }
    members.refuse_rest();
    let Change::Set(ids) = ids else {
        return (Vec::new(), members.into_faults());
    };
    if ids.len() > DELETE_CALLS_MAX {
        let items_max = DELETE_CALLS_MAX;
        members.fault(wire::CALL_IDS, Reason::TooMany { items_max });
        return (Vec::new(), members.into_faults());
    }
    let mut texts = Vec::with_capacity(ids.len());
    for (index, id) in ids.into_iter().enumerate() {
        match id {
            Value::String(id) => texts.push(id),
            _ => members.fault(
                format!("{}[{index}]", wire::CALL_IDS),
                Reason::WrongType(JsonType::Text),
            ),
        }
    }
    (texts, members.into_faults())
}

/// The members that update and addition share; `null` is the same as absent in all of them.
fn contact(members: &mut Members) -> Edit {
    Edit {
        phone: phone(members),
        external_id: members.text(wire::EXTERNAL_ID, Null::Absent),
        time_zone: time_zone(members),
        variables: call_data(members),
        ..Edit::default()
    }
}

/// A text that must mean something: `reason` is the fault if it does not.
fn parsed<T>(
    members: &mut Members,
    name: &str,
    reason: Reason,
    parse: impl Fn(&str) -> Option<T>,
) -> Change<T> {
    let Change::Set(text) = members.text(name, Null::Absent) else {
        return Change::Leave;
    };
    let value = parse(&text);
    if value.is_none() {
        members.fault(name, reason);
    }
    Change::set_if(value)
}

/// An integer of the range that [`quirks::range`] has for this member.
fn ranged(members: &mut Members, name: &str) -> Option<u32> {
    let is_integer = |value: Value| value.as_i64();
    let Change::Set(number) = members.change(name, Null::Absent, JsonType::Integer, is_integer)
    else {
        return None;
    };
    let number = u32::try_from(number).ok();
    let number = number.filter(|number| quirks::range(name).contains(number));
    if number.is_none() {
        members.fault(name, Reason::OutOfRange);
    }
    number
}

fn phone(members: &mut Members) -> Change<PhoneInput> {
    parsed(members, wire::PHONE_NUMBER, Reason::InvalidPhone, |text| {
        PhoneInput::read(text).ok()
    })
}

fn time_zone(members: &mut Members) -> Change<TimeZone> {
    parsed(
        members,
        wire::TIME_ZONE_ID,
        Reason::UnknownTimeZone,
        quirks::time_zone,
    )
}

/// `callData` replaces the dictionary, or keys could never be removed. Its values are texts.
fn call_data(members: &mut Members) -> ObjectEdit {
    let Change::Set(object) = members.object(wire::CALL_DATA, Null::Absent) else {
        return ObjectEdit::Leave;
    };
    for (key, value) in object.members() {
        if !value.is_string() {
            members.fault(
                quirks::call_data_path(key),
                Reason::WrongType(JsonType::Text),
            );
        }
    }
    ObjectEdit::Replace(object)
}

/// `eLeadStatusInputApi`. Each number stands for one status, so none is "the same as" another.
fn status(members: &mut Members) -> Option<StatusEdit> {
    let Change::Set(number) = members.integer(wire::STATUS, Null::Absent) else {
        return None;
    };
    let to = match number {
        1 => DialStatus::New,
        10 => DialStatus::Retry,
        100 => DialStatus::Success,
        110 => DialStatus::NotSuccessful,
        130 => DialStatus::Completed,
        _ => {
            members.fault(wire::STATUS, Reason::NotAllowed);
            return None;
        }
    };
    let same_as = Vec::new();
    Some(StatusEdit { to, same_as })
}

/// A lead as NLPearl shows it. `now` only picks the year whose standard time counts.
pub(super) fn lead<'a>(lead: &'a Lead, pearl: &Campaign, now: Timestamp) -> wire::Lead<'a> {
    let call_id =
        |call: domain::CallId| views::object_id(IdKind::Call, lead.created_at, call.get());
    wire::Lead {
        id: lead_id(lead),
        external_id: lead.external_id.as_deref(),
        phone_number: lead.phone.as_ref().map(Phone::e164),
        time_zone: offset(lead, pearl, now),
        status: shown_status(lead.dial_status),
        created: lead.created_at.to_rfc3339_millis(),
        calls_id: lead.call_ids.iter().copied().map(call_id).collect(),
        last_call: lead
            .last_call
            .as_ref()
            .map(|call| last_call(call, call_id(call.call_id), lead, pearl)),
        call_data: quirks::Texts(lead.variables.members()),
        collected_data: lead.collected.members(),
    }
}

/// A lead in a search.
pub(super) fn lead_item<'a>(
    lead: &'a Lead,
    pearl: &Campaign,
    now: Timestamp,
) -> wire::LeadItem<'a> {
    wire::LeadItem {
        id: lead_id(lead),
        external_id: lead.external_id.as_deref(),
        phone_number: lead.phone.as_ref().map(Phone::e164),
        time_zone: offset(lead, pearl, now),
        status: shown_status(lead.dial_status),
        created: lead.created_at.to_rfc3339_millis(),
        call_data: quirks::Texts(lead.variables.members()),
    }
}

fn offset(lead: &Lead, pearl: &Campaign, now: Timestamp) -> Option<String> {
    let zone = lead.time_zone.as_ref().or(pearl.time_zone.as_ref())?;
    Some(quirks::hours(zone.standard_offset_seconds(now)))
}

pub(super) fn lead_id(lead: &Lead) -> String {
    views::object_id(IdKind::Lead, lead.created_at, lead.id.get())
}

pub(super) fn pearl_id(pearl: &Campaign) -> String {
    views::object_id(IdKind::Campaign, pearl.created_at, pearl.id.get())
}

/// The display name of a collected value is its key.
pub(super) fn collected_infos(collected: &Object) -> Vec<wire::CollectedInfo<'_>> {
    let members = collected.members().iter();
    members
        .map(|(id, value)| wire::CollectedInfo {
            id,
            name: id,
            value,
        })
        .collect()
}

/// Transcripts and tags are not kept, so both are empty.
fn last_call<'a>(
    call: &'a CallSummary,
    id: String,
    lead: &Lead,
    pearl: &Campaign,
) -> wire::LastCall<'a> {
    wire::LastCall {
        id,
        start_time: call.started_at.to_rfc3339_millis(),
        pearl_id: pearl_id(pearl),
        status: call_status(call.outcome),
        from: call.from.as_deref(),
        name: lead.display_name(),
        collected_data: wire::CallCollected {
            transcript: [],
            collected_infos: collected_infos(&call.collected),
        },
        summary: call.summary.as_deref(),
        duration: call.duration_seconds.unwrap_or(0),
        recording: call.recording_url.as_deref(),
        tags: [],
    }
}

/// `eLeadStatusView`.
pub(super) const fn shown_status(status: DialStatus) -> u16 {
    match status {
        DialStatus::New => 1,
        DialStatus::Retry => 10,
        DialStatus::Queued => 20,
        DialStatus::WrongCountry => 30,
        DialStatus::OnCall => 40,
        DialStatus::Voicemail => 70,
        DialStatus::Success => 100,
        DialStatus::NotSuccessful => 110,
        DialStatus::Completed => 130,
        DialStatus::Unreachable => 150,
        DialStatus::Suppressed => 220,
        DialStatus::Abandoned => 300,
        DialStatus::Failed => 500,
    }
}

/// `eCallStatusView` of a call with this outcome. Leadbook is told what came of a call and not how the line
/// went, so 5 Busy never shows.
pub(super) const fn call_status(outcome: DialStatus) -> u8 {
    match outcome {
        DialStatus::New | DialStatus::Queued | DialStatus::OnCall => 3,
        DialStatus::Success
        | DialStatus::NotSuccessful
        | DialStatus::Completed
        | DialStatus::Voicemail
        | DialStatus::Abandoned => 4,
        DialStatus::Failed => 6,
        DialStatus::Retry | DialStatus::Unreachable => 7,
        DialStatus::WrongCountry | DialStatus::Suppressed => 8,
    }
}
