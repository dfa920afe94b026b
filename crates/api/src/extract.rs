//! What every dialect reads alike: the bearer key, the request id, the source tag, the JSON body and its members, queries,
//! uploads; and how callers are counted.
//!
//! No vendor's words here: a fault is data, and the dialect that found it names it.

mod body;
mod elements;
mod members;
mod own_url;
mod params;
mod rates;
mod tagged;
mod upload;

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use app::access::Caller;
use app::subscriptions::is_source;
use app::{App, AppError, Environment};
use axum::extract::Path;
use axum::extract::rejection::PathRejection;
use axum::http::header::AUTHORIZATION;
use axum::http::{HeaderMap, Uri};
use domain::event::Dialect;
use domain::limits::REQUEST_ID_CHARS_MAX;
use percent_encoding::percent_decode_str;

pub(crate) use body::{MediaTypes, ignore_body, json_object, json_object_within};
pub(crate) use elements::{Elements, Part};
pub(crate) use members::{Members, Null};
pub(crate) use own_url::own_url;
pub(crate) use params::Params;
pub(crate) use rates::{Rated, rated};
pub(crate) use tagged::tagged;
pub(crate) use upload::{Upload, upload};

use crate::Api;
use crate::failure::Failure;

/// One path segment. A segment that is not UTF-8 is an id that nothing has.
pub(crate) type Segment = Result<Path<String>, PathRejection>;
/// Two path segments.
pub(crate) type Segments = Result<Path<(String, String)>, PathRejection>;

/// The id in a segment; an empty one, which nothing has, if the segment was no text.
pub(crate) fn segment(segment: Segment) -> String {
    segment.map_or_else(|_| String::new(), |Path(text)| text)
}

/// The ids in two segments.
pub(crate) fn segments(segments: Segments) -> (String, String) {
    segments.map_or_else(|_| (String::new(), String::new()), |Path(texts)| texts)
}

/// A query parameter, percent-decoded; the first, if it is given twice. A `+` is a plus: phone numbers
/// come this way.
pub(crate) fn query(uri: &Uri, name: &str) -> Option<String> {
    let decode = |text: &str| percent_decode_str(text).decode_utf8_lossy().into_owned();
    uri.query()?.split('&').find_map(|pair| {
        let (key, value) = pair.split_once('=').unwrap_or((pair, ""));
        (decode(key) == name).then(|| decode(value))
    })
}

/// Mints request ids: a prefix per process, and a count.
pub(crate) struct RequestIds {
    prefix: String,
    next: AtomicU64,
}

impl RequestIds {
    pub(crate) fn new(environment: &dyn Environment) -> Self {
        let mut bytes = [0; 5];
        environment.fill(&mut bytes);
        Self {
            prefix: hex::encode(bytes),
            next: AtomicU64::new(1),
        }
    }

    /// The caller's own id if it brought a usable one, else the next of ours.
    fn of(&self, headers: &HeaderMap) -> String {
        headers
            .get("x-request-id")
            .and_then(|id| id.to_str().ok())
            .filter(|id| !id.is_empty() && id.len() <= REQUEST_ID_CHARS_MAX)
            .map_or_else(
                || {
                    format!(
                        "{}-{}",
                        self.prefix,
                        self.next.fetch_add(1, Ordering::Relaxed)
                    )
                },
                str::to_owned,
            )
    }
}

impl Api {
    /// The caller whose key the request carries.
    pub(crate) async fn caller(
        &self,
        headers: &HeaderMap,
        dialect: Dialect,
    ) -> Result<Caller, Failure> {
        let token = bearer(headers).ok_or(AppError::Unauthenticated)?;
        Ok(self.app.authenticate(token, dialect).await?)
    }

    /// The context of a request that reads.
    pub(crate) async fn reading(
        &self,
        headers: &HeaderMap,
        dialect: Dialect,
    ) -> Result<app::Context, Failure> {
        let caller = self.caller(headers, dialect).await?;
        Ok(caller.reading(&self.request_ids.of(headers))?)
    }

    /// The context of a request that writes.
    pub(crate) async fn writing(
        &self,
        headers: &HeaderMap,
        dialect: Dialect,
    ) -> Result<app::Context, Failure> {
        let caller = self.caller(headers, dialect).await?;
        let context = caller.writing(&self.request_ids.of(headers))?;
        let source = source(headers)?;
        Ok(app::Context { source, ..context })
    }

    pub(crate) fn app(&self) -> &Arc<App> {
        &self.app
    }
}

/// The source tag of a write: which system the change comes from, so that its subscription can leave it out. A bad one is
/// refused rather than ignored: the echo would come back.
fn source(headers: &HeaderMap) -> Result<Option<String>, Failure> {
    const WRONG: Failure = Failure::Malformed(
        "Leadbook-Source must be sent once, with 1 to 64 visible ASCII characters",
    );
    let mut values = headers.get_all("leadbook-source").iter();
    let (Some(value), second) = (values.next(), values.next()) else {
        return Ok(None);
    };
    let text = value.to_str().ok().filter(|text| is_source(text));
    match (text, second) {
        (Some(text), None) => Ok(Some(text.to_owned())),
        _ => Err(WRONG),
    }
}

/// The token of the one `Authorization: Bearer …` header. Two such headers are ambiguous, so none counts.
fn bearer(headers: &HeaderMap) -> Option<&str> {
    let mut values = headers.get_all(AUTHORIZATION).iter();
    let (value, second) = (values.next()?, values.next());
    if second.is_some() {
        return None;
    }
    let (scheme, token) = value.to_str().ok()?.split_once(' ')?;
    let token = token.trim();
    (scheme.eq_ignore_ascii_case("bearer") && !token.is_empty()).then_some(token)
}
