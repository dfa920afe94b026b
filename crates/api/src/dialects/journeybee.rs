//! JourneyBee, after docs.journeybee.io "Update Lead" (the numeric-id API under `/api/v1`) and its siblings.
//!
//! Served: update, create one lead, read one lead (at the vendor's path, and at the update's path as an
//! addition). Not here: lists, delete, notes, partners and deals.

mod auth;
mod convert;
mod error;
mod leads;
mod quirks;
mod webhook;
mod wire;

use axum::response::Response;
use axum::routing::{get, patch, post};

use crate::failure::Failure;
use crate::routes::Routes;

pub(crate) use webhook::encode as lead_webhook;

pub(crate) fn routes() -> Routes {
    Routes::new()
        .route("/api/v1/leads", post(leads::create_lead))
        .route(
            "/api/v1/leads/{id}",
            patch(leads::update_lead).get(leads::get_lead),
        )
        .route(
            "/api/v1/companies/{company}/leads/{id}",
            get(leads::get_company_lead),
        )
        .method_not_allowed_fallback(async || respond(Failure::MethodNotAllowed))
}

pub(crate) fn respond(failure: Failure) -> Response {
    error::respond(failure)
}
