//! The address under which the caller reached us: what a vendor's answers build links from.

use axum::http::header::HOST;
use axum::http::uri::Authority;
use axum::http::{HeaderMap, Uri};

/// Characters of a host and port; a longer one is nobody's, and would be repeated in every link.
const AUTHORITY_CHARS_MAX: usize = 255 + 6;

/// The request's own URL without its query. The scheme is what a proxy in front says it is.
pub(crate) fn own_url(headers: &HeaderMap, uri: &Uri) -> String {
    let named = headers.get(HOST).and_then(|host| host.to_str().ok());
    let authority = named
        .filter(|host| host.len() <= AUTHORITY_CHARS_MAX)
        .and_then(|host| host.parse().ok())
        // HTTP/2 has it here.
        .or_else(|| uri.authority().cloned())
        .unwrap_or(Authority::from_static("localhost"));
    let proxied = headers.get("x-forwarded-proto");
    let is_https = proxied.is_some_and(|scheme| scheme == "https");
    let scheme = if is_https { "https" } else { "http" };
    format!("{scheme}://{authority}{}", uri.path())
}
