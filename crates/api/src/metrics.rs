//! Requests counted for Prometheus, and what Prometheus reads. What is counted, and how, is `app::metrics`.

use std::sync::Arc;

use app::App;
use axum::Router;
use axum::extract::{MatchedPath, Request, State};
use axum::http::StatusCode;
use axum::http::header::CONTENT_TYPE;
use axum::middleware::{Next, from_fn_with_state};
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use domain::event::Dialect;

use crate::Api;

/// `GET /metrics`, in the text format of OpenMetrics. It names no tenant and asks for no key.
pub fn metrics_routes(app: Arc<App>) -> Router {
    Router::new()
        .route("/metrics", get(show_metrics))
        .with_state(app)
}

async fn show_metrics(State(app): State<Arc<App>>) -> Response {
    const OPEN_METRICS: &str = "application/openmetrics-text; version=1.0.0; charset=utf-8";
    match app.metrics_text().await {
        Ok(text) => ([(CONTENT_TYPE, OPEN_METRICS)], text).into_response(),
        // What was counted in memory would be there, but a scrape that looks whole and is not hides the trouble.
        Err(_) => (
            StatusCode::SERVICE_UNAVAILABLE,
            "the store does not answer\n",
        )
            .into_response(),
    }
}

/// Marks the answer to a request that waits for news: how long it took says nothing about us.
#[derive(Clone, Copy)]
struct Untimed;

/// The answer, counted but not timed.
pub(crate) fn untimed(mut response: Response) -> Response {
    response.extensions_mut().insert(Untimed);
    response
}

/// The routes, each request counted as one of the dialect.
pub(crate) fn counted(routes: Router<Api>, dialect: Dialect, app: &Arc<App>) -> Router<Api> {
    routes.route_layer(from_fn_with_state((Arc::clone(app), dialect), count))
}

async fn count(
    State((app, dialect)): State<(Arc<App>, Dialect)>,
    path: MatchedPath,
    request: Request,
    next: Next,
) -> Response {
    // The route, not the path: as many values as there are routes.
    let operation = format!("{} {}", request.method(), path.as_str());
    let begun = app.environment().elapsed();
    let response = next.run(request).await;
    let took = app.environment().elapsed().saturating_sub(begun);
    let is_timed = response.extensions().get::<Untimed>().is_none();
    let (status, took) = (response.status().as_u16(), is_timed.then_some(took));
    app.metrics()
        .request_answered(dialect, operation, status, took);
    response
}
