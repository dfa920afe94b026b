//! API keys: one more, which may do what the caller's may.

use axum::Json;
use axum::body::Body;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Response};

use super::convert::webhooks as convert;
use super::{auth, error, wire};
use crate::Api;
use crate::extract::{MediaTypes, json_object};
use crate::failure::Failure;

/// `POST /v1/api-keys`. With `expire_now` the key that asks is revoked.
pub(super) async fn create_key(State(api): State<Api>, headers: HeaderMap, body: Body) -> Response {
    create(&api, &headers, body)
        .await
        .unwrap_or_else(error::respond)
}

async fn create(api: &Api, headers: &HeaderMap, body: Body) -> Result<Response, Failure> {
    auth::writing(api, headers).await?;
    let caller = api.caller(headers, auth::DIALECT).await?;
    let members = json_object(headers, body, MediaTypes::Json).await?;
    let (new, faults) = convert::new_key(members);
    error::refuse(faults)?;
    let made = api.app().create_key_like(&caller, new.name, new.expire_now);
    let (key, token) = made.await?;
    // A client joins both again, `Bearer <keyId>:<secret>`.
    let secret = token.rsplit(':').next().unwrap_or_default();
    let shown = Json(wire::webhooks::ApiKey {
        id: &key.hint,
        name: &key.label,
        secret,
        created_at: key.created_at.to_rfc3339_millis(),
    });
    Ok((StatusCode::CREATED, shown).into_response())
}
