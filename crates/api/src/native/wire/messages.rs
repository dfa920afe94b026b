//! The body of a webhook in the standard format: an envelope after CloudEvents, and what is told in it.

use serde::Serialize;
use serde_json::{Map, Value};

use super::{Change, Lead};

#[derive(Serialize)]
pub(in crate::native) struct Message {
    pub(in crate::native) specversion: &'static str,
    pub(in crate::native) id: String,
    pub(in crate::native) source: String,
    #[serde(rename = "type")]
    pub(in crate::native) topic: &'static str,
    pub(in crate::native) time: String,
    pub(in crate::native) subject: String,
    pub(in crate::native) datacontenttype: &'static str,
    pub(in crate::native) data: Data,
}

#[derive(Serialize)]
#[serde(untagged)]
pub(in crate::native) enum Data {
    Change(Box<Changed>),
    Result(UpdateResult),
    Notice(DisabledNotice),
    Test { subscription_id: u64 },
}

#[derive(Serialize)]
pub(in crate::native) struct Changed {
    pub(in crate::native) lead_id: u64,
    /// Counts the lead's events from 1, without a gap: who subscribes to some sees the others missing.
    pub(in crate::native) sequence: u64,
    pub(in crate::native) origin: Origin,
    pub(in crate::native) changes: Vec<Change>,
    /// As it was after the event.
    pub(in crate::native) lead: Lead,
}

#[derive(Serialize)]
pub(in crate::native) struct Origin {
    pub(in crate::native) actor: String,
    pub(in crate::native) dialect: &'static str,
    pub(in crate::native) source: Option<String>,
    pub(in crate::native) request_id: String,
    pub(in crate::native) on_behalf_of: Option<String>,
}

#[derive(Serialize)]
pub(in crate::native) struct UpdateResult {
    pub(in crate::native) lead_id: u64,
    pub(in crate::native) external_id: Option<String>,
    pub(in crate::native) job_id: u64,
    pub(in crate::native) accepted_at: String,
    pub(in crate::native) finished_at: String,
    pub(in crate::native) is_refused: bool,
    pub(in crate::native) error: Option<UpdateError>,
    /// The lead's, after the update.
    pub(in crate::native) variables: Option<Map<String, Value>>,
}

#[derive(Serialize)]
pub(in crate::native) struct UpdateError {
    pub(in crate::native) kind: &'static str,
    pub(in crate::native) detail: String,
}

#[derive(Serialize)]
pub(in crate::native) struct DisabledNotice {
    pub(in crate::native) subscription_id: u64,
    pub(in crate::native) url: String,
    pub(in crate::native) at: String,
    pub(in crate::native) reason: &'static str,
}
