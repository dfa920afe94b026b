//! Autocalls and its white labels (Intellixent, Famulor, …), after docs.autocalls.ai "Update Lead" as of
//! November 2026 and its siblings.
//!
//! Served: update in all four forms that real clients use, create, read one (an addition). Not here: lists,
//! delete, campaigns, calls.

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
    let lead = || {
        get(leads::get_lead)
            .put(leads::update_lead)
            .patch(leads::update_lead)
    };
    Routes::new()
        .route("/api/user/leads/{id}", lead())
        .route(quirks::UNPREFIXED_LEAD_PATH, lead())
        .route("/api/user/lead", post(leads::create_lead))
        .method_not_allowed_fallback(async || respond(Failure::MethodNotAllowed))
}

pub(crate) fn respond(failure: Failure) -> Response {
    error::respond(failure)
}
