//! NLPearl's envelope: `ValidationProblemDetails`, the one error schema of its document, for every status.
#![deny(clippy::wildcard_enum_match_arm)]

use std::collections::BTreeMap;

use app::{AppError, Conflict, Denial, Missing};
use axum::http::StatusCode;
use axum::http::header::RETRY_AFTER;
use axum::response::Response;
use domain::fault::{At, Fault, Reason};
use domain::lead::LeadField;

use super::{quirks, wire};
use crate::failure::{Failure, retry_after};

/// The answer to what went wrong. The document knows 400 only; the other statuses are HTTP's.
pub(super) fn respond(failure: Failure) -> Response {
    match failure {
        Failure::NoRoute => problem(StatusCode::NOT_FOUND, "No operation has this path."),
        Failure::MethodNotAllowed => problem(
            StatusCode::METHOD_NOT_ALLOWED,
            "The operation at this path has another method; see the Allow header.",
        ),
        Failure::TooLarge => problem(StatusCode::PAYLOAD_TOO_LARGE, "The body is too large."),
        Failure::BodyIncomplete => problem(
            StatusCode::REQUEST_TIMEOUT,
            "The body did not arrive completely or in time.",
        ),
        Failure::UnsupportedMediaType => problem(
            StatusCode::UNSUPPORTED_MEDIA_TYPE,
            "The content type must be application/json, text/json or application/*+json.",
        ),
        // .NET's name for the whole body.
        Failure::Malformed(how) => one_error(StatusCode::BAD_REQUEST, "$", how),
        Failure::TooManyRequests {
            retry_after_seconds,
        }
        | Failure::Blocked {
            retry_after_seconds,
        } => retry_after(
            problem(
                StatusCode::TOO_MANY_REQUESTS,
                "Too many requests; try again later.",
            ),
            retry_after_seconds,
        ),
        Failure::App(error) => refused(error),
    }
}

fn refused(error: AppError) -> Response {
    match error {
        AppError::Unauthenticated => problem(
            StatusCode::UNAUTHORIZED,
            "Send one header Authorization: Bearer AccountId:SecretKey with both parts of a key \
             that is not revoked.",
        ),
        AppError::Denied(Denial::Read) => forbidden("This key may not read."),
        AppError::Denied(Denial::Write) => forbidden("This key may not write."),
        AppError::Denied(Denial::Dialect) => forbidden("This key is not for this API."),
        AppError::Denied(Denial::Scope) => forbidden("This key is limited to some pearls."),
        AppError::Denied(Denial::Workspace) => forbidden("This key is of another account."),
        AppError::NotFound(missing) => not_found(missing),
        AppError::Invalid(faults) => invalid(&faults),
        AppError::Conflict(Conflict::CampaignOver) => problem(
            StatusCode::CONFLICT,
            "The pearl is over and cannot be run again.",
        ),
        // No request of this dialect has a guard that could refuse it.
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
            | Conflict::AgentFixed
            | Conflict::LimitReached(_),
        ) => problem(StatusCode::CONFLICT, "The lead cannot be changed now."),
        AppError::Unavailable {
            retry_after_seconds,
        } => {
            let mut response = problem(
                StatusCode::SERVICE_UNAVAILABLE,
                "Too many requests are waiting; try again later.",
            );
            response
                .headers_mut()
                .insert(RETRY_AFTER, retry_after_seconds.into());
            response
        }
        AppError::StorageFull => problem(StatusCode::INSUFFICIENT_STORAGE, "The disk is full."),
        AppError::Internal => problem(StatusCode::INTERNAL_SERVER_ERROR, "An error occurred."),
    }
}

fn forbidden(detail: &'static str) -> Response {
    problem(StatusCode::FORBIDDEN, detail)
}

fn not_found(missing: Missing) -> Response {
    let (name, text) = match missing {
        Missing::Lead => (wire::LEAD_ID, "The pearl has no such lead."),
        Missing::Campaign => (wire::PEARL_ID, "There is no such pearl."),
        Missing::Call => (wire::CALL_ID, "There is no such call."),
        // No request of this dialect names one.
        Missing::Subscription
        | Missing::Secret
        | Missing::Delivery
        | Missing::Note
        | Missing::Agent => ("$", "There is no such object."),
    };
    one_error(StatusCode::NOT_FOUND, name, text)
}

fn invalid(faults: &[Fault]) -> Response {
    let mut errors = BTreeMap::<_, Vec<_>>::new();
    for fault in faults {
        let name = member(&fault.at);
        let texts = errors.entry(name.to_owned()).or_default();
        texts.push(text(name, &fault.reason));
    }
    problem_with(StatusCode::BAD_REQUEST, None, errors)
}

/// The vendor's name for the place of a fault.
pub(super) fn member(at: &At) -> &str {
    match at {
        At::Member(member) => member,
        At::Field(LeadField::Phone) => wire::PHONE_NUMBER,
        At::Field(LeadField::ExternalId) => wire::EXTERNAL_ID,
        At::Field(LeadField::TimeZone) => wire::TIME_ZONE_ID,
        At::Field(LeadField::Variables) => wire::CALL_DATA,
        At::Field(LeadField::DialStatus) => wire::STATUS,
        At::Field(LeadField::CampaignId) => wire::PEARL_ID,
        // No edit of this dialect touches another field.
        At::Field(field) => field.name(),
    }
}

fn text(member: &str, reason: &Reason) -> String {
    match reason {
        Reason::UnknownMember => format!("There is no field {member}."),
        Reason::Required => format!("The {member} field is required."),
        Reason::WrongType(_) | Reason::NotAllowed if member == wire::STATUS => {
            "The status must be one of the integers 1, 10, 100, 110 and 130.".to_owned()
        }
        Reason::WrongType(expected) => {
            format!("The JSON value is not of type {}.", expected.name())
        }
        Reason::NotSettable => "The lead is blacklisted; its status cannot be changed.".to_owned(),
        Reason::InvalidPhone => "The phone number is not valid; write it as +, country code and \
                                 number."
            .to_owned(),
        Reason::UnknownTimeZone => {
            "There is no Windows time zone with this id, and no IANA time zone.".to_owned()
        }
        Reason::TooLong { chars_max } => {
            format!("The {member} field must have at most {chars_max} characters.")
        }
        Reason::TooMany { items_max } => {
            format!("The {member} field must have at most {items_max} items.")
        }
        Reason::TooLarge { bytes_max } => {
            format!("The {member} field must have at most {bytes_max} bytes.")
        }
        Reason::OutOfRange if member.ends_with(wire::END) => {
            "The end must be later than the start, and not later than 24:00.".to_owned()
        }
        Reason::OutOfRange => {
            let range = quirks::range(member);
            let (min, max) = (range.start(), range.end());
            format!("The field {member} must be between {min} and {max}.")
        }
        Reason::InvalidTime => {
            format!("The {member} field must be a date and time, such as 2026-01-31T09:00:00Z.")
        }
        Reason::NotAllowed => not_allowed(member),
        Reason::Refused(why) => format!("Invalid Webhook URL: {why}."),
        Reason::NulCharacter => "The character U+0000 is not allowed.".to_owned(),
        Reason::InvalidEmail
        | Reason::UnknownReference(_)
        | Reason::WrongFieldType(_)
        | Reason::TransitionForbidden { .. }
        | Reason::UnlistedDisposition(_)
        | Reason::DispositionWithoutDecision
        | Reason::Contradiction(_) => format!("The {member} field is invalid."),
    }
}

/// What may stand there instead.
fn not_allowed(member: &str) -> String {
    match member.rsplit('.').next().unwrap_or(member) {
        wire::STATUSES => "There is no status with this number.".to_owned(),
        wire::SORT_PROP => "Leads are sorted by created, status, phoneNumber or externalId, calls \
                            by startTime."
            .to_owned(),
        wire::DAY => {
            "The day must be an integer from 0, Sunday, to 6, Saturday, or its name.".to_owned()
        }
        wire::START | wire::END => "The time must be written as HH:mm.".to_owned(),
        _ => format!("The {member} field is invalid."),
    }
}

fn one_error(status: StatusCode, name: &str, text: &str) -> Response {
    let errors = BTreeMap::from([(name.to_owned(), vec![text.to_owned()])]);
    problem_with(status, None, errors)
}

fn problem(status: StatusCode, detail: &'static str) -> Response {
    problem_with(status, Some(detail), BTreeMap::new())
}

fn problem_with(
    status: StatusCode,
    detail: Option<&'static str>,
    errors: BTreeMap<String, Vec<String>>,
) -> Response {
    let title = if status == StatusCode::BAD_REQUEST {
        "One or more validation errors occurred."
    } else {
        status.canonical_reason().unwrap_or("Error")
    };
    let problem = wire::Problem {
        type_uri: type_uri(status),
        title,
        status: status.as_u16(),
        detail,
        errors,
    };
    quirks::answer(status, &problem)
}

/// The section of the RFC that defines the status, as ASP.NET writes it.
fn type_uri(status: StatusCode) -> String {
    let section = match status.as_u16() {
        507 => return "https://tools.ietf.org/html/rfc4918#section-11.5".to_owned(),
        503 => "15.6.4",
        500 => "15.6.1",
        415 => "15.5.16",
        413 => "15.5.14",
        409 => "15.5.10",
        408 => "15.5.9",
        405 => "15.5.6",
        404 => "15.5.5",
        403 => "15.5.4",
        401 => "15.5.2",
        _ => "15.5.1",
    };
    format!("https://tools.ietf.org/html/rfc9110#section-{section}")
}

#[cfg(test)]
mod tests;
