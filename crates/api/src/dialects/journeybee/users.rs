//! Users of the company: list. Who is disabled or works for a partner does not exist here, so `indirect` adds nobody.

use axum::Json;
use axum::extract::State;
use axum::http::HeaderMap;
use axum::response::{IntoResponse, Response};

use super::{auth, convert, error};
use crate::Api;
use crate::failure::Failure;

/// `GET /api/v1/users`.
pub(super) async fn list_users(State(api): State<Api>, headers: HeaderMap) -> Response {
    list(&api, &headers).await.unwrap_or_else(error::respond)
}

async fn list(api: &Api, headers: &HeaderMap) -> Result<Response, Failure> {
    let context = auth::reading(api, headers).await?;
    let users = api.app().users(&context).await?;
    let shown: Vec<_> = users.into_iter().map(convert::user_of_company).collect();
    Ok(Json(shown).into_response())
}
