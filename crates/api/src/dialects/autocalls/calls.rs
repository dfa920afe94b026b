//! Calls as they were made: list, read, delete. Making one is a dialer's business.

use app::{AppError, CallRecord, Conflict};
use axum::Json;
use axum::body::Body;
use axum::extract::State;
use axum::http::{HeaderMap, Uri};
use axum::response::{IntoResponse, Response};

use super::convert::{assistants, calls, filters};
use super::error::{self, Page};
use super::{auth, pages, quirks, wire};
use crate::extract::{Params, Segment, ignore_body, segment};
use crate::failure::Failure;
use crate::{Api, views};

/// `GET /api/user/calls`.
pub(super) async fn list_calls(State(api): State<Api>, uri: Uri, headers: HeaderMap) -> Response {
    list(&api, &headers, &uri)
        .await
        .unwrap_or_else(error::respond)
}

async fn list(api: &Api, headers: &HeaderMap, uri: &Uri) -> Result<Response, Failure> {
    let context = auth::reading(api, headers).await?;
    let mut params = Params::of(uri);
    let (mut filter, assistant) = filters::calls(&mut params);
    let asked = filters::asked(&mut params, quirks::PER_PAGE);
    params.check()?;
    if let Some(assistant) = assistant {
        let agent = assistants::agent(assistant);
        let mut of_agent = api.app().campaigns_of_agent(&context, &agent).await?;
        of_agent.retain(|id| filter.campaigns.as_ref().is_none_or(|ids| ids.contains(id)));
        filter.campaigns = Some(of_agent);
    }
    let page = filters::call_page(asked);
    let list = api.app().list_calls(&context, filter, page).await?;
    let mut shown = Vec::with_capacity(list.calls.len());
    for call in &list.calls {
        let campaign = api
            .app()
            .campaign_of(&context, Some(call.campaign_id))
            .await?;
        shown.push(calls::call(call, campaign.as_deref()));
    }
    let request = (headers, uri);
    Ok(pages::respond(&context, request, asked, list.total, shown))
}

/// `GET /api/user/calls/{id}`.
pub(super) async fn get_call(State(api): State<Api>, id: Segment, headers: HeaderMap) -> Response {
    get(&api, &segment(id), &headers)
        .await
        .unwrap_or_else(error::respond)
}

async fn get(api: &Api, id: &str, headers: &HeaderMap) -> Result<Response, Failure> {
    let context = auth::reading(api, headers).await?;
    let call = named(api, &context, id).await?;
    let campaign = api
        .app()
        .campaign_of(&context, Some(call.campaign_id))
        .await?;
    Ok(Json(calls::call(&call, campaign.as_deref())).into_response())
}

async fn named(api: &Api, context: &app::Context, id: &str) -> Result<CallRecord, AppError> {
    let id = views::by_number(auth::DIALECT, id);
    api.app().call_by_vendor_id(context, &id).await
}

/// `DELETE /api/user/calls/{id}`.
pub(super) async fn delete_call(
    State(api): State<Api>,
    id: Segment,
    headers: HeaderMap,
    body: Body,
) -> Response {
    delete(&api, &segment(id), &headers, body)
        .await
        .unwrap_or_else(|failure| error::respond_on(Page::DeleteCall, failure))
}

async fn delete(api: &Api, id: &str, headers: &HeaderMap, body: Body) -> Result<Response, Failure> {
    let context = auth::writing(api, headers).await?;
    ignore_body(body).await;
    let call = named(api, &context, id).await?;
    if api.app().delete_calls(&context, &[call.id]).await? == 0 {
        return Err(AppError::Conflict(Conflict::CallActive).into());
    }
    Ok(Json(wire::Message {
        message: "Call deleted successfully",
    })
    .into_response())
}
