//! The body of the webhook that tells the result of an update.
//!
//! It has an `updateId` and never an `activityId`: receivers tell the vendor's two kinds of webhook, both
//! with `action_type` "update", apart by that.
#![deny(clippy::wildcard_enum_match_arm)]

use domain::IdKind;
use domain::lead::LeadField;
use domain::state::{JobFailure, JobResult};

use super::wire;
use crate::views;

/// The result webhook's body, the same for each attempt to deliver it.
pub fn encode_result(result: &JobResult) -> String {
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
    serde_json::to_string(&body).expect("texts, numbers and a JSON map always serialise")
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
