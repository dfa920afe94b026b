//! Rows of the call log as NLPearl shows calls.

use app::CallRecord;
use domain::IdKind;
use domain::campaign::Campaign;
use domain::event::Dialect;
use domain::listing::CallState;
use domain::status::DialStatus;

use super::super::wire;
use super::{call_status, collected_infos, pearl_id, shown_status};
use crate::views;

/// `conversationStatus` and `status`. A call whose dialer was not heard of again failed, and another follows.
fn statuses(state: CallState) -> (u16, u8) {
    let (conversation, line) = match state {
        CallState::Active => (DialStatus::OnCall, DialStatus::OnCall),
        CallState::Expired => (DialStatus::Retry, DialStatus::Failed),
        CallState::Ended(outcome) => (outcome, outcome),
    };
    (shown_status(conversation), call_status(line))
}

/// The id of a call has the time of its lead, which is all that a lead knows of its calls.
fn call_id(call: &CallRecord) -> String {
    views::object_id(IdKind::Call, call.lead_created_at, call.id.get())
}

/// The call that an id names.
pub(in super::super) fn call_named(id: &str) -> domain::command::VendorId {
    views::by_object_id(Dialect::NlPearl, IdKind::Call, id)
}

/// Transcripts, tags and moods are not kept.
pub(in super::super) fn call<'a>(call: &'a CallRecord, pearl: &Campaign) -> wire::Call<'a> {
    let (conversation_status, status) = statuses(call.state());
    wire::Call {
        id: call_id(call),
        pearl_id: pearl_id(pearl),
        related_id: pearl_id(pearl),
        start_time: call.started_at.to_rfc3339_millis(),
        conversation_status,
        status,
        from: call.from.as_deref(),
        to: call.to.as_deref(),
        name: call.name.as_deref(),
        duration: call.duration_seconds.unwrap_or(0),
        recording: call.recording_url.as_deref(),
        transcript: [],
        summary: call.summary.as_deref(),
        collected_info: collected_infos(&call.collected),
        tags: [],
        is_call_transferred: false,
        overall_sentiment: (),
        lead_id: views::object_id(IdKind::Lead, call.lead_created_at, call.lead_id.get()),
    }
}

pub(in super::super) fn call_item(call: &CallRecord) -> wire::CallItem<'_> {
    let (conversation_status, status) = statuses(call.state());
    wire::CallItem {
        id: call_id(call),
        start_time: call.started_at.to_rfc3339_millis(),
        conversation_status,
        status,
        from: call.from.as_deref(),
        to: call.to.as_deref(),
        duration: call.duration_seconds.unwrap_or(0),
        tags: [],
    }
}
