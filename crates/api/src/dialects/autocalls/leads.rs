//! Leads: update, create, read one.

use app::leads::Creation;
use axum::Json;
use axum::body::Body;
use axum::extract::State;
use axum::http::HeaderMap;
use axum::response::{IntoResponse, Response};
use domain::command::Update;
use domain::guard::Guard;

use super::{auth, convert, error, wire};
use crate::extract::{MediaTypes, Segment, json_object, segment};
use crate::failure::Failure;
use crate::{Api, views};

/// `PUT` and `PATCH /api/user/leads/{id}`, and the same without `/user`.
pub(super) async fn update_lead(
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
    let (edit, faults) = convert::update(members);
    let lead = views::lead(views::by_number(auth::DIALECT, id));
    let update = Update {
        lead,
        in_campaign: None,
        edit,
        guard: Guard::default(),
    };
    if !faults.is_empty() {
        return Err(api
            .app()
            .refuse_update(&context, &update, faults)
            .await
            .into());
    }
    api.app().update_lead(&context, update).await?;
    Ok(Json(wire::Message {
        message: "Lead updated successfully",
    })
    .into_response())
}

/// `POST /api/user/lead`.
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
    let context = auth::writing(api, headers).await?;
    let members = json_object(headers, body, MediaTypes::Json).await?;
    let (edit, unique, faults) = convert::creation(members);
    if !faults.is_empty() {
        return Err(app::AppError::Invalid(faults).into());
    }
    let creation = Creation {
        edit,
        unique,
        ..Creation::default()
    };
    let lead = api.app().create_lead(&context, creation).await?.lead;
    let campaign = api.app().campaign_of(&context, lead.campaign_id).await?;
    let data = convert::lead(&lead, campaign.as_deref());
    Ok(Json(wire::Created {
        message: "Lead created successfully",
        data,
    })
    .into_response())
}

/// `GET /api/user/leads/{id}`: no page documents it, a published client calls it.
pub(super) async fn get_lead(State(api): State<Api>, id: Segment, headers: HeaderMap) -> Response {
    get(&api, &segment(id), &headers)
        .await
        .unwrap_or_else(error::respond)
}

async fn get(api: &Api, id: &str, headers: &HeaderMap) -> Result<Response, Failure> {
    let context = auth::reading(api, headers).await?;
    let lead = views::lead(views::by_number(auth::DIALECT, id));
    let lead = api.app().lead(&context, &lead, None).await?;
    let campaign = api.app().campaign_of(&context, lead.campaign_id).await?;
    Ok(Json(convert::lead(&lead, campaign.as_deref())).into_response())
}
