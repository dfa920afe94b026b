//! Leads: create, read, merge patch, history.

use app::HistoryPage;
use app::leads::Creation;
use axum::Json;
use axum::body::Body;
use axum::extract::State;
use axum::http::header::{ETAG, IF_MATCH, LOCATION};
use axum::http::{HeaderMap, StatusCode, Uri};
use axum::response::{IntoResponse, Response};
use domain::command::{Effect, LeadRef, Update};
use domain::event::Dialect;
use domain::guard::{Guard, OnActiveCall};
use domain::limits::HISTORY_PAGE_MAX;
use domain::{Lead, LeadId};

use super::{convert, error, query, reading, wire, writing};
use crate::extract::{MediaTypes, Segment, json_object, segment};
use crate::failure::Failure;
use crate::{Api, views};

/// `POST /leadbook/v1/leads`.
pub(super) async fn create_lead(
    State(api): State<Api>,
    headers: HeaderMap,
    body: Body,
) -> Response {
    create(&api, &headers, body)
        .await
        .unwrap_or_else(error::respond)
}

async fn create(api: &Api, headers: &HeaderMap, body: Body) -> Result<Response, Failure> {
    let context = writing(api, headers).await?;
    let (edit, faults) = convert::edit(json_object(headers, body, MediaTypes::AnyJson).await?);
    if !faults.is_empty() {
        return Err(app::AppError::Invalid(faults).into());
    }
    let creation = Creation {
        edit,
        ..Creation::default()
    };
    let lead = api.app().create_lead(&context, creation).await?.lead;
    let mut response = shown(StatusCode::CREATED, &lead);
    let location = format!("/leadbook/v1/leads/{}", lead.id);
    if let Ok(location) = location.parse() {
        response.headers_mut().insert(LOCATION, location);
    }
    Ok(response)
}

/// `GET /leadbook/v1/leads/{id}`.
pub(super) async fn get_lead(State(api): State<Api>, id: Segment, headers: HeaderMap) -> Response {
    get(&api, &segment(id), &headers)
        .await
        .unwrap_or_else(error::respond)
}

async fn get(api: &Api, id: &str, headers: &HeaderMap) -> Result<Response, Failure> {
    let context = reading(api, headers).await?;
    let lead = api
        .app()
        .lead(&context, &LeadRef::Number(number(id)?), None)
        .await?;
    Ok(shown(StatusCode::OK, &lead))
}

/// `PATCH /leadbook/v1/leads/{id}`: RFC 7396 merge patch, `If-Match`, `?on_active_call=`.
pub(super) async fn update_lead(
    State(api): State<Api>,
    id: Segment,
    uri: Uri,
    headers: HeaderMap,
    body: Body,
) -> Response {
    update(&api, &segment(id), &uri, &headers, body)
        .await
        .unwrap_or_else(error::respond)
}

async fn update(
    api: &Api,
    id: &str,
    uri: &Uri,
    headers: &HeaderMap,
    body: Body,
) -> Result<Response, Failure> {
    let context = writing(api, headers).await?;
    let (edit, faults) = convert::edit(json_object(headers, body, MediaTypes::AnyJson).await?);
    let guard = Guard {
        version: if_match(headers)?,
        on_active_call: on_active_call(uri)?,
        ..Guard::default()
    };
    let lead = LeadRef::Number(number(id)?);
    let update = Update {
        lead,
        in_campaign: None,
        edit,
        guard,
    };
    if !faults.is_empty() {
        return Err(api
            .app()
            .refuse_update(&context, &update, faults)
            .await
            .into());
    }
    let done = api.app().update_lead(&context, update).await?;
    if done.effect == Effect::Deferred {
        let body = wire::Deferred {
            status: "deferred",
            lead: convert::lead(&done.lead),
        };
        return Ok((StatusCode::ACCEPTED, Json(body)).into_response());
    }
    Ok(shown(StatusCode::OK, &done.lead))
}

/// `GET /leadbook/v1/leads/{id}/history`: newest first, `?limit=` and `?before_version=`.
pub(super) async fn list_events(
    State(api): State<Api>,
    id: Segment,
    uri: Uri,
    headers: HeaderMap,
) -> Response {
    history(&api, &segment(id), &uri, &headers)
        .await
        .unwrap_or_else(error::respond)
}

async fn history(api: &Api, id: &str, uri: &Uri, headers: &HeaderMap) -> Result<Response, Failure> {
    let context = reading(api, headers).await?;
    let limit = query::limit(uri, HISTORY_PAGE_MAX, "limit must be from 1 to 100")?;
    let page = HistoryPage {
        before_version: query::number(uri, "before_version")?,
        limit,
    };
    let events = api.app().history(&context, number(id)?, page).await?;
    let is_last_page = events.len() < limit;
    Ok(Json(convert::history(events, is_last_page)).into_response())
}

fn shown(status: StatusCode, lead: &Lead) -> Response {
    (
        status,
        [(ETAG, format!("\"{}\"", lead.version))],
        Json(convert::lead(lead)),
    )
        .into_response()
}

/// An id of the wrong form names no lead.
pub(super) fn number(id: &str) -> Result<LeadId, Failure> {
    let number = views::by_number(Dialect::Leadbook, id)
        .number
        .and_then(LeadId::new);
    Ok(number.ok_or(app::AppError::NotFound(app::Missing::Lead))?)
}

/// The one version that `If-Match` names. RFC 9110 allows a list; a lead has one version at a time, so a list
/// can only be a mistake.
fn if_match(headers: &HeaderMap) -> Result<Option<u64>, Failure> {
    const WRONG: Failure = Failure::Malformed("If-Match takes one ETag, such as \"3\", or *");
    let mut values = headers.get_all(IF_MATCH).iter();
    let (Some(value), second) = (values.next(), values.next()) else {
        return Ok(None);
    };
    let text = value.to_str().map_err(|_| WRONG)?.trim();
    if second.is_some() {
        return Err(WRONG);
    }
    if text == "*" {
        return Ok(None);
    }
    let version = text
        .strip_prefix('"')
        .and_then(|text| text.strip_suffix('"'));
    version
        .and_then(|version| version.parse().ok())
        .map(Some)
        .ok_or(WRONG)
}

/// Refuses by default: nobody writes behind a dialer's back without saying so.
fn on_active_call(uri: &Uri) -> Result<OnActiveCall, Failure> {
    match crate::extract::query(uri, "on_active_call").as_deref() {
        None | Some("reject") => Ok(OnActiveCall::Reject),
        Some("apply") => Ok(OnActiveCall::Apply),
        Some("defer") => Ok(OnActiveCall::Defer),
        Some(_) => Err(Failure::Malformed(
            "on_active_call is reject, apply or defer",
        )),
    }
}
