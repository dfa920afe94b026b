//! Searches in the leads of a pearl.

use axum::body::Body;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode};
use axum::response::Response;

use super::super::{auth, campaigns, convert, error, quirks, wire};
use crate::Api;
use crate::extract::{MediaTypes, Segment, json_object, segment};
use crate::failure::Failure;
use app::AppError;

/// `POST /v2/Outbound/{pearlId}/Leads`, and the same in v1.
pub(in super::super) async fn search_leads(
    State(api): State<Api>,
    pearl: Segment,
    headers: HeaderMap,
    body: Body,
) -> Response {
    search(&api, &segment(pearl), &headers, body)
        .await
        .unwrap_or_else(error::respond)
}

async fn search(
    api: &Api,
    pearl: &str,
    headers: &HeaderMap,
    body: Body,
) -> Result<Response, Failure> {
    let context = auth::reading(api, headers).await?;
    let members = json_object(headers, body, MediaTypes::AnyJson).await?;
    let pearl = campaigns::find(api, &context, pearl).await?;
    let (search, faults) = convert::lead_search(members, pearl.id);
    if !faults.is_empty() {
        return Err(AppError::Invalid(faults).into());
    }
    let found = api
        .app()
        .list_leads(&context, search.filter, search.page)
        .await?;
    let now = api.app().environment().now();
    let items = found.leads.iter();
    let items = items.map(|lead| convert::lead_item(lead, &pearl, now));
    let page = wire::Found {
        count: found.total,
        results: items.collect(),
    };
    Ok(quirks::answer(StatusCode::OK, &page))
}
