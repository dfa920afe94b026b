//! A request body: bounded in size, time and depth, of a media type the dialect takes, and one JSON object.

use std::time::Duration;

use axum::body::Body;
use axum::http::HeaderMap;
use axum::http::header::{CONTENT_LENGTH, CONTENT_TYPE};
use domain::limits::{BODY_BYTES_MAX, BODY_READ_MS_MAX, JSON_DEPTH_MAX};
use http_body::Body as _;
use http_body_util::{BodyExt, LengthLimitError, Limited};
use serde_json::{Map, Value};

use super::Members;
use crate::failure::Failure;

pub(super) const EMPTY: Failure =
    Failure::Malformed("the body is empty; a JSON object is expected");
pub(super) const NOT_JSON: Failure = Failure::Malformed("the body is not valid JSON in UTF-8");
pub(super) const NOT_AN_OBJECT: Failure = Failure::Malformed("the body is not a JSON object");
pub(super) const HAS_NUL: Failure =
    Failure::Malformed("the body has a text with the character U+0000");
const TOO_DEEP: Failure = Failure::Malformed("the body is nested too deeply");

/// Which `Content-Type`s a dialect takes as JSON. Parameters (`; charset=…`) are ignored: JSON is UTF-8.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum MediaTypes {
    /// `application/json`, or no header at all, which `curl` users forget.
    Json,
    /// Also `text/json` and `application/*+json`, as ASP.NET does.
    AnyJson,
}

/// Reads the body as one JSON object.
pub(crate) async fn json_object(
    headers: &HeaderMap,
    body: Body,
    media_types: MediaTypes,
) -> Result<Members, Failure> {
    json_object_within(headers, body, media_types, BODY_BYTES_MAX).await
}

/// As [`json_object`], with a limit of its own, for requests about many things.
pub(crate) async fn json_object_within(
    headers: &HeaderMap,
    body: Body,
    media_types: MediaTypes,
    bytes_max: usize,
) -> Result<Members, Failure> {
    check_media_type(headers, media_types)?;
    let bytes = read(headers, body, bytes_max).await?;
    parse(&bytes).map(Members::new)
}

/// Reads a body that says nothing here: some clients send `{}` with every POST, and a connection on which a body was left
/// unread is closed under their next request.
pub(crate) async fn ignore_body(body: Body) {
    // What is too long to be read is not waited for.
    if body.size_hint().lower() > BODY_BYTES_MAX as u64 {
        return;
    }
    let collect = Limited::new(body, BODY_BYTES_MAX).collect();
    let patience = Duration::from_millis(BODY_READ_MS_MAX);
    let _ = tokio::time::timeout(patience, collect).await;
}

pub(super) fn check_media_type(
    headers: &HeaderMap,
    media_types: MediaTypes,
) -> Result<(), Failure> {
    let Some(value) = headers.get(CONTENT_TYPE) else {
        return Ok(());
    };
    let text = value.to_str().map_err(|_| Failure::UnsupportedMediaType)?;
    let essence = text.split(';').next().unwrap_or_default().trim();
    let is_json = essence.eq_ignore_ascii_case("application/json");
    let lower = || essence.to_ascii_lowercase();
    let is_any_json = media_types == MediaTypes::AnyJson
        && (lower() == "text/json"
            || (lower().starts_with("application/") && lower().ends_with("+json")));
    if is_json || is_any_json {
        Ok(())
    } else {
        Err(Failure::UnsupportedMediaType)
    }
}

/// Refuses a body that is announced to be too large before it comes.
pub(super) fn check_length(headers: &HeaderMap, bytes_max: usize) -> Result<(), Failure> {
    let length = headers.get(CONTENT_LENGTH);
    let length = length.and_then(|length| length.to_str().ok()?.parse::<usize>().ok());
    match length {
        Some(length) if length > bytes_max => Err(Failure::TooLarge),
        _ => Ok(()),
    }
}

async fn read(
    headers: &HeaderMap,
    body: Body,
    bytes_max: usize,
) -> Result<axum::body::Bytes, Failure> {
    check_length(headers, bytes_max)?;
    let collect = Limited::new(body, bytes_max).collect();
    match tokio::time::timeout(Duration::from_millis(BODY_READ_MS_MAX), collect).await {
        Ok(Ok(collected)) => Ok(collected.to_bytes()),
        Ok(Err(error)) if error.is::<LengthLimitError>() => Err(Failure::TooLarge),
        Ok(Err(_)) | Err(_) => Err(Failure::BodyIncomplete),
    }
}

/// One JSON object within the depth limit and without U+0000.
fn parse(bytes: &[u8]) -> Result<Map<String, Value>, Failure> {
    if bytes.iter().all(u8::is_ascii_whitespace) {
        return Err(EMPTY);
    }
    let value: Value = serde_json::from_slice(bytes).map_err(|_| NOT_JSON)?;
    // Cheap tests first: most bodies have few brackets and no escaped NUL.
    let brackets = bytes
        .iter()
        .filter(|byte| matches!(byte, b'{' | b'['))
        .count();
    if brackets > JSON_DEPTH_MAX && depth(&value) > JSON_DEPTH_MAX {
        return Err(TOO_DEEP);
    }
    let may_have_nul = bytes.windows(6).any(|window| window == br"\u0000");
    if may_have_nul && has_nul(&value) {
        return Err(HAS_NUL);
    }
    match value {
        Value::Object(members) => Ok(members),
        _ => Err(NOT_AN_OBJECT),
    }
}

/// A value of a body that is read in parts, by the same rules. `levels` are those around it.
pub(super) fn check_value(value: &Value, levels: usize) -> Result<(), Failure> {
    if levels + depth(value) > JSON_DEPTH_MAX {
        return Err(TOO_DEEP);
    }
    if has_nul(value) {
        return Err(HAS_NUL);
    }
    Ok(())
}

/// Levels of arrays and objects. `serde_json` has refused more than 128 before this recursion starts.
fn depth(value: &Value) -> usize {
    match value {
        Value::Array(items) => 1 + items.iter().map(depth).max().unwrap_or(0),
        Value::Object(members) => 1 + members.values().map(depth).max().unwrap_or(0),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => 0,
    }
}

pub(super) fn has_nul(value: &Value) -> bool {
    match value {
        Value::String(text) => text.contains('\0'),
        Value::Array(items) => items.iter().any(has_nul),
        Value::Object(members) => members
            .iter()
            .any(|(key, value)| key.contains('\0') || has_nul(value)),
        Value::Null | Value::Bool(_) | Value::Number(_) => false,
    }
}
