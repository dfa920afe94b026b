//! Autocalls and its white labels (Intellixent, Famulor, …), after docs.autocalls.ai "Update Lead" as of
//! November 2026 and its siblings.
//!
//! Served: leads, campaigns, calls as they were made, the assistants that campaigns name and their post-call webhooks.
//! Not here: making calls, keys, and everything that Leadbook has nothing to say about (docs/API.md lists it).

mod account;
mod assistants;
mod auth;
mod calls;
mod campaigns;
mod convert;
mod error;
mod leads;
mod pages;
mod quirks;
mod webhook;
mod wire;

use axum::response::Response;
use axum::routing::{delete, get, post};

use crate::failure::Failure;
use crate::routes::Routes;

pub(crate) use webhook::encode as call_webhook;

pub(crate) fn routes() -> Routes {
    leads()
        .merge(campaigns())
        .merge(assistants())
        .route("/api/user/me", get(account::get_account))
        .route("/api/user/calls", get(calls::list_calls))
        .route(
            "/api/user/calls/{id}",
            get(calls::get_call).delete(calls::delete_call),
        )
        .method_not_allowed_fallback(async || respond(Failure::MethodNotAllowed))
}

fn leads() -> Routes {
    let lead = || {
        get(leads::get_lead)
            .put(leads::update_lead)
            .patch(leads::update_lead)
    };
    Routes::new()
        .route("/api/user/leads", get(leads::list_leads))
        .route("/api/user/lead", post(leads::create_lead))
        .route("/api/user/leads/{id}", lead().delete(leads::delete_lead))
        .route(quirks::UNPREFIXED_LEAD_PATH, lead())
}

fn campaigns() -> Routes {
    let create = || post(campaigns::create_campaign);
    let list = get(campaigns::list_campaigns);
    Routes::new()
        .route("/api/user/campaigns", list.merge(create()))
        .route(quirks::SINGULAR_CAMPAIGN_PATH, create())
        .route(
            "/api/user/campaign/{id}",
            delete(campaigns::delete_campaign),
        )
        .route(
            "/api/user/campaigns/update-status",
            post(campaigns::update_status),
        )
        .route(
            quirks::SINGULAR_UPDATE_STATUS_PATH,
            post(campaigns::update_status),
        )
}

fn assistants() -> Routes {
    Routes::new()
        .route("/api/user/assistants", get(assistants::list_assistants))
        .route("/api/user/assistants/get", get(assistants::page_assistants))
        .route(
            "/api/user/assistants/outbound",
            get(assistants::list_assistants),
        )
        .route(
            "/api/user/assistants/enable-webhook",
            post(assistants::enable_webhook),
        )
        .route(
            "/api/user/assistants/disable-webhook",
            post(assistants::disable_webhook),
        )
}

pub(crate) fn respond(failure: Failure) -> Response {
    error::respond(failure)
}
