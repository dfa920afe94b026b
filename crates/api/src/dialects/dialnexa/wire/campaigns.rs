//! The field names of campaigns, nothing else.

use serde::Serialize;

pub(crate) const NAME: &str = "name";
pub(crate) const AGENT_ID: &str = "agent_id";
pub(crate) const FROM_PHONE_NUMBER: &str = "from_phone_number";
pub(crate) const SCHEDULED_AT: &str = "scheduled_at";
pub(crate) const MAX_CONCURRENT_CALLS: &str = "max_concurrent_calls";
pub(crate) const RETRY_CONFIG: &str = "retry_config";
pub(crate) const MAX_RETRIES: &str = "max_retries";
pub(crate) const RETRY_INTERVAL_MINUTES: &str = "retry_interval_minutes";
pub(crate) const STATUS: &str = "status";

#[derive(Serialize)]
pub(crate) struct Campaign<'a> {
    pub(crate) id: String,
    pub(crate) organization_id: String,
    pub(crate) name: &'a str,
    pub(crate) agent_id: Option<&'a str>,
    pub(crate) from_phone_number: Option<&'a str>,
    pub(crate) status: &'static str,
    pub(crate) scheduled_at: Option<&'a str>,
    pub(crate) max_concurrent_calls: Option<u32>,
    pub(crate) retry_config: Option<RetryConfig>,
    #[serde(flatten)]
    pub(crate) totals: Totals,
    pub(crate) created_at: String,
}

#[derive(Serialize)]
pub(crate) struct RetryConfig {
    pub(crate) max_retries: Option<u32>,
    pub(crate) retry_interval_minutes: Option<u32>,
}

#[derive(Serialize)]
pub(crate) struct Totals {
    pub(crate) total_leads: u64,
    pub(crate) completed_calls: u64,
    pub(crate) pending_calls: u64,
}

#[derive(Serialize)]
pub(crate) struct CampaignStatus {
    pub(crate) id: String,
    pub(crate) status: &'static str,
    #[serde(flatten)]
    pub(crate) totals: Totals,
}
