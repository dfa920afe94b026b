//! Calls of the log as Autocalls shows them, and how they stand in its words.

use app::CallRecord;
use domain::campaign::Campaign;
use domain::listing::CallState;
use domain::status::DialStatus;

use super::TIME_FORMAT;
use crate::dialects::autocalls::{quirks, wire};

/// A call as the pages "List calls" and "Get call" show it.
pub(in crate::dialects::autocalls) fn call<'a>(
    call: &'a CallRecord,
    campaign: Option<&Campaign>,
) -> wire::Call<'a> {
    let updated_at = call.ended_at.unwrap_or(call.started_at);
    wire::Call {
        id: call.id.get(),
        assistant_name: campaign.and_then(|campaign| campaign.agent.clone()),
        campaign_name: campaign.map(|campaign| campaign.name.clone()),
        kind: quirks::OUTBOUND,
        duration: call.duration_seconds.unwrap_or(0),
        assistant_phone_number: call.from.clone(),
        client_phone_number: call.to.clone(),
        status: shown_state(call.state()),
        transcript: quirks::NO_TRANSCRIPT,
        variables: quirks::Variables(&call.collected),
        evaluation: call.outcome.map(|outcome| wire::Evaluation {
            status: outcome == DialStatus::Success,
            summary: call.summary.clone().unwrap_or_default(),
        }),
        webhook_response: (),
        carrier_cost: quirks::NO_COST,
        total_cost: quirks::NO_COST,
        answered_by: call.outcome.and_then(answered_by),
        recording_url: call.recording_url.clone(),
        created_at: call.started_at.format(TIME_FORMAT),
        updated_at: updated_at.format(TIME_FORMAT),
    }
}

/// Every state that a call can be in.
pub(super) fn states() -> impl Iterator<Item = CallState> {
    let outcomes = DialStatus::ALL.into_iter();
    let outcomes = outcomes.filter(|status| status.is_outcome());
    [CallState::Active, CallState::Expired]
        .into_iter()
        .chain(outcomes.map(CallState::Ended))
}

pub(super) const fn shown_state(state: CallState) -> &'static str {
    match state {
        CallState::Active => "in-progress",
        CallState::Expired => "failed",
        CallState::Ended(outcome) => shown_outcome(outcome),
    }
}

/// The status of a call that ended so. Leadbook is told what came of it and not how the line went, so `busy` never shows.
pub(in crate::dialects::autocalls) const fn shown_outcome(outcome: DialStatus) -> &'static str {
    match outcome {
        DialStatus::Success
        | DialStatus::NotSuccessful
        | DialStatus::Completed
        | DialStatus::Voicemail => "completed",
        DialStatus::Abandoned => "ended_by_customer",
        DialStatus::Retry | DialStatus::Unreachable => "no-answer",
        DialStatus::WrongCountry | DialStatus::Failed => "failed",
        // No call ends with these.
        DialStatus::New | DialStatus::Queued | DialStatus::OnCall | DialStatus::Suppressed => {
            "ended"
        }
    }
}

/// Who answered, as far as the outcome tells.
const fn answered_by(outcome: DialStatus) -> Option<&'static str> {
    match outcome {
        DialStatus::Success | DialStatus::NotSuccessful | DialStatus::Abandoned => Some("human"),
        DialStatus::Voicemail => Some("machine"),
        DialStatus::Completed => Some("unknown"),
        DialStatus::Retry
        | DialStatus::Unreachable
        | DialStatus::WrongCountry
        | DialStatus::Failed
        | DialStatus::New
        | DialStatus::Queued
        | DialStatus::OnCall
        | DialStatus::Suppressed => None,
    }
}

#[cfg(test)]
mod tests;
