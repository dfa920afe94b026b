//! What waits to be delivered, what was given up, and sending that again.

use app::{AppError, Missing};
use axum::Json;
use axum::body::Body;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode, Uri};
use axum::response::{IntoResponse, Response};
use domain::event::Dialect;
use domain::limits::REPLAY_MAX;

use super::{convert, error, query, reading, wire, writing};
use crate::extract::{MediaTypes, Segment, ignore_body, json_object, segment};
use crate::failure::Failure;
use crate::{Api, views};

/// `GET /leadbook/v1/deliveries`: those that wait, newest first.
pub(super) async fn list_deliveries(
    State(api): State<Api>,
    uri: Uri,
    headers: HeaderMap,
) -> Response {
    waiting(&api, &uri, &headers)
        .await
        .unwrap_or_else(error::respond)
}

async fn waiting(api: &Api, uri: &Uri, headers: &HeaderMap) -> Result<Response, Failure> {
    let context = reading(api, headers).await?;
    let (filter, page) = (query::delivery_filter(uri)?, query::list_page(uri)?);
    let found = api.app().deliveries(&context, &filter, page).await?;
    Ok(Json(wire::Deliveries {
        next_before_id: query::next_before_id(found.iter().map(|one| one.id), page),
        deliveries: found.iter().map(convert::waiting).collect(),
    })
    .into_response())
}

/// `GET /leadbook/v1/deliveries/{id}/attempts`: newest first; also of one that has arrived.
pub(super) async fn list_attempts(
    State(api): State<Api>,
    id: Segment,
    uri: Uri,
    headers: HeaderMap,
) -> Response {
    attempts(&api, &segment(id), &uri, &headers)
        .await
        .unwrap_or_else(error::respond)
}

async fn attempts(
    api: &Api,
    id: &str,
    uri: &Uri,
    headers: &HeaderMap,
) -> Result<Response, Failure> {
    let context = reading(api, headers).await?;
    let (page, id) = (query::list_page(uri)?, number(id)?);
    let found = api.app().attempts_of_delivery(&context, id, page).await?;
    Ok(Json(convert::attempts(found, page)).into_response())
}

/// `GET /leadbook/v1/dead-letters`: newest first.
pub(super) async fn list_dead_letters(
    State(api): State<Api>,
    uri: Uri,
    headers: HeaderMap,
) -> Response {
    dead(&api, &uri, &headers)
        .await
        .unwrap_or_else(error::respond)
}

async fn dead(api: &Api, uri: &Uri, headers: &HeaderMap) -> Result<Response, Failure> {
    let context = reading(api, headers).await?;
    let (filter, page) = (query::delivery_filter(uri)?, query::list_page(uri)?);
    let found = api.app().dead_letters(&context, &filter, page).await?;
    Ok(Json(wire::DeadLetters {
        next_before_id: query::next_before_id(found.iter().map(|one| one.id), page),
        dead_letters: found.iter().map(convert::dead_letter).collect(),
    })
    .into_response())
}

/// `POST /leadbook/v1/dead-letters/{id}/replay`.
pub(super) async fn replay_dead_letter(
    State(api): State<Api>,
    id: Segment,
    headers: HeaderMap,
    body: Body,
) -> Response {
    ignore_body(body).await;
    replay_one(&api, &segment(id), &headers)
        .await
        .unwrap_or_else(error::respond)
}

async fn replay_one(api: &Api, id: &str, headers: &HeaderMap) -> Result<Response, Failure> {
    let context = writing(api, headers).await?;
    api.app().replay_dead_letter(&context, number(id)?).await?;
    Ok(replayed(1, false))
}

/// `POST /leadbook/v1/dead-letters/replay`: those that a filter names, oldest first.
pub(super) async fn replay_dead_letters(
    State(api): State<Api>,
    headers: HeaderMap,
    body: Body,
) -> Response {
    replay(&api, &headers, body)
        .await
        .unwrap_or_else(error::respond)
}

async fn replay(api: &Api, headers: &HeaderMap, body: Body) -> Result<Response, Failure> {
    let context = writing(api, headers).await?;
    let members = json_object(headers, body, MediaTypes::Json).await?;
    let (filter, faults) = convert::replay_filter(members);
    if !faults.is_empty() {
        return Err(AppError::Invalid(faults).into());
    }
    let count = api.app().replay_dead_letters(&context, &filter).await?;
    Ok(replayed(count, count == REPLAY_MAX))
}

fn replayed(replayed: usize, has_more: bool) -> Response {
    let body = wire::Replayed { replayed, has_more };
    (StatusCode::ACCEPTED, Json(body)).into_response()
}

/// An id of the wrong form names no delivery.
fn number(id: &str) -> Result<u64, Failure> {
    let number = views::by_number(Dialect::Leadbook, id).number;
    // What no store can number is none of its.
    let number = number.filter(|number| i64::try_from(*number).is_ok());
    Ok(number.ok_or(AppError::NotFound(Missing::Delivery))?)
}
