//! UserVox's words to edits, and leads to UserVox's words: the only file here that knows both.

use axum::http::Uri;
use domain::campaign::{Campaign, Workspace};
use domain::edit::{Change, Edit, StageEdit};
use domain::fault::{Fault, JsonType, Reason, Unique};
use domain::limits::{INITIATE_LEADS_MAX, TEXT_CHARS_MAX};
use domain::object::ObjectEdit;
use domain::phone::PhoneInput;
use domain::status::DialStatus;
use domain::{CampaignId, IdKind, Lead};
use serde_json::Value;

use super::{quirks, wire};
use crate::extract::{Members, Null, query};
use crate::failure::Failure;
use crate::views;

/// The identifiers of a body. An empty text names nothing.
pub(super) fn named(m: &mut Members) -> wire::Named {
    let mut read = |name| text(m, name).filter(|text| !text.is_empty());
    wire::Named {
        lead: read(wire::LEAD_ID),
        reference: read(wire::REFERENCE_ID),
        project: read(wire::PROJECT_ID),
        process: read(wire::PROCESS_ID),
    }
}

/// The identifiers of a query.
pub(super) fn named_in_query(uri: &Uri) -> wire::Named {
    let read = |name| query(uri, name).filter(|text| !text.is_empty());
    wire::Named {
        lead: read(wire::LEAD_ID),
        reference: read(wire::REFERENCE_ID),
        project: read(wire::PROJECT_ID),
        process: read(wire::PROCESS_ID),
    }
}

/// Whether the answer to this query hides the phone number.
pub(super) fn is_masked(uri: &Uri) -> Result<bool, Failure> {
    match query(uri, wire::MASKED).as_deref() {
        None | Some("" | "false") => Ok(false),
        Some("true") => Ok(true),
        // A guess would show what the caller may have wanted hidden.
        Some(_) => Err(Failure::Malformed("masked must be true or false")),
    }
}

/// The rest of an update's body.
pub(super) struct Update {
    pub(super) edit: Edit,
    pub(super) user: Option<String>,
    pub(super) faults: Vec<Fault>,
}

pub(super) fn update(mut members: Members) -> Update {
    let m = &mut members;
    let (to, disposition) = (text(m, wire::TARGET_STATE), text(m, wire::DISPOSITION));
    let stage = if to.is_none() && disposition.is_none() {
        StageEdit::Leave
    } else {
        StageEdit::Transition { to, disposition }
    };
    let user = text(m, wire::USER_ID);
    let name = Change::set_if(text(m, wire::NAME));
    let metadata = m.object(wire::METADATA, Null::Fault);
    let edit = Edit {
        name,
        stage,
        variables: quirks::stray_metadata(m, metadata),
        ..Edit::default()
    };
    Update {
        edit,
        user,
        faults: members.into_faults(),
    }
}

/// What must not exist before initiate makes a lead.
pub(super) const UNIQUE: [Unique; 3] = [Unique::ExternalId, Unique::CalledPhone, Unique::Email];

/// A body of initiate.
pub(super) enum Initiation {
    Existing,
    New(Box<Edit>),
}

/// Reads a body of initiate, and what it names.
pub(super) fn initiation(
    mut members: Members,
    named: &mut wire::Named,
) -> Result<(Initiation, bool), Failure> {
    let m = &mut members;
    let init = m.boolean(wire::INIT, Null::Absent) != Change::Set(false);
    named.lead = text(m, wire::LEAD_ID).filter(|text| !text.is_empty());
    let lead = m.object(wire::LEAD, Null::Absent);
    let mut faults = members.into_faults();
    let initiation = match (&named.lead, lead) {
        (Some(_), _) => Initiation::Existing,
        (None, Change::Set(lead)) => {
            let mut m = Members::new(lead.into_members());
            let edit = creation(&mut m, named);
            faults.extend(m.into_faults());
            Initiation::New(Box::new(edit))
        }
        (None, Change::Leave | Change::Clear) if !faults.is_empty() => Initiation::Existing,
        (None, Change::Leave | Change::Clear) => {
            return Err(Failure::Malformed(
                "Either leadId or lead object is required",
            ));
        }
    };
    if faults.is_empty() {
        Ok((initiation, init))
    } else {
        Err(app::AppError::Invalid(faults).into())
    }
}

/// A row of a bulk, as it was given.
pub(super) struct Row {
    pub(super) given: Value,
    pub(super) named: wire::Named,
    pub(super) initiation: Result<Initiation, Vec<Fault>>,
}

/// Reads a body of bulk initiate.
pub(super) fn rows(mut members: Members) -> Result<(Vec<Row>, bool), Failure> {
    let m = &mut members;
    let init = m.boolean(wire::INIT, Null::Absent) != Change::Set(false);
    let ids = m.take(wire::LEAD_IDS).filter(|value| !value.is_null());
    let leads = m.take(wire::LEADS).filter(|value| !value.is_null());
    let faults = members.into_faults();
    if !faults.is_empty() {
        return Err(app::AppError::Invalid(faults).into());
    }
    let (items, read): (_, fn(Value) -> Row) = match (ids, leads) {
        (Some(ids), _) => (ids, existing_row),
        (None, Some(leads)) => (leads, new_row),
        (None, None) => {
            return Err(Failure::Malformed(
                "Either leadIds or leads array is required",
            ));
        }
    };
    let Value::Array(items) = items else {
        return Err(Failure::Malformed("Input must be an array"));
    };
    if items.len() > INITIATE_LEADS_MAX {
        return Err(Failure::Malformed(
            "Maximum of 1000 leads allowed per request",
        ));
    }
    Ok((items.into_iter().map(read).collect(), init))
}

fn existing_row(id: Value) -> Row {
    let named = wire::Named {
        lead: id.as_str().map(str::to_owned),
        ..wire::Named::default()
    };
    let wrong = || {
        vec![Fault::member(
            wire::LEAD_ID,
            Reason::WrongType(JsonType::Text),
        )]
    };
    let initiation = named.lead.as_ref().map(|_| Initiation::Existing);
    Row {
        given: Value::Object([(wire::LEAD_ID.to_owned(), id)].into_iter().collect()),
        named,
        initiation: initiation.ok_or_else(wrong),
    }
}

fn new_row(lead: Value) -> Row {
    let mut named = wire::Named::default();
    let Value::Object(members) = lead.clone() else {
        let reason = Reason::WrongType(JsonType::Object);
        return Row {
            given: lead,
            named,
            initiation: Err(vec![Fault::member(wire::LEAD, reason)]),
        };
    };
    let mut m = Members::new(members);
    let edit = creation(&mut m, &mut named);
    let faults = m.into_faults();
    let is_well = faults.is_empty();
    Row {
        given: lead,
        named,
        initiation: is_well
            .then(|| Initiation::New(Box::new(edit)))
            .ok_or(faults),
    }
}

/// The lead object. Other members, `groupId` among them, are ignored as the vendor ignores them.
fn creation(m: &mut Members, named: &mut wire::Named) -> Edit {
    named.project = required(m, wire::PROJECT_ID);
    named.process = required(m, wire::PROCESS_ID);
    let phone = phone(m);
    let email = text(m, wire::EMAIL).map(|email| email.to_lowercase());
    if phone.is_leave() && email.is_none() && !m.has_fault(wire::PHONE) && !m.has_fault(wire::EMAIL)
    {
        m.fault("phone or email", Reason::Required);
    }
    let [name, first_name] = [wire::NAME, wire::FIRST_NAME]
        .map(|member| text(m, member).filter(|text| !text.trim().is_empty()));
    let is_named = name.is_some() || first_name.is_some();
    if !is_named && !m.has_fault(wire::NAME) && !m.has_fault(wire::FIRST_NAME) {
        m.fault("name or firstName", Reason::Required);
    }
    named.reference = text(m, wire::REFERENCE_ID).filter(|text| !text.is_empty());
    let metadata = m.object(wire::METADATA, Null::Absent);
    text(m, wire::GROUP_ID);
    Edit {
        external_id: Change::set_if(named.reference.clone()),
        phone,
        email: Change::set_if(email),
        name: Change::set_if(name),
        first_name: Change::set_if(first_name),
        last_name: Change::set_if(text(m, wire::LAST_NAME)),
        variables: match metadata {
            Change::Set(object) => ObjectEdit::Merge(object),
            Change::Leave | Change::Clear => ObjectEdit::Leave,
        },
        ..Edit::default()
    }
}

fn phone(m: &mut Members) -> Change<PhoneInput> {
    let Some(text) = text(m, wire::PHONE).filter(|text| !text.is_empty()) else {
        return Change::Leave;
    };
    match PhoneInput::read(&text) {
        Ok(phone) if phone.repeats_a_digit() => m.fault(wire::PHONE, Reason::NotAllowed),
        Ok(phone) => return Change::Set(phone),
        Err(_) => m.fault(wire::PHONE, Reason::InvalidPhone),
    }
    Change::Leave
}

/// A short text; `null` is absent, as it is for clients that send every member they know.
fn text(m: &mut Members, name: &str) -> Option<String> {
    let Change::Set(text) = m.text(name, Null::Absent) else {
        return None;
    };
    let chars_max = TEXT_CHARS_MAX;
    if text.chars().count() > chars_max {
        m.fault(name, Reason::TooLong { chars_max });
        return None;
    }
    Some(text)
}

fn required(m: &mut Members, name: &str) -> Option<String> {
    let text = text(m, name).filter(|text| !text.is_empty());
    if text.is_none() && !m.has_fault(name) {
        m.fault(name, Reason::Required);
    }
    text
}

/// A lead as UserVox shows it.
pub(super) fn lead(lead: &Lead, workspace: &Workspace, campaign: Option<&Campaign>) -> wire::Lead {
    let process = campaign.map(|campaign: &Campaign| (campaign.created_at, campaign.id));
    wire::Lead {
        id: views::object_id(IdKind::Lead, lead.created_at, lead.id.get()),
        name: lead.display_name(),
        phone: lead.phone.as_ref().map(|phone| phone.e164().to_owned()),
        email: lead.email.clone(),
        project_id: views::object_id(IdKind::Workspace, workspace.created_at, workspace.id.get()),
        process_id: process
            .map(|(at, id)| views::object_id(IdKind::Campaign, at, CampaignId::get(id))),
        reference_id: lead.external_id.clone(),
        current_state: lead.stage.name.clone(),
        metadata: lead.variables.members().clone(),
        created_at: lead.created_at.to_rfc3339_millis(),
        updated_at: lead.updated_at.to_rfc3339_millis(),
    }
}

/// Whether somebody answered.
pub(super) const fn is_connected(outcome: DialStatus) -> bool {
    matches!(
        outcome,
        DialStatus::Success | DialStatus::NotSuccessful | DialStatus::Completed
    )
}

/// Success and failure end the calling, the rest is called again.
pub(super) const fn disposition_type(status: DialStatus) -> &'static str {
    match status {
        DialStatus::Success => "success",
        DialStatus::NotSuccessful
        | DialStatus::Unreachable
        | DialStatus::WrongCountry
        | DialStatus::Failed
        | DialStatus::Suppressed => "failure",
        DialStatus::New
        | DialStatus::Queued
        | DialStatus::OnCall
        | DialStatus::Retry
        | DialStatus::Voicemail
        | DialStatus::Abandoned
        | DialStatus::Completed => "neutral",
    }
}
