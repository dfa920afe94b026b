//! DialNexa's field names, nothing else.

use serde::Serialize;
use serde_json::{Map, Value};

pub(super) const PHONE_NUMBER: &str = "phone_number";
pub(super) const METADATA: &str = "metadata";
pub(super) const NOTES: &str = "notes";
pub(super) const NAME: &str = "name";
pub(super) const CAMPAIGN_ID: &str = "campaign_id";

#[derive(Serialize)]
pub(super) struct Lead<'a> {
    pub(super) id: String,
    pub(super) name: Option<String>,
    pub(super) phone_number: Option<&'a str>,
    pub(super) campaign_id: Option<String>,
    pub(super) status: &'static str,
    pub(super) metadata: &'a Map<String, Value>,
    pub(super) notes: Notes<'a>,
    pub(super) call_log_id: Option<String>,
    pub(super) created_at: String,
}

/// See `quirks::show_notes`.
#[derive(Serialize)]
#[serde(untagged)]
pub(super) enum Notes<'a> {
    Text(&'a str),
    Variables(&'a Map<String, Value>),
}

#[derive(Serialize)]
pub(super) struct Problem {
    #[serde(rename = "statusCode")]
    pub(super) status_code: u16,
    pub(super) message: Message,
    pub(super) error: &'static str,
}

/// One text, or a list of them if several fields fail.
#[derive(Serialize)]
#[serde(untagged)]
pub(super) enum Message {
    One(String),
    Many(Vec<String>),
}
