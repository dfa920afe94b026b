//! Events as a lead's history, the change feed and webhooks show them.

use serde::Serialize;
use serde_json::Value;

#[derive(Serialize)]
pub(in crate::native) struct History {
    pub(in crate::native) events: Vec<Event>,
    /// The `before_version` of the next page.
    pub(in crate::native) next_before_version: Option<u64>,
}

#[derive(Serialize)]
pub(in crate::native) struct Event {
    pub(in crate::native) version: u64,
    pub(in crate::native) kind: &'static str,
    pub(in crate::native) at: String,
    pub(in crate::native) actor: String,
    pub(in crate::native) dialect: &'static str,
    pub(in crate::native) request_id: String,
    pub(in crate::native) on_behalf_of: Option<String>,
    pub(in crate::native) source: Option<String>,
    pub(in crate::native) changes: Vec<Change>,
}

#[derive(Serialize)]
pub(in crate::native) struct Change {
    pub(in crate::native) field: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(in crate::native) key: Option<String>,
    /// A member of an open object can be `null`; one that was not there is left out.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(in crate::native) before: Option<Value>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(in crate::native) after: Option<Value>,
}

#[derive(Serialize)]
pub(in crate::native) struct Feed {
    pub(in crate::native) events: Vec<FeedEvent>,
    /// The `after` of the next page.
    pub(in crate::native) next: String,
}

#[derive(Serialize)]
pub(in crate::native) struct FeedEvent {
    pub(in crate::native) cursor: String,
    pub(in crate::native) id: String,
    pub(in crate::native) lead_id: u64,
    pub(in crate::native) version: u64,
    #[serde(rename = "type")]
    pub(in crate::native) topic: &'static str,
    pub(in crate::native) at: String,
    pub(in crate::native) actor: String,
    pub(in crate::native) dialect: &'static str,
    pub(in crate::native) source: Option<String>,
    pub(in crate::native) request_id: String,
    pub(in crate::native) on_behalf_of: Option<String>,
    pub(in crate::native) changes: Vec<Change>,
}
