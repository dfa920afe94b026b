//! The field names of registered webhooks and of keys, nothing else. What is sent to a webhook is in the parent.

use serde::Serialize;

pub(crate) const URL: &str = "url";
pub(crate) const EVENTS: &str = "events";
pub(crate) const SECRET: &str = "secret";
pub(crate) const EXPIRE_NOW: &str = "expire_now";

#[derive(Serialize)]
pub(crate) struct UserWebhook<'a> {
    pub(crate) id: String,
    pub(crate) url: &'a str,
    pub(crate) events: Vec<&'a str>,
    pub(crate) is_active: bool,
    /// Shown once, when it is registered.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) secret: Option<String>,
    pub(crate) created_at: String,
}

#[derive(Serialize)]
pub(crate) struct ApiKey<'a> {
    pub(crate) id: &'a str,
    pub(crate) name: &'a str,
    /// The part of the key behind the colon, shown once.
    pub(crate) secret: &'a str,
    pub(crate) created_at: String,
}
