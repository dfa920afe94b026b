//! Subscriptions as our own API shows them. A secret is in the clear only where it was just made.

use serde::Serialize;

#[derive(Serialize)]
pub(in crate::native) struct Subscription {
    pub(in crate::native) id: u64,
    pub(in crate::native) version: u64,
    pub(in crate::native) created_at: String,
    pub(in crate::native) description: Option<String>,
    pub(in crate::native) url: String,
    pub(in crate::native) format: &'static str,
    pub(in crate::native) topics: Vec<&'static str>,
    pub(in crate::native) campaigns: Vec<u64>,
    pub(in crate::native) fields: Vec<&'static str>,
    pub(in crate::native) dialects: Vec<&'static str>,
    pub(in crate::native) except_sources: Vec<String>,
    pub(in crate::native) auth: Auth,
    pub(in crate::native) secrets: Vec<Secret>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(in crate::native) secret: Option<String>,
    pub(in crate::native) at_once_max: u32,
    pub(in crate::native) per_second_max: Option<u32>,
    pub(in crate::native) is_enabled: bool,
    pub(in crate::native) failing_since: Option<String>,
    pub(in crate::native) disabled: Option<Disabled>,
}

#[derive(Serialize)]
pub(in crate::native) struct Auth {
    pub(in crate::native) kind: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(in crate::native) name: Option<String>,
}

#[derive(Serialize)]
pub(in crate::native) struct Secret {
    pub(in crate::native) number: u32,
    pub(in crate::native) created_at: String,
}

#[derive(Serialize)]
pub(in crate::native) struct Disabled {
    pub(in crate::native) at: String,
    pub(in crate::native) reason: &'static str,
}

#[derive(Serialize)]
pub(in crate::native) struct Subscriptions {
    pub(in crate::native) subscriptions: Vec<Subscription>,
    /// The `before_id` of the next page.
    pub(in crate::native) next_before_id: Option<u64>,
}

#[derive(Serialize)]
pub(in crate::native) struct Deleted {
    pub(in crate::native) id: u64,
    pub(in crate::native) is_deleted: bool,
}
