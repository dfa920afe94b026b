//! The dialer's side: claim a lead, start a reserved call, report the outcome.

use app::CampaignRef;
use app::calls::ClaimRequest;
use app::{AppError, Missing};
use axum::Json;
use axum::body::Body;
use axum::extract::State;
use axum::http::HeaderMap;
use axum::response::{IntoResponse, Response};
use domain::event::Dialect;
use domain::{CallId, CampaignId};

use super::{convert, error, reading, writing};
use crate::extract::{MediaTypes, Segment, json_object, segment};
use crate::failure::Failure;
use crate::{Api, views};

/// `POST /leadbook/v1/campaigns/{id}/claim`.
pub(super) async fn claim_lead(
    State(api): State<Api>,
    id: Segment,
    headers: HeaderMap,
    body: Body,
) -> Response {
    claim(&api, &segment(id), &headers, body)
        .await
        .unwrap_or_else(error::respond)
}

async fn claim(api: &Api, id: &str, headers: &HeaderMap, body: Body) -> Result<Response, Failure> {
    let context = writing(api, headers).await?;
    let (claim, faults) = convert::claim(json_object(headers, body, MediaTypes::Json).await?);
    let number = views::by_number(Dialect::Leadbook, id)
        .number
        .and_then(CampaignId::new);
    let reference = CampaignRef::Number(number.ok_or(AppError::NotFound(Missing::Campaign))?);
    let campaign = api.app().campaign(&context, reference).await?.id;
    if !faults.is_empty() {
        return Err(AppError::Invalid(faults).into());
    }
    let convert::ClaimBody {
        lead,
        lease_ms,
        hold,
    } = claim;
    let request = ClaimRequest {
        campaign,
        lead,
        lease_ms,
        hold,
    };
    let done = api.app().claim_lead(&context, request).await?;
    Ok(Json(convert::claimed(done.as_ref().map(|done| &*done.lead))).into_response())
}

/// `GET /leadbook/v1/calls/{id}`.
pub(super) async fn get_call(State(api): State<Api>, id: Segment, headers: HeaderMap) -> Response {
    get(&api, &segment(id), &headers)
        .await
        .unwrap_or_else(error::respond)
}

async fn get(api: &Api, id: &str, headers: &HeaderMap) -> Result<Response, Failure> {
    let context = reading(api, headers).await?;
    let call = api.app().call(&context, number(id)?).await?;
    Ok(Json(convert::call(&call)).into_response())
}

/// `POST /leadbook/v1/calls/{id}/start`.
pub(super) async fn start_call(
    State(api): State<Api>,
    id: Segment,
    headers: HeaderMap,
    body: Body,
) -> Response {
    start(&api, &segment(id), &headers, body)
        .await
        .unwrap_or_else(error::respond)
}

async fn start(api: &Api, id: &str, headers: &HeaderMap, body: Body) -> Result<Response, Failure> {
    let context = writing(api, headers).await?;
    let mut members = json_object(headers, body, MediaTypes::Json).await?;
    let fence_token = convert::fence_token(&mut members);
    members.refuse_rest();
    let call = number(id)?;
    let faults = members.into_faults();
    if !faults.is_empty() {
        return Err(AppError::Invalid(faults).into());
    }
    let done = api.app().start_call(&context, call, fence_token).await?;
    Ok(Json(convert::claimed(Some(&done.lead))).into_response())
}

/// `POST /leadbook/v1/calls/{id}/outcome`.
pub(super) async fn end_call(
    State(api): State<Api>,
    id: Segment,
    headers: HeaderMap,
    body: Body,
) -> Response {
    end(&api, &segment(id), &headers, body)
        .await
        .unwrap_or_else(error::respond)
}

async fn end(api: &Api, id: &str, headers: &HeaderMap, body: Body) -> Result<Response, Failure> {
    let context = writing(api, headers).await?;
    let members = json_object(headers, body, MediaTypes::Json).await?;
    let (end, faults) = convert::outcome(members, number(id)?);
    if !faults.is_empty() {
        return Err(AppError::Invalid(faults).into());
    }
    let done = api.app().end_call(&context, end).await?;
    Ok(Json(convert::lead(&done.lead)).into_response())
}

fn number(id: &str) -> Result<CallId, Failure> {
    let number = views::by_number(Dialect::Leadbook, id)
        .number
        .and_then(CallId::new);
    Ok(number.ok_or(AppError::NotFound(Missing::Call))?)
}
