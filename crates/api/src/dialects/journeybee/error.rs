//! JourneyBee's envelope: `{"error": "<text>"}`. The vendor documents no body for a faulty field; the text
//! names each of them.
#![deny(clippy::wildcard_enum_match_arm)]

use app::{AppError, Conflict, Counted, Denial, Missing};
use axum::Json;
use axum::http::StatusCode;
use axum::http::header::RETRY_AFTER;
use axum::response::{IntoResponse, Response};
use domain::custom_field::{Association, FieldType};
use domain::fault::{At, Fault, JsonType, Reason};
use domain::lead::LeadField;
use domain::limits::JOURNEYBEE_PAGE_MAX;

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

/// As [`respond`], in the words of a deletion: a lead that is not there is not said to be inaccessible, but deleted.
pub(super) fn respond_to_deletion(failure: Failure) -> Response {
    if failure == Failure::App(AppError::NotFound(Missing::Lead)) {
        return error(StatusCode::NOT_FOUND, "Lead not found or already deleted");
    }
    respond(failure)
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
        AppError::NotFound(Missing::Note) => {
            error(StatusCode::NOT_FOUND, "Note not found or not accessible")
        }
        // No request of this dialect names one.
        AppError::NotFound(
            Missing::Subscription | Missing::Secret | Missing::Delivery | Missing::Agent,
        ) => error(StatusCode::NOT_FOUND, "Not found"),
        AppError::Invalid(faults) => {
            let texts: Vec<_> = faults.iter().map(text).collect();
            error(StatusCode::BAD_REQUEST, texts.join("; "))
        }
        AppError::Conflict(Conflict::LimitReached(what)) => {
            error(StatusCode::CONFLICT, limit_reached(what))
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
            | Conflict::AgentFixed,
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

const fn limit_reached(what: Counted) -> &'static str {
    match what {
        Counted::Tags => "The company has as many tags as it may have",
        Counted::Fields => "The company has as many custom fields as it may have",
        Counted::Notes => "The lead has as many notes as it may have",
        // No request of this dialect adds one.
        Counted::Campaigns | Counted::Users | Counted::Keys => {
            "The company has as many of these as it may have"
        }
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
        Reason::InvalidTime => {
            format!("{name} must be an ISO 8601 time such as 2024-01-15T14:30:00Z")
        }
        Reason::OutOfRange if name == wire::PAGE => format!("{name} must be 1 or more"),
        Reason::OutOfRange => format!("{name} must be from 1 to {JOURNEYBEE_PAGE_MAX}"),
        Reason::NulCharacter => format!("{name} must not contain the character U+0000"),
        Reason::Contradiction(other) => {
            format!("{name} cannot be used together with {other}; use page")
        }
        Reason::NotSettable
        | Reason::UnknownTimeZone
        | Reason::TransitionForbidden { .. }
        | Reason::UnlistedDisposition(_)
        | Reason::DispositionWithoutDecision
        | Reason::Refused(_) => format!("{name} is not valid"),
    }
}

fn not_allowed(name: &str) -> String {
    let words = match name {
        wire::STATUS => "new, contacted, qualified, converted, lost".to_owned(),
        wire::ASSOCIATION_TYPE => quirks::ASSOCIATION_TYPES.join(", "),
        wire::SOURCE => quirks::SOURCES.join(", "),
        wire::VIEW => quirks::VIEWS.join(", "),
        wire::ASSIGNED | wire::UNASSIGNED => "1, 0".to_owned(),
        wire::ASSOCIATION => Association::ALL.map(Association::name).join(", "),
        wire::CATEGORY => quirks::CATEGORIES.join(", "),
        wire::PARTNER_TYPE => quirks::PARTNER_TYPES.join(", "),
        wire::BACKGROUND_COLOR | wire::TEXT_COLOR => {
            return format!("{name} must be a hex color such as #6B7280");
        }
        wire::OPTIONS => {
            return format!("{name} is for the types select and multi_select only");
        }
        name if quirks::NOT_SERVED.contains(&name) => {
            return format!("{name} is not supported by this server");
        }
        name if name.starts_with(wire::SORT) => wire::STATUS.to_owned(),
        // What is left is the type of a custom field.
        _ => FieldType::ALL.map(FieldType::name).join(", "),
    };
    format!("{name} must be one of: {words}")
}

fn unknown(name: &str, what: &str) -> String {
    match name {
        wire::TAGS => format!("{name}: there is no lead tag {what}"),
        wire::ASSIGNED_USERS | wire::USER_ID | wire::USERS | wire::MENTIONS => {
            format!("{name}: there is no user {what}")
        }
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
