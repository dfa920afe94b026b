//! Calls: in the log, and in the post-call webhook.

use serde::Serialize;
use serde_json::{Map, Value};

use crate::dialects::autocalls::quirks::Variables;

#[derive(Serialize)]
pub(in crate::dialects::autocalls) struct Call<'a> {
    pub(in crate::dialects::autocalls) id: u64,
    pub(in crate::dialects::autocalls) assistant_name: Option<String>,
    pub(in crate::dialects::autocalls) campaign_name: Option<String>,
    #[serde(rename = "type")]
    pub(in crate::dialects::autocalls) kind: &'static str,
    pub(in crate::dialects::autocalls) duration: u32,
    pub(in crate::dialects::autocalls) assistant_phone_number: Option<String>,
    pub(in crate::dialects::autocalls) client_phone_number: Option<String>,
    pub(in crate::dialects::autocalls) status: &'static str,
    pub(in crate::dialects::autocalls) transcript: &'static str,
    pub(in crate::dialects::autocalls) variables: Variables<'a>,
    pub(in crate::dialects::autocalls) evaluation: Option<Evaluation>,
    pub(in crate::dialects::autocalls) webhook_response: (),
    pub(in crate::dialects::autocalls) carrier_cost: f64,
    pub(in crate::dialects::autocalls) total_cost: f64,
    pub(in crate::dialects::autocalls) answered_by: Option<&'static str>,
    pub(in crate::dialects::autocalls) recording_url: Option<String>,
    pub(in crate::dialects::autocalls) created_at: String,
    pub(in crate::dialects::autocalls) updated_at: String,
}

#[derive(Serialize)]
pub(in crate::dialects::autocalls) struct Evaluation {
    pub(in crate::dialects::autocalls) status: bool,
    pub(in crate::dialects::autocalls) summary: String,
}

/// The post-call webhook.
#[derive(Serialize)]
pub(in crate::dialects::autocalls) struct EndedCall<'a> {
    pub(in crate::dialects::autocalls) id: u64,
    pub(in crate::dialects::autocalls) customer_phone: Option<&'a str>,
    pub(in crate::dialects::autocalls) assistant_phone: Option<&'a str>,
    pub(in crate::dialects::autocalls) duration: u32,
    pub(in crate::dialects::autocalls) status: &'static str,
    pub(in crate::dialects::autocalls) extracted_variables: Map<String, Value>,
    pub(in crate::dialects::autocalls) input_variables: Variables<'a>,
    pub(in crate::dialects::autocalls) transcript: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(in crate::dialects::autocalls) recording_url: Option<&'a str>,
    pub(in crate::dialects::autocalls) created_at: String,
    pub(in crate::dialects::autocalls) finished_at: String,
    pub(in crate::dialects::autocalls) lead: CalledLead<'a>,
}

#[derive(Serialize)]
pub(in crate::dialects::autocalls) struct CalledLead<'a> {
    pub(in crate::dialects::autocalls) id: u64,
    pub(in crate::dialects::autocalls) phone_number: Option<&'a str>,
    pub(in crate::dialects::autocalls) variables: Variables<'a>,
    pub(in crate::dialects::autocalls) status: &'static str,
    pub(in crate::dialects::autocalls) created_at: String,
    pub(in crate::dialects::autocalls) updated_at: String,
    pub(in crate::dialects::autocalls) campaign: Option<CallingCampaign>,
}

/// The campaign of a call, with fewer members than elsewhere and in another order.
#[derive(Serialize)]
pub(in crate::dialects::autocalls) struct CallingCampaign {
    pub(in crate::dialects::autocalls) id: u64,
    pub(in crate::dialects::autocalls) name: String,
    pub(in crate::dialects::autocalls) status: &'static str,
    pub(in crate::dialects::autocalls) allowed_hours_start_time: String,
    pub(in crate::dialects::autocalls) allowed_hours_end_time: String,
    pub(in crate::dialects::autocalls) allowed_days: Vec<&'static str>,
    pub(in crate::dialects::autocalls) max_calls_in_parallel: Option<u32>,
    pub(in crate::dialects::autocalls) max_retries: Option<u32>,
    pub(in crate::dialects::autocalls) retry_interval: Option<u32>,
    pub(in crate::dialects::autocalls) created_at: String,
    pub(in crate::dialects::autocalls) updated_at: String,
}
