//! The webhook of an activity: a call that ended, or a lead that moved to another stage or got a disposition.
//!
//! After docs.uservox.ai "Activity payloads", whose one example is a call. It has an `activityId` and never an `updateId`.
//! A move without a call has the same shape with `type` "update", which is ours: the guide says that moves are told, and
//! no page shows how. Flow, channel, telephony and prompts are not known here and left out.

use app::AppError;
use domain::campaign::{Campaign, Workspace};
use domain::event::{Event, EventKind};
use domain::lead::{CallSummary, LeadField};
use domain::status::DialStatus;
use domain::{IdKind, Lead};
use serde_json::{Map, Value};

use super::super::{convert, quirks, wire};
use crate::views;
use crate::webhooks::{Telling, change_of, json};

/// `None` if the event is no activity.
pub(super) async fn encode(
    telling: &Telling<'_>,
    event: &Event,
    lead: &Lead,
) -> Result<Option<String>, AppError> {
    let call = lead
        .last_call
        .as_ref()
        .filter(|_| event.kind == EventKind::CallEnded);
    let is_move = change_of(event, LeadField::Stage).is_some()
        || change_of(event, LeadField::Disposition).is_some();
    if call.is_none() && !(is_move && event.kind == EventKind::Updated) {
        return Ok(None);
    }
    let workspace = telling.workspace().await?;
    let process = telling.campaign_of(lead).await?;
    let activity = activity(event, lead, call, &workspace, process.as_deref());
    Ok(Some(json(&activity)))
}

fn activity(
    event: &Event,
    lead: &Lead,
    call: Option<&CallSummary>,
    workspace: &Workspace,
    process: Option<&Campaign>,
) -> wire::ActivityUpdate {
    let lead_id = views::object_id(IdKind::Lead, lead.created_at, lead.id.get());
    let id = match call {
        Some(call) => views::object_id(IdKind::Call, lead.created_at, call.call_id.get()),
        None => quirks::activity_id(lead.id, event.version),
    };
    let result = wire::ActivityResult {
        success: true,
        kind: kind(call),
        lead_id: lead_id.clone(),
        project_id: views::object_id(IdKind::Workspace, workspace.created_at, workspace.id.get()),
        activity_id: id.clone(),
        reference_id: lead.external_id.clone(),
        input: input(lead, call),
        status: "completed",
        analysis: analysis(lead, call),
    };
    wire::ActivityUpdate {
        action_type: "update",
        activity_id: id.clone(),
        lead_id,
        last_activity_id: id,
        process_id: process.map(|process| {
            views::object_id(IdKind::Campaign, process.created_at, process.id.get())
        }),
        reference_id: lead.external_id.clone(),
        timestamp: event.at.as_millis(),
        activity: wire::Activity {
            kind: kind(call),
            status: "success",
            from_state: state_before(event, lead),
            to_state: lead.stage.name.clone(),
            scheduled_at: call.map(|call| call.started_at.as_millis()),
            result,
        },
    }
}

const fn kind(call: Option<&CallSummary>) -> &'static str {
    if call.is_some() { "call" } else { "update" }
}

fn state_before(event: &Event, lead: &Lead) -> String {
    let before = change_of(event, LeadField::Stage).and_then(|change| change.before.as_ref());
    let name = before.and_then(|stage| stage.get("name")?.as_str());
    name.unwrap_or(&lead.stage.name).to_owned()
}

/// The lead's variables, and of a call whether it was made and answered. The names of the vendor win.
fn input(lead: &Lead, call: Option<&CallSummary>) -> Map<String, Value> {
    let mut input = lead.variables.members().clone();
    if let Some(call) = call {
        input.insert("called".to_owned(), true.into());
        input.insert(
            "connected".to_owned(),
            convert::is_connected(call.outcome).into(),
        );
    }
    input
}

fn analysis(lead: &Lead, call: Option<&CallSummary>) -> wire::Analysis {
    wire::Analysis {
        success: call.is_some_and(|call| call.outcome == DialStatus::Success),
        disposition: lead.disposition.clone(),
        disposition_type: convert::disposition_type(lead.dial_status),
        summary: call.and_then(|call| call.summary.clone()),
    }
}
