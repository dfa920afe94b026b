//! Notes on a lead: list. Adding and changing them is JourneyBee's so far, whose API alone has them.

use axum::Json;
use axum::extract::State;
use axum::http::HeaderMap;
use axum::response::{IntoResponse, Response};
use domain::command::LeadRef;

use super::leads::number;
use super::{convert, error, reading};
use crate::Api;
use crate::extract::{Segment, segment};
use crate::failure::Failure;

/// `GET /leadbook/v1/leads/{id}/notes`: oldest first, all of them.
pub(super) async fn list_notes(
    State(api): State<Api>,
    lead: Segment,
    headers: HeaderMap,
) -> Response {
    list(&api, &segment(lead), &headers)
        .await
        .unwrap_or_else(error::respond)
}

async fn list(api: &Api, lead: &str, headers: &HeaderMap) -> Result<Response, Failure> {
    let context = reading(api, headers).await?;
    let lead = LeadRef::Number(number(lead)?);
    let notes = api.app().notes(&context, &lead).await?;
    Ok(Json(convert::notes(notes)).into_response())
}
