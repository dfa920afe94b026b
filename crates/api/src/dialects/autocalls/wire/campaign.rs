//! Campaigns.

use serde::Serialize;

#[derive(Serialize)]
pub(in crate::dialects::autocalls) struct Campaign {
    pub(in crate::dialects::autocalls) id: u64,
    pub(in crate::dialects::autocalls) name: String,
    pub(in crate::dialects::autocalls) status: &'static str,
    pub(in crate::dialects::autocalls) max_calls_in_parallel: Option<u32>,
    pub(in crate::dialects::autocalls) mark_complete_when_no_leads: bool,
    pub(in crate::dialects::autocalls) allowed_hours_start_time: String,
    pub(in crate::dialects::autocalls) allowed_hours_end_time: String,
    pub(in crate::dialects::autocalls) allowed_days: Vec<&'static str>,
    pub(in crate::dialects::autocalls) max_retries: Option<u32>,
    pub(in crate::dialects::autocalls) retry_interval: Option<u32>,
    pub(in crate::dialects::autocalls) created_at: String,
    pub(in crate::dialects::autocalls) updated_at: String,
}

#[derive(Serialize)]
pub(in crate::dialects::autocalls) struct CampaignCreated {
    pub(in crate::dialects::autocalls) message: &'static str,
    pub(in crate::dialects::autocalls) data: Campaign,
}

#[derive(Serialize)]
pub(in crate::dialects::autocalls) struct StatusUpdated {
    pub(in crate::dialects::autocalls) message: &'static str,
    pub(in crate::dialects::autocalls) success: bool,
    pub(in crate::dialects::autocalls) data: UpdatedStatus,
}

#[derive(Serialize)]
pub(in crate::dialects::autocalls) struct UpdatedStatus {
    pub(in crate::dialects::autocalls) campaign_id: u64,
    pub(in crate::dialects::autocalls) status: &'static str,
}
