//! The lead webhook and the call webhook, version 2, after developers.nlpearl.ai/pages/webhooks.
//!
//! The lead webhook tells every change of a lead's status; the call webhook the start and the end of every call, in one
//! shape whose end is empty at the start. Enums are integers: the page shows names, what is sent has numbers. The vendor
//! signs nothing. A lead in no campaign is in no pearl, and nothing is told of it.
#![deny(clippy::wildcard_enum_match_arm)]

use app::AppError;
use app::deliveries::Webhook;
use domain::campaign::Campaign;
use domain::event::{Event, EventKind};
use domain::lead::{CallSummary, Claim, LeadField};
use domain::phone::Phone;
use domain::status::DialStatus;
use domain::{CallId, IdKind, Lead, Timestamp};

use super::{convert, quirks, wire};
use crate::views;
use crate::webhooks::{Telling, change_of, json};

pub(crate) async fn encode_lead(telling: &Telling<'_>) -> Result<Option<Webhook>, AppError> {
    let Some((event, lead)) = telling.event() else {
        return Ok(None);
    };
    if change_of(event, LeadField::DialStatus).is_none() {
        return Ok(None);
    }
    let pearl = telling.campaign_of(lead).await?;
    if pearl.is_none() && !telling.is_sample {
        return Ok(None);
    }
    Ok(Some(unsigned(&told_lead(lead, pearl.as_deref(), event.at))))
}

pub(crate) async fn encode_call(telling: &Telling<'_>) -> Result<Option<Webhook>, AppError> {
    let Some((event, lead)) = telling.event() else {
        return Ok(None);
    };
    let pearl = telling.campaign_of(lead).await?;
    if pearl.is_none() && !telling.is_sample {
        return Ok(None);
    }
    Ok(told_call(event, lead, pearl.as_deref()).map(|call| unsigned(&call)))
}

fn unsigned(body: &impl serde::Serialize) -> Webhook {
    let headers = Vec::new();
    let body = json(body);
    Webhook { headers, body }
}

fn told_lead<'a>(lead: &'a Lead, pearl: Option<&Campaign>, at: Timestamp) -> wire::ToldLead<'a> {
    let zone = lead.time_zone.as_ref();
    let zone = zone.or_else(|| pearl.and_then(|pearl| pearl.time_zone.as_ref()));
    let calls = lead.call_ids.iter();
    wire::ToldLead {
        id: convert::lead_id(lead),
        pearl_id: pearl.map(convert::pearl_id),
        external_id: lead.external_id.as_deref(),
        phone_number: lead.phone.as_ref().map(Phone::e164),
        time_zone: zone.map(|zone| quirks::hours(zone.standard_offset_seconds(at))),
        status: convert::shown_status(lead.dial_status),
        created: lead.created_at.to_rfc3339_millis(),
        calls_id: calls.map(|call| call_id(lead, *call)).collect(),
        call_data: quirks::Texts(lead.variables.members()),
        collected_data: lead.collected.members(),
    }
}

fn told_call<'a>(
    event: &Event,
    lead: &'a Lead,
    pearl: Option<&Campaign>,
) -> Option<wire::ToldCall<'a>> {
    match event.kind {
        EventKind::Claimed | EventKind::CallStarted => {
            let claim = lead.claim.as_ref()?;
            Some(call(claim.call_id, claim.started_at, lead, pearl))
        }
        EventKind::CallEnded => {
            let summary = lead.last_call.as_ref()?;
            Some(ended(summary, lead, pearl))
        }
        EventKind::LeaseExpired => {
            let before = change_of(event, LeadField::Claim)?.before.as_ref()?;
            // A reservation that ran out was no call yet.
            let claim = Claim::from_value(before).filter(|claim| claim.is_started)?;
            Some(wire::ToldCall {
                conversation_status: convert::shown_status(DialStatus::Retry),
                status: convert::call_status(DialStatus::Failed),
                ..call(claim.call_id, claim.started_at, lead, pearl)
            })
        }
        EventKind::Created
        | EventKind::Updated
        | EventKind::Reserved
        | EventKind::Deleted
        | EventKind::DeferredRefused => None,
    }
}

/// A call that has begun.
fn call<'a>(
    id: CallId,
    started_at: Timestamp,
    lead: &'a Lead,
    pearl: Option<&Campaign>,
) -> wire::ToldCall<'a> {
    wire::ToldCall {
        id: call_id(lead, id),
        pearl_id: pearl.map(convert::pearl_id),
        start_time: started_at.to_rfc3339_millis(),
        conversation_status: convert::shown_status(DialStatus::OnCall),
        status: convert::call_status(DialStatus::OnCall),
        from: None,
        to: lead.phone.as_ref().map(Phone::e164),
        name: lead.display_name(),
        duration: 0,
        recording: None,
        transcript: [],
        summary: None,
        collected_info: Vec::new(),
        tags: [],
        is_call_transferred: false,
        overall_sentiment: (),
        lead_id: convert::lead_id(lead),
    }
}

fn ended<'a>(
    summary: &'a CallSummary,
    lead: &'a Lead,
    pearl: Option<&Campaign>,
) -> wire::ToldCall<'a> {
    wire::ToldCall {
        conversation_status: convert::shown_status(summary.outcome),
        status: convert::call_status(summary.outcome),
        from: summary.from.as_deref(),
        duration: summary.duration_seconds.unwrap_or(0),
        recording: summary.recording_url.as_deref(),
        summary: summary.summary.as_deref(),
        collected_info: convert::collected_infos(&summary.collected),
        ..call(summary.call_id, summary.started_at, lead, pearl)
    }
}

fn call_id(lead: &Lead, call: CallId) -> String {
    views::object_id(IdKind::Call, lead.created_at, call.get())
}
