//! Campaign leads: update, create, read one.

use app::AppError;
use app::CampaignRef;
use app::leads::Creation;
use axum::Json;
use axum::body::Body;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Response};
use domain::command::Update;
use domain::edit::Change;
use domain::guard::{AttemptGuard, Guard};

use super::{auth, convert, error};
use crate::extract::{MediaTypes, Segment, json_object, segment};
use crate::failure::Failure;
use crate::{Api, views};

/// `PATCH /v1/campaigns-leads/{id}`: only before the first attempt.
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
    let guard = Guard {
        attempt: AttemptGuard::BeforeFirst,
        ..Guard::default()
    };
    let update = Update {
        lead: views::lead(views::by_code(auth::DIALECT, id)),
        in_campaign: None,
        edit,
        guard,
    };
    if !faults.is_empty() {
        let error = api.app().refuse_update(&context, &update, faults).await;
        return Err(error.into());
    }
    let done = api.app().update_lead(&context, update).await?;
    Ok(Json(convert::lead(&done.lead, Some(id))).into_response())
}

/// `POST /v1/campaigns-leads`.
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
    let (campaign, mut edit, faults) = convert::creation(members);
    // An unknown campaign (404) comes before the faults (400).
    if let Some(id) = campaign {
        let reference = CampaignRef::Vendor(views::by_code(auth::DIALECT, &id));
        edit.campaign = Change::Set(api.app().campaign(&context, reference).await?.id);
    }
    if !faults.is_empty() {
        return Err(AppError::Invalid(faults).into());
    }
    let creation = Creation {
        edit,
        ..Creation::default()
    };
    let lead = api.app().create_lead(&context, creation).await?.lead;
    Ok((StatusCode::CREATED, Json(convert::lead(&lead, None))).into_response())
}

/// `GET /v1/campaigns-leads/{id}`.
pub(super) async fn get_lead(State(api): State<Api>, id: Segment, headers: HeaderMap) -> Response {
    get(&api, &segment(id), &headers)
        .await
        .unwrap_or_else(error::respond)
}

async fn get(api: &Api, id: &str, headers: &HeaderMap) -> Result<Response, Failure> {
    let context = auth::reading(api, headers).await?;
    let reference = views::lead(views::by_code(auth::DIALECT, id));
    let lead = api.app().lead(&context, &reference, None).await?;
    Ok(Json(convert::lead(&lead, Some(id))).into_response())
}
