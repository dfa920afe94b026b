//! JourneyBee, after docs.journeybee.io "Update Lead" (the numeric-id API under `/api/v1`) and its siblings.
//!
//! Served: leads (list, create, read one at the vendor's path and at the update's path as an addition, update, delete),
//! their notes, tags, custom field definitions, users. Not here: partners, their contacts and users, deals.

mod auth;
mod convert;
mod custom_fields;
mod error;
mod leads;
mod notes;
mod quirks;
mod tags;
mod users;
mod webhook;
mod wire;

use axum::response::Response;
use axum::routing::{get, patch};

use crate::failure::Failure;
use crate::routes::Routes;

pub(crate) use webhook::encode as lead_webhook;

pub(crate) fn routes() -> Routes {
    Routes::new()
        .route(
            "/api/v1/leads",
            get(leads::list_leads).post(leads::create_lead),
        )
        .route(
            "/api/v1/leads/{id}",
            get(leads::get_lead)
                .patch(leads::update_lead)
                .delete(leads::delete_lead),
        )
        .route(
            "/api/v1/companies/{company}/leads/{id}",
            get(leads::get_company_lead),
        )
        .route(
            "/api/v1/leads/{id}/notes",
            get(notes::list_notes).post(notes::add_note),
        )
        .route("/api/v1/leads/{id}/notes/{note}", patch(notes::update_note))
        .route("/api/v1/tags", get(tags::list_tags).post(tags::create_tag))
        .route(
            "/api/v1/custom-fields",
            get(custom_fields::list_custom_fields).post(custom_fields::create_custom_field),
        )
        .route("/api/v1/users", get(users::list_users))
        .method_not_allowed_fallback(async || respond(Failure::MethodNotAllowed))
}

pub(crate) fn respond(failure: Failure) -> Response {
    error::respond(failure)
}
