//! Our own API, under `/leadbook/v1`: what no vendor's API can say (clear, merge patch, versions, history,
//! what to do during a call), and the dialer's side of a call. Errors are problem+json (RFC 9457).
//!
//! Leads and calls only; lists, imports and subscriptions are not here yet.

mod calls;
mod convert;
mod error;
mod leads;
mod wire;

use app::Context;
use axum::Router;
use axum::http::HeaderMap;
use axum::response::Response;
use axum::routing::{get, post};
use domain::event::Dialect;

use crate::Api;
use crate::failure::Failure;

pub(crate) fn routes() -> Router<Api> {
    Router::new()
        .route("/leadbook/v1/leads", post(leads::create_lead))
        .route(
            "/leadbook/v1/leads/{id}",
            get(leads::get_lead).patch(leads::update_lead),
        )
        .route("/leadbook/v1/leads/{id}/history", get(leads::list_events))
        .route("/leadbook/v1/campaigns/{id}/claim", post(calls::claim_lead))
        .route("/leadbook/v1/calls/{id}", get(calls::get_call))
        .route("/leadbook/v1/calls/{id}/start", post(calls::start_call))
        .route("/leadbook/v1/calls/{id}/outcome", post(calls::end_call))
        .method_not_allowed_fallback(async || respond(Failure::MethodNotAllowed))
}

/// Faults in our own words, for the command line.
pub fn explain(faults: &[domain::fault::Fault]) -> String {
    error::explain(faults)
}

pub(crate) fn respond(failure: Failure) -> Response {
    error::respond(failure)
}

async fn reading(api: &Api, headers: &HeaderMap) -> Result<Context, Failure> {
    api.reading(headers, Dialect::Leadbook).await
}

async fn writing(api: &Api, headers: &HeaderMap) -> Result<Context, Failure> {
    api.writing(headers, Dialect::Leadbook).await
}
