//! Our own API, under `/leadbook/v1`: what no vendor's API can say (clear, merge patch, versions, history,
//! what to do during a call), and the dialer's side of a call. Errors are problem+json (RFC 9457).
//!
//! Leads, calls, subscriptions with their deliveries, and the change feed; lists of leads and imports are not here yet.

mod calls;
mod convert;
mod deliveries;
mod error;
mod events;
mod leads;
mod notes;
mod query;
mod subscriptions;
mod webhook;
mod wire;

use app::Context;
use axum::http::HeaderMap;
use axum::response::Response;
use axum::routing::{delete, get, post};
use domain::event::Dialect;

use crate::Api;
use crate::failure::Failure;
use crate::routes::Routes;

pub(crate) fn routes() -> Routes {
    Routes::new()
        .route("/leadbook/v1/leads", post(leads::create_lead))
        .route(
            "/leadbook/v1/leads/{id}",
            get(leads::get_lead).patch(leads::update_lead),
        )
        .route("/leadbook/v1/leads/{id}/notes", get(notes::list_notes))
        .route("/leadbook/v1/leads/{id}/history", get(leads::list_events))
        .route("/leadbook/v1/campaigns/{id}/claim", post(calls::claim_lead))
        .route("/leadbook/v1/calls/{id}", get(calls::get_call))
        .route("/leadbook/v1/calls/{id}/start", post(calls::start_call))
        .route("/leadbook/v1/calls/{id}/outcome", post(calls::end_call))
        .merge(subscription_routes())
        .merge(delivery_routes())
        .route("/leadbook/v1/events", get(events::read_feed))
        .route("/leadbook/v1/events/stream", get(events::stream_feed))
        .method_not_allowed_fallback(async || respond(Failure::MethodNotAllowed))
}

fn subscription_routes() -> Routes {
    Routes::new()
        .route(
            "/leadbook/v1/subscriptions",
            get(subscriptions::list_subscriptions).post(subscriptions::create_subscription),
        )
        .route(
            "/leadbook/v1/subscriptions/{id}",
            get(subscriptions::get_subscription)
                .patch(subscriptions::update_subscription)
                .delete(subscriptions::delete_subscription),
        )
        .route(
            "/leadbook/v1/subscriptions/{id}/secrets",
            post(subscriptions::add_secret),
        )
        .route(
            "/leadbook/v1/subscriptions/{id}/secrets/{number}",
            delete(subscriptions::remove_secret),
        )
        .route(
            "/leadbook/v1/subscriptions/{id}/test",
            post(subscriptions::test_subscription),
        )
        .route(
            "/leadbook/v1/subscriptions/{id}/attempts",
            get(subscriptions::list_attempts),
        )
}

fn delivery_routes() -> Routes {
    Routes::new()
        .route("/leadbook/v1/deliveries", get(deliveries::list_deliveries))
        .route(
            "/leadbook/v1/deliveries/{id}/attempts",
            get(deliveries::list_attempts),
        )
        .route(
            "/leadbook/v1/dead-letters",
            get(deliveries::list_dead_letters),
        )
        .route(
            "/leadbook/v1/dead-letters/replay",
            post(deliveries::replay_dead_letters),
        )
        .route(
            "/leadbook/v1/dead-letters/{id}/replay",
            post(deliveries::replay_dead_letter),
        )
}

pub(crate) use webhook::encode as standard_webhook;

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
