//! The fields of a lead by name, each as a JSON value: the form in which events carry them.
//!
//! The four `match`es below are the only place that lists the fields; a new one makes them fail to
//! compile. `id`, `workspace_id`, `version`, `created_at` and `updated_at` are not fields: an event
//! carries them itself.

use serde_json::{Map, Value, json};

use super::{CallSummary, Claim, Contact, Lead};
use crate::campaign::Stage;
use crate::custom_field::CustomValue;
use crate::ids::{CallId, CampaignId, FieldId, LeadId, TagId, UserId};
use crate::object::Object;
use crate::phone::Phone;
use crate::status::{DialStatus, StageKind};
use crate::time::Timestamp;
use crate::time_zone::TimeZone;

/// A field that an event can change.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum LeadField {
    CampaignId,
    ExternalId,
    Phone,
    FirstName,
    LastName,
    Name,
    Email,
    CompanyName,
    TimeZone,
    Variables,
    Collected,
    CustomFields,
    Notes,
    Tags,
    AssignedUsers,
    DialStatus,
    Stage,
    Disposition,
    Attempts,
    NextAttemptAt,
    LastCall,
    CallIds,
    Claim,
    Contacts,
    DeletedAt,
}

/// A stored value that is not of its field's form.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("stored value of field {} does not have that field's form", .0.name())]
pub struct CorruptField(pub LeadField);

impl LeadField {
    pub const ALL: [Self; 25] = [
        Self::CampaignId,
        Self::ExternalId,
        Self::Phone,
        Self::FirstName,
        Self::LastName,
        Self::Name,
        Self::Email,
        Self::CompanyName,
        Self::TimeZone,
        Self::Variables,
        Self::Collected,
        Self::CustomFields,
        Self::Notes,
        Self::Tags,
        Self::AssignedUsers,
        Self::DialStatus,
        Self::Stage,
        Self::Disposition,
        Self::Attempts,
        Self::NextAttemptAt,
        Self::LastCall,
        Self::CallIds,
        Self::Claim,
        Self::Contacts,
        Self::DeletedAt,
    ];

    /// The stable name, in events, SQL and our own API.
    pub const fn name(self) -> &'static str {
        match self {
            Self::CampaignId => "campaign_id",
            Self::ExternalId => "external_id",
            Self::Phone => "phone",
            Self::FirstName => "first_name",
            Self::LastName => "last_name",
            Self::Name => "name",
            Self::Email => "email",
            Self::CompanyName => "company_name",
            Self::TimeZone => "time_zone",
            Self::Variables => "variables",
            Self::Collected => "collected",
            Self::CustomFields => "custom_fields",
            Self::Notes => "notes",
            Self::Tags => "tags",
            Self::AssignedUsers => "assigned_users",
            Self::DialStatus => "dial_status",
            Self::Stage => "stage",
            Self::Disposition => "disposition",
            Self::Attempts => "attempts",
            Self::NextAttemptAt => "next_attempt_at",
            Self::LastCall => "last_call",
            Self::CallIds => "call_ids",
            Self::Claim => "claim",
            Self::Contacts => "contacts",
            Self::DeletedAt => "deleted_at",
        }
    }

    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|field| field.name() == name)
    }

    /// Whether two leads have the same value here. Open objects compare by their text, because
    /// the order of members is kept too.
    pub fn is_same(self, a: &Lead, b: &Lead) -> bool {
        match self {
            Self::CampaignId => a.campaign_id == b.campaign_id,
            Self::ExternalId => a.external_id == b.external_id,
            Self::Phone => a.phone == b.phone,
            Self::FirstName => a.first_name == b.first_name,
            Self::LastName => a.last_name == b.last_name,
            Self::Name => a.name == b.name,
            Self::Email => a.email == b.email,
            Self::CompanyName => a.company_name == b.company_name,
            Self::TimeZone => a.time_zone == b.time_zone,
            Self::Variables => a.variables.is_same_text(&b.variables),
            Self::Collected => a.collected.is_same_text(&b.collected),
            Self::CustomFields => a.custom_fields == b.custom_fields,
            Self::Notes => a.notes == b.notes,
            Self::Tags => a.tags == b.tags,
            Self::AssignedUsers => a.assigned_users == b.assigned_users,
            Self::DialStatus => a.dial_status == b.dial_status,
            Self::Stage => a.stage == b.stage,
            Self::Disposition => a.disposition == b.disposition,
            Self::Attempts => a.attempts == b.attempts,
            Self::NextAttemptAt => a.next_attempt_at == b.next_attempt_at,
            Self::LastCall => a.last_call == b.last_call,
            Self::CallIds => a.call_ids == b.call_ids,
            Self::Claim => a.claim == b.claim,
            Self::Contacts => a.contacts == b.contacts,
            Self::DeletedAt => a.deleted_at == b.deleted_at,
        }
    }

    /// The value as JSON; `Null` where the lead has none.
    pub fn get(self, lead: &Lead) -> Value {
        match self {
            Self::CampaignId => lead.campaign_id.map_or(Value::Null, |id| id.get().into()),
            Self::ExternalId => optional_text(lead.external_id.as_ref()),
            Self::Phone => lead.phone.as_ref().map_or(Value::Null, phone_value),
            Self::FirstName => optional_text(lead.first_name.as_ref()),
            Self::LastName => optional_text(lead.last_name.as_ref()),
            Self::Name => optional_text(lead.name.as_ref()),
            Self::Email => optional_text(lead.email.as_ref()),
            Self::CompanyName => optional_text(lead.company_name.as_ref()),
            Self::TimeZone => lead
                .time_zone
                .as_ref()
                .map_or(Value::Null, |z| z.name().into()),
            Self::Variables => lead.variables.to_value(),
            Self::Collected => lead.collected.to_value(),
            Self::CustomFields => custom_fields_value(lead),
            Self::Notes => optional_text(lead.notes.as_ref()),
            Self::Tags => lead.tags.iter().map(|id| id.get()).collect(),
            Self::AssignedUsers => lead.assigned_users.iter().map(|id| id.get()).collect(),
            Self::DialStatus => lead.dial_status.name().into(),
            Self::Stage => json!({"name": lead.stage.name, "kind": lead.stage.kind.name()}),
            Self::Disposition => optional_text(lead.disposition.as_ref()),
            Self::Attempts => lead.attempts.into(),
            Self::NextAttemptAt => optional_time(lead.next_attempt_at),
            Self::LastCall => lead
                .last_call
                .as_ref()
                .map_or(Value::Null, CallSummary::to_value),
            Self::CallIds => lead.call_ids.iter().map(|id| id.get()).collect(),
            Self::Claim => lead.claim.as_ref().map_or(Value::Null, Claim::to_value),
            Self::Contacts => lead.contacts.iter().map(Contact::to_value).collect(),
            Self::DeletedAt => optional_time(lead.deleted_at),
        }
    }

    /// Puts back what [`Self::get`] gave.
    pub fn set(self, lead: &mut Lead, value: Value) -> Result<(), CorruptField> {
        self.try_set(lead, value).ok_or(CorruptField(self))
    }

    fn try_set(self, lead: &mut Lead, value: Value) -> Option<()> {
        match self {
            Self::CampaignId => {
                lead.campaign_id = optional(&value, |v| CampaignId::new(v.as_u64()?))?;
            }
            Self::ExternalId => lead.external_id = read_text(value)?,
            Self::Phone => lead.phone = optional(&value, read_phone)?,
            Self::FirstName => lead.first_name = read_text(value)?,
            Self::LastName => lead.last_name = read_text(value)?,
            Self::Name => lead.name = read_text(value)?,
            Self::Email => lead.email = read_text(value)?,
            Self::CompanyName => lead.company_name = read_text(value)?,
            Self::TimeZone => lead.time_zone = read_text(value)?.map(TimeZone::from_stored),
            Self::Variables => lead.variables = read_object(value)?,
            Self::Collected => lead.collected = read_object(value)?,
            Self::CustomFields => {
                lead.custom_fields = value
                    .as_object()?
                    .iter()
                    .map(|(id, value)| {
                        Some((
                            FieldId::new(id.parse().ok()?)?,
                            CustomValue::from_value(value)?,
                        ))
                    })
                    .collect::<Option<_>>()?;
            }
            Self::Notes => lead.notes = read_text(value)?,
            Self::Tags => lead.tags = read_ids(&value, TagId::new)?,
            Self::AssignedUsers => lead.assigned_users = read_ids(&value, UserId::new)?,
            Self::DialStatus => lead.dial_status = DialStatus::from_name(value.as_str()?)?,
            Self::Stage => {
                let kind = StageKind::from_name(value.get("kind")?.as_str()?)?;
                lead.stage = Stage {
                    name: value.get("name")?.as_str()?.to_owned(),
                    kind,
                };
            }
            Self::Disposition => lead.disposition = read_text(value)?,
            Self::Attempts => lead.attempts = value.as_u64()?.try_into().ok()?,
            Self::NextAttemptAt => lead.next_attempt_at = optional(&value, read_time)?,
            Self::LastCall => lead.last_call = optional(&value, CallSummary::from_value)?,
            Self::CallIds => lead.call_ids = read_ids(&value, CallId::new)?,
            Self::Claim => lead.claim = optional(&value, Claim::from_value)?,
            Self::Contacts => {
                let contacts = value.as_array()?.iter().map(Contact::from_value);
                lead.contacts = contacts.collect::<Option<_>>()?;
            }
            Self::DeletedAt => lead.deleted_at = optional(&value, read_time)?,
        }
        Some(())
    }
}

impl Claim {
    /// The stored and event form.
    pub fn to_value(&self) -> Value {
        json!({
            "call_id": self.call_id.get(),
            "fence_token": self.fence_token,
            "started_at": self.started_at.as_millis(),
            "expires_at": self.expires_at.as_millis(),
            "is_started": self.is_started,
            "keeps_status": self.keeps_status,
        })
    }

    /// Reads what [`Self::to_value`] wrote.
    pub fn from_value(value: &Value) -> Option<Self> {
        Some(Self {
            call_id: CallId::new(value.get("call_id")?.as_u64()?)?,
            fence_token: value.get("fence_token")?.as_u64()?,
            started_at: read_time(value.get("started_at")?)?,
            expires_at: read_time(value.get("expires_at")?)?,
            is_started: value.get("is_started")?.as_bool()?,
            keeps_status: value.get("keeps_status")?.as_bool()?,
        })
    }
}

impl Contact {
    /// The stored and event form.
    pub fn to_value(&self) -> Value {
        json!({
            "id": self.id.get(),
            "phone": phone_value(&self.phone),
            "variables": self.variables.members(),
            "dial_status": self.dial_status.name(),
        })
    }

    /// Reads what [`Self::to_value`] wrote.
    pub fn from_value(value: &Value) -> Option<Self> {
        Some(Self {
            id: LeadId::new(value.get("id")?.as_u64()?)?,
            phone: read_phone(value.get("phone")?)?,
            variables: read_object(value.get("variables")?.clone())?,
            dial_status: DialStatus::from_name(value.get("dial_status")?.as_str()?)?,
        })
    }
}

impl CallSummary {
    /// The stored and event form.
    pub fn to_value(&self) -> Value {
        json!({
            "call_id": self.call_id.get(),
            "started_at": self.started_at.as_millis(),
            "ended_at": self.ended_at.as_millis(),
            "outcome": self.outcome.name(),
            "duration_seconds": self.duration_seconds,
            "from": self.from,
            "summary": self.summary,
            "recording_url": self.recording_url,
            "collected": self.collected.members(),
        })
    }

    /// Reads what [`Self::to_value`] wrote.
    pub fn from_value(value: &Value) -> Option<Self> {
        let text = |name: &str| read_text(value.get(name)?.clone());
        Some(Self {
            call_id: CallId::new(value.get("call_id")?.as_u64()?)?,
            started_at: read_time(value.get("started_at")?)?,
            ended_at: read_time(value.get("ended_at")?)?,
            outcome: DialStatus::from_name(value.get("outcome")?.as_str()?)?,
            duration_seconds: optional(value.get("duration_seconds")?, |v| {
                v.as_u64()?.try_into().ok()
            })?,
            from: text("from")?,
            summary: text("summary")?,
            recording_url: text("recording_url")?,
            collected: read_object(value.get("collected")?.clone())?,
        })
    }
}

fn optional_text(text: Option<&String>) -> Value {
    text.map_or(Value::Null, |text| text.as_str().into())
}

fn optional_time(at: Option<Timestamp>) -> Value {
    at.map_or(Value::Null, |at| at.as_millis().into())
}

fn phone_value(phone: &Phone) -> Value {
    json!({"e164": phone.e164(), "raw": phone.raw(), "is_assignable": phone.is_assignable()})
}

fn custom_fields_value(lead: &Lead) -> Value {
    let members: Map<_, _> = lead
        .custom_fields
        .iter()
        .map(|(id, value)| (id.to_string(), value.to_value()))
        .collect();
    Value::Object(members)
}

// Two layers of `Option` on purpose: the outer says whether the value has its form, the inner whether
// there is one.
#[expect(
    clippy::option_option,
    reason = "form and presence are different questions here"
)]
fn optional<T>(value: &Value, read: impl FnOnce(&Value) -> Option<T>) -> Option<Option<T>> {
    if value.is_null() {
        Some(None)
    } else {
        read(value).map(Some)
    }
}

#[expect(
    clippy::option_option,
    reason = "form and presence are different questions here"
)]
fn read_text(value: Value) -> Option<Option<String>> {
    match value {
        Value::Null => Some(None),
        Value::String(text) => Some(Some(text)),
        _ => None,
    }
}

fn read_object(value: Value) -> Option<Object> {
    match value {
        Value::Object(members) => Some(Object::new(members)),
        _ => None,
    }
}

fn read_time(value: &Value) -> Option<Timestamp> {
    Timestamp::from_millis(value.as_i64()?)
}

fn read_phone(value: &Value) -> Option<Phone> {
    Some(Phone::from_stored(
        value.get("e164")?.as_str()?.to_owned(),
        value.get("raw")?.as_str()?.to_owned(),
        value.get("is_assignable")?.as_bool()?,
    ))
}

fn read_ids<Id, Ids: FromIterator<Id>>(
    value: &Value,
    new: impl Fn(u64) -> Option<Id>,
) -> Option<Ids> {
    value
        .as_array()?
        .iter()
        .map(|id| new(id.as_u64()?))
        .collect()
}
