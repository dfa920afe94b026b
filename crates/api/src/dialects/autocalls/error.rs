//! Autocalls' envelope: `message`, and for rule failures `errors`, an object of lists of texts.
#![deny(clippy::wildcard_enum_match_arm)]

use app::{AppError, Conflict, Denial, Missing};
use axum::Json;
use axum::http::StatusCode;
use axum::http::header::RETRY_AFTER;
use axum::response::{IntoResponse, Response};
use domain::fault::{At, Fault, Reason, Unique};
use domain::lead::LeadField;
use serde_json::{Map, Value, json};

use super::wire;
use crate::failure::{Failure, retry_after};

/// The answer to what went wrong. Every arm is a case the vendor documents, or the nearest it has.
pub(super) fn respond(failure: Failure) -> Response {
    match failure {
        Failure::NoRoute => message(StatusCode::NOT_FOUND, "Not found"),
        Failure::MethodNotAllowed => message(StatusCode::METHOD_NOT_ALLOWED, "Method not allowed"),
        Failure::TooLarge => message(StatusCode::PAYLOAD_TOO_LARGE, "The request is too large"),
        Failure::BodyIncomplete => {
            message(StatusCode::REQUEST_TIMEOUT, "The request is incomplete")
        }
        Failure::UnsupportedMediaType => message(
            StatusCode::UNSUPPORTED_MEDIA_TYPE,
            "The content type must be application/json",
        ),
        Failure::Malformed(how) => message(StatusCode::BAD_REQUEST, how),
        Failure::TooManyRequests {
            retry_after_seconds,
        }
        | Failure::Blocked {
            retry_after_seconds,
        } => retry_after(
            message(StatusCode::TOO_MANY_REQUESTS, "Too Many Attempts."),
            retry_after_seconds,
        ),
        Failure::App(error) => refused(error),
    }
}

fn refused(error: AppError) -> Response {
    match error {
        AppError::Unauthenticated => message(StatusCode::UNAUTHORIZED, "Unauthenticated."),
        AppError::Denied(
            Denial::Read | Denial::Write | Denial::Dialect | Denial::Workspace | Denial::Scope,
        ) => message(StatusCode::FORBIDDEN, "This action is unauthorized."),
        AppError::NotFound(Missing::Lead) => message(StatusCode::NOT_FOUND, "Lead not found"),
        AppError::NotFound(Missing::Campaign) => {
            message(StatusCode::NOT_FOUND, "Campaign not found")
        }
        AppError::NotFound(Missing::Call) => message(StatusCode::NOT_FOUND, "Call not found"),
        // No request of this dialect names one.
        AppError::NotFound(
            Missing::Subscription
            | Missing::Secret
            | Missing::Delivery
            | Missing::Note
            | Missing::Agent,
        ) => message(StatusCode::NOT_FOUND, "Not found"),
        AppError::Invalid(faults) => invalid(&faults),
        AppError::Conflict(conflict) => conflicting(conflict),
        AppError::Unavailable {
            retry_after_seconds,
        } => {
            let mut response = message(StatusCode::SERVICE_UNAVAILABLE, "Service unavailable");
            response
                .headers_mut()
                .insert(RETRY_AFTER, retry_after_seconds.into());
            response
        }
        AppError::StorageFull => message(StatusCode::INSUFFICIENT_STORAGE, "Storage is full"),
        AppError::Internal => message(StatusCode::INTERNAL_SERVER_ERROR, "Server Error"),
    }
}

fn conflicting(conflict: Conflict) -> Response {
    match conflict {
        // The vendor publishes no text for a duplicate; the field and the wording are ours.
        Conflict::Duplicate(
            Unique::Phone | Unique::CalledPhone | Unique::ExternalId | Unique::Email,
        ) => failed(&json!({
            wire::PHONE_NUMBER: ["A lead with this phone number already exists in the campaign"]
        })),
        Conflict::Locked
        | Conflict::CallActive
        | Conflict::VersionMismatch { .. }
        | Conflict::NotClaimable(_)
        | Conflict::FenceMismatch
        | Conflict::TooManyWaiting
        | Conflict::Disabled
        | Conflict::NoSecretKey
        | Conflict::CampaignOver
        | Conflict::AgentFixed
        | Conflict::LimitReached(_) => {
            message(StatusCode::CONFLICT, "The lead cannot be changed now")
        }
    }
}

/// The vendor's order: unknown fields, then the rules (all of them), then the phone number.
fn invalid(faults: &[Fault]) -> Response {
    let unknown: Vec<_> = faults
        .iter()
        .filter(|fault| fault.reason == Reason::UnknownMember)
        .map(|fault| member(&fault.at))
        .collect();
    if !unknown.is_empty() {
        let text = format!("Invalid fields: {}", unknown.join(", "));
        return (
            StatusCode::UNPROCESSABLE_ENTITY,
            Json(json!({"message": text})),
        )
            .into_response();
    }
    let mut errors = Map::new();
    for fault in faults
        .iter()
        .filter(|fault| fault.reason != Reason::InvalidPhone)
    {
        let name = member(&fault.at);
        let texts = errors
            .entry(name)
            .or_insert_with(|| Value::Array(Vec::new()));
        if let Value::Array(texts) = texts {
            texts.push(text(name, &fault.reason).into());
        }
    }
    if errors.is_empty() {
        return message(StatusCode::UNPROCESSABLE_ENTITY, "Invalid phone number");
    }
    failed(&Value::Object(errors))
}

fn failed(errors: &Value) -> Response {
    let body = json!({"message": "Validation failed", "errors": errors});
    (StatusCode::UNPROCESSABLE_ENTITY, Json(body)).into_response()
}

/// The vendor's name for the place of a fault.
fn member(at: &At) -> &str {
    match at {
        At::Member(member) => member,
        At::Field(LeadField::CampaignId) => wire::CAMPAIGN_ID,
        At::Field(LeadField::Phone) => wire::PHONE_NUMBER,
        At::Field(LeadField::DialStatus) => wire::STATUS,
        At::Field(LeadField::Variables) => wire::VARIABLES,
        // No edit of this dialect touches another field.
        At::Field(field) => field.name(),
    }
}

fn text(member: &str, reason: &Reason) -> String {
    // Laravel writes a field's name with blanks.
    let name = member.replace('_', " ");
    match reason {
        Reason::WrongType(_) if member == wire::VARIABLES => {
            "Variables must be an array".to_owned()
        }
        Reason::UnknownReference(_) => "The selected campaign does not exist".to_owned(),
        Reason::NotSettable => {
            "This status is assigned automatically and cannot be set manually".to_owned()
        }
        Reason::Required => format!("The {name} field is required."),
        Reason::WrongType(expected) => {
            format!("The {name} field must be of type {}.", expected.name())
        }
        Reason::TooLarge { bytes_max } => {
            format!("The {name} field must not be greater than {bytes_max} bytes.")
        }
        Reason::TooLong { chars_max } => {
            format!("The {name} field must not be greater than {chars_max} characters.")
        }
        Reason::TooMany { items_max } => {
            format!("The {name} field must not have more than {items_max} items.")
        }
        Reason::NotAllowed
        | Reason::UnknownMember
        | Reason::InvalidPhone
        | Reason::InvalidEmail
        | Reason::UnknownTimeZone
        | Reason::InvalidTime
        | Reason::WrongFieldType(_)
        | Reason::TransitionForbidden { .. }
        | Reason::UnlistedDisposition(_)
        | Reason::DispositionWithoutDecision
        | Reason::OutOfRange
        | Reason::NulCharacter
        | Reason::Contradiction(_)
        | Reason::Refused(_) => format!("The {name} field is invalid."),
    }
}

fn message(status: StatusCode, message: &'static str) -> Response {
    (status, Json(wire::Message { message })).into_response()
}
