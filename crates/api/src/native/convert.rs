//! Our wire to edits, and leads, events and calls to our wire.

mod deliveries;
mod events;
mod notes;
mod subscriptions;

use app::CallRecord;
use domain::command::{CallEnd, Hold};
use domain::custom_field::CustomValue;
use domain::edit::{Change, CustomFieldEdit, Edit, SetEdit, StageEdit, StatusEdit};
use domain::fault::{Fault, JsonType, Reason};
use domain::lead::{CallSummary, Claim, LeadField};
use domain::limits::{
    ASSIGNED_USERS_MAX, CUSTOM_FIELDS_MAX, LEASE_MS_DEFAULT, LEASE_MS_MAX, LEASE_MS_MIN, TAGS_MAX,
};
use domain::object::{Object, ObjectEdit};
use domain::phone::PhoneInput;
use domain::status::DialStatus;
use domain::time_zone::TimeZone;
use domain::{CallId, CampaignId, FieldId, IdKind, Lead, LeadId, TagId, Timestamp, UserId};
use serde_json::Value;

pub(super) use deliveries::{TEST, attempts, dead_letter, replay_filter, waiting};
pub(super) use events::{actor, changes, feed, feed_event, history};
pub(super) use notes::notes;
pub(super) use subscriptions::{new_secret, new_subscription, subscription, subscription_edit};

use super::wire;
use crate::extract::{Members, Null};
use crate::views;

/// The body of a creation or a merge patch: `null` clears, absent leaves.
pub(super) fn edit(mut members: Members) -> (Edit, Vec<Fault>) {
    let m = &mut members;
    let edit = Edit {
        campaign: number(m, "campaign_id", CampaignId::new),
        external_id: m.text("external_id", Null::Clears),
        phone: phone(m),
        first_name: m.text("first_name", Null::Clears),
        last_name: m.text("last_name", Null::Clears),
        name: m.text("name", Null::Clears),
        email: m.text("email", Null::Clears),
        company_name: m.text("company_name", Null::Clears),
        time_zone: parsed(m, "time_zone", Reason::UnknownTimeZone, TimeZone::new),
        variables: object(m, "variables"),
        collected: object(m, "collected"),
        custom_fields: custom_fields(m),
        notes: m.text("notes", Null::Clears),
        tags: set(m, "tags", TAGS_MAX, TagId::new),
        assigned_users: set(m, "assigned_users", ASSIGNED_USERS_MAX, UserId::new),
        dial_status: dial_status(m),
        stage: match m.text("stage", Null::Fault) {
            Change::Set(name) => StageEdit::Named(name),
            Change::Leave | Change::Clear => StageEdit::Leave,
        },
        disposition: m.text("disposition", Null::Clears),
        next_attempt_at: time(m, "next_attempt_at"),
    };
    members.refuse_rest();
    (edit, members.into_faults())
}

fn number<Id>(m: &mut Members, name: &str, new: impl Fn(u64) -> Option<Id>) -> Change<Id> {
    m.change(name, Null::Clears, JsonType::Integer, |value| {
        new(value.as_u64()?)
    })
}

/// A text that must mean something: `reason` is the fault if it does not.
fn parsed<T>(
    m: &mut Members,
    name: &str,
    reason: Reason,
    parse: impl Fn(&str) -> Option<T>,
) -> Change<T> {
    match m.text(name, Null::Clears) {
        Change::Leave => Change::Leave,
        Change::Clear => Change::Clear,
        Change::Set(text) => parse(&text).map_or_else(
            || {
                m.fault(name, reason);
                Change::Leave
            },
            Change::Set,
        ),
    }
}

fn phone(m: &mut Members) -> Change<PhoneInput> {
    parsed(m, "phone", Reason::InvalidPhone, |text| {
        PhoneInput::read(text).ok()
    })
}

fn time(m: &mut Members, name: &str) -> Change<Timestamp> {
    parsed(m, name, Reason::InvalidTime, Timestamp::parse_rfc3339)
}

fn object(m: &mut Members, name: &str) -> ObjectEdit {
    match m.object(name, Null::Clears) {
        Change::Leave => ObjectEdit::Leave,
        Change::Clear => ObjectEdit::Replace(Object::default()),
        Change::Set(object) => ObjectEdit::Patch(object),
    }
}

fn custom_fields(m: &mut Members) -> Vec<CustomFieldEdit> {
    let Change::Set(object) = m.object("custom_fields", Null::Fault) else {
        return Vec::new();
    };
    // Before each is looked up: a fault for every one of a hundred thousand helps nobody.
    if object.members().len() > CUSTOM_FIELDS_MAX {
        let items_max = CUSTOM_FIELDS_MAX;
        m.fault("custom_fields", Reason::TooMany { items_max });
        return Vec::new();
    }
    let mut edits = Vec::new();
    for (key, value) in object.into_members() {
        let field = key.parse().ok().and_then(FieldId::new);
        let value = if value.is_null() {
            Ok(None)
        } else {
            custom_value(&value).map(Some)
        };
        match (field, value) {
            (Some(field), Ok(value)) => {
                edits.push(CustomFieldEdit {
                    field,
                    declared_type: None,
                    value,
                });
            }
            (None, _) => m.fault("custom_fields", Reason::UnknownReference(key)),
            (_, Err(())) => m.fault("custom_fields", Reason::WrongFieldType(key)),
        }
    }
    edits
}

fn custom_value(value: &Value) -> Result<CustomValue, ()> {
    let is_one_member = value.as_object().is_some_and(|members| members.len() == 1);
    CustomValue::from_value(value)
        .filter(|_| is_one_member)
        .ok_or(())
}

/// `[1, 2]` replaces, `{"add": [1]}` and `{"remove": [1]}` change, `null` empties. No more ids than a lead may have.
fn set<Id>(
    m: &mut Members,
    name: &str,
    items_max: usize,
    new: impl Fn(u64) -> Option<Id>,
) -> SetEdit<Id> {
    let ids = |items: &Value| -> Option<Vec<Id>> {
        items
            .as_array()?
            .iter()
            .map(|id| new(id.as_u64()?))
            .collect()
    };
    let read = |value: Value| {
        if value.is_array() {
            return ids(&value).map(SetEdit::Replace);
        }
        let members = value.as_object().filter(|members| members.len() == 1)?;
        let (how, items) = members.iter().next()?;
        match how.as_str() {
            "add" => ids(items).map(SetEdit::Add),
            "remove" => ids(items).map(SetEdit::Remove),
            _ => None,
        }
    };
    match m.change(name, Null::Clears, JsonType::Array, read) {
        Change::Leave => SetEdit::Leave,
        Change::Clear => SetEdit::Replace(Vec::new()),
        Change::Set(edit) if edit.named().len() > items_max => {
            m.fault(name, Reason::TooMany { items_max });
            SetEdit::Leave
        }
        Change::Set(edit) => edit,
    }
}

fn dial_status(m: &mut Members) -> Option<StatusEdit> {
    let status = parsed(m, "dial_status", Reason::NotAllowed, DialStatus::from_name);
    match status {
        Change::Set(to) => Some(StatusEdit {
            to,
            same_as: Vec::new(),
        }),
        Change::Leave => None,
        Change::Clear => {
            m.fault("dial_status", Reason::WrongType(JsonType::Text));
            None
        }
    }
}

/// What a claim may name besides the campaign.
pub(super) struct ClaimBody {
    pub(super) lead: Option<LeadId>,
    pub(super) lease_ms: i64,
    pub(super) hold: Hold,
}

pub(super) fn claim(mut members: Members) -> (ClaimBody, Vec<Fault>) {
    let m = &mut members;
    let lead = match number(m, "lead_id", LeadId::new) {
        Change::Set(lead) => Some(lead),
        Change::Leave | Change::Clear => None,
    };
    let lease_ms = match m.integer("lease_seconds", Null::Absent) {
        Change::Set(seconds) => i64::try_from(seconds)
            .unwrap_or(i64::MAX)
            .saturating_mul(1000),
        Change::Leave | Change::Clear => LEASE_MS_DEFAULT,
    };
    if !(LEASE_MS_MIN..=LEASE_MS_MAX).contains(&lease_ms) {
        m.fault("lease_seconds", Reason::OutOfRange);
    }
    let is_reservation = m.boolean("reserve", Null::Absent) == Change::Set(true);
    let hold = if is_reservation {
        Hold::Reservation
    } else {
        Hold::Attempt
    };
    members.refuse_rest();
    (
        ClaimBody {
            lead,
            lease_ms,
            hold,
        },
        members.into_faults(),
    )
}

/// The fence token that start and outcome must present; 0, which none has, if it is missing.
pub(super) fn fence_token(m: &mut Members) -> u64 {
    match m.integer("fence_token", Null::Fault) {
        Change::Set(token) => token,
        Change::Leave | Change::Clear => {
            if !m.has_fault("fence_token") {
                m.fault("fence_token", Reason::Required);
            }
            0
        }
    }
}

/// The body of an outcome. The lead is found by the call.
pub(super) fn outcome(mut members: Members, call: CallId) -> (CallEnd, Vec<Fault>) {
    let m = &mut members;
    let optional = |change: Change<String>| match change {
        Change::Set(text) => Some(text),
        Change::Leave | Change::Clear => None,
    };
    let fence_token = fence_token(m);
    let outcome = match parsed(m, "outcome", Reason::NotAllowed, outcome_status) {
        Change::Set(status) => status,
        Change::Leave | Change::Clear => {
            if !m.has_fault("outcome") {
                m.fault("outcome", Reason::Required);
            }
            DialStatus::Failed
        }
    };
    let duration = number(m, "duration_seconds", |seconds| u32::try_from(seconds).ok());
    let end = CallEnd {
        // Replaced by the call's own lead before the command is queued.
        lead: LeadId::new(1).expect("1 is an id"),
        call,
        fence_token,
        outcome,
        duration_seconds: match duration {
            Change::Set(seconds) => Some(seconds),
            Change::Leave | Change::Clear => None,
        },
        from: optional(m.text("from", Null::Absent)),
        summary: optional(m.text("summary", Null::Absent)),
        recording_url: optional(m.text("recording_url", Null::Absent)),
        collected: match m.object("collected", Null::Absent) {
            Change::Set(object) => object,
            Change::Leave | Change::Clear => Object::default(),
        },
        next_attempt_at: match time(m, "next_attempt_at") {
            Change::Set(at) => Some(at),
            Change::Leave | Change::Clear => None,
        },
    };
    members.refuse_rest();
    (end, members.into_faults())
}

fn outcome_status(name: &str) -> Option<DialStatus> {
    DialStatus::from_name(name).filter(|status| status.is_outcome())
}

/// A lead as we show it.
pub(super) fn lead(lead: &Lead) -> wire::Lead {
    let phone = lead.phone.as_ref();
    let is_doubtful = phone.is_some_and(|phone| !phone.is_assignable());
    wire::Lead {
        id: lead.id.get(),
        version: lead.version,
        created_at: lead.created_at.to_rfc3339_millis(),
        updated_at: lead.updated_at.to_rfc3339_millis(),
        campaign_id: lead.campaign_id.map(CampaignId::get),
        external_id: lead.external_id.clone(),
        phone: phone.map(|phone| phone.e164().to_owned()),
        phone_raw: phone.map(|phone| phone.raw().to_owned()),
        first_name: lead.first_name.clone(),
        last_name: lead.last_name.clone(),
        name: lead.name.clone(),
        email: lead.email.clone(),
        company_name: lead.company_name.clone(),
        time_zone: lead.time_zone.as_ref().map(|zone| zone.name().to_owned()),
        variables: lead.variables.members().clone(),
        collected: lead.collected.members().clone(),
        custom_fields: LeadField::CustomFields.get(lead),
        notes: lead.notes.clone(),
        tags: lead.tags.iter().map(|id| id.get()).collect(),
        assigned_users: lead.assigned_users.iter().map(|id| id.get()).collect(),
        dial_status: lead.dial_status.name(),
        stage: lead.stage.name.clone(),
        stage_kind: lead.stage.kind.name(),
        disposition: lead.disposition.clone(),
        attempts: lead.attempts,
        next_attempt_at: lead.next_attempt_at.map(Timestamp::to_rfc3339_millis),
        last_call: lead.last_call.as_ref().map(last_call),
        active_call: lead.claim.as_ref().map(active_call),
        warnings: if is_doubtful {
            vec!["phone_not_assignable"]
        } else {
            Vec::new()
        },
        ids: ids(lead),
    }
}

fn ids(lead: &Lead) -> wire::Ids {
    let number = lead.id.get();
    let object_id = views::object_id(IdKind::Lead, lead.created_at, number);
    wire::Ids {
        autocalls: number,
        nlpearl: object_id.clone(),
        journeybee: number,
        journeybee_uuid: views::uuid(lead.created_at, number),
        dialnexa: views::code("lead", number),
        uservox: object_id,
    }
}

fn last_call(call: &CallSummary) -> wire::LastCall {
    wire::LastCall {
        id: call.call_id.get(),
        started_at: call.started_at.to_rfc3339_millis(),
        ended_at: call.ended_at.to_rfc3339_millis(),
        outcome: call.outcome.name(),
        duration_seconds: call.duration_seconds,
        from: call.from.clone(),
        summary: call.summary.clone(),
        recording_url: call.recording_url.clone(),
        collected: call.collected.members().clone(),
    }
}

fn active_call(claim: &Claim) -> wire::ActiveCall {
    wire::ActiveCall {
        id: claim.call_id.get(),
        is_started: claim.is_started,
        lease_expires_at: claim.expires_at.to_rfc3339_millis(),
    }
}

/// A claim that was granted; nothing in it if the campaign had no lead to give.
pub(super) fn claimed(claimed: Option<&Lead>) -> wire::Claimed {
    wire::Claimed {
        call: claimed.and_then(|lead| {
            let claim = lead.claim.as_ref()?;
            Some(wire::ClaimedCall {
                id: claim.call_id.get(),
                lead_id: lead.id.get(),
                fence_token: claim.fence_token,
                is_started: claim.is_started,
                lease_expires_at: claim.expires_at.to_rfc3339_millis(),
            })
        }),
        lead: claimed.map(lead),
    }
}

pub(super) fn call(call: &CallRecord) -> wire::Call {
    wire::Call {
        id: call.id.get(),
        lead_id: call.lead_id.get(),
        campaign_id: call.campaign_id.get(),
        started_at: call.started_at.to_rfc3339_millis(),
        ended_at: call.ended_at.map(Timestamp::to_rfc3339_millis),
        outcome: call.outcome.map(DialStatus::name),
    }
}
