//! Custom field definitions: list, create.

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

/// `GET /api/v1/custom-fields`.
pub(super) async fn list_custom_fields(
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
    let (filter, faults) = convert::field_filter(uri);
    if !faults.is_empty() {
        return Err(AppError::Invalid(faults).into());
    }
    let mut fields = api.app().fields(&context).await?;
    fields.retain(|field| filter.matches(field.association, field.partner_type.as_deref()));
    let shown: Vec<_> = fields.into_iter().map(convert::field).collect();
    Ok(Json(shown).into_response())
}

/// `POST /api/v1/custom-fields`.
pub(super) async fn create_custom_field(
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
    let new = convert::new_field(members).map_err(AppError::Invalid)?;
    let field = api.app().add_field(&context, new).await?;
    Ok((StatusCode::CREATED, Json(convert::created_field(&field))).into_response())
}
