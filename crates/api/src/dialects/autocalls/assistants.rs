//! Assistants: those that campaigns name, and the URL that hears how their calls ended.

use app::AppError;
use axum::Json;
use axum::body::Body;
use axum::extract::State;
use axum::http::{HeaderMap, Uri};
use axum::response::{IntoResponse, Response};
use domain::subscription::Format;

use super::convert::{assistants, filters};
use super::{auth, error, pages, quirks, wire};
use crate::Api;
use crate::extract::{MediaTypes, Params, json_object};
use crate::failure::Failure;

/// `GET /api/user/assistants/outbound`, and the same without `/outbound`, which the vendor's own n8n node asks for: all of
/// them in a bare array.
pub(super) async fn list_assistants(State(api): State<Api>, headers: HeaderMap) -> Response {
    list(&api, &headers).await.unwrap_or_else(error::respond)
}

async fn list(api: &Api, headers: &HeaderMap) -> Result<Response, Failure> {
    let context = auth::reading(api, headers).await?;
    let campaigns = api.app().campaigns(&context).await?;
    Ok(Json(assistants::assistants(&campaigns)).into_response())
}

/// `GET /api/user/assistants/get`.
pub(super) async fn page_assistants(
    State(api): State<Api>,
    uri: Uri,
    headers: HeaderMap,
) -> Response {
    page(&api, &headers, &uri)
        .await
        .unwrap_or_else(error::respond)
}

async fn page(api: &Api, headers: &HeaderMap, uri: &Uri) -> Result<Response, Failure> {
    let context = auth::reading(api, headers).await?;
    let mut params = Params::of(uri);
    let asked = filters::asked(&mut params, quirks::ASSISTANTS_PER_PAGE);
    let may_be_outbound = filters::may_be_outbound(&mut params);
    params.check()?;
    let campaigns = api.app().campaigns(&context).await?;
    let mut all = assistants::assistants(&campaigns);
    if !may_be_outbound {
        all.clear();
    }
    let total = all.len() as u64;
    let skipped = usize::try_from(asked.offset()).unwrap_or(usize::MAX);
    let page: Vec<_> = all.into_iter().skip(skipped).take(asked.limit()).collect();
    Ok(pages::respond(&context, (headers, uri), asked, total, page))
}

/// `POST /api/user/assistants/enable-webhook`.
pub(super) async fn enable_webhook(
    State(api): State<Api>,
    headers: HeaderMap,
    body: Body,
) -> Response {
    enable(&api, &headers, body)
        .await
        .unwrap_or_else(error::respond)
}

async fn enable(api: &Api, headers: &HeaderMap, body: Body) -> Result<Response, Failure> {
    let context = auth::writing(api, headers).await?;
    let members = json_object(headers, body, MediaTypes::Json).await?;
    let (assistant, url, faults) = assistants::enabling(members);
    if !faults.is_empty() {
        return Err(AppError::Invalid(faults).into());
    }
    let agent = assistants::agent(assistant);
    let set = api
        .app()
        .set_agent_hook(&context, &agent, Format::Autocalls, url);
    set.await?;
    Ok(done("Webhook enabled successfully"))
}

/// `POST /api/user/assistants/disable-webhook`.
pub(super) async fn disable_webhook(
    State(api): State<Api>,
    headers: HeaderMap,
    body: Body,
) -> Response {
    disable(&api, &headers, body)
        .await
        .unwrap_or_else(error::respond)
}

async fn disable(api: &Api, headers: &HeaderMap, body: Body) -> Result<Response, Failure> {
    let context = auth::writing(api, headers).await?;
    let members = json_object(headers, body, MediaTypes::Json).await?;
    let (assistant, faults) = assistants::disabling(members);
    if !faults.is_empty() {
        return Err(AppError::Invalid(faults).into());
    }
    let agent = assistants::agent(assistant);
    let cleared = api
        .app()
        .clear_agent_hook(&context, &agent, Format::Autocalls);
    cleared.await?;
    Ok(done("Webhook disabled successfully"))
}

fn done(message: &'static str) -> Response {
    let data = [];
    Json(wire::Done { message, data }).into_response()
}
