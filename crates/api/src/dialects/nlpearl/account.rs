//! The account, which is a workspace. Its credit is no business of ours: there is always some.

use axum::extract::State;
use axum::http::{HeaderMap, StatusCode};
use axum::response::Response;

use super::{auth, convert, error, quirks, wire};
use crate::Api;
use crate::failure::Failure;

/// `GET /v2/Account`, and the same in v1.
pub(super) async fn get_account(State(api): State<Api>, headers: HeaderMap) -> Response {
    get(&api, &headers).await.unwrap_or_else(error::respond)
}

async fn get(api: &Api, headers: &HeaderMap) -> Result<Response, Failure> {
    let context = auth::reading(api, headers).await?;
    let workspace = api.app().workspace(&context).await?;
    let pearls = api.app().campaigns(&context).await?;
    let agents = pearls.iter().map(convert::total_agents).map(u64::from);
    let account = wire::Account {
        name: &workspace.name,
        total_agents: agents.sum(),
        credit_balance: quirks::CREDIT_BALANCE,
        status: quirks::FULL_ACCESS,
    };
    Ok(quirks::answer(StatusCode::OK, &account))
}
