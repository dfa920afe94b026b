//! The webhooks of a process: the result of an update here, activities in `activity`.
//!
//! After docs.uservox.ai "Update Lead" and "How to add a webhook to a process": no signature; a bearer token or a header
//! of the subscription. A result has an `updateId` and never an `activityId`: receivers tell the vendor's two kinds of
//! webhook, both with `action_type` "update", apart by that.
#![deny(clippy::wildcard_enum_match_arm)]

mod activity;

use app::deliveries::Webhook;
use app::{AppError, News};
use domain::IdKind;
use domain::lead::LeadField;
use domain::state::{JobFailure, JobResult};

use super::wire;
use crate::views;
use crate::webhooks::{Telling, json};

pub(crate) async fn encode(telling: &Telling<'_>) -> Result<Option<Webhook>, AppError> {
    let body = match telling.news {
        News::Result(result) => Some(encode_result(result)),
        News::Event { event, lead } => activity::encode(telling, event, lead).await?,
        News::Notice(_) | News::Test => None,
    };
    let headers = Vec::new();
    Ok(body.map(|body| Webhook { headers, body }))
}

/// The result webhook's body, the same for each attempt to deliver it.
fn encode_result(result: &JobResult) -> String {
    let outcome = result.result.as_ref();
    let body = wire::UpdateResult {
        action_type: "update",
        update_id: views::object_id(IdKind::Job, result.accepted_at, result.job_id.get()),
        success: outcome.is_ok(),
        error: outcome.err().map(text),
        lead_id: views::object_id(IdKind::Lead, result.lead_created_at, result.lead_id.get()),
        reference_id: result.external_id.as_deref(),
        timestamp: result.finished_at.as_millis(),
        data: outcome.ok().map(domain::object::Object::members),
    };
    json(&body)
}

/// The first text is the vendor's; it publishes no other.
fn text(failure: &JobFailure) -> String {
    match failure {
        JobFailure::CallActive => {
            "Lead update is not allowed while a call is in progress for this lead".to_owned()
        }
        JobFailure::UnknownStage(name) => {
            format!("Target state {name} does not exist in this process")
        }
        JobFailure::TransitionForbidden { from, to } => {
            format!("Transition from state {from} to state {to} is not allowed in this process")
        }
        JobFailure::UnlistedDisposition(disposition) => {
            format!("Disposition {disposition} is not configured for this process")
        }
        JobFailure::DispositionWithoutDecision => {
            "Disposition is only allowed with a target state such as interested or lost".to_owned()
        }
        JobFailure::Invalid(fields) => {
            let fields = fields.replace(LeadField::Variables.name(), wire::METADATA);
            format!("Lead update is not valid: {fields}")
        }
    }
}

#[cfg(test)]
mod tests;
