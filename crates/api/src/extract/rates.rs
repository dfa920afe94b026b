//! Rates: every request of a caller is counted, and every answer tells how many are left.
//!
//! How many, and in which words, is the dialect's. Whoever has no valid key is not counted: the route answers that.

use app::rates::{Rate, Standing};
use axum::Router;
use axum::extract::{Request, State};
use axum::http::HeaderMap;
use axum::middleware::{Next, from_fn_with_state};
use axum::response::Response;
use domain::event::Dialect;

use crate::Api;
use crate::failure::Failure;

/// How a dialect limits its callers.
#[derive(Clone, Copy)]
pub(crate) struct Rated {
    pub(crate) dialect: Dialect,
    pub(crate) rate: Rate,
    pub(crate) respond: fn(Failure) -> Response,
    /// What every answer says of where the caller stands.
    pub(crate) tell: fn(Standing, &mut HeaderMap),
}

/// The routes, with their callers' requests counted.
pub(crate) fn rated(routes: Router<Api>, api: &Api, rated: Rated) -> Router<Api> {
    routes.layer(from_fn_with_state((api.clone(), rated), count))
}

async fn count(State((api, rated)): State<(Api, Rated)>, request: Request, next: Next) -> Response {
    let headers = request.headers();
    let Some(standing) = standing(&api, headers, rated).await else {
        return next.run(request).await;
    };
    let mut response = match standing.retry_after_seconds {
        None => next.run(request).await,
        Some(retry_after_seconds) => (rated.respond)(Failure::TooManyRequests {
            retry_after_seconds,
        }),
    };
    (rated.tell)(standing, response.headers_mut());
    response
}

/// Where the caller stands after this request.
async fn standing(api: &Api, headers: &HeaderMap, rated: Rated) -> Option<Standing> {
    let caller = api.caller(headers, rated.dialect).await.ok()?;
    // A key that may neither read nor write is refused whatever it asks.
    let context = caller.reading("").or_else(|_| caller.writing("")).ok()?;
    Some(api.app().count_request(&context, rated.rate))
}
