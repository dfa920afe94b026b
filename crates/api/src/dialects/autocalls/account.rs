//! The account that the key belongs to: the vendor's own clients test their key with it.

use axum::Json;
use axum::extract::State;
use axum::http::HeaderMap;
use axum::response::{IntoResponse, Response};

use super::{auth, error, quirks, wire};
use crate::Api;
use crate::failure::Failure;

/// `GET /api/user/me`.
pub(super) async fn get_account(State(api): State<Api>, headers: HeaderMap) -> Response {
    get(&api, &headers).await.unwrap_or_else(error::respond)
}

async fn get(api: &Api, headers: &HeaderMap) -> Result<Response, Failure> {
    let context = auth::reading(api, headers).await?;
    let workspace = api.app().workspace(&context).await?;
    Ok(Json(wire::Account {
        name: workspace.name.clone(),
        email: quirks::ACCOUNT_EMAIL,
        total_balance: quirks::ACCOUNT_BALANCE,
    })
    .into_response())
}
