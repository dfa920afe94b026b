//! DialNexa's envelope: `statusCode`, `message` (a list if several fields fail), `error`.
#![deny(clippy::wildcard_enum_match_arm)]

use app::{AppError, Conflict, Counted, Missing};
use axum::Json;
use axum::http::StatusCode;
use axum::http::header::RETRY_AFTER;
use axum::response::{IntoResponse, Response};
use domain::fault::{At, Fault, JsonType, Reason};
use domain::lead::LeadField;

use super::{quirks, wire};
use crate::failure::{Failure, retry_after};

/// The answer to what went wrong, in the vendor's words where it publishes some.
pub(super) fn respond(failure: Failure) -> Response {
    match failure {
        Failure::NoRoute => problem(StatusCode::NOT_FOUND, "Route not found"),
        Failure::MethodNotAllowed => problem(StatusCode::METHOD_NOT_ALLOWED, "Method not allowed"),
        Failure::TooLarge => problem(StatusCode::PAYLOAD_TOO_LARGE, "Request body is too large"),
        Failure::BodyIncomplete => {
            problem(StatusCode::REQUEST_TIMEOUT, "Request body is incomplete")
        }
        Failure::UnsupportedMediaType => problem(
            StatusCode::UNSUPPORTED_MEDIA_TYPE,
            "Content-Type must be application/json",
        ),
        Failure::Malformed(how) => problem(StatusCode::BAD_REQUEST, how),
        Failure::TooManyRequests {
            retry_after_seconds,
        }
        | Failure::Blocked {
            retry_after_seconds,
        } => retry_after(
            problem(
                StatusCode::TOO_MANY_REQUESTS,
                "Too many requests. Please slow down and retry after a moment.",
            ),
            retry_after_seconds,
        ),
        Failure::App(error) => refused(error),
    }
}

fn refused(error: AppError) -> Response {
    match error {
        AppError::Unauthenticated => problem(StatusCode::UNAUTHORIZED, "Unauthorized"),
        AppError::Denied(_) => problem(
            StatusCode::FORBIDDEN,
            "You do not have permission to access this resource",
        ),
        AppError::NotFound(Missing::Lead) => {
            problem(StatusCode::NOT_FOUND, "Campaign lead not found")
        }
        AppError::NotFound(Missing::Campaign) => {
            problem(StatusCode::NOT_FOUND, "Campaign not found")
        }
        AppError::NotFound(Missing::Call) => problem(StatusCode::NOT_FOUND, "Call log not found"),
        AppError::NotFound(Missing::Subscription) => {
            problem(StatusCode::NOT_FOUND, "Webhook not found")
        }
        // No request of this dialect names one.
        AppError::NotFound(
            Missing::Secret | Missing::Delivery | Missing::Note | Missing::Agent,
        ) => problem(StatusCode::NOT_FOUND, "Not found"),
        AppError::Invalid(faults) => invalid(&faults),
        AppError::Conflict(conflict) => conflicting(conflict),
        AppError::Unavailable {
            retry_after_seconds,
        } => {
            let mut response = problem(
                StatusCode::SERVICE_UNAVAILABLE,
                "Service unavailable. Please retry after a moment.",
            );
            response
                .headers_mut()
                .insert(RETRY_AFTER, retry_after_seconds.into());
            response
        }
        AppError::StorageFull => problem(StatusCode::INSUFFICIENT_STORAGE, "Storage is full"),
        AppError::Internal => problem(StatusCode::INTERNAL_SERVER_ERROR, "Internal server error"),
    }
}

/// The vendor publishes no text of a 409; these are in the words of its pages.
fn conflicting(conflict: Conflict) -> Response {
    let text = match conflict {
        Conflict::Locked => "Lead has already been dialled and its data is locked",
        Conflict::CampaignOver => "Campaign is already completed or cancelled",
        Conflict::AgentFixed => "agent_id cannot be changed once a call has been placed",
        Conflict::LimitReached(counted) => limit_reached(counted),
        Conflict::NoSecretKey => "Webhooks cannot be signed: the server has no secret key",
        Conflict::CallActive
        | Conflict::VersionMismatch { .. }
        | Conflict::Duplicate(_)
        | Conflict::NotClaimable(_)
        | Conflict::FenceMismatch
        | Conflict::TooManyWaiting
        | Conflict::Disabled => "The lead cannot be changed now",
    };
    problem(StatusCode::CONFLICT, text)
}

const fn limit_reached(counted: Counted) -> &'static str {
    match counted {
        Counted::Campaigns => "The workspace has as many campaigns as it may have",
        Counted::Keys => "The workspace has as many API keys as it may have",
        // No request of this dialect makes one.
        Counted::Tags | Counted::Fields | Counted::Users | Counted::Notes => {
            "The workspace has as many of these as it may have"
        }
    }
}

/// Nothing goes on with faulty input.
pub(super) fn refuse(faults: Vec<Fault>) -> Result<(), AppError> {
    if faults.is_empty() {
        Ok(())
    } else {
        Err(AppError::Invalid(faults))
    }
}

fn invalid(faults: &[Fault]) -> Response {
    let mut texts: Vec<_> = faults
        .iter()
        .map(|fault| text(member(&fault.at), &fault.reason))
        .collect();
    let message = if texts.len() == 1 {
        wire::Messages::One(texts.remove(0))
    } else {
        wire::Messages::Many(texts)
    };
    problem_with(StatusCode::BAD_REQUEST, message)
}

/// What is wrong with a row of an upload.
pub(super) fn row_text(fault: &Fault) -> String {
    let text = text(member(&fault.at), &fault.reason);
    if fault.reason == Reason::InvalidPhone {
        // The vendor's own grouping names the reason so.
        return format!("Invalid phone number: {text}");
    }
    text
}

/// The answer to an upload with faulty rows: a text for each reason, and the same for a program.
pub(super) fn refuse_rows(errors: Vec<wire::uploads::RowErrors>) -> Response {
    let mut texts: Vec<_> = errors.iter().map(rows_text).collect();
    let message = if texts.len() == 1 {
        wire::Messages::One(texts.remove(0))
    } else {
        wire::Messages::Many(texts)
    };
    let status = StatusCode::BAD_REQUEST;
    let problem = wire::Problem {
        errors,
        ..problem_of(status, message)
    };
    (status, Json(problem)).into_response()
}

fn rows_text(errors: &wire::uploads::RowErrors) -> String {
    /// A person reads these.
    const NAMED_MAX: usize = 10;
    let named: Vec<_> = errors.rows.iter().take(NAMED_MAX).collect();
    let rows: Vec<_> = named.iter().map(ToString::to_string).collect();
    let rest = match errors.count - named.len() {
        0 => String::new(),
        rest => format!(" and {rest} more"),
    };
    format!("{} (rows {}{rest})", errors.reason, rows.join(", "))
}

/// The vendor's name for the place of a fault.
fn member(at: &At) -> &str {
    match at {
        At::Member(member) => member,
        At::Field(LeadField::Phone) => wire::PHONE_NUMBER,
        At::Field(LeadField::Variables) => wire::METADATA,
        At::Field(LeadField::Notes) => wire::NOTES,
        At::Field(LeadField::Name) => wire::NAME,
        At::Field(LeadField::CampaignId) => wire::CAMPAIGN_ID,
        // No edit of this dialect touches another field.
        At::Field(field) => field.name(),
    }
}

/// In the style of the vendor's own texts, `phone_number must be …` and `agent_id should not be empty`.
fn text(member: &str, reason: &Reason) -> String {
    match reason {
        Reason::Required => format!("{member} should not be empty"),
        Reason::InvalidPhone => format!("{member} must be in E.164 format"),
        Reason::WrongType(_) if member == wire::NOTES => {
            "notes must be a string or an object".to_owned()
        }
        Reason::WrongType(JsonType::Text) if member.contains('.') => {
            format!("{member} must be a string, a number or a boolean")
        }
        Reason::WrongType(JsonType::Object) => format!("{member} must be an object"),
        Reason::WrongType(JsonType::Array) => format!("{member} must be an array of strings"),
        Reason::WrongType(JsonType::Integer) => format!("{member} must be an integer number"),
        Reason::WrongType(JsonType::Boolean) => format!("{member} must be a boolean value"),
        Reason::WrongType(expected) => format!("{member} must be a {}", expected.name()),
        Reason::TooMany { items_max } => format!("{member} must have at most {items_max} keys"),
        Reason::TooLong { chars_max } => {
            format!("{member} must be shorter than or equal to {chars_max} characters")
        }
        Reason::TooLarge { bytes_max } => {
            format!("{member} must be smaller than or equal to {bytes_max} bytes")
        }
        Reason::Contradiction(other) if member == quirks::CAMEL_PHONE_NUMBER => {
            format!("{member} with countryCode and {other} must be the same number")
        }
        Reason::Contradiction(other) => format!("{member} and {other} must be the same"),
        Reason::NulCharacter => format!("{member} must not contain U+0000"),
        Reason::UnknownMember => format!("property {member} should not exist"),
        Reason::InvalidTime => format!("{member} must be a valid ISO 8601 date string"),
        Reason::OutOfRange => format!("{member} is out of range"),
        Reason::NotAllowed => not_allowed(member),
        Reason::Refused(why) => format!("{member} {why}"),
        Reason::NotSettable
        | Reason::InvalidEmail
        | Reason::UnknownTimeZone
        | Reason::UnknownReference(_)
        | Reason::WrongFieldType(_)
        | Reason::TransitionForbidden { .. }
        | Reason::UnlistedDisposition(_)
        | Reason::DispositionWithoutDecision => format!("{member} is not valid"),
    }
}

/// Which values a member takes.
fn not_allowed(member: &str) -> String {
    match member {
        wire::STATUS => format!("{member} is not one of the documented values"),
        "created_at" => format!("{member} must be one of: asc, desc"),
        wire::webhooks::EVENTS => "each value in events must be a documented event".to_owned(),
        wire::webhooks::SECRET => {
            format!("{member} must have 8 to 255 visible ASCII characters")
        }
        _ => format!("{member} is not valid"),
    }
}

fn problem(status: StatusCode, message: &str) -> Response {
    problem_with(status, wire::Messages::One(message.to_owned()))
}

fn problem_with(status: StatusCode, message: wire::Messages) -> Response {
    (status, Json(problem_of(status, message))).into_response()
}

fn problem_of(status: StatusCode, message: wire::Messages) -> wire::Problem {
    wire::Problem {
        status_code: status.as_u16(),
        message,
        error: status.canonical_reason().unwrap_or("Error"),
        errors: Vec::new(),
    }
}

#[cfg(test)]
mod tests;
