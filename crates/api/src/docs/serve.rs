//! `/docs` over HTTP: pages and descriptions, rendered once, with validators for caches. They need no key.

use std::sync::LazyLock;

use axum::Router;
use axum::body::Bytes;
use axum::http::header::{
    CACHE_CONTROL, CONTENT_SECURITY_POLICY, CONTENT_TYPE, ETAG, IF_NONE_MATCH, REFERRER_POLICY,
    X_CONTENT_TYPE_OPTIONS,
};
use axum::http::{HeaderMap, HeaderValue, StatusCode};
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use sha2::{Digest, Sha256};

use super::document::Document;
use super::page::{self, Entry};
use super::{DESCRIPTIONS, Description};
use crate::Api;
use crate::extract::{Segment, segment};

const HTML: &str = "text/html; charset=utf-8";
/// A page has a stylesheet of ours and nothing else.
const POLICY: HeaderValue = HeaderValue::from_static(
    "default-src 'none'; style-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
);

/// What is served at one path.
struct Shown {
    content_type: &'static str,
    body: Bytes,
    etag: String,
}

struct Site {
    index: Shown,
    style: Shown,
    missing: Shown,
    /// By the dialect's name: the page and the description.
    dialects: Vec<(&'static str, Shown, Shown)>,
}

static SITE: LazyLock<Site> = LazyLock::new(Site::render);

pub(crate) fn routes() -> Router<Api> {
    // Rendered at the start and not for the first reader.
    LazyLock::force(&SITE);
    Router::new()
        .route(
            "/docs",
            get(async |headers: HeaderMap| SITE.index.answer(&headers)),
        )
        .route(
            "/docs/style.css",
            get(async |headers: HeaderMap| SITE.style.answer(&headers)),
        )
        .route("/docs/{dialect}", get(show_page))
        .route("/docs/{dialect}/openapi.json", get(show_description))
        .method_not_allowed_fallback(async || no(StatusCode::METHOD_NOT_ALLOWED))
}

/// The answer for a path below `/docs` that is none.
pub(crate) fn no_page() -> Response {
    no(StatusCode::NOT_FOUND)
}

fn no(status: StatusCode) -> Response {
    let mut response = SITE.missing.answer(&HeaderMap::new());
    *response.status_mut() = status;
    response.headers_mut().remove(ETAG);
    response
}

async fn show_page(name: Segment, headers: HeaderMap) -> Response {
    of_dialect(name).map_or_else(no_page, |(_, page, _)| page.answer(&headers))
}

async fn show_description(name: Segment, headers: HeaderMap) -> Response {
    of_dialect(name).map_or_else(no_page, |(_, _, json)| json.answer(&headers))
}

fn of_dialect(name: Segment) -> Option<&'static (&'static str, Shown, Shown)> {
    let name = segment(name);
    SITE.dialects.iter().find(|(one, _, _)| *one == name)
}

impl Site {
    fn render() -> Self {
        let read = |one: &Description| (one.dialect.name(), Document::read(one.json), one.json);
        let read: Vec<_> = DESCRIPTIONS.iter().map(read).collect();
        let entries: Vec<_> = read
            .iter()
            .map(|(name, document, _)| Entry { name, document })
            .collect();
        Self {
            index: Shown::new(HTML, page::index(&entries)),
            style: Shown::new("text/css; charset=utf-8", page::STYLE),
            missing: Shown::new(HTML, page::missing()),
            dialects: read
                .iter()
                .map(|(name, document, json)| {
                    let page = Shown::new(HTML, page::dialect(name, document));
                    (*name, page, Shown::new("application/json", *json))
                })
                .collect(),
        }
    }
}

impl Shown {
    fn new(content_type: &'static str, body: impl Into<Bytes>) -> Self {
        let body = body.into();
        let hash = hex::encode(&Sha256::digest(&body)[..12]);
        Self {
            content_type,
            body,
            etag: format!("\"{hash}\""),
        }
    }

    fn answer(&self, headers: &HeaderMap) -> Response {
        let is_known = headers
            .get_all(IF_NONE_MATCH)
            .iter()
            .filter_map(|value| value.to_str().ok())
            .flat_map(|value| value.split(','))
            .any(|etag| {
                let etag = etag.trim();
                etag == "*" || etag.trim_start_matches("W/") == self.etag
            });
        let headers = [
            (CONTENT_TYPE, HeaderValue::from_static(self.content_type)),
            // Kept, and asked about: another release is another page.
            (CACHE_CONTROL, HeaderValue::from_static("no-cache")),
            (CONTENT_SECURITY_POLICY, POLICY),
            (X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff")),
            (REFERRER_POLICY, HeaderValue::from_static("no-referrer")),
        ];
        let etag = [(ETAG, self.etag.as_str())];
        if is_known {
            return (StatusCode::NOT_MODIFIED, etag, headers).into_response();
        }
        (etag, headers, self.body.clone()).into_response()
    }
}
