//! The router: five dialects and our own API merged on one port, and who answers what no route serves.

mod listed;

use std::sync::Arc;

use app::App;
use axum::Router;
use axum::extract::Request;
use axum::response::Response;
use domain::event::Dialect;

use crate::dialects::{autocalls, dialnexa, journeybee, nlpearl, uservox};
use crate::extract::{RequestIds, rated};
use crate::failure::Failure;
use crate::{Api, docs, metrics, native, unread};

pub(crate) use listed::Routes;

/// What UserVox's bulk lies under.
const UNDER_BULK: &str = "/api/v1/leads/bulk";

/// The whole wire.
pub fn router(app: Arc<App>) -> Router {
    let request_ids = Arc::new(RequestIds::new(app.environment()));
    let api = Api { app, request_ids };
    dialects()
        .into_iter()
        .map(|(dialect, routes)| (dialect, limited(routes.into_router(), dialect, &api)))
        .map(|(dialect, routes)| metrics::counted(routes, dialect, &api.app))
        .fold(docs::routes(), Router::merge)
        // Nothing is there, and JourneyBee would take it for the id of a lead.
        .route(UNDER_BULK, axum::routing::any(no_route))
        .fallback(no_route)
        .layer(axum::middleware::from_fn(unread::discard))
        .with_state(api)
}

/// The routes, their callers held to the vendor's rate if it has one.
fn limited(routes: Router<Api>, dialect: Dialect, api: &Api) -> Router<Api> {
    match dialect {
        Dialect::DialNexa => rated(routes, api, dialnexa::RATED),
        Dialect::UserVox => rated(routes, api, uservox::RATED),
        Dialect::Autocalls | Dialect::NlPearl | Dialect::JourneyBee | Dialect::Leadbook => routes,
    }
}

/// The paths that are served, by dialect, as the routes spell them.
pub fn served_paths() -> Vec<(Dialect, &'static str)> {
    let of = |(dialect, routes): (Dialect, Routes)| {
        let paths = routes.paths().to_vec();
        paths.into_iter().map(move |path| (dialect, path))
    };
    dialects().into_iter().flat_map(of).collect()
}

fn dialects() -> [(Dialect, Routes); 6] {
    [
        (Dialect::Autocalls, autocalls::routes()),
        (Dialect::NlPearl, nlpearl::routes()),
        (Dialect::JourneyBee, journeybee::routes()),
        (Dialect::DialNexa, dialnexa::routes()),
        (Dialect::UserVox, uservox::routes()),
        (Dialect::Leadbook, native::routes()),
    ]
}

/// An unknown path answers in the shape of the vendor whose paths it resembles, so that a client
/// with a typo can read the answer.
async fn no_route(request: Request) -> Response {
    let path = request.uri().path();
    if is_below(path, "", &["docs"]) {
        return docs::no_page();
    }
    let respond = if is_below(
        path,
        "/api/v1/leads",
        &["initiate", "bulk", "get", "update"],
    ) {
        uservox::respond
    } else if path.starts_with("/api/v1/") || path == "/api/v1" {
        journeybee::respond
    } else if path.starts_with("/api/") || path == "/api" {
        autocalls::respond
    } else if is_below(path, "/v1", &["campaigns", "campaigns-leads", "call-logs"])
        || is_below(path, "/v1", &["user-webhooks", "api-keys"])
    {
        dialnexa::respond
    } else if is_below(path, "", &["v1", "v2"]) {
        nlpearl::respond
    } else {
        native::respond
    };
    respond(Failure::NoRoute)
}

/// Whether the segment after `base` is one of `names`.
fn is_below(path: &str, base: &str, names: &[&str]) -> bool {
    path.strip_prefix(base)
        .and_then(|rest| rest.strip_prefix('/'))
        .and_then(|rest| rest.split('/').next())
        .is_some_and(|segment| names.contains(&segment))
}
