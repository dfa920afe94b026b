//! Subscriptions: create, read, list, merge patch, delete; their secrets, a test, the log of attempts.

use app::{AppError, AttemptFilter, Missing};
use axum::Json;
use axum::body::Body;
use axum::extract::State;
use axum::http::header::LOCATION;
use axum::http::{HeaderMap, StatusCode, Uri};
use axum::response::{IntoResponse, Response};
use domain::SubscriptionId;
use domain::event::Dialect;

use super::{convert, error, query, reading, wire, writing};
use crate::extract::{MediaTypes, Segment, Segments, ignore_body, json_object, segment, segments};
use crate::failure::Failure;
use crate::{Api, message_ids, views};

/// `POST /leadbook/v1/subscriptions`.
pub(super) async fn create_subscription(
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
    let members = json_object(headers, body, MediaTypes::Json).await?;
    let (new, faults) = convert::new_subscription(members);
    if !faults.is_empty() {
        return Err(AppError::Invalid(faults).into());
    }
    let (subscription, secret) = api.app().create_subscription(&context, new).await?;
    let location = format!("/leadbook/v1/subscriptions/{}", subscription.id);
    let shown = Json(convert::subscription(subscription, secret));
    Ok((StatusCode::CREATED, [(LOCATION, location)], shown).into_response())
}

/// `GET /leadbook/v1/subscriptions`: newest first.
pub(super) async fn list_subscriptions(
    State(api): State<Api>,
    uri: Uri,
    headers: HeaderMap,
) -> Response {
    list(&api, &uri, &headers)
        .await
        .unwrap_or_else(error::respond)
}

async fn list(api: &Api, uri: &Uri, headers: &HeaderMap) -> Result<Response, Failure> {
    let context = reading(api, headers).await?;
    let page = query::list_page(uri)?;
    let found = api.app().subscriptions(&context, page).await?;
    let next_before_id = query::next_before_id(found.iter().map(|one| one.id.get()), page);
    let subscriptions = found
        .into_iter()
        .map(|one| convert::subscription(one, None))
        .collect();
    Ok(Json(wire::Subscriptions {
        subscriptions,
        next_before_id,
    })
    .into_response())
}

/// `GET /leadbook/v1/subscriptions/{id}`.
pub(super) async fn get_subscription(
    State(api): State<Api>,
    id: Segment,
    headers: HeaderMap,
) -> Response {
    get(&api, &segment(id), &headers)
        .await
        .unwrap_or_else(error::respond)
}

async fn get(api: &Api, id: &str, headers: &HeaderMap) -> Result<Response, Failure> {
    let context = reading(api, headers).await?;
    let found = api.app().subscription(&context, number(id)?).await?;
    Ok(Json(convert::subscription(found, None)).into_response())
}

/// `PATCH /leadbook/v1/subscriptions/{id}`: RFC 7396 merge patch; its format stays.
pub(super) async fn update_subscription(
    State(api): State<Api>,
    id: Segment,
    headers: HeaderMap,
    body: Body,
) -> Response {
    update(&api, &segment(id), &headers, body)
        .await
        .unwrap_or_else(error::respond)
}

async fn update(api: &Api, id: &str, headers: &HeaderMap, body: Body) -> Result<Response, Failure> {
    let context = writing(api, headers).await?;
    let members = json_object(headers, body, MediaTypes::AnyJson).await?;
    let (edit, faults) = convert::subscription_edit(members);
    let id = number(id)?;
    if !faults.is_empty() {
        // That there is no such subscription comes before what is wrong with the edit.
        api.app().subscription(&context, id).await?;
        return Err(AppError::Invalid(faults).into());
    }
    let after = api.app().update_subscription(&context, id, edit).await?;
    Ok(Json(convert::subscription(after, None)).into_response())
}

/// `DELETE /leadbook/v1/subscriptions/{id}`.
pub(super) async fn delete_subscription(
    State(api): State<Api>,
    id: Segment,
    headers: HeaderMap,
) -> Response {
    delete(&api, &segment(id), &headers)
        .await
        .unwrap_or_else(error::respond)
}

async fn delete(api: &Api, id: &str, headers: &HeaderMap) -> Result<Response, Failure> {
    let context = writing(api, headers).await?;
    let id = number(id)?;
    api.app().delete_subscription(&context, id).await?;
    let (id, is_deleted) = (id.get(), true);
    Ok(Json(wire::Deleted { id, is_deleted }).into_response())
}

/// `POST /leadbook/v1/subscriptions/{id}/secrets`: one more to sign with; the newest signs first.
pub(super) async fn add_secret(
    State(api): State<Api>,
    id: Segment,
    headers: HeaderMap,
    body: Body,
) -> Response {
    add(&api, &segment(id), &headers, body)
        .await
        .unwrap_or_else(error::respond)
}

async fn add(api: &Api, id: &str, headers: &HeaderMap, body: Body) -> Result<Response, Failure> {
    let context = writing(api, headers).await?;
    let members = json_object(headers, body, MediaTypes::Json).await?;
    let (secret, faults) = convert::new_secret(members);
    let id = number(id)?;
    if !faults.is_empty() {
        api.app().subscription(&context, id).await?;
        return Err(AppError::Invalid(faults).into());
    }
    let (after, secret) = api.app().add_secret(&context, id, secret).await?;
    let shown = Json(convert::subscription(after, Some(secret)));
    Ok((StatusCode::CREATED, shown).into_response())
}

/// `DELETE /leadbook/v1/subscriptions/{id}/secrets/{number}`.
pub(super) async fn remove_secret(
    State(api): State<Api>,
    ids: Segments,
    headers: HeaderMap,
) -> Response {
    let (id, secret) = segments(ids);
    remove(&api, &id, &secret, &headers)
        .await
        .unwrap_or_else(error::respond)
}

async fn remove(
    api: &Api,
    id: &str,
    secret: &str,
    headers: &HeaderMap,
) -> Result<Response, Failure> {
    let context = writing(api, headers).await?;
    // 0 is no secret's number.
    let secret = views::by_number(Dialect::Leadbook, secret)
        .number
        .and_then(|secret| u32::try_from(secret).ok())
        .unwrap_or(0);
    let id = number(id)?;
    let after = api.app().remove_secret(&context, id, secret).await?;
    Ok(Json(convert::subscription(after, None)).into_response())
}

/// `POST /leadbook/v1/subscriptions/{id}/test`.
pub(super) async fn test_subscription(
    State(api): State<Api>,
    id: Segment,
    headers: HeaderMap,
    body: Body,
) -> Response {
    ignore_body(body).await;
    test(&api, &segment(id), &headers)
        .await
        .unwrap_or_else(error::respond)
}

async fn test(api: &Api, id: &str, headers: &HeaderMap) -> Result<Response, Failure> {
    let context = writing(api, headers).await?;
    let delivery_id = api.app().test_subscription(&context, number(id)?).await?;
    let message_id = message_ids::test(delivery_id);
    let added = wire::Added {
        delivery_id,
        message_id,
    };
    Ok((StatusCode::ACCEPTED, Json(added)).into_response())
}

/// `GET /leadbook/v1/subscriptions/{id}/attempts`: newest first.
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
    let page = query::list_page(uri)?;
    let subscription = api.app().subscription(&context, number(id)?).await?.id;
    let filter = AttemptFilter {
        subscription: Some(subscription),
        ..AttemptFilter::default()
    };
    let found = api.app().attempts(&context, filter, page).await?;
    Ok(Json(convert::attempts(found, page)).into_response())
}

/// An id of the wrong form names no subscription.
fn number(id: &str) -> Result<SubscriptionId, Failure> {
    let number = views::by_number(Dialect::Leadbook, id)
        .number
        .and_then(SubscriptionId::new);
    Ok(number.ok_or(AppError::NotFound(Missing::Subscription))?)
}
