//! DialNexa, after dialnexa.mintlify.app (campaigns, campaign leads, call logs, user webhooks, API keys, rate limits). The
//! vendor's current contract has dropped campaigns and their leads; this serves the clients left behind.
//!
//! Not here: batch calls, workflows, agents and whatever else its current contract has.

mod api_keys;
mod auth;
mod calls;
mod campaigns;
mod convert;
mod error;
mod leads;
mod quirks;
mod rates;
mod sheet;
mod uploads;
mod user_webhooks;
mod webhook;
mod wire;

use axum::response::Response;
use axum::routing::{get, post};

use crate::failure::Failure;
use crate::routes::Routes;

pub(crate) use rates::RATED;
pub(crate) use webhook::encode as call_webhook;

pub(crate) fn routes() -> Routes {
    Routes::new()
        .route(
            "/v1/campaigns",
            get(campaigns::list_campaigns).post(campaigns::create_campaign),
        )
        .route(
            "/v1/campaigns/{id}",
            get(campaigns::get_campaign).patch(campaigns::update_campaign),
        )
        .route(
            "/v1/campaigns/{id}/status",
            get(campaigns::get_campaign_status),
        )
        .route(
            "/v1/campaigns-leads",
            get(leads::list_leads).post(leads::create_lead),
        )
        .route(
            "/v1/campaigns-leads/{id}",
            get(leads::get_lead)
                .patch(leads::update_lead)
                .delete(leads::delete_lead),
        )
        .route(
            "/v1/campaigns-leads/upload-file/{campaign}",
            post(uploads::upload_leads),
        )
        .route("/v1/call-logs", get(calls::list_calls))
        .route("/v1/call-logs/{id}", get(calls::get_call))
        .route(
            "/v1/call-logs/campaign/{campaign}",
            get(calls::list_calls_of_campaign),
        )
        .route(
            "/v1/user-webhooks",
            get(user_webhooks::list_webhooks).post(user_webhooks::create_webhook),
        )
        .route(
            "/v1/user-webhooks/{id}",
            get(user_webhooks::get_webhook).delete(user_webhooks::delete_webhook),
        )
        .route("/v1/api-keys", post(api_keys::create_key))
        .method_not_allowed_fallback(async || respond(Failure::MethodNotAllowed))
}

pub(crate) fn respond(failure: Failure) -> Response {
    error::respond(failure)
}
