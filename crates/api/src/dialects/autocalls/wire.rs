//! Autocalls' field names, nothing else.

mod call;
mod campaign;
mod paginator;

use serde::Serialize;

use super::quirks::Variables;

pub(super) use call::{Call, CalledLead, CallingCampaign, EndedCall, Evaluation};
pub(super) use campaign::{Campaign, CampaignCreated, StatusUpdated, UpdatedStatus};
pub(super) use paginator::{Link, Paginator};

pub(super) const CAMPAIGN_ID: &str = "campaign_id";
pub(super) const PHONE_NUMBER: &str = "phone_number";
pub(super) const STATUS: &str = "status";
pub(super) const VARIABLES: &str = "variables";
pub(super) const SECONDARY_CONTACTS: &str = "secondary_contacts";
pub(super) const ASSISTANT_ID: &str = "assistant_id";
pub(super) const WEBHOOK_URL: &str = "webhook_url";
pub(super) const DATE_FROM: &str = "date_from";
pub(super) const DATE_TO: &str = "date_to";
pub(super) const PER_PAGE: &str = "per_page";
pub(super) const PAGE: &str = "page";
pub(super) const TYPE: &str = "type";
pub(super) const ACTION: &str = "action";
pub(super) const NAME: &str = "name";
pub(super) const TIMEZONE: &str = "timezone";
pub(super) const MAX_CALLS_IN_PARALLEL: &str = "max_calls_in_parallel";
pub(super) const ALLOWED_HOURS_START_TIME: &str = "allowed_hours_start_time";
pub(super) const ALLOWED_HOURS_END_TIME: &str = "allowed_hours_end_time";
pub(super) const ALLOWED_DAYS: &str = "allowed_days";
pub(super) const MAX_RETRIES: &str = "max_retries";
pub(super) const RETRY_INTERVAL: &str = "retry_interval";
pub(super) const RETRY_ON_VOICEMAIL: &str = "retry_on_voicemail";
pub(super) const RETRY_ON_GOAL_INCOMPLETE: &str = "retry_on_goal_incomplete";
pub(super) const GOAL_COMPLETION_VARIABLE: &str = "goal_completion_variable";
pub(super) const MARK_COMPLETE_WHEN_NO_LEADS: &str = "mark_complete_when_no_leads";
pub(super) const PHONE_NUMBER_IDS: &str = "phone_number_ids";

#[derive(Serialize)]
pub(super) struct Message {
    pub(super) message: &'static str,
}

/// The answer about a webhook's setting; the list is the vendor's, "reserved for future use".
#[derive(Serialize)]
pub(super) struct Done {
    pub(super) message: &'static str,
    pub(super) data: [(); 0],
}

#[derive(Serialize)]
pub(super) struct Created<'a> {
    pub(super) message: &'static str,
    pub(super) data: Lead<'a>,
}

#[derive(Serialize)]
pub(super) struct Lead<'a> {
    pub(super) id: u64,
    pub(super) campaign_id: Option<u64>,
    pub(super) phone_number: Option<&'a str>,
    pub(super) variables: Variables<'a>,
    pub(super) status: &'static str,
    pub(super) created_at: String,
    pub(super) updated_at: String,
    pub(super) campaign: Option<CampaignName<'a>>,
    pub(super) secondary_contacts: Vec<Contact<'a>>,
}

#[derive(Serialize)]
pub(super) struct CampaignName<'a> {
    pub(super) id: u64,
    pub(super) name: &'a str,
}

#[derive(Serialize)]
pub(super) struct Contact<'a> {
    pub(super) id: u64,
    pub(super) phone_number: &'a str,
    pub(super) variables: Variables<'a>,
    pub(super) status: &'static str,
    pub(super) created_at: String,
    pub(super) updated_at: String,
}

#[derive(Serialize)]
pub(super) struct Account {
    pub(super) name: String,
    pub(super) email: &'static str,
    pub(super) total_balance: f64,
}

#[derive(Serialize)]
pub(super) struct Assistant {
    pub(super) id: u64,
    pub(super) name: String,
    #[serde(rename = "type")]
    pub(super) kind: &'static str,
    pub(super) status: &'static str,
    pub(super) variables: [(); 0],
    pub(super) created_at: String,
    pub(super) updated_at: String,
}
