//! DialNexa's field names, nothing else.

pub(super) mod calls;
pub(super) mod campaigns;
pub(super) mod pages;
pub(super) mod uploads;
pub(super) mod webhooks;

use serde::Serialize;
use serde_json::{Map, Value};

pub(super) const PHONE_NUMBER: &str = "phone_number";
pub(super) const METADATA: &str = "metadata";
pub(super) const NOTES: &str = "notes";
pub(super) const NAME: &str = "name";
pub(super) const CAMPAIGN_ID: &str = "campaign_id";
pub(super) const STATUS: &str = "status";

#[derive(Serialize)]
pub(super) struct Lead<'a> {
    pub(super) id: String,
    pub(super) name: Option<String>,
    pub(super) phone_number: Option<&'a str>,
    pub(super) campaign_id: Option<String>,
    pub(super) status: &'static str,
    pub(super) metadata: &'a Map<String, Value>,
    pub(super) notes: Notes<'a>,
    pub(super) call_log_id: Option<String>,
    pub(super) created_at: String,
}

/// See `quirks::show_notes`.
#[derive(Serialize)]
#[serde(untagged)]
pub(super) enum Notes<'a> {
    Text(&'a str),
    Variables(&'a Map<String, Value>),
}

#[derive(Serialize)]
pub(super) struct Message {
    pub(super) message: &'static str,
}

#[derive(Serialize)]
pub(super) struct Problem {
    #[serde(rename = "statusCode")]
    pub(super) status_code: u16,
    pub(super) message: Messages,
    pub(super) error: &'static str,
    /// Of an upload: which rows, by reason.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub(super) errors: Vec<uploads::RowErrors>,
}

/// One text, or a list of them if several fields fail.
#[derive(Serialize)]
#[serde(untagged)]
pub(super) enum Messages {
    One(String),
    Many(Vec<String>),
}

/// The envelope of a webhook.
#[derive(Serialize)]
pub(super) struct Notification<'a> {
    pub(super) event_type: &'a str,
    pub(super) payload: Payload<'a>,
}

#[derive(Serialize)]
pub(super) struct Payload<'a> {
    pub(super) call: Call<'a>,
}

#[derive(Serialize)]
pub(super) struct Call<'a> {
    pub(super) id: String,
    #[serde(rename = "call_id")]
    pub(super) log_id: String,
    pub(super) campaign_id: Option<String>,
    pub(super) campaign_lead_id: String,
    pub(super) from_phone_number: Option<&'a str>,
    pub(super) to_phone_number: Option<&'a str>,
    pub(super) status: &'static str,
    pub(super) sentiment: (),
    pub(super) duration_seconds: Option<u32>,
    pub(super) recording_url: Option<&'a str>,
    pub(super) analysis: Option<Analysis<'a>>,
    pub(super) metadata: &'a Map<String, Value>,
    pub(super) created_at: String,
    pub(super) ended_at: Option<String>,
    pub(super) end_reason: Option<&'static str>,
}

#[derive(Serialize)]
pub(super) struct Analysis<'a> {
    pub(super) summary: Option<&'a str>,
    pub(super) is_successful: bool,
    pub(super) collected: Value,
}
