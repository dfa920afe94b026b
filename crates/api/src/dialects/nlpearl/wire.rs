//! NLPearl's field names, nothing else. Answers borrow: the update is the server's busiest path.

mod calls;
mod campaigns;

use std::collections::BTreeMap;

use serde::Serialize;
use serde_json::{Map, Value};

use super::quirks::Texts;

pub(super) use calls::{Call, CallItem};
pub(super) use campaigns::{Account, OngoingCalls, Pearl, PearlItem};

pub(super) const PHONE_NUMBER: &str = "phoneNumber";
pub(super) const EXTERNAL_ID: &str = "externalId";
pub(super) const TIME_ZONE_ID: &str = "timeZoneId";
pub(super) const CALL_DATA: &str = "callData";
pub(super) const STATUS: &str = "status";
pub(super) const PEARL_ID: &str = "pearlId";
pub(super) const LEAD_ID: &str = "leadId";
pub(super) const CALL_ID: &str = "callId";
pub(super) const LEADS: &str = "leads";
pub(super) const LEAD_IDS: &str = "leadIds";
pub(super) const LEAD_EXTERNAL_IDS: &str = "leadExternalIds";
pub(super) const CALL_IDS: &str = "callIds";
pub(super) const IS_ACTIVE: &str = "isActive";
pub(super) const SKIP: &str = "skip";
pub(super) const LIMIT: &str = "limit";
pub(super) const SORT_PROP: &str = "sortProp";
pub(super) const IS_ASCENDING: &str = "isAscending";
pub(super) const STATUSES: &str = "statuses";
pub(super) const SEARCH_INPUT: &str = "searchInput";
pub(super) const TAGS: &str = "tags";
pub(super) const FROM_DATE: &str = "fromDate";
pub(super) const TO_DATE: &str = "toDate";
pub(super) const PHONE_NUMBER_ID: &str = "phoneNumberId";
pub(super) const TOTAL_AGENTS: &str = "totalAgents";
pub(super) const RECORDING_TRACK: &str = "recordingTrack";
pub(super) const IS_STOP_RECORDING: &str = "isStopRecordingAfterTransferCall";
pub(super) const TRANSCRIPT_OPTIONS: &str = "transcriptOptions";
pub(super) const BUDGET_TOTAL: &str = "budgetTotal";
pub(super) const TIME_ZONE: &str = "timeZone";
pub(super) const MAXIMUM_CALL_ATTEMPTS: &str = "maximumCallAttempts";
pub(super) const MINIMUM_RETRY_INTERVAL: &str = "minimumRetryIntervalHours";
pub(super) const RING_DURATION: &str = "ringDuration";
pub(super) const CALL_TIMEOUT: &str = "callTimeout";
pub(super) const VOICE_MAIL: &str = "voiceMail";
pub(super) const CALLING_HOURS: &str = "callingHours";
pub(super) const DAY: &str = "day";
pub(super) const START: &str = "start";
pub(super) const END: &str = "end";
pub(super) const CALL_WEBHOOK_URL: &str = "callWebhookUrl";
pub(super) const LEAD_WEBHOOK_URL: &str = "leadWebhookUrl";

/// `LeadApiView`.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Lead<'a> {
    pub(super) id: String,
    pub(super) external_id: Option<&'a str>,
    pub(super) phone_number: Option<&'a str>,
    pub(super) time_zone: Option<String>,
    pub(super) status: u16,
    pub(super) created: String,
    pub(super) calls_id: Vec<String>,
    pub(super) last_call: Option<LastCall<'a>>,
    pub(super) call_data: Texts<'a>,
    pub(super) collected_data: &'a Map<String, Value>,
}

/// `LeadLastCallApiView`.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct LastCall<'a> {
    pub(super) id: String,
    pub(super) start_time: String,
    pub(super) pearl_id: String,
    pub(super) status: u8,
    pub(super) from: Option<&'a str>,
    pub(super) name: Option<String>,
    pub(super) collected_data: CallCollected<'a>,
    pub(super) summary: Option<&'a str>,
    pub(super) duration: u32,
    pub(super) recording: Option<&'a str>,
    pub(super) tags: [(); 0],
}

/// `CallCollectedDataApiView`.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct CallCollected<'a> {
    pub(super) transcript: [(); 0],
    pub(super) collected_infos: Vec<CollectedInfo<'a>>,
}

/// `CollectedInfoView`.
#[derive(Serialize)]
pub(super) struct CollectedInfo<'a> {
    pub(super) id: &'a str,
    pub(super) name: &'a str,
    pub(super) value: &'a Value,
}

/// A page of a search: `LeadListApiViewTableSearchResult` and its like.
#[derive(Serialize)]
pub(super) struct Found<T> {
    /// How many there are on all pages.
    pub(super) count: u64,
    pub(super) results: Vec<T>,
}

/// A lead in a search.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct LeadItem<'a> {
    pub(super) id: String,
    pub(super) external_id: Option<&'a str>,
    pub(super) phone_number: Option<&'a str>,
    pub(super) time_zone: Option<String>,
    pub(super) status: u16,
    pub(super) created: String,
    pub(super) call_data: Texts<'a>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Added {
    pub(super) lead_id: String,
}

/// `ValidationProblemDetails`.
#[derive(Serialize)]
pub(super) struct Problem {
    #[serde(rename = "type")]
    pub(super) type_uri: String,
    pub(super) title: &'static str,
    pub(super) status: u16,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) detail: Option<&'static str>,
    pub(super) errors: BTreeMap<String, Vec<String>>,
}

/// The lead webhook: `LeadApiView` without its last call, with its pearl.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct ToldLead<'a> {
    pub(super) id: String,
    pub(super) pearl_id: Option<String>,
    pub(super) external_id: Option<&'a str>,
    pub(super) phone_number: Option<&'a str>,
    pub(super) time_zone: Option<String>,
    pub(super) status: u16,
    pub(super) created: String,
    pub(super) calls_id: Vec<String>,
    pub(super) call_data: Texts<'a>,
    pub(super) collected_data: &'a Map<String, Value>,
}

/// The call webhook.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct ToldCall<'a> {
    pub(super) id: String,
    pub(super) pearl_id: Option<String>,
    pub(super) start_time: String,
    pub(super) conversation_status: u16,
    pub(super) status: u8,
    pub(super) from: Option<&'a str>,
    pub(super) to: Option<&'a str>,
    pub(super) name: Option<String>,
    pub(super) duration: u32,
    pub(super) recording: Option<&'a str>,
    pub(super) transcript: [(); 0],
    pub(super) summary: Option<&'a str>,
    pub(super) collected_info: Vec<CollectedInfo<'a>>,
    pub(super) tags: [(); 0],
    pub(super) is_call_transferred: bool,
    pub(super) overall_sentiment: (),
    pub(super) lead_id: String,
}
