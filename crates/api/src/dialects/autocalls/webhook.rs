//! The post-call webhook: what a call came to, after docs.autocalls.ai "Post-call webhook".
//!
//! The vendor has no webhook for a changed lead, signs nothing and documents no retries; all of these are as the
//! subscription says. Transcripts are not kept here, so `transcript` is empty.

use app::AppError;
use app::deliveries::Webhook;
use domain::Lead;
use domain::campaign::Campaign;
use domain::event::EventKind;
use domain::lead::CallSummary;
use domain::phone::Phone;
use domain::status::DialStatus;
use serde_json::{Map, Value};

use super::convert::{ISO_TIME_FORMAT as TIME_FORMAT, calls, campaigns};
use super::{convert, quirks, wire};
use crate::webhooks::{Telling, json};

pub(crate) async fn encode(telling: &Telling<'_>) -> Result<Option<Webhook>, AppError> {
    let Some((event, lead)) = telling.event() else {
        return Ok(None);
    };
    let call = lead
        .last_call
        .as_ref()
        .filter(|_| event.kind == EventKind::CallEnded);
    let Some(call) = call else {
        return Ok(None);
    };
    let campaign = telling.campaign_of(lead).await?;
    let body = json(&ended(call, lead, campaign.as_deref()));
    let headers = Vec::new();
    Ok(Some(Webhook { headers, body }))
}

fn ended<'a>(
    call: &'a CallSummary,
    lead: &'a Lead,
    campaign: Option<&'a Campaign>,
) -> wire::EndedCall<'a> {
    let phone = lead.phone.as_ref().map(Phone::e164);
    wire::EndedCall {
        id: call.call_id.get(),
        customer_phone: phone,
        assistant_phone: call.from.as_deref(),
        duration: call.duration_seconds.unwrap_or(0),
        status: calls::shown_outcome(call.outcome),
        extracted_variables: extracted(call),
        input_variables: quirks::Variables(&lead.variables),
        transcript: quirks::NO_TRANSCRIPT,
        recording_url: call.recording_url.as_deref(),
        created_at: call.started_at.format(TIME_FORMAT),
        finished_at: call.ended_at.format(TIME_FORMAT),
        lead: wire::CalledLead {
            id: lead.id.get(),
            phone_number: phone,
            variables: quirks::Variables(&lead.variables),
            status: convert::shown_status(lead.dial_status),
            created_at: lead.created_at.format(TIME_FORMAT),
            updated_at: lead.updated_at.format(TIME_FORMAT),
            campaign: campaign.map(campaigns::calling_campaign),
        },
    }
}

/// The vendor always has `status`, whether the goal was reached, and `summary`; what the call found out is beside them.
fn extracted(call: &CallSummary) -> Map<String, Value> {
    let mut variables = Map::new();
    let is_success = call.outcome == DialStatus::Success;
    variables.insert("status".to_owned(), is_success.into());
    let summary = call.summary.clone().unwrap_or_default();
    variables.insert("summary".to_owned(), summary.into());
    for (name, value) in call.collected.members() {
        variables
            .entry(name.as_str())
            .or_insert_with(|| value.clone());
    }
    variables
}

#[cfg(test)]
mod tests;
