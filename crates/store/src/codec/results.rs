//! Results of queued updates, as outbox rows keep them.

use domain::object::Object;
use domain::state::{JobFailure, JobResult};
use domain::{JobId, LeadId, Timestamp};
use serde_json::{Value, json};

/// A result as JSON text.
pub fn encode_result(result: &JobResult) -> String {
    let JobResult {
        job_id,
        accepted_at,
        finished_at,
        lead_id,
        lead_created_at,
        external_id,
        result,
    } = result;
    let (variables, failure) = match result {
        Ok(variables) => (variables.to_value(), Value::Null),
        Err(failure) => (Value::Null, encode_failure(failure)),
    };
    json!({
        "job_id": job_id.get(),
        "accepted_at": accepted_at.as_millis(),
        "finished_at": finished_at.as_millis(),
        "lead_id": lead_id.get(),
        "lead_created_at": lead_created_at.as_millis(),
        "external_id": external_id,
        "variables": variables,
        "failure": failure,
    })
    .to_string()
}

/// Reads what [`encode_result`] wrote; `None` if it is not that.
pub fn decode_result(text: &str) -> Option<JobResult> {
    let value: Value = serde_json::from_str(text).ok()?;
    let number = |name: &str| value.get(name)?.as_u64();
    let time = |name: &str| Timestamp::from_millis(value.get(name)?.as_i64()?);
    Some(JobResult {
        job_id: JobId::new(number("job_id")?)?,
        accepted_at: time("accepted_at")?,
        finished_at: time("finished_at")?,
        lead_id: LeadId::new(number("lead_id")?)?,
        lead_created_at: time("lead_created_at")?,
        external_id: value
            .get("external_id")
            .and_then(Value::as_str)
            .map(str::to_owned),
        result: match value.get("failure")? {
            Value::Null => Ok(Object::new(value.get("variables")?.as_object()?.clone())),
            failure => Err(decode_failure(failure)?),
        },
    })
}

fn encode_failure(failure: &JobFailure) -> Value {
    match failure {
        JobFailure::CallActive => json!({"kind": "call_active"}),
        JobFailure::UnknownStage(name) => json!({"kind": "unknown_stage", "name": name}),
        JobFailure::TransitionForbidden { from, to } => {
            json!({"kind": "transition_forbidden", "from": from, "to": to})
        }
        JobFailure::UnlistedDisposition(name) => {
            json!({"kind": "unlisted_disposition", "name": name})
        }
        JobFailure::DispositionWithoutDecision => json!({"kind": "disposition_without_decision"}),
        JobFailure::Invalid(name) => json!({"kind": "invalid", "name": name}),
    }
}

fn decode_failure(value: &Value) -> Option<JobFailure> {
    let text = |name: &str| Some(value.get(name)?.as_str()?.to_owned());
    Some(match text("kind")?.as_str() {
        "call_active" => JobFailure::CallActive,
        "unknown_stage" => JobFailure::UnknownStage(text("name")?),
        "transition_forbidden" => JobFailure::TransitionForbidden {
            from: text("from")?,
            to: text("to")?,
        },
        "unlisted_disposition" => JobFailure::UnlistedDisposition(text("name")?),
        "disposition_without_decision" => JobFailure::DispositionWithoutDecision,
        "invalid" => JobFailure::Invalid(text("name")?),
        _ => return None,
    })
}
