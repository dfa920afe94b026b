//! The field names of call logs, nothing else.

use serde::Serialize;
use serde_json::{Map, Value};

#[derive(Serialize)]
pub(crate) struct CallLog<'a> {
    pub(crate) id: String,
    pub(crate) call_id: String,
    pub(crate) agent_id: Option<&'a str>,
    pub(crate) campaign_id: String,
    pub(crate) campaign_lead_id: String,
    pub(crate) from_phone_number: Option<&'a str>,
    pub(crate) to_phone_number: Option<&'a str>,
    pub(crate) status: &'static str,
    pub(crate) sentiment: (),
    pub(crate) duration_seconds: Option<u32>,
    pub(crate) recording_url: Option<&'a str>,
    pub(crate) analysis: Analysis<'a>,
    pub(crate) created_at: String,
    pub(crate) ended_at: Option<String>,
    pub(crate) end_reason: Option<&'static str>,
    pub(crate) fallback_stt_transcriber_id: (),
}

/// Empty until the call has ended.
#[derive(Serialize)]
pub(crate) struct Analysis<'a> {
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) summary: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) is_successful: Option<bool>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) collected: Option<&'a Map<String, Value>>,
}
