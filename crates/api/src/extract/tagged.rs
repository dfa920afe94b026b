//! Answers with an entity tag, for callers who ask again for what they have (RFC 9110, sections 8.8.3 and 13.1.2).

use axum::http::header::{CONTENT_TYPE, ETAG, IF_NONE_MATCH};
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Response};
use serde::Serialize;
use sha2::{Digest, Sha256};

/// Bytes of the body's hash that make its tag.
const TAG_BYTES: usize = 16;

/// The body with its tag; without the body, 304, for a caller who has it.
pub(crate) fn tagged(headers: &HeaderMap, body: &impl Serialize) -> Response {
    let body = crate::webhooks::json(body);
    let tag = hex::encode(&Sha256::digest(body.as_bytes())[..TAG_BYTES]);
    let tag = format!("\"{tag}\"");
    if has(headers, &tag) {
        return (StatusCode::NOT_MODIFIED, [(ETAG, tag)]).into_response();
    }
    let head = [(ETAG, tag.as_str()), (CONTENT_TYPE, "application/json")];
    (head, body).into_response()
}

/// Whether the caller has what the tag names. Tags are compared weakly: proxies that compress mark them `W/`.
fn has(headers: &HeaderMap, tag: &str) -> bool {
    let values = headers.get_all(IF_NONE_MATCH).iter();
    let mut named = values
        .filter_map(|value| value.to_str().ok())
        .flat_map(|value| value.split(','))
        .map(str::trim);
    named.any(|named| named == "*" || named.strip_prefix("W/").unwrap_or(named) == tag)
}
