//! `Authorization: Bearer <token>`; a token belongs to one project, which a request may name again.

use app::{AppError, Context, Denial};
use axum::http::HeaderMap;
use domain::IdKind;
use domain::event::Dialect;

use crate::failure::Failure;
use crate::{Api, views};

pub(super) const DIALECT: Dialect = Dialect::UserVox;

pub(super) async fn reading(api: &Api, headers: &HeaderMap) -> Result<Context, Failure> {
    api.reading(headers, DIALECT).await
}

pub(super) async fn writing(api: &Api, headers: &HeaderMap) -> Result<Context, Failure> {
    api.writing(headers, DIALECT).await
}

/// A project that a request names must be the token's.
pub(super) async fn check_project(
    api: &Api,
    context: &Context,
    project: &str,
) -> Result<(), Failure> {
    let workspace = api.app().workspace(context).await?;
    let own = views::object_id(IdKind::Workspace, workspace.created_at, workspace.id.get());
    if project.eq_ignore_ascii_case(&own) {
        Ok(())
    } else {
        Err(AppError::Denied(Denial::Workspace).into())
    }
}
