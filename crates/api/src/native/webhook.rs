//! The standard format: signed after Standard Webhooks 1.0, with a body after CloudEvents 1.0 (its JSON form).
//!
//! Source: github.com/standard-webhooks/standard-webhooks, spec/standard-webhooks.md; cloudevents.io. The body is ours:
//! the change with before and after, who made it, the lead after it, and the lead's sequence number, which is its version.
#![deny(clippy::wildcard_enum_match_arm)]

use app::deliveries::Webhook;
use app::{AppError, News};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use domain::event::Event;
use domain::lead::LeadField;
use domain::state::{JobFailure, JobResult};
use domain::subscription::{Notice, Topic};
use domain::{Lead, Timestamp};

use super::{convert, wire};
use crate::webhooks::{Telling, hmac_sha256, json};

/// What stands before the key in a secret.
const SECRET_PREFIX: &str = "whsec_";

pub(crate) fn encode(telling: &Telling<'_>) -> Result<Option<Webhook>, AppError> {
    let body = json(&message(telling));
    let timestamp = telling.now.as_seconds().to_string();
    let mut signatures = Vec::new();
    for secret in telling.secrets()? {
        signatures.push(sign(&secret, &telling.id, &timestamp, &body)?);
    }
    let headers = vec![
        ("webhook-id", telling.id.clone()),
        ("webhook-timestamp", timestamp),
        ("webhook-signature", signatures.join(" ")),
    ];
    Ok(Some(Webhook { headers, body }))
}

/// `v1,` and the signature of id, time and body. All secrets sign, so that a receiver can change to a new one at leisure.
fn sign(secret: &str, id: &str, timestamp: &str, body: &str) -> Result<String, AppError> {
    let key = secret.strip_prefix(SECRET_PREFIX).unwrap_or(secret);
    // Checked when it was saved.
    let key = STANDARD.decode(key).map_err(|_| AppError::Internal)?;
    let signature = hmac_sha256(&key, &[id, ".", timestamp, ".", body]);
    Ok(format!("v1,{}", STANDARD.encode(signature)))
}

fn message(telling: &Telling<'_>) -> wire::Message {
    let of_lead = |lead: u64| format!("leads/{lead}");
    let of_subscription = |id: u64| format!("subscriptions/{id}");
    let own = telling.subscription.id.get();
    let (topic, at, subject, data) = match telling.news {
        News::Event { event, lead } => (
            Topic::Event(event.kind).name(),
            event.at,
            of_lead(event.lead_id.get()),
            wire::Data::Change(Box::new(changed(event, lead))),
        ),
        News::Result(result) => (
            Topic::UpdateFinished.name(),
            result.finished_at,
            of_lead(result.lead_id.get()),
            wire::Data::Result(finished(result)),
        ),
        News::Notice(notice) => (
            Topic::SubscriptionDisabled.name(),
            notice.disabled.at,
            of_subscription(notice.subscription_id.get()),
            wire::Data::Notice(disabled(notice)),
        ),
        News::Test => (
            convert::TEST,
            telling.at,
            of_subscription(own),
            wire::Data::Test {
                subscription_id: own,
            },
        ),
    };
    wire::Message {
        specversion: "1.0",
        id: telling.id.clone(),
        source: format!(
            "urn:leadbook:workspace:{}",
            telling.subscription.workspace_id
        ),
        topic,
        time: at.to_rfc3339_millis(),
        subject,
        datacontenttype: "application/json",
        data,
    }
}

fn changed(event: &Event, lead: &Lead) -> wire::Changed {
    wire::Changed {
        lead_id: event.lead_id.get(),
        sequence: event.version,
        origin: wire::Origin {
            actor: convert::actor(event.origin.actor),
            dialect: event.origin.dialect.name(),
            source: event.origin.source.clone(),
            request_id: event.origin.request_id.clone(),
            on_behalf_of: event.origin.on_behalf_of.clone(),
        },
        changes: convert::changes(event.changes.clone()),
        lead: convert::lead(lead),
    }
}

fn finished(result: &JobResult) -> wire::UpdateResult {
    let outcome = result.result.as_ref();
    wire::UpdateResult {
        lead_id: result.lead_id.get(),
        external_id: result.external_id.clone(),
        job_id: result.job_id.get(),
        accepted_at: result.accepted_at.to_rfc3339_millis(),
        finished_at: result.finished_at.to_rfc3339_millis(),
        is_refused: outcome.is_err(),
        error: outcome.err().map(failure),
        variables: outcome.ok().map(|variables| variables.members().clone()),
    }
}

fn failure(failure: &JobFailure) -> wire::UpdateError {
    let (kind, detail) = match failure {
        JobFailure::CallActive => ("call_active", "a call is active".to_owned()),
        JobFailure::UnknownStage(name) => (
            "unknown_stage",
            format!("the lead's campaign has no stage {name}"),
        ),
        JobFailure::TransitionForbidden { from, to } => (
            "transition_forbidden",
            format!("{}: no move from {from} to {to}", LeadField::Stage.name()),
        ),
        JobFailure::UnlistedDisposition(name) => (
            "unlisted_disposition",
            format!("{name} is not a disposition here"),
        ),
        JobFailure::DispositionWithoutDecision => (
            "disposition_without_decision",
            "a disposition goes with a stage that decides the sale".to_owned(),
        ),
        JobFailure::Invalid(fields) => ("invalid", fields.clone()),
    };
    wire::UpdateError { kind, detail }
}

fn disabled(notice: &Notice) -> wire::DisabledNotice {
    wire::DisabledNotice {
        subscription_id: notice.subscription_id.get(),
        url: notice.url.clone(),
        at: Timestamp::to_rfc3339_millis(notice.disabled.at),
        reason: notice.disabled.reason.name(),
    }
}

#[cfg(test)]
mod tests;
