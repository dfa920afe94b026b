//! NLPearl, after developers.nlpearl.ai "Update Lead" (v2) and its siblings in v1 and v2.
//!
//! Served in both versions: update, add and get a lead, by its id and by the caller's own. Not here: get by
//! phone number, lists, bulk add, delete, pearls, calls. A pearl (in v1 an outbound) is a campaign.

mod auth;
mod convert;
mod error;
mod leads;
mod quirks;
mod webhook;
mod wire;

use axum::response::Response;
use axum::routing::{get, post, put};

use crate::failure::Failure;
use crate::routes::Routes;

pub(crate) use webhook::{encode_call as call_webhook, encode_lead as lead_webhook};

pub(crate) fn routes() -> Routes {
    let lead = || get(leads::get_lead).put(leads::update_lead);
    let external = || get(leads::get_lead_by_external_id);
    Routes::new()
        .route("/v1/Outbound/{pearl}/Lead", put(leads::add_lead))
        .route("/v2/Outbound/{pearl}/Lead", post(leads::add_lead))
        .route("/v1/Outbound/{pearl}/Lead/{lead}", lead())
        .route("/v2/Outbound/{pearl}/Lead/{lead}", lead())
        .route("/v1/Outbound/{pearl}/Lead/External/{id}", external())
        .route("/v2/Outbound/{pearl}/Lead/External/{id}", external())
        .route(quirks::MISSPELT_EXTERNAL_PATH, external())
        .method_not_allowed_fallback(async || respond(Failure::MethodNotAllowed))
}

pub(crate) fn respond(failure: Failure) -> Response {
    error::respond(failure)
}
