//! Autocalls' field names, nothing else.

use serde::Serialize;
use serde_json::{Map, Value};

pub(super) const CAMPAIGN_ID: &str = "campaign_id";
pub(super) const PHONE_NUMBER: &str = "phone_number";
pub(super) const STATUS: &str = "status";
pub(super) const VARIABLES: &str = "variables";
pub(super) const SECONDARY_CONTACTS: &str = "secondary_contacts";

#[derive(Serialize)]
pub(super) struct Message {
    pub(super) message: &'static str,
}

#[derive(Serialize)]
pub(super) struct Created {
    pub(super) message: &'static str,
    pub(super) data: Lead,
}

#[derive(Serialize)]
pub(super) struct Lead {
    pub(super) id: u64,
    pub(super) campaign_id: Option<u64>,
    pub(super) phone_number: Option<String>,
    pub(super) variables: Value,
    pub(super) status: &'static str,
    pub(super) created_at: String,
    pub(super) updated_at: String,
    pub(super) campaign: Option<Campaign>,
    pub(super) secondary_contacts: [(); 0],
}

#[derive(Serialize)]
pub(super) struct Campaign {
    pub(super) id: u64,
    pub(super) name: String,
}

/// The post-call webhook.
#[derive(Serialize)]
pub(super) struct EndedCall<'a> {
    pub(super) id: u64,
    pub(super) customer_phone: Option<&'a str>,
    pub(super) assistant_phone: Option<&'a str>,
    pub(super) duration: u32,
    pub(super) status: &'static str,
    pub(super) extracted_variables: Map<String, Value>,
    pub(super) input_variables: Value,
    pub(super) transcript: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) recording_url: Option<&'a str>,
    pub(super) created_at: String,
    pub(super) finished_at: String,
    pub(super) lead: CalledLead<'a>,
}

#[derive(Serialize)]
pub(super) struct CalledLead<'a> {
    pub(super) id: u64,
    pub(super) phone_number: Option<&'a str>,
    pub(super) variables: Value,
    pub(super) status: &'static str,
    pub(super) created_at: String,
    pub(super) updated_at: String,
    pub(super) campaign: Option<CallingCampaign<'a>>,
}

#[derive(Serialize)]
pub(super) struct CallingCampaign<'a> {
    pub(super) id: u64,
    pub(super) name: &'a str,
    pub(super) status: &'static str,
    pub(super) created_at: String,
}
