//! DialNexa, after dialnexa.mintlify.app "Update Campaign Lead" and its siblings. The vendor's current contract
//! has dropped campaign leads; this serves the clients left behind.
//!
//! Served: update, create and read one. Not here: file upload, delete, campaigns, call logs, webhooks.

mod auth;
mod convert;
mod error;
mod leads;
mod quirks;
mod webhook;
mod wire;

use axum::response::Response;
use axum::routing::{get, post};

use crate::failure::Failure;
use crate::routes::Routes;

pub(crate) use webhook::encode as call_webhook;

pub(crate) fn routes() -> Routes {
    Routes::new()
        .route("/v1/campaigns-leads", post(leads::create_lead))
        .route(
            "/v1/campaigns-leads/{id}",
            get(leads::get_lead).patch(leads::update_lead),
        )
        .method_not_allowed_fallback(async || respond(Failure::MethodNotAllowed))
}

pub(crate) fn respond(failure: Failure) -> Response {
    error::respond(failure)
}
