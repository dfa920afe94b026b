//! To be written.
use crate::Api;
use crate::failure::Failure;
use axum::Router;
use axum::response::Response;
pub(crate) fn routes() -> Router<Api> {
    Router::new()
}
pub(crate) fn respond(failure: Failure) -> Response {
    crate::native::respond(failure)
}
