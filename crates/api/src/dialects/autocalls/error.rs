//! Autocalls' envelope: `message`, and for rule failures `errors`, an object of lists of texts.
#![deny(clippy::wildcard_enum_match_arm)]

mod texts;

use app::{AppError, Conflict, Counted, Denial, Missing};
use axum::Json;
use axum::http::StatusCode;
use axum::http::header::RETRY_AFTER;
use axum::response::{IntoResponse, Response};
use domain::fault::{At, Fault, Reason, Unique};
use domain::lead::LeadField;
use serde_json::{Map, Value, json};

use super::wire;
use crate::failure::{Failure, retry_after};

/// On which of the vendor's pages the request is described: they do not word everything alike.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Page {
    /// Everything about one lead.
    Lead,
    /// Lists and what else has no words of its own.
    Other,
    CreateCampaign,
    UpdateStatus,
    DeleteCall,
}

/// The answer to what went wrong, where the page has no words of its own.
pub(super) fn respond(failure: Failure) -> Response {
    respond_on(Page::Other, failure)
}

/// The answer to what went wrong. Every arm is a case the vendor documents, or the nearest it has.
pub(super) fn respond_on(page: Page, failure: Failure) -> Response {
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
        Failure::App(error) => refused(page, error),
    }
}

fn refused(page: Page, error: AppError) -> Response {
    match error {
        AppError::Unauthenticated => message(StatusCode::UNAUTHORIZED, "Unauthenticated."),
        AppError::Denied(
            Denial::Read | Denial::Write | Denial::Dialect | Denial::Workspace | Denial::Scope,
        ) => message(StatusCode::FORBIDDEN, "This action is unauthorized."),
        AppError::NotFound(missing) => not_found(page, missing),
        AppError::Invalid(faults) => invalid(page, &faults),
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

fn not_found(page: Page, missing: Missing) -> Response {
    let text = match (missing, page) {
        (Missing::Lead, _) => "Lead not found",
        (Missing::Campaign, Page::UpdateStatus) => {
            return unsuccessful(StatusCode::NOT_FOUND, "Campaign not found.");
        }
        (Missing::Campaign, _) => "Campaign not found",
        (Missing::Call, Page::DeleteCall) => {
            "Call not found or does not belong to the authenticated user"
        }
        (Missing::Call, _) => "Call not found",
        (Missing::Agent, Page::CreateCampaign) => {
            "Assistant not found or not an outbound assistant."
        }
        (Missing::Agent, _) => "Assistant not found",
        // No request of this dialect names one.
        (Missing::Subscription | Missing::Secret | Missing::Delivery | Missing::Note, _) => {
            "Not found"
        }
    };
    message(StatusCode::NOT_FOUND, text)
}

fn conflicting(conflict: Conflict) -> Response {
    match conflict {
        // The vendor publishes no text for a duplicate; the field and the wording are ours.
        Conflict::Duplicate(
            Unique::Phone | Unique::CalledPhone | Unique::ExternalId | Unique::Email,
        ) => failed(
            Page::Lead,
            &json!({
                wire::PHONE_NUMBER: ["A lead with this phone number already exists in the campaign"]
            }),
        ),
        Conflict::LimitReached(
            Counted::Campaigns
            | Counted::Tags
            | Counted::Fields
            | Counted::Users
            | Counted::Notes
            | Counted::Keys,
        ) => message(
            StatusCode::FORBIDDEN,
            "You have reached the maximum number of campaigns allowed by your plan.",
        ),
        // Of the requests here only one ends on a campaign that is over, and one on a call that is not.
        Conflict::CampaignOver => unsuccessful(StatusCode::BAD_REQUEST, "The campaign is over."),
        Conflict::CallActive => message(
            StatusCode::CONFLICT,
            "A call that is in progress cannot be deleted",
        ),
        Conflict::Locked
        | Conflict::VersionMismatch { .. }
        | Conflict::NotClaimable(_)
        | Conflict::FenceMismatch
        | Conflict::TooManyWaiting
        | Conflict::Disabled
        | Conflict::NoSecretKey
        | Conflict::AgentFixed => message(StatusCode::CONFLICT, "The lead cannot be changed now"),
    }
}

/// The vendor's order: unknown fields, then the rules (all of them), then the phone number.
fn invalid(page: Page, faults: &[Fault]) -> Response {
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
    if faults.iter().all(is_wrong_action) {
        let text = "Invalid action. Must be either 'start' or 'stop'.";
        return unsuccessful(StatusCode::BAD_REQUEST, text);
    }
    let mut errors = Map::new();
    for fault in faults.iter().filter(|fault| !is_wrong_phone(fault)) {
        let name = member(&fault.at);
        let texts = errors
            .entry(name)
            .or_insert_with(|| Value::Array(Vec::new()));
        if let Value::Array(texts) = texts {
            texts.push(texts::text(name, &fault.reason).into());
        }
    }
    if errors.is_empty() {
        return message(StatusCode::UNPROCESSABLE_ENTITY, "Invalid phone number");
    }
    failed(page, &Value::Object(errors))
}

fn is_wrong_action(fault: &Fault) -> bool {
    member(&fault.at) == wire::ACTION
}

/// The lead's own number is the one fault that has an answer of its own.
fn is_wrong_phone(fault: &Fault) -> bool {
    fault.reason == Reason::InvalidPhone && member(&fault.at) == wire::PHONE_NUMBER
}

fn failed(page: Page, errors: &Value) -> Response {
    let message = match page {
        Page::Lead => "Validation failed",
        Page::Other | Page::CreateCampaign | Page::UpdateStatus | Page::DeleteCall => {
            "The given data was invalid."
        }
    };
    let body = json!({"message": message, "errors": errors});
    (StatusCode::UNPROCESSABLE_ENTITY, Json(body)).into_response()
}

/// The vendor's name for the place of a fault.
fn member(at: &At) -> &str {
    match at {
        At::Field(LeadField::CampaignId) => wire::CAMPAIGN_ID,
        At::Field(LeadField::Phone) => wire::PHONE_NUMBER,
        At::Field(LeadField::DialStatus) => wire::STATUS,
        At::Field(LeadField::Variables) => wire::VARIABLES,
        At::Field(LeadField::Contacts) => wire::SECONDARY_CONTACTS,
        // As a subscription names it.
        At::Member(member) if member == "url" => wire::WEBHOOK_URL,
        At::Member(member) => member,
        // No edit of this dialect touches another field.
        At::Field(field) => field.name(),
    }
}

fn message(status: StatusCode, message: &'static str) -> Response {
    (status, Json(wire::Message { message })).into_response()
}

/// As the page on starting and stopping says no.
fn unsuccessful(status: StatusCode, message: &'static str) -> Response {
    (status, Json(json!({"message": message, "success": false}))).into_response()
}
