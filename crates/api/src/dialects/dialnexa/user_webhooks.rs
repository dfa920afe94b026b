//! Webhooks as their users register them: create; and, as additions of ours, list, read, delete. What they are sent is in
//! `webhook.rs`.

use app::{AppError, Context, ListPage, Missing};
use axum::Json;
use axum::body::Body;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode, Uri};
use axum::response::{IntoResponse, Response};
use domain::SubscriptionId;
use domain::limits::WEBHOOK_PAGE_MAX;
use domain::subscription::{Format, Subscription};

use super::convert::pages::Asked;
use super::convert::webhooks as convert;
use super::{auth, error, wire};
use crate::extract::{MediaTypes, Params, Segment, json_object, segment};
use crate::failure::Failure;
use crate::{Api, views};

/// `POST /v1/user-webhooks`.
pub(super) async fn create_webhook(
    State(api): State<Api>,
    headers: HeaderMap,
    body: Body,
) -> Response {
    create(&api, &headers, body)
        .await
        .unwrap_or_else(error::respond)
}

async fn create(api: &Api, headers: &HeaderMap, body: Body) -> Result<Response, Failure> {
    let context = auth::writing(api, headers).await?;
    let members = json_object(headers, body, MediaTypes::Json).await?;
    let (new, faults) = convert::new_webhook(members);
    error::refuse(faults)?;
    let (webhook, secret) = api.app().create_subscription(&context, new).await?;
    let shown = Json(convert::user_webhook(&webhook, secret));
    Ok((StatusCode::CREATED, shown).into_response())
}

/// `GET /v1/user-webhooks`: newest first.
pub(super) async fn list_webhooks(
    State(api): State<Api>,
    uri: Uri,
    headers: HeaderMap,
) -> Response {
    list(&api, &uri, &headers)
        .await
        .unwrap_or_else(error::respond)
}

async fn list(api: &Api, uri: &Uri, headers: &HeaderMap) -> Result<Response, Failure> {
    let context = auth::reading(api, headers).await?;
    let mut params = Params::of(uri);
    let asked = Asked::of(&mut params);
    error::refuse(params.into_faults())?;
    let (mut page, mut total) = (Vec::new(), 0);
    let mut part = ListPage {
        before_id: None,
        limit: WEBHOOK_PAGE_MAX,
    };
    // Other formats' subscriptions lie between; no more than a part of them is held at a time.
    loop {
        let found = api.app().subscriptions(&context, part).await?;
        let is_last = found.len() < part.limit;
        part.before_id = found.last().map(|last| last.id.get());
        for webhook in found.into_iter().filter(is_ours) {
            if total >= asked.offset() && page.len() < asked.limit {
                page.push(webhook);
            }
            total += 1;
        }
        if is_last {
            break;
        }
    }
    let shown = page.iter().map(|one| convert::user_webhook(one, None));
    Ok(Json(asked.show(shown.collect(), total)).into_response())
}

/// `GET /v1/user-webhooks/{id}`.
pub(super) async fn get_webhook(
    State(api): State<Api>,
    id: Segment,
    headers: HeaderMap,
) -> Response {
    get(&api, &segment(id), &headers)
        .await
        .unwrap_or_else(error::respond)
}

async fn get(api: &Api, id: &str, headers: &HeaderMap) -> Result<Response, Failure> {
    let context = auth::reading(api, headers).await?;
    let webhook = find(api, &context, id).await?;
    Ok(Json(convert::user_webhook(&webhook, None)).into_response())
}

/// `DELETE /v1/user-webhooks/{id}`.
pub(super) async fn delete_webhook(
    State(api): State<Api>,
    id: Segment,
    headers: HeaderMap,
) -> Response {
    delete(&api, &segment(id), &headers)
        .await
        .unwrap_or_else(error::respond)
}

async fn delete(api: &Api, id: &str, headers: &HeaderMap) -> Result<Response, Failure> {
    let context = auth::writing(api, headers).await?;
    let webhook = find(api, &context, id).await?;
    api.app().delete_subscription(&context, webhook.id).await?;
    let message = "Webhook removed.";
    Ok(Json(wire::Message { message }).into_response())
}

/// A subscription in this vendor's words that the id names.
async fn find(api: &Api, context: &Context, id: &str) -> Result<Subscription, AppError> {
    const MISSING: AppError = AppError::NotFound(Missing::Subscription);
    let number = views::by_code(auth::DIALECT, id).number;
    let id = number.and_then(SubscriptionId::new).ok_or(MISSING)?;
    let found = api.app().subscription(context, id).await?;
    if is_ours(&found) {
        Ok(found)
    } else {
        Err(MISSING)
    }
}

fn is_ours(subscription: &Subscription) -> bool {
    subscription.format == Format::DialNexa
}
