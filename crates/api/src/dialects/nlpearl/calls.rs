//! Calls: searched in a pearl, read, deleted from the log.

use std::sync::Arc;

use app::{AppError, CallList, CallRecord, Context, Missing};
use axum::body::Body;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode};
use axum::response::Response;
use domain::CallId;
use domain::campaign::Campaign;

use super::{auth, campaigns, convert, error, quirks, wire};
use crate::Api;
use crate::extract::{MediaTypes, Segment, json_object, segment};
use crate::failure::Failure;

/// `POST /v2/Pearl/{pearlId}/Calls`; in v1 `/v1/Outbound/{outboundId}/Calls`.
pub(super) async fn search_calls(
    State(api): State<Api>,
    pearl: Segment,
    headers: HeaderMap,
    body: Body,
) -> Response {
    search(&api, &segment(pearl), &headers, body)
        .await
        .unwrap_or_else(error::respond)
}

async fn search(
    api: &Api,
    pearl: &str,
    headers: &HeaderMap,
    body: Body,
) -> Result<Response, Failure> {
    let context = auth::reading(api, headers).await?;
    let members = json_object(headers, body, MediaTypes::AnyJson).await?;
    let pearl = campaigns::find(api, &context, pearl).await?;
    let (search, faults) = convert::call_search(members, pearl.id);
    if !faults.is_empty() {
        return Err(AppError::Invalid(faults).into());
    }
    let CallList { calls, total } = match search.filter {
        Some(filter) => api.app().list_calls(&context, filter, search.page).await?,
        None => CallList {
            calls: Vec::new(),
            total: 0,
        },
    };
    let page = wire::Found {
        count: total,
        results: calls.iter().map(convert::call_item).collect(),
    };
    Ok(quirks::answer(StatusCode::OK, &page))
}

/// `GET /v2/Call/{callId}`, and the same in v1.
pub(super) async fn get_call(
    State(api): State<Api>,
    call: Segment,
    headers: HeaderMap,
) -> Response {
    get(&api, &segment(call), &headers)
        .await
        .unwrap_or_else(error::respond)
}

async fn get(api: &Api, id: &str, headers: &HeaderMap) -> Result<Response, Failure> {
    let context = auth::reading(api, headers).await?;
    let (call, pearl) = named(api, &context, id).await?;
    Ok(quirks::answer(
        StatusCode::OK,
        &convert::call(&call, &pearl),
    ))
}

/// The call of this id, and its pearl: the calls of a pearl go with it.
async fn named(
    api: &Api,
    context: &Context,
    id: &str,
) -> Result<(CallRecord, Arc<Campaign>), AppError> {
    let id = convert::call_named(id);
    let call = api.app().call_by_vendor_id(context, &id).await?;
    let pearl = api.app().campaign_of(context, Some(call.campaign_id));
    let pearl = pearl.await?.ok_or(AppError::NotFound(Missing::Call))?;
    Ok((call, pearl))
}

/// `DELETE /v2/Call`, and the same in v1: whatever of the calls is there and has ended.
pub(super) async fn delete_calls(
    State(api): State<Api>,
    headers: HeaderMap,
    body: Body,
) -> Response {
    delete(&api, &headers, body)
        .await
        .unwrap_or_else(error::respond)
}

/// Answers whether every id was that of a call that could be deleted.
async fn delete(api: &Api, headers: &HeaderMap, body: Body) -> Result<Response, Failure> {
    let context = auth::writing(api, headers).await?;
    let members = json_object(headers, body, MediaTypes::AnyJson).await?;
    let (mut ids, faults) = convert::call_ids(members);
    if !faults.is_empty() {
        return Err(AppError::Invalid(faults).into());
    }
    ids.sort_unstable();
    ids.dedup();
    let mut calls = Vec::with_capacity(ids.len());
    for id in &ids {
        calls.extend(find(api, &context, id).await?);
    }
    let deleted = api.app().delete_calls(&context, &calls).await?;
    Ok(quirks::answer(StatusCode::OK, &(deleted == ids.len())))
}

async fn find(api: &Api, context: &Context, id: &str) -> Result<Option<CallId>, AppError> {
    match named(api, context, id).await {
        Ok((call, _)) => Ok(Some(call.id)),
        Err(AppError::NotFound(_)) => Ok(None),
        Err(error) => Err(error),
    }
}
