//! Deliveries, dead letters and the attempt log as our own API shows them.

use serde::Serialize;

/// One that waits, or a dead letter.
#[derive(Serialize)]
pub(in crate::native) struct Delivery {
    pub(in crate::native) id: u64,
    /// The `webhook-id` of every attempt.
    pub(in crate::native) message_id: String,
    pub(in crate::native) subscription_id: u64,
    pub(in crate::native) lead_id: Option<u64>,
    /// The lead's version, if this is one of its events.
    pub(in crate::native) version: Option<u64>,
    #[serde(rename = "type")]
    pub(in crate::native) topic: &'static str,
    pub(in crate::native) at: String,
    pub(in crate::native) attempts: u32,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(in crate::native) next_attempt_at: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(in crate::native) dead_at: Option<String>,
    pub(in crate::native) error: Option<String>,
}

#[derive(Serialize)]
pub(in crate::native) struct Deliveries {
    pub(in crate::native) deliveries: Vec<Delivery>,
    /// The `before_id` of the next page.
    pub(in crate::native) next_before_id: Option<u64>,
}

#[derive(Serialize)]
pub(in crate::native) struct DeadLetters {
    pub(in crate::native) dead_letters: Vec<Delivery>,
    pub(in crate::native) next_before_id: Option<u64>,
}

#[derive(Serialize)]
pub(in crate::native) struct Attempt {
    pub(in crate::native) id: u64,
    pub(in crate::native) delivery_id: u64,
    pub(in crate::native) subscription_id: u64,
    pub(in crate::native) lead_id: Option<u64>,
    pub(in crate::native) at: String,
    pub(in crate::native) number: u32,
    pub(in crate::native) duration_ms: u32,
    pub(in crate::native) status: Option<u16>,
    pub(in crate::native) error: Option<String>,
    pub(in crate::native) answer: Option<String>,
}

#[derive(Serialize)]
pub(in crate::native) struct Attempts {
    pub(in crate::native) attempts: Vec<Attempt>,
    pub(in crate::native) next_before_id: Option<u64>,
}

/// A test that was put into the outbox.
#[derive(Serialize)]
pub(in crate::native) struct Added {
    pub(in crate::native) delivery_id: u64,
    pub(in crate::native) message_id: String,
}

#[derive(Serialize)]
pub(in crate::native) struct Replayed {
    pub(in crate::native) replayed: usize,
    /// Whether there may be more than one request replays.
    pub(in crate::native) has_more: bool,
}
