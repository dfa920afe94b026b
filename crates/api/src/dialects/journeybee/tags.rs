//! Tags: list, create.

use app::AppError;
use axum::Json;
use axum::body::Body;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode, Uri};
use axum::response::{IntoResponse, Response};

use super::{auth, convert, error};
use crate::Api;
use crate::extract::{MediaTypes, json_object};
use crate::failure::Failure;

/// `GET /api/v1/tags`.
pub(super) async fn list_tags(State(api): State<Api>, uri: Uri, headers: HeaderMap) -> Response {
    list(&api, &uri, &headers)
        .await
        .unwrap_or_else(error::respond)
}

async fn list(api: &Api, uri: &Uri, headers: &HeaderMap) -> Result<Response, Failure> {
    let context = auth::reading(api, headers).await?;
    let (filter, faults) = convert::tag_filter(uri);
    if !faults.is_empty() {
        return Err(AppError::Invalid(faults).into());
    }
    let mut tags = api.app().tags(&context).await?;
    tags.retain(|tag| filter.matches(tag.association, tag.partner_type.as_deref()));
    let company = context.workspace_id;
    let shown = tags.into_iter();
    let shown = shown.map(|tag| convert::tag_definition(tag, company));
    Ok(Json(shown.collect::<Vec<_>>()).into_response())
}

/// `POST /api/v1/tags`.
pub(super) async fn create_tag(State(api): State<Api>, headers: HeaderMap, body: Body) -> Response {
    create(&api, &headers, body)
        .await
        .unwrap_or_else(error::respond)
}

async fn create(api: &Api, headers: &HeaderMap, body: Body) -> Result<Response, Failure> {
    let context = auth::writing(api, headers).await?;
    let members = json_object(headers, body, MediaTypes::Json).await?;
    let new = convert::new_tag(members).map_err(AppError::Invalid)?;
    let tag = api.app().add_tag(&context, new).await?;
    Ok((StatusCode::CREATED, Json(convert::created_tag(&tag))).into_response())
}
