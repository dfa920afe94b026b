//! Campaigns: create, list, read, update, where one stands.

use std::sync::Arc;

use app::{AppError, CampaignRef, Context};
use axum::Json;
use axum::body::Body;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode, Uri};
use axum::response::{IntoResponse, Response};
use domain::campaign::Campaign;

use super::convert::campaigns as convert;
use super::convert::pages::Asked;
use super::{auth, error};
use crate::extract::{MediaTypes, Params, Segment, json_object, segment};
use crate::failure::Failure;
use crate::{Api, views};

/// `POST /v1/campaigns`.
pub(super) async fn create_campaign(
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
    let (new, faults) = convert::new_campaign(members);
    error::refuse(faults)?;
    let campaign = api.app().add_campaign(&context, new).await?;
    let shown = show(api, &context, &campaign, None).await?;
    Ok((StatusCode::CREATED, shown).into_response())
}

/// `GET /v1/campaigns`: newest first.
pub(super) async fn list_campaigns(
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
    let campaigns = api.app().campaigns(&context).await?;
    let total = campaigns.len() as u64;
    let offset = usize::try_from(asked.offset()).unwrap_or(usize::MAX);
    let page = campaigns.iter().rev().skip(offset).take(asked.limit);
    let mut shown = Vec::with_capacity(asked.limit);
    for campaign in page {
        let counts = api.app().lead_counts(&context, campaign.id).await?;
        shown.push(convert::campaign(campaign, &counts, None));
    }
    Ok(Json(asked.show(shown, total)).into_response())
}

/// `GET /v1/campaigns/{id}`.
pub(super) async fn get_campaign(
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
    let campaign = find(api, &context, id).await?;
    show(api, &context, &campaign, Some(id)).await
}

/// `GET /v1/campaigns/{id}/status`.
pub(super) async fn get_campaign_status(
    State(api): State<Api>,
    id: Segment,
    headers: HeaderMap,
) -> Response {
    get_status(&api, &segment(id), &headers)
        .await
        .unwrap_or_else(error::respond)
}

async fn get_status(api: &Api, id: &str, headers: &HeaderMap) -> Result<Response, Failure> {
    let context = auth::reading(api, headers).await?;
    let campaign = find(api, &context, id).await?;
    let counts = api.app().lead_counts(&context, campaign.id).await?;
    Ok(Json(convert::campaign_status(&campaign, &counts, id)).into_response())
}

/// `PATCH /v1/campaigns/{id}`.
pub(super) async fn update_campaign(
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
    let context = auth::writing(api, headers).await?;
    let members = json_object(headers, body, MediaTypes::Json).await?;
    // An unknown campaign (404) comes before the faults (400).
    let campaign = find(api, &context, id).await?;
    let (edit, faults) = convert::campaign_edit(members, &campaign);
    error::refuse(faults)?;
    let after = api.app().edit_campaign(&context, campaign.id, edit).await?;
    show(api, &context, &after, Some(id)).await
}

/// The campaign that an id names.
pub(super) async fn find(
    api: &Api,
    context: &Context,
    id: &str,
) -> Result<Arc<Campaign>, AppError> {
    let reference = CampaignRef::Vendor(views::by_code(auth::DIALECT, id));
    api.app().campaign(context, reference).await
}

async fn show(
    api: &Api,
    context: &Context,
    campaign: &Campaign,
    asked_for: Option<&str>,
) -> Result<Response, Failure> {
    let counts = api.app().lead_counts(context, campaign.id).await?;
    Ok(Json(convert::campaign(campaign, &counts, asked_for)).into_response())
}
