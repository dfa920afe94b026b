//! DialNexa's words to edits, and leads to DialNexa's words: this file and those below it are the only ones that know both.

pub(super) mod calls;
pub(super) mod campaigns;
pub(super) mod pages;
pub(super) mod uploads;
pub(super) mod webhooks;

use domain::edit::{Change, Edit};
use domain::fault::{Fault, JsonType, Reason};
use domain::limits::TEXT_CHARS_MAX;
use domain::object::{Object, ObjectEdit};
use domain::phone::{Phone, PhoneInput, Separators};
use domain::status::DialStatus;
use domain::{CallId, CampaignId, Lead};
use serde_json::Value;

use super::quirks::{self, ReadNotes};
use super::wire;
use crate::extract::{Members, Null};
use crate::views;

/// The body of an update. `null` is the same as absent. Members that no page names are ignored, so that a
/// client can send back the lead it has read.
pub(super) fn update(mut members: Members) -> (Edit, Vec<Fault>) {
    let edit = edit(&mut members);
    (edit, members.into_faults())
}

/// The body of a creation, without the campaign, which is looked up by its id as given.
pub(super) fn creation(mut members: Members) -> (Option<String>, Edit, Vec<Fault>) {
    let campaign_id = campaign_id(&mut members);
    let edit = edit(&mut members);
    let is_read = [
        wire::PHONE_NUMBER,
        quirks::CAMEL_PHONE_NUMBER,
        quirks::COUNTRY_CODE,
    ];
    if edit.phone.is_leave() && !is_read.iter().any(|name| members.has_fault(name)) {
        members.fault(quirks::CAMEL_PHONE_NUMBER, Reason::Required);
    }
    (campaign_id, edit, members.into_faults())
}

fn edit(members: &mut Members) -> Edit {
    let (variables, notes) = variables_and_notes(members);
    Edit {
        phone: phone(members),
        name: members.text(wire::NAME, Null::Absent),
        variables,
        notes,
        ..Edit::default()
    }
}

fn text(members: &mut Members, name: &str) -> Option<String> {
    match members.text(name, Null::Absent) {
        Change::Set(text) => Some(text),
        Change::Leave | Change::Clear => None,
    }
}

/// A short text.
fn bounded(members: &mut Members, name: &str) -> Option<String> {
    let text = text(members, name)?;
    let chars_max = TEXT_CHARS_MAX;
    if text.chars().count() > chars_max {
        members.fault(name, Reason::TooLong { chars_max });
    }
    Some(text)
}

/// The id that the caller used, if it is one that the thing brought along; else the view of its number.
fn own_id(prefix: &str, number: u64, asked_for: Option<&str>) -> String {
    asked_for
        .filter(|id| views::by_code(super::auth::DIALECT, id).number != Some(number))
        .map_or_else(|| views::code(prefix, number), str::to_owned)
}

/// `campaignId` or `campaign_id`. Without one there is no lead to create.
fn campaign_id(members: &mut Members) -> Option<String> {
    let camel = text(members, quirks::CAMEL_CAMPAIGN_ID);
    let snake = text(members, wire::CAMPAIGN_ID);
    if camel.is_some() && snake.is_some() && camel != snake {
        contradict(members, quirks::CAMEL_CAMPAIGN_ID, wire::CAMPAIGN_ID);
    }
    let is_faulty =
        members.has_fault(quirks::CAMEL_CAMPAIGN_ID) || members.has_fault(wire::CAMPAIGN_ID);
    let id = camel.or(snake);
    if id.is_none() && !is_faulty {
        members.fault(quirks::CAMEL_CAMPAIGN_ID, Reason::Required);
    }
    id
}

/// Both spellings; given together they must mean the same number.
fn phone(members: &mut Members) -> Change<PhoneInput> {
    let snake = text(members, wire::PHONE_NUMBER);
    let snake = snake.map(|text| Phone::international(&text, Separators::Refused));
    let number = text(members, quirks::CAMEL_PHONE_NUMBER);
    let code = text(members, quirks::COUNTRY_CODE);
    if number.is_none() && code.is_some() && !members.has_fault(quirks::CAMEL_PHONE_NUMBER) {
        members.fault(quirks::CAMEL_PHONE_NUMBER, Reason::Required);
    }
    let camel = number.map(|number| quirks::join_phone(&number, code.as_deref()));
    let snake = checked(members, wire::PHONE_NUMBER, snake);
    let camel = checked(members, quirks::CAMEL_PHONE_NUMBER, camel);
    if let (Some(snake), Some(camel)) = (&snake, &camel)
        && snake.e164() != camel.e164()
    {
        contradict(members, quirks::CAMEL_PHONE_NUMBER, wire::PHONE_NUMBER);
    }
    Change::set_if(snake.or(camel).map(PhoneInput::International))
}

fn checked<E>(members: &mut Members, name: &str, phone: Option<Result<Phone, E>>) -> Option<Phone> {
    let phone = phone?.ok();
    if phone.is_none() {
        members.fault(name, Reason::InvalidPhone);
    }
    phone
}

fn contradict(members: &mut Members, name: &str, other: &str) {
    members.fault(name, Reason::Contradiction(other.to_owned()));
}

/// `metadata` replaces the variables. `notes` as a text is the note; as an object it is the variables, unless
/// `metadata` says what they are.
fn variables_and_notes(members: &mut Members) -> (ObjectEdit, Change<String>) {
    let metadata = members.object(wire::METADATA, Null::Absent);
    let has_metadata = !metadata.is_leave() || members.has_fault(wire::METADATA);
    let notes = members.change(
        wire::NOTES,
        Null::Absent,
        JsonType::Object,
        quirks::read_notes,
    );
    let variables = match metadata {
        Change::Set(object) => replace(members, wire::METADATA, object),
        Change::Leave | Change::Clear => ObjectEdit::Leave,
    };
    match notes {
        Change::Set(ReadNotes::Text(text)) => (variables, Change::Set(text)),
        Change::Set(ReadNotes::Variables(object)) if !has_metadata => {
            (replace(members, wire::NOTES, object), Change::Leave)
        }
        Change::Set(ReadNotes::Variables(_)) | Change::Leave | Change::Clear => {
            (variables, Change::Leave)
        }
    }
}

/// Variables are JSON scalars, kept as sent.
fn replace(members: &mut Members, name: &str, object: Object) -> ObjectEdit {
    let items_max = quirks::VARIABLES_MAX;
    if object.members().len() > items_max {
        members.fault(name, Reason::TooMany { items_max });
    }
    for (key, value) in object.members() {
        if matches!(value, Value::Array(_) | Value::Object(_)) {
            members.fault(format!("{name}.{key}"), Reason::WrongType(JsonType::Text));
        }
    }
    ObjectEdit::Replace(object)
}

/// A lead as DialNexa shows it, under the id that the caller used if that is one the lead brought along.
pub(super) fn lead<'a>(lead: &'a Lead, asked_for: Option<&str>) -> wire::Lead<'a> {
    wire::Lead {
        id: own_id("lead", lead.id.get(), asked_for),
        name: lead.display_name(),
        phone_number: lead.phone.as_ref().map(Phone::e164),
        campaign_id: lead.campaign_id.map(campaign_code),
        status: shown_status(lead.dial_status),
        metadata: lead.variables.members(),
        notes: quirks::show_notes(lead),
        call_log_id: last_call(lead).map(|call| views::code("log", call.get())),
        created_at: lead.created_at.to_rfc3339_millis(),
    }
}

pub(super) fn campaign_code(id: CampaignId) -> String {
    views::code("cmp", id.get())
}

/// The newest call that was placed; a reservation is none yet.
fn last_call(lead: &Lead) -> Option<CallId> {
    let reserved = lead.claim.as_ref().filter(|claim| !claim.is_started);
    let reserved = reserved.map(|claim| claim.call_id);
    let placed = |call: &CallId| Some(*call) != reserved;
    lead.call_ids.iter().rev().copied().find(placed)
}

/// The statuses that show as this word; `None` if the vendor has no such word.
pub(super) fn statuses(word: &str) -> Option<Vec<DialStatus>> {
    let all = DialStatus::ALL.into_iter();
    let shown: Vec<_> = all.filter(|status| shown_status(*status) == word).collect();
    (!shown.is_empty()).then_some(shown)
}

const fn shown_status(status: DialStatus) -> &'static str {
    match status {
        DialStatus::New | DialStatus::Queued => "pending",
        DialStatus::OnCall | DialStatus::Retry | DialStatus::Voicemail | DialStatus::Abandoned => {
            "in_progress"
        }
        DialStatus::Success | DialStatus::NotSuccessful | DialStatus::Completed => "completed",
        DialStatus::Unreachable
        | DialStatus::WrongCountry
        | DialStatus::Failed
        | DialStatus::Suppressed => "failed",
    }
}
