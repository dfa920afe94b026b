//! `Authorization: Bearer <key>`; the whole key is opaque here.

use app::Context;
use axum::http::HeaderMap;
use domain::event::Dialect;

use crate::Api;
use crate::failure::Failure;

pub(super) const DIALECT: Dialect = Dialect::Autocalls;

pub(super) async fn reading(api: &Api, headers: &HeaderMap) -> Result<Context, Failure> {
    api.reading(headers, DIALECT).await
}

pub(super) async fn writing(api: &Api, headers: &HeaderMap) -> Result<Context, Failure> {
    api.writing(headers, DIALECT).await
}
