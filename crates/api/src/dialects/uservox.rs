//! UserVox, after docs.uservox.ai "Update Lead" (the queued form of 2026) and its siblings.
//!
//! Served: update (accepted now, applied by a worker, told by webhook), initiate one lead or many, read one lead.
//! A project is a workspace, a process is a campaign. Not here: one activity by its id, whose path no page shows.
//! Told: results of updates, activities.

mod activities;
mod auth;
mod convert;
mod error;
mod initiate;
mod leads;
mod process;
mod quirks;
mod rates;
mod webhook;
mod wire;

use axum::response::Response;
use axum::routing::{get, post};

use crate::failure::Failure;
use crate::routes::Routes;

pub use process::default_stages;
pub(crate) use rates::RATED;
pub(crate) use webhook::encode as update_webhook;

pub(crate) fn routes() -> Routes {
    Routes::new()
        .route("/api/v1/leads/update", post(leads::update_lead))
        .route("/api/v1/leads/initiate", post(initiate::initiate_lead))
        .route(
            "/api/v1/leads/bulk/initiate",
            post(initiate::initiate_leads),
        )
        .route("/api/v1/leads/get", get(leads::get_lead))
        .method_not_allowed_fallback(async || respond(Failure::MethodNotAllowed))
}

pub(crate) fn respond(failure: Failure) -> Response {
    error::respond(failure, &wire::Named::default())
}
