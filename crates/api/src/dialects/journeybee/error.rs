//! JourneyBee's envelope: `{"error": "<text>"}`. The vendor documents no body for a faulty field; the text
//! names each of them.
#![deny(clippy::wildcard_enum_match_arm)]

use app::{AppError, Conflict, Denial, Missing};
use axum::Json;
use axum::http::StatusCode;
use axum::http::header::RETRY_AFTER;
use axum::response::{IntoResponse, Response};
use domain::fault::{At, Fault, JsonType, Reason};
use domain::lead::LeadField;

use super::{quirks, wire};
use crate::failure::{Failure, retry_after};

/// The answer to what went wrong. Every arm is a case the vendor documents, or the nearest it has.
pub(super) fn respond(failure: Failure) -> Response {
    match failure {
        Failure::NoRoute => error(StatusCode::NOT_FOUND, "Not found"),
        Failure::MethodNotAllowed => error(StatusCode::METHOD_NOT_ALLOWED, "Method not allowed"),
        Failure::TooLarge => error(StatusCode::PAYLOAD_TOO_LARGE, "The request is too large"),
        Failure::BodyIncomplete => error(StatusCode::REQUEST_TIMEOUT, "The request is incomplete"),
        Failure::UnsupportedMediaType => error(
            StatusCode::BAD_REQUEST,
            "The content type must be application/json",
        ),
        Failure::Malformed(how) => error(StatusCode::BAD_REQUEST, how),
        Failure::TooManyRequests {
            retry_after_seconds,
        }
        | Failure::Blocked {
            retry_after_seconds,
        } => retry_after(
            error(StatusCode::TOO_MANY_REQUESTS, "Too many requests"),
            retry_after_seconds,
        ),
        Failure::App(refusal) => refused(refusal),
    }
}

fn refused(refusal: AppError) -> Response {
    match refusal {
        AppError::Unauthenticated => error(
            StatusCode::UNAUTHORIZED,
            "Invalid API key or insufficient permissions",
        ),
        AppError::Denied(Denial::Write) => error(
            StatusCode::FORBIDDEN,
            "Write access required for this operation",
        ),
        AppError::Denied(Denial::Read) => error(
            StatusCode::FORBIDDEN,
            "Read access required for this operation",
        ),
        AppError::Denied(Denial::Dialect | Denial::Scope) => error(
            StatusCode::FORBIDDEN,
            "This API key may not be used with this API",
        ),
        // A foreign company looks like one that does not exist.
        AppError::NotFound(Missing::Lead | Missing::Call) | AppError::Denied(Denial::Workspace) => {
            error(StatusCode::NOT_FOUND, "Lead not found or not accessible")
        }
        AppError::NotFound(Missing::Campaign) => error(
            StatusCode::NOT_FOUND,
            "Campaign not found or not accessible",
        ),
        // No request of this dialect names one.
        AppError::NotFound(
            Missing::Subscription
            | Missing::Secret
            | Missing::Delivery
            | Missing::Note
            | Missing::Agent,
        ) => error(StatusCode::NOT_FOUND, "Not found"),
        AppError::Invalid(faults) => {
            let texts: Vec<_> = faults.iter().map(text).collect();
            error(StatusCode::BAD_REQUEST, texts.join("; "))
        }
        // No request of this dialect asks for what these refuse.
        AppError::Conflict(
            Conflict::Locked
            | Conflict::CallActive
            | Conflict::VersionMismatch { .. }
            | Conflict::Duplicate(_)
            | Conflict::NotClaimable(_)
            | Conflict::FenceMismatch
            | Conflict::TooManyWaiting
            | Conflict::Disabled
            | Conflict::NoSecretKey
            | Conflict::CampaignOver
            | Conflict::AgentFixed
            | Conflict::LimitReached(_),
        ) => error(StatusCode::CONFLICT, "The lead cannot be changed now"),
        AppError::Unavailable {
            retry_after_seconds,
        } => {
            let mut response = error(StatusCode::SERVICE_UNAVAILABLE, "Service unavailable");
            response
                .headers_mut()
                .insert(RETRY_AFTER, retry_after_seconds.into());
            response
        }
        AppError::StorageFull => error(StatusCode::INSUFFICIENT_STORAGE, "Storage is full"),
        AppError::Internal => error(StatusCode::INTERNAL_SERVER_ERROR, "Internal server error"),
    }
}

/// The vendor's name for the place of a fault.
fn member(at: &At) -> &str {
    match at {
        At::Member(member) => member,
        At::Field(LeadField::Phone) => wire::PHONE_NUMBER,
        At::Field(LeadField::Stage) => wire::STATUS,
        At::Field(LeadField::AssignedUsers) => wire::ASSIGNED_USERS,
        At::Field(LeadField::CustomFields) => wire::CUSTOM_FIELDS,
        At::Field(LeadField::CampaignId) => wire::COMPANY_CAMPAIGN_ID,
        At::Field(LeadField::Variables) => wire::SOURCE,
        // The others have the vendor's names, or no edit of this dialect touches them.
        At::Field(field) => field.name(),
    }
}

fn text(fault: &Fault) -> String {
    let name = member(&fault.at);
    match &fault.reason {
        Reason::UnknownMember => format!("{name} is not a field of this request"),
        Reason::Required => format!("{name} is required"),
        Reason::WrongType(expected) => format!("{name} must be {}", article(*expected)),
        Reason::NotAllowed => not_allowed(name),
        Reason::InvalidPhone => format!("{name} must be a valid phone number"),
        Reason::InvalidEmail => format!("{name} must be a valid email address"),
        Reason::UnknownReference(what) => unknown(name, what),
        Reason::WrongFieldType(field) => {
            format!("{name}: the value does not match the definition of custom field {field}")
        }
        Reason::TooLong { chars_max } => {
            format!("{name} must not be longer than {chars_max} characters")
        }
        Reason::TooMany { items_max } => {
            format!("{name} must not have more than {items_max} items")
        }
        Reason::TooLarge { bytes_max } => {
            format!("{name} must not be larger than {bytes_max} bytes")
        }
        Reason::NotSettable
        | Reason::UnknownTimeZone
        | Reason::InvalidTime
        | Reason::TransitionForbidden { .. }
        | Reason::UnlistedDisposition(_)
        | Reason::DispositionWithoutDecision
        | Reason::OutOfRange
        | Reason::NulCharacter
        | Reason::Contradiction(_)
        | Reason::Refused(_) => format!("{name} is not valid"),
    }
}

fn not_allowed(name: &str) -> String {
    let words = match name {
        wire::STATUS => "new, contacted, qualified, converted, lost".to_owned(),
        wire::ASSOCIATION_TYPE => quirks::ASSOCIATION_TYPES.join(", "),
        wire::SOURCE => quirks::SOURCES.join(", "),
        name if quirks::NOT_SERVED.contains(&name) => {
            return format!("{name} is not supported by this server");
        }
        // What is left is the type of a custom field.
        _ => "text, textarea, number, date, boolean, select, multi_select".to_owned(),
    };
    format!("{name} must be one of: {words}")
}

fn unknown(name: &str, what: &str) -> String {
    match name {
        wire::TAGS => format!("{name}: there is no lead tag {what}"),
        wire::ASSIGNED_USERS => format!("{name}: there is no user {what}"),
        wire::COMPANY_CAMPAIGN_ID => format!("{name}: there is no campaign {what}"),
        wire::STATUS => format!("{name}: the lead's campaign has no stage for {what}"),
        // What is left is a custom field, by its own member or by its list.
        _ => format!("{name}: there is no lead custom field {what}"),
    }
}

const fn article(expected: JsonType) -> &'static str {
    match expected {
        JsonType::Text => "a string",
        JsonType::Integer => "an integer",
        JsonType::Number => "a number",
        JsonType::Boolean => "a boolean",
        JsonType::Object => "an object",
        JsonType::Array => "an array",
    }
}

fn error(status: StatusCode, error: impl Into<String>) -> Response {
    let error = error.into();
    (status, Json(wire::Error { error })).into_response()
}
