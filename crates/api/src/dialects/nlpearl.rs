//! NLPearl, after developers.nlpearl.ai "Update Lead" (v2) and its siblings in v1 and v2.
//!
//! Served in both versions: leads one by one, in bulk and in searches, pearls (in v1 outbounds) and their settings, calls, the
//! account. A pearl is a campaign. Not here, because Leadbook calls nobody and knows no agents: making calls, call requests,
//! analytics, memory, making pearls and what they say.

mod account;
mod auth;
mod calls;
mod campaigns;
mod convert;
mod error;
mod leads;
mod quirks;
mod webhook;
mod wire;

use axum::response::Response;
use axum::routing::{delete, get, post, put};

use crate::failure::Failure;
use crate::routes::Routes;

pub(crate) use webhook::{encode_call as call_webhook, encode_lead as lead_webhook};

pub(crate) fn routes() -> Routes {
    of_both_versions()
        .merge(of_v1())
        .merge(of_v2())
        .method_not_allowed_fallback(async || respond(Failure::MethodNotAllowed))
}

/// What is the same in v1 and v2.
fn of_both_versions() -> Routes {
    let lead = || get(leads::get_lead).put(leads::update_lead);
    let external = || get(leads::get_lead_by_external_id);
    let phone = || get(leads::get_lead_by_phone_number);
    let many = || post(leads::search_leads).delete(leads::delete_leads);
    let many_external = || delete(leads::delete_leads_by_external_id);
    Routes::new()
        .route("/v1/Outbound/{pearl}/Lead/{lead}", lead())
        .route("/v2/Outbound/{pearl}/Lead/{lead}", lead())
        .route("/v1/Outbound/{pearl}/Lead/External/{id}", external())
        .route("/v2/Outbound/{pearl}/Lead/External/{id}", external())
        .route("/v1/Outbound/{pearl}/Lead/PhoneNumber/{phone}", phone())
        .route("/v2/Outbound/{pearl}/Lead/PhoneNumber/{phone}", phone())
        .route("/v1/Outbound/{pearl}/Leads", many())
        .route("/v2/Outbound/{pearl}/Leads", many())
        .route("/v1/Outbound/{pearl}/Leads/External", many_external())
        .route("/v2/Outbound/{pearl}/Leads/External", many_external())
        .route("/v1/Call/{call}", get(calls::get_call))
        .route("/v2/Call/{call}", get(calls::get_call))
        .route("/v1/Call", delete(calls::delete_calls))
        .route("/v2/Call", delete(calls::delete_calls))
        .route("/v1/Account", get(account::get_account))
        .route("/v2/Account", get(account::get_account))
}

fn of_v1() -> Routes {
    Routes::new()
        .route("/v1/Outbound", get(campaigns::list_pearls))
        .route("/v1/Outbound/{pearl}", get(campaigns::get_pearl))
        .route("/v1/Outbound/{pearl}/Active", post(campaigns::set_active))
        .route("/v1/Outbound/{pearl}/Lead", put(leads::add_lead))
        .route("/v1/Outbound/{pearl}/Calls", post(calls::search_calls))
        .route(
            quirks::MISSPELT_EXTERNAL_PATH,
            get(leads::get_lead_by_external_id),
        )
}

fn of_v2() -> Routes {
    Routes::new()
        .route("/v2/Outbound/{pearl}/Lead", post(leads::add_lead))
        .route("/v2/Outbound/{pearl}/Leads/Add", post(leads::add_leads))
        .route("/v2/Pearl", get(campaigns::list_pearls))
        .route("/v2/Pearl/{pearl}", get(campaigns::get_pearl))
        .route("/v2/Pearl/{pearl}/Active", put(campaigns::set_active))
        .route("/v2/Pearl/{pearl}/Calls", post(calls::search_calls))
        .route(
            "/v2/Pearl/{pearl}/OngoingCalls",
            get(campaigns::get_ongoing_calls),
        )
        .route(
            "/v2/Pearl/{pearl}/Settings/Outbound",
            put(campaigns::update_outbound_settings),
        )
}

pub(crate) fn respond(failure: Failure) -> Response {
    error::respond(failure)
}
