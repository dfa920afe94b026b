//! UserVox's field names, nothing else.

use serde::Serialize;
use serde_json::{Map, Value};

pub(super) const LEAD_ID: &str = "leadId";
pub(super) const REFERENCE_ID: &str = "referenceId";
pub(super) const PROJECT_ID: &str = "projectId";
pub(super) const PROCESS_ID: &str = "processId";
pub(super) const METADATA: &str = "metadata";
pub(super) const NAME: &str = "name";
pub(super) const TARGET_STATE: &str = "targetState";
pub(super) const DISPOSITION: &str = "disposition";
pub(super) const USER_ID: &str = "userId";
pub(super) const LEAD: &str = "lead";
pub(super) const LEADS: &str = "leads";
pub(super) const LEAD_IDS: &str = "leadIds";
pub(super) const INIT: &str = "init";
pub(super) const GROUP_ID: &str = "groupId";
pub(super) const PHONE: &str = "phone";
pub(super) const EMAIL: &str = "email";
pub(super) const FIRST_NAME: &str = "firstName";
pub(super) const LAST_NAME: &str = "lastName";
pub(super) const MASKED: &str = "masked";

/// How a request names things, in its own spelling: some answers repeat it.
#[derive(Debug, Default)]
pub(super) struct Named {
    pub(super) lead: Option<String>,
    pub(super) reference: Option<String>,
    pub(super) project: Option<String>,
    pub(super) process: Option<String>,
}

#[derive(Serialize)]
pub(super) struct Error {
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) success: Option<bool>,
    pub(super) error: String,
}

#[derive(Serialize)]
pub(super) struct Accepted {
    pub(super) success: bool,
    pub(super) message: &'static str,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Lead {
    #[serde(rename = "_id")]
    pub(super) id: String,
    pub(super) name: Option<String>,
    pub(super) phone: Option<String>,
    pub(super) email: Option<String>,
    pub(super) project_id: String,
    pub(super) process_id: Option<String>,
    pub(super) reference_id: Option<String>,
    pub(super) current_state: String,
    pub(super) metadata: Map<String, Value>,
    pub(super) created_at: String,
    pub(super) updated_at: String,
}

#[derive(Serialize)]
pub(super) struct Initiated {
    pub(super) success: bool,
    #[serde(flatten)]
    pub(super) lead: Lead,
}

/// The answer of a bulk.
#[derive(Default, Serialize)]
pub(super) struct BulkInitiated {
    pub(super) success: Vec<Lead>,
    pub(super) errors: Vec<RowError>,
}

/// A row that was refused, as it was given.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct RowError {
    pub(super) data: Value,
    pub(super) reference_id: Option<String>,
    pub(super) error: String,
}

#[derive(Serialize)]
pub(super) struct Found {
    pub(super) success: bool,
    pub(super) data: LeadWithActivities,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct LeadWithActivities {
    #[serde(flatten)]
    pub(super) lead: Lead,
    pub(super) last_disposition: Option<String>,
    pub(super) activities: Vec<LoggedActivity>,
}

/// A call of the log.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct LoggedActivity {
    pub(super) activity_id: String,
    #[serde(rename = "type")]
    pub(super) kind: &'static str,
    pub(super) status: &'static str,
    pub(super) scheduled_at: i64,
    pub(super) result: Option<LoggedResult>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct LoggedResult {
    pub(super) success: bool,
    pub(super) connected: bool,
    /// Seconds.
    pub(super) duration: Option<u32>,
    pub(super) recording_url: Option<String>,
    pub(super) analysis: LoggedAnalysis,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct LoggedAnalysis {
    pub(super) success: bool,
    pub(super) disposition_type: &'static str,
    pub(super) summary: Option<String>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct UpdateResult<'a> {
    #[serde(rename = "action_type")]
    pub(super) action_type: &'static str,
    pub(super) update_id: String,
    pub(super) success: bool,
    pub(super) error: Option<String>,
    pub(super) lead_id: String,
    pub(super) reference_id: Option<&'a str>,
    pub(super) timestamp: i64,
    pub(super) data: Option<&'a Map<String, Value>>,
}

/// The webhook of an activity.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct ActivityUpdate {
    #[serde(rename = "action_type")]
    pub(super) action_type: &'static str,
    pub(super) activity_id: String,
    pub(super) lead_id: String,
    pub(super) last_activity_id: String,
    pub(super) process_id: Option<String>,
    pub(super) reference_id: Option<String>,
    pub(super) timestamp: i64,
    pub(super) activity: Activity,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Activity {
    #[serde(rename = "type")]
    pub(super) kind: &'static str,
    pub(super) status: &'static str,
    pub(super) from_state: String,
    pub(super) to_state: String,
    pub(super) scheduled_at: Option<i64>,
    pub(super) result: ActivityResult,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct ActivityResult {
    pub(super) success: bool,
    #[serde(rename = "type")]
    pub(super) kind: &'static str,
    pub(super) lead_id: String,
    pub(super) project_id: String,
    pub(super) activity_id: String,
    pub(super) reference_id: Option<String>,
    pub(super) input: Map<String, Value>,
    pub(super) status: &'static str,
    pub(super) analysis: Analysis,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Analysis {
    pub(super) success: bool,
    pub(super) disposition: Option<String>,
    pub(super) disposition_type: &'static str,
    pub(super) summary: Option<String>,
}
