//! UserVox's envelope: `{"success": false, "error": "<text>"}`; initiate leaves `success` out. One text per
//! answer: the first fault in the order of the vendor's page.
#![deny(clippy::wildcard_enum_match_arm)]

use app::{AppError, Conflict, Denial, Missing};
use axum::Json;
use axum::http::StatusCode;
use axum::http::header::RETRY_AFTER;
use axum::response::{IntoResponse, Response};
use domain::fault::{At, Fault, JsonType, Reason, Unique};
use domain::lead::LeadField;
use domain::limits::QUEUE_RETRY_AFTER_SECONDS;

use super::wire::{self, Named};
use crate::failure::Failure;

struct Answer {
    status: StatusCode,
    text: String,
    retry_after_seconds: Option<u64>,
    /// Whether initiate, whose pages show `{"error"}` for it, answers without `success`.
    is_bare_on_initiate: bool,
}

pub(super) fn respond(failure: Failure, named: &Named) -> Response {
    answer(failure, named).into_response(Some(false))
}

/// The answer of initiate: bare where its page shows that. Authentication problems and "try again later" have
/// the common shape.
pub(super) fn respond_to_initiate(failure: Failure, named: &Named) -> Response {
    let answer = answer(failure, named);
    let success = (!answer.is_bare_on_initiate).then_some(false);
    answer.into_response(success)
}

/// The text alone, for a row of a bulk.
pub(super) fn text_of(failure: Failure, named: &Named) -> String {
    answer(failure, named).text
}

/// What to say to what went wrong. Every arm is a case the vendor documents, or the nearest it has.
fn answer(failure: Failure, named: &Named) -> Answer {
    match failure {
        Failure::NoRoute => Answer::new(StatusCode::NOT_FOUND, "Not found"),
        Failure::MethodNotAllowed => {
            Answer::new(StatusCode::METHOD_NOT_ALLOWED, "Method not allowed")
        }
        Failure::TooLarge => Answer::new(StatusCode::PAYLOAD_TOO_LARGE, "The request is too large"),
        Failure::BodyIncomplete => {
            Answer::new(StatusCode::REQUEST_TIMEOUT, "The request is incomplete")
        }
        Failure::UnsupportedMediaType => Answer::bad("The content type must be application/json"),
        Failure::Malformed(how) => Answer::bad(how),
        Failure::TooManyRequests {
            retry_after_seconds,
        } => Answer::new(StatusCode::TOO_MANY_REQUESTS, "Too many requests")
            .retry_after(retry_after_seconds),
        // The vendor's page elides the rest of its sentence.
        Failure::Blocked {
            retry_after_seconds,
        } => Answer::new(
            StatusCode::TOO_MANY_REQUESTS,
            "API key is temporarily blocked because of too many duplicate submissions",
        )
        .retry_after(retry_after_seconds),
        Failure::App(error) => refused(error, named),
    }
}

fn refused(error: AppError, named: &Named) -> Answer {
    let shown = |text: &Option<String>| text.clone().unwrap_or_default();
    match error {
        AppError::Unauthenticated => {
            Answer::new(StatusCode::FORBIDDEN, "Invalid or missing API token")
        }
        AppError::Denied(Denial::Read | Denial::Write | Denial::Dialect | Denial::Scope) => {
            let text = "This API token does not have permission for this operation";
            Answer::new(StatusCode::FORBIDDEN, text)
        }
        AppError::Denied(Denial::Workspace) => {
            let text = "projectId does not match authenticated project";
            Answer::new(StatusCode::FORBIDDEN, text).bare_on_initiate()
        }
        AppError::NotFound(Missing::Lead | Missing::Call) => {
            Answer::new(StatusCode::NOT_FOUND, lead_not_found(named)).bare_on_initiate()
        }
        AppError::NotFound(Missing::Campaign) => {
            let process = shown(&named.process);
            let text = format!("Process not found for lead with processId: {process}");
            Answer::new(StatusCode::NOT_FOUND, text).bare_on_initiate()
        }
        // No request of this dialect names one.
        AppError::NotFound(
            Missing::Subscription
            | Missing::Secret
            | Missing::Delivery
            | Missing::Note
            | Missing::Agent,
        ) => Answer::new(StatusCode::NOT_FOUND, "Not found"),
        AppError::Invalid(faults) => Answer::bad(faults.first().map_or_else(String::new, text)),
        AppError::Conflict(conflict) => conflicting(conflict, named),
        AppError::Unavailable {
            retry_after_seconds,
        } => Answer::new(StatusCode::SERVICE_UNAVAILABLE, "Service unavailable")
            .retry_after(retry_after_seconds),
        AppError::StorageFull => Answer::new(StatusCode::INSUFFICIENT_STORAGE, "Storage is full"),
        AppError::Internal => {
            Answer::new(StatusCode::INTERNAL_SERVER_ERROR, "Internal server error")
        }
    }
}

fn lead_not_found(named: &Named) -> String {
    match (&named.lead, &named.reference) {
        (Some(id), _) => format!("Lead with ID {id} not found"),
        (None, Some(id)) => format!("Lead with referenceId {id} not found"),
        (None, None) => "Lead not found".to_owned(),
    }
}

fn conflicting(conflict: Conflict, named: &Named) -> Answer {
    match conflict {
        Conflict::Duplicate(Unique::ExternalId) => {
            let id = named.reference.as_deref().unwrap_or_default();
            Answer::bad(format!(
                "Lead with referenceId {id} already exists for this project and process"
            ))
        }
        Conflict::Duplicate(Unique::Email) => {
            Answer::bad("Lead with this email already exists for this project")
        }
        Conflict::Duplicate(Unique::CalledPhone | Unique::Phone) => Answer::bad(
            "A call attempt has already been made to this phone number for this project",
        ),
        Conflict::TooManyWaiting => Answer::new(
            StatusCode::TOO_MANY_REQUESTS,
            "Too many updates are waiting for this lead",
        )
        .retry_after(QUEUE_RETRY_AFTER_SECONDS),
        // Only a result webhook tells these: no request of this dialect is refused with them.
        Conflict::Locked
        | Conflict::CallActive
        | Conflict::VersionMismatch { .. }
        | Conflict::NotClaimable(_)
        | Conflict::FenceMismatch
        | Conflict::Disabled
        | Conflict::NoSecretKey
        | Conflict::CampaignOver
        | Conflict::AgentFixed
        | Conflict::LimitReached(_) => Answer::bad("The lead cannot be changed now"),
    }
}

fn text(fault: &Fault) -> String {
    let name = match &fault.at {
        At::Member(member) => member,
        At::Field(LeadField::ExternalId) => wire::REFERENCE_ID,
        At::Field(LeadField::Variables) => wire::METADATA,
        At::Field(LeadField::FirstName) => wire::FIRST_NAME,
        At::Field(LeadField::LastName) => wire::LAST_NAME,
        // The others have the vendor's names, or no edit of this dialect touches them.
        At::Field(field) => field.name(),
    };
    match &fault.reason {
        Reason::Required => format!("{name} is required in lead object"),
        Reason::WrongType(expected) => format!("{name} must be {}", article(*expected)),
        Reason::NotAllowed if name == wire::PHONE => {
            "Phone number contains repeating digits pattern".to_owned()
        }
        Reason::InvalidPhone => "Invalid phone number".to_owned(),
        Reason::InvalidEmail => "Invalid email".to_owned(),
        Reason::TooLong { chars_max } => {
            format!("{name} must not be longer than {chars_max} characters")
        }
        Reason::TooLarge { bytes_max } => {
            format!("{name} must not be larger than {bytes_max} bytes")
        }
        Reason::NotAllowed
        | Reason::UnknownMember
        | Reason::NotSettable
        | Reason::UnknownTimeZone
        | Reason::InvalidTime
        | Reason::UnknownReference(_)
        | Reason::WrongFieldType(_)
        | Reason::TransitionForbidden { .. }
        | Reason::UnlistedDisposition(_)
        | Reason::DispositionWithoutDecision
        | Reason::TooMany { .. }
        | Reason::OutOfRange
        | Reason::NulCharacter
        | Reason::Contradiction(_)
        | Reason::Refused(_) => format!("{name} is not valid"),
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

impl Answer {
    fn new(status: StatusCode, text: impl Into<String>) -> Self {
        Self {
            status,
            text: text.into(),
            retry_after_seconds: None,
            is_bare_on_initiate: false,
        }
    }

    fn bad(text: impl Into<String>) -> Self {
        Self::new(StatusCode::BAD_REQUEST, text).bare_on_initiate()
    }

    fn bare_on_initiate(mut self) -> Self {
        self.is_bare_on_initiate = true;
        self
    }

    fn retry_after(mut self, seconds: u64) -> Self {
        self.retry_after_seconds = Some(seconds);
        self
    }

    fn into_response(self, success: Option<bool>) -> Response {
        let error = self.text;
        let mut response = (self.status, Json(wire::Error { success, error })).into_response();
        if let Some(seconds) = self.retry_after_seconds {
            response.headers_mut().insert(RETRY_AFTER, seconds.into());
        }
        response
    }
}
