//! The JSON of our own API. Field names are the glossary's.

mod deliveries;
mod events;
mod messages;
mod notes;
mod subscriptions;

use serde::Serialize;
use serde_json::{Map, Value};

pub(super) use deliveries::{
    Added, Attempt, Attempts, DeadLetters, Deliveries, Delivery, Replayed,
};
pub(super) use events::{Change, Event, Feed, FeedEvent, History};
pub(super) use messages::{
    Changed, Data, DisabledNotice, Message, Origin, UpdateError, UpdateResult,
};
pub(super) use notes::{Note, Notes};
pub(super) use subscriptions::{Auth, Deleted, Disabled, Secret, Subscription, Subscriptions};

#[derive(Serialize)]
pub(super) struct Lead {
    pub(super) id: u64,
    pub(super) version: u64,
    pub(super) created_at: String,
    pub(super) updated_at: String,
    pub(super) campaign_id: Option<u64>,
    pub(super) external_id: Option<String>,
    pub(super) phone: Option<String>,
    pub(super) phone_raw: Option<String>,
    pub(super) first_name: Option<String>,
    pub(super) last_name: Option<String>,
    pub(super) name: Option<String>,
    pub(super) email: Option<String>,
    pub(super) company_name: Option<String>,
    pub(super) time_zone: Option<String>,
    pub(super) variables: Map<String, Value>,
    pub(super) collected: Map<String, Value>,
    pub(super) custom_fields: Value,
    pub(super) notes: Option<String>,
    pub(super) tags: Vec<u64>,
    pub(super) assigned_users: Vec<u64>,
    pub(super) dial_status: &'static str,
    pub(super) stage: String,
    pub(super) stage_kind: &'static str,
    pub(super) disposition: Option<String>,
    pub(super) attempts: u32,
    pub(super) next_attempt_at: Option<String>,
    pub(super) last_call: Option<LastCall>,
    pub(super) active_call: Option<ActiveCall>,
    pub(super) warnings: Vec<&'static str>,
    pub(super) ids: Ids,
}

#[derive(Serialize)]
pub(super) struct LastCall {
    pub(super) id: u64,
    pub(super) started_at: String,
    pub(super) ended_at: String,
    pub(super) outcome: &'static str,
    pub(super) duration_seconds: Option<u32>,
    pub(super) from: Option<String>,
    pub(super) summary: Option<String>,
    pub(super) recording_url: Option<String>,
    pub(super) collected: Map<String, Value>,
}

#[derive(Serialize)]
pub(super) struct ActiveCall {
    pub(super) id: u64,
    pub(super) is_started: bool,
    pub(super) lease_expires_at: String,
}

/// The lead's id as each vendor writes it.
#[derive(Serialize)]
pub(super) struct Ids {
    pub(super) autocalls: u64,
    pub(super) nlpearl: String,
    pub(super) journeybee: u64,
    pub(super) journeybee_uuid: String,
    pub(super) dialnexa: String,
    pub(super) uservox: String,
}

#[derive(Serialize)]
pub(super) struct Deferred {
    pub(super) status: &'static str,
    pub(super) lead: Lead,
}

#[derive(Serialize)]
pub(super) struct Claimed {
    pub(super) call: Option<ClaimedCall>,
    pub(super) lead: Option<Lead>,
}

#[derive(Serialize)]
pub(super) struct ClaimedCall {
    pub(super) id: u64,
    pub(super) lead_id: u64,
    pub(super) fence_token: u64,
    pub(super) is_started: bool,
    pub(super) lease_expires_at: String,
}

#[derive(Serialize)]
pub(super) struct Call {
    pub(super) id: u64,
    pub(super) lead_id: u64,
    pub(super) campaign_id: u64,
    pub(super) started_at: String,
    pub(super) ended_at: Option<String>,
    pub(super) outcome: Option<&'static str>,
}

#[derive(Serialize)]
pub(super) struct Problem {
    #[serde(rename = "type")]
    pub(super) type_uri: String,
    pub(super) title: &'static str,
    pub(super) status: u16,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) detail: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) current_version: Option<u64>,
    /// Where the change feed ends.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) end: Option<String>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub(super) errors: Vec<FieldProblem>,
}

#[derive(Serialize)]
pub(super) struct FieldProblem {
    pub(super) field: String,
    pub(super) detail: String,
}
