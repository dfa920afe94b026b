//! Problem details (RFC 9457): a stable `type`, a title, and for faulty fields a list that names each.
#![deny(clippy::wildcard_enum_match_arm)]

use app::{AppError, Conflict, Denial, Missing};
use axum::http::StatusCode;
use axum::http::header::{CONTENT_TYPE, RETRY_AFTER};
use axum::response::{IntoResponse, Response};
use domain::fault::{At, Claimability, Fault, Reason, Unique};

use super::wire;
use crate::failure::{Failure, retry_after};

pub(super) fn respond(failure: Failure) -> Response {
    match failure {
        Failure::NoRoute => problem(StatusCode::NOT_FOUND, "no_route", "No such path", None),
        Failure::MethodNotAllowed => problem(
            StatusCode::METHOD_NOT_ALLOWED,
            "method_not_allowed",
            "This path has other methods; see the Allow header",
            None,
        ),
        Failure::TooLarge => problem(
            StatusCode::PAYLOAD_TOO_LARGE,
            "too_large",
            "The body is too large",
            None,
        ),
        Failure::BodyIncomplete => problem(
            StatusCode::REQUEST_TIMEOUT,
            "incomplete",
            "The body did not arrive whole",
            None,
        ),
        Failure::UnsupportedMediaType => problem(
            StatusCode::UNSUPPORTED_MEDIA_TYPE,
            "media_type",
            "Send application/json or application/merge-patch+json",
            None,
        ),
        Failure::Malformed(how) => problem(
            StatusCode::BAD_REQUEST,
            "malformed",
            "The request cannot be read",
            Some(how.to_owned()),
        ),
        Failure::TooManyRequests {
            retry_after_seconds,
        }
        | Failure::Blocked {
            retry_after_seconds,
        } => retry_after(
            problem(
                StatusCode::TOO_MANY_REQUESTS,
                "too_many_requests",
                "Too many requests; try again later",
                None,
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
            "unauthenticated",
            "Send one valid key as Authorization: Bearer <key>",
            None,
        ),
        AppError::Denied(denial) => denied(denial),
        AppError::NotFound(missing) => {
            let title = match missing {
                Missing::Lead => "No such lead",
                Missing::Campaign => "No such campaign",
                Missing::Call => "No such call",
                Missing::Subscription => "No such subscription",
                Missing::Secret => "The subscription has no secret of this number",
                Missing::Delivery => "No such delivery or dead letter",
                Missing::Note => "No such note",
                Missing::Agent => "No campaign names this agent",
            };
            problem(StatusCode::NOT_FOUND, "not_found", title, None)
        }
        AppError::Invalid(faults) => invalid(&faults),
        AppError::Conflict(conflict) => conflicting(conflict),
        AppError::Unavailable {
            retry_after_seconds,
        } => {
            let title = "Not possible just now; try again";
            let mut response = problem(StatusCode::SERVICE_UNAVAILABLE, "unavailable", title, None);
            response
                .headers_mut()
                .insert(RETRY_AFTER, retry_after_seconds.into());
            response
        }
        AppError::StorageFull => {
            let title = "The server's volume is full";
            problem(
                StatusCode::INSUFFICIENT_STORAGE,
                "storage_full",
                title,
                None,
            )
        }
        AppError::Internal => problem(
            StatusCode::INTERNAL_SERVER_ERROR,
            "internal",
            "Internal error",
            None,
        ),
    }
}

/// A cursor that this feed has never given: the book was put back to an older copy since.
pub(super) fn cursor_ahead(end: u64) -> Response {
    problem_with(
        StatusCode::CONFLICT,
        "cursor_ahead",
        "The cursor lies after the end of the feed",
        |problem| {
            let what = "the book was put back to an older copy, or the cursor is another workspace's; what you heard \
                        after its end did not happen here: read your leads again, then go on with after=end";
            problem.detail = Some(what.to_owned());
            problem.end = Some(end.to_string());
        },
    )
}

fn denied(denial: Denial) -> Response {
    let title = match denial {
        Denial::Read => "This key may not read",
        Denial::Write => "This key may not write",
        Denial::Dialect => "This key is for other dialects",
        Denial::Scope => "This key is limited to campaigns; this concerns the whole workspace",
        Denial::Workspace => "This key is for another workspace",
    };
    problem(StatusCode::FORBIDDEN, "denied", title, None)
}

fn conflicting(conflict: Conflict) -> Response {
    match conflict {
        Conflict::VersionMismatch { current } => problem_with(
            StatusCode::PRECONDITION_FAILED,
            "version_mismatch",
            "The lead has changed since; read it again",
            |problem| problem.current_version = Some(current),
        ),
        Conflict::Locked => conflict_problem("locked", "The lead was called and is locked", None),
        Conflict::CallActive => conflict_problem(
            "call_active",
            "A call is active",
            Some("try ?on_active_call=defer to apply when it ends, or apply to apply now"),
        ),
        Conflict::Duplicate(unique) => {
            let what = match unique {
                Unique::Phone | Unique::CalledPhone => "phone",
                Unique::ExternalId => "external_id",
                Unique::Email => "email",
            };
            conflict_problem("duplicate", "Another lead has this value", Some(what))
        }
        Conflict::NotClaimable(why) => conflict_problem(
            "not_claimable",
            "The lead cannot be claimed",
            Some(claimability(why)),
        ),
        Conflict::FenceMismatch => conflict_problem(
            "fence_mismatch",
            "This call no longer holds the lead",
            Some("its lease ran out, it has ended, or the fence token is another call's"),
        ),
        Conflict::TooManyWaiting => conflict_problem(
            "too_many_waiting",
            "Too many edits wait for this lead",
            None,
        ),
        Conflict::Disabled => conflict_problem(
            "disabled",
            "The subscription is disabled",
            Some("enable it first: PATCH it with {\"is_enabled\": true}"),
        ),
        Conflict::CampaignOver => conflict_problem(
            "campaign_over",
            "The campaign is over",
            Some("it is completed, cancelled or deleted"),
        ),
        Conflict::AgentFixed => conflict_problem(
            "agent_fixed",
            "The campaign has made calls, and keeps its agent",
            None,
        ),
        Conflict::LimitReached(_) => conflict_problem(
            "limit_reached",
            "The workspace has as many of these as it may have",
            None,
        ),
        Conflict::NoSecretKey => conflict_problem(
            "no_secret_key",
            "This server cannot keep secrets",
            Some("its operator has given it no key for them; see --secret-key-file"),
        ),
    }
}

const fn claimability(why: Claimability) -> &'static str {
    match why {
        Claimability::CampaignNotRunning => "the campaign is paused",
        Claimability::NotInCampaign => "the lead is not in this campaign",
        Claimability::AlreadyClaimed => "another call holds it",
        Claimability::WrongStatus(_) => "its dial_status is not one that is called",
        Claimability::NotDue => "it is not due yet",
        Claimability::NoPhone => "it has no phone number",
        Claimability::OutsideCallingHours => "the campaign does not call where it is at this hour",
    }
}

fn invalid(faults: &[Fault]) -> Response {
    problem_with(
        StatusCode::UNPROCESSABLE_ENTITY,
        "invalid",
        "Some fields cannot take what was given; nothing was changed",
        |problem| problem.errors = faults.iter().map(field_problem).collect(),
    )
}

fn field_problem(fault: &Fault) -> wire::FieldProblem {
    let field = match &fault.at {
        At::Field(field) => field.name().to_owned(),
        At::Member(member) => member.clone(),
    };
    wire::FieldProblem {
        field,
        detail: detail(&fault.reason),
    }
}

/// Faults in our own words, for whoever reads no JSON.
pub(crate) fn explain(faults: &[Fault]) -> String {
    let texts: Vec<_> = faults
        .iter()
        .map(field_problem)
        .map(|wire::FieldProblem { field, detail }| format!("{field}: {detail}"))
        .collect();
    texts.join("; ")
}

fn detail(reason: &Reason) -> String {
    match reason {
        Reason::UnknownMember => "no such field".to_owned(),
        Reason::Required => "required".to_owned(),
        Reason::WrongType(expected) => format!("must be of type {}", expected.name()),
        Reason::NotAllowed => "not one of the documented values".to_owned(),
        Reason::NotSettable => "cannot be set by hand, or not on a suppressed lead".to_owned(),
        Reason::InvalidPhone => {
            "not a phone number; without + it must be valid in the default region".to_owned()
        }
        Reason::InvalidEmail => "not an e-mail address".to_owned(),
        Reason::UnknownTimeZone => "no such IANA time zone".to_owned(),
        Reason::InvalidTime => "must be RFC 3339, such as 2026-01-31T09:00:00Z".to_owned(),
        Reason::UnknownReference(what) => format!("{what} does not exist here"),
        Reason::WrongFieldType(what) => format!("the value does not fit custom field {what}"),
        Reason::TransitionForbidden { from, to } => format!("no move from {from} to {to}"),
        Reason::UnlistedDisposition(what) => format!("{what} is not a disposition here"),
        Reason::DispositionWithoutDecision => {
            "a disposition goes with a stage that decides the sale".to_owned()
        }
        Reason::TooLong { chars_max } => format!("at most {chars_max} characters"),
        Reason::TooMany { items_max } => format!("at most {items_max} items"),
        Reason::TooLarge { bytes_max } => format!("at most {bytes_max} bytes"),
        Reason::OutOfRange => "out of range".to_owned(),
        Reason::NulCharacter => "the character U+0000 is not allowed".to_owned(),
        Reason::Contradiction(what) => format!("says something else than {what}"),
        Reason::Refused(why) => why.clone(),
    }
}

fn conflict_problem(kind: &str, title: &'static str, detail: Option<&str>) -> Response {
    problem(StatusCode::CONFLICT, kind, title, detail.map(str::to_owned))
}

fn problem(
    status: StatusCode,
    kind: &str,
    title: &'static str,
    detail: Option<String>,
) -> Response {
    problem_with(status, kind, title, |problem| problem.detail = detail)
}

fn problem_with(
    status: StatusCode,
    kind: &str,
    title: &'static str,
    fill: impl FnOnce(&mut wire::Problem),
) -> Response {
    let mut problem = wire::Problem {
        type_uri: format!("urn:leadbook:problem:{kind}"),
        title,
        status: status.as_u16(),
        detail: None,
        current_version: None,
        end: None,
        errors: Vec::new(),
    };
    fill(&mut problem);
    let body = serde_json::to_vec(&problem).expect("a problem is plain JSON");
    (status, [(CONTENT_TYPE, "application/problem+json")], body).into_response()
}
