//! Webhooks of calls, after docs.dialnexa.com "Webhooks" (api-reference/webhooks, the current of three vocabularies).
//!
//! Documented: the events `call_initiated` and `call_ended`, the envelope `{event_type, payload: {call}}`, an HMAC-SHA256
//! over the body as it is sent, and the header `X-DialNexa-Signature: sha256=<hex>` (api-reference/webhooks/create). What
//! `call` holds is not documented; ours has the members of the vendor's call log that we know, and the lead's. The
//! vendor has no webhook for a changed lead. Whoever registered for the "create" page's `call.completed`, `call.failed` or
//! `call.no_answer` is told under that name, in the same envelope.
#![deny(clippy::wildcard_enum_match_arm)]

use app::AppError;
use app::deliveries::Webhook;
use domain::event::EventKind;
use domain::lead::{CallSummary, Claim, LeadField};
use domain::listing::CallState;
use domain::phone::Phone;
use domain::status::DialStatus;
use domain::{CallId, Lead, Timestamp};
use serde_json::Value;

use super::{convert, wire};
use crate::views;
use crate::webhooks::{Telling, change_of, hmac_sha256, json};

pub(crate) fn encode(telling: &Telling<'_>) -> Result<Option<Webhook>, AppError> {
    let Some((event, lead)) = telling.event() else {
        return Ok(None);
    };
    let (event_type, call) = match event.kind {
        EventKind::Claimed | EventKind::CallStarted => {
            let claim = lead.claim.as_ref();
            ("call_initiated", claim.map(|claim| begun(claim, lead)))
        }
        EventKind::CallEnded => {
            let call = lead.last_call.as_ref();
            ("call_ended", call.map(|call| ended(call, lead)))
        }
        EventKind::LeaseExpired => {
            let claim = change_of(event, LeadField::Claim)
                .and_then(|change| Claim::from_value(change.before.as_ref()?));
            // A reservation that ran out was no call yet.
            let claim = claim.filter(|claim| claim.is_started);
            let call = claim.map(|claim| lost(&claim, lead, event.at));
            ("call_ended", call)
        }
        EventKind::Created
        | EventKind::Updated
        | EventKind::Reserved
        | EventKind::Deleted
        | EventKind::DeferredRefused => return Ok(None),
    };
    let Some(call) = call else {
        return Ok(None);
    };
    let Some(event_type) = asked_for(telling, event_type, &call) else {
        return Ok(None);
    };
    let body = json(&wire::Notification {
        event_type,
        payload: wire::Payload { call },
    });
    let signature = hmac_sha256(telling.secret()?.as_bytes(), &[&body]);
    let signature = format!("sha256={}", hex::encode(signature));
    let headers = vec![("x-dialnexa-signature", signature)];
    Ok(Some(Webhook { headers, body }))
}

/// The name under which the webhook asked for this event, the first if under several; `None` if under none.
fn asked_for<'a>(
    telling: &Telling<'a>,
    event_type: &'static str,
    call: &wire::Call<'_>,
) -> Option<&'a str> {
    let other = match (event_type, call.status) {
        ("call_initiated", _) => None,
        (_, "completed") => Some("call.completed"),
        (_, "no_answer") => Some("call.no_answer"),
        _ => Some("call.failed"),
    };
    let events = convert::webhooks::events_of(telling.subscription);
    let is_meant = |name: &&str| *name == event_type || Some(*name) == other;
    let asked = events.into_iter().find(is_meant);
    // A test is told whatever was asked for.
    asked.or(telling.is_sample.then_some(event_type))
}

fn call(id: CallId, lead: &Lead, started_at: Timestamp) -> wire::Call<'_> {
    let code = views::code("log", id.get());
    wire::Call {
        id: code.clone(),
        log_id: code,
        campaign_id: lead.campaign_id.map(convert::campaign_code),
        campaign_lead_id: views::code("lead", lead.id.get()),
        from_phone_number: None,
        to_phone_number: lead.phone.as_ref().map(Phone::e164),
        status: "initiated",
        sentiment: (),
        duration_seconds: None,
        recording_url: None,
        analysis: None,
        metadata: lead.variables.members(),
        created_at: started_at.to_rfc3339_millis(),
        ended_at: None,
        end_reason: None,
    }
}

fn begun<'a>(claim: &Claim, lead: &'a Lead) -> wire::Call<'a> {
    call(claim.call_id, lead, claim.started_at)
}

fn ended<'a>(summary: &'a CallSummary, lead: &'a Lead) -> wire::Call<'a> {
    let (status, end_reason) = convert::calls::shown(CallState::Ended(summary.outcome));
    wire::Call {
        from_phone_number: summary.from.as_deref(),
        status,
        duration_seconds: summary.duration_seconds,
        recording_url: summary.recording_url.as_deref(),
        analysis: Some(wire::Analysis {
            summary: summary.summary.as_deref(),
            is_successful: summary.outcome == DialStatus::Success,
            collected: Value::Object(summary.collected.members().clone()),
        }),
        ended_at: Some(summary.ended_at.to_rfc3339_millis()),
        end_reason,
        ..call(summary.call_id, lead, summary.started_at)
    }
}

/// A call whose dialer was not heard of again.
fn lost<'a>(claim: &Claim, lead: &'a Lead, at: Timestamp) -> wire::Call<'a> {
    wire::Call {
        status: "failed",
        ended_at: Some(at.to_rfc3339_millis()),
        ..call(claim.call_id, lead, claim.started_at)
    }
}

#[cfg(test)]
mod tests;
