//! Campaigns: list, create, start and stop, delete.

use app::campaigns::CampaignEdit;
use app::{AppError, Missing};
use axum::Json;
use axum::body::Body;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Response};
use domain::CampaignId;
use domain::campaign::CampaignState;
use domain::fault::{Fault, Reason};

use super::convert::campaigns;
use super::error::{self, Page};
use super::{auth, wire};
use crate::extract::{MediaTypes, Segment, ignore_body, json_object, segment};
use crate::failure::Failure;
use crate::{Api, views};

/// `GET /api/user/campaigns`: all of them in a bare array.
pub(super) async fn list_campaigns(State(api): State<Api>, headers: HeaderMap) -> Response {
    list(&api, &headers).await.unwrap_or_else(error::respond)
}

async fn list(api: &Api, headers: &HeaderMap) -> Result<Response, Failure> {
    let context = auth::reading(api, headers).await?;
    let all = api.app().campaigns(&context).await?;
    let shown: Vec<_> = all.iter().map(campaigns::campaign).collect();
    Ok(Json(shown).into_response())
}

/// `POST /api/user/campaign`, and the same with `campaigns`.
pub(super) async fn create_campaign(
    State(api): State<Api>,
    headers: HeaderMap,
    body: Body,
) -> Response {
    create(&api, &headers, body)
        .await
        .unwrap_or_else(|failure| error::respond_on(Page::CreateCampaign, failure))
}

async fn create(api: &Api, headers: &HeaderMap, body: Body) -> Result<Response, Failure> {
    let context = auth::writing(api, headers).await?;
    let members = json_object(headers, body, MediaTypes::Json).await?;
    let (new, assistant, faults) = campaigns::new_campaign(members);
    if !faults.is_empty() {
        return Err(AppError::Invalid(faults).into());
    }
    // Leadbook keeps no assistants: any that can be is one.
    if assistant == 0 {
        return Err(AppError::NotFound(Missing::Agent).into());
    }
    let campaign = api.app().add_campaign(&context, new).await?;
    let created = wire::CampaignCreated {
        message: "Campaign created successfully",
        data: campaigns::campaign(&campaign),
    };
    Ok((StatusCode::CREATED, Json(created)).into_response())
}

/// `POST /api/user/campaigns/update-status`, and the same with `campaign`.
pub(super) async fn update_status(
    State(api): State<Api>,
    headers: HeaderMap,
    body: Body,
) -> Response {
    update(&api, &headers, body)
        .await
        .unwrap_or_else(|failure| error::respond_on(Page::UpdateStatus, failure))
}

async fn update(api: &Api, headers: &HeaderMap, body: Body) -> Result<Response, Failure> {
    let context = auth::writing(api, headers).await?;
    let members = json_object(headers, body, MediaTypes::Json).await?;
    let (number, state, faults) = campaigns::status_update(members);
    if !faults.is_empty() {
        return Err(AppError::Invalid(faults).into());
    }
    let id = CampaignId::new(number).ok_or(AppError::NotFound(Missing::Campaign))?;
    let found = api.app().campaign_of(&context, Some(id)).await?;
    found.ok_or(AppError::NotFound(Missing::Campaign))?;
    let Some(state) = state else {
        let fault = Fault::member(wire::ACTION, Reason::NotAllowed);
        return Err(AppError::Invalid(vec![fault]).into());
    };
    let edit = CampaignEdit {
        state: Some(state),
        ..CampaignEdit::default()
    };
    let campaign = api.app().edit_campaign(&context, id, edit).await?;
    let message = match state {
        CampaignState::Running => "Campaign started successfully.",
        _ => "Campaign stopped successfully.",
    };
    let data = wire::UpdatedStatus {
        campaign_id: campaign.id.get(),
        status: campaigns::shown_state(campaign.state),
    };
    let success = true;
    Ok(Json(wire::StatusUpdated {
        message,
        success,
        data,
    })
    .into_response())
}

/// `DELETE /api/user/campaign/{id}`. Its leads go with it.
pub(super) async fn delete_campaign(
    State(api): State<Api>,
    id: Segment,
    headers: HeaderMap,
    body: Body,
) -> Response {
    delete(&api, &segment(id), &headers, body)
        .await
        .unwrap_or_else(error::respond)
}

async fn delete(api: &Api, id: &str, headers: &HeaderMap, body: Body) -> Result<Response, Failure> {
    let context = auth::writing(api, headers).await?;
    ignore_body(body).await;
    let number = views::by_number(auth::DIALECT, id).number;
    let id = number.and_then(CampaignId::new);
    let id = id.ok_or(AppError::NotFound(Missing::Campaign))?;
    api.app().delete_campaign(&context, id).await?;
    Ok(Json(wire::Message {
        message: "Campaign deleted successfully",
    })
    .into_response())
}
