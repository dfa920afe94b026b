//! The change feed: pages, a wait for the next one, and (in `stream`) server-sent events.
//!
//! A cursor is a position in the workspace's order of events. To a client it is text without a meaning: it sends back
//! what it was given. Where positions come from is `app::feed`'s.

mod stream;

use std::time::Duration;

use app::Context;
use app::feed::{Feed, FeedReader, Waited};
use axum::Json;
use axum::extract::State;
use axum::http::header::ACCEPT;
use axum::http::{HeaderMap, Uri};
use axum::response::{IntoResponse, Response};
use domain::event::Event;
use domain::limits::{FEED_PAGE_MAX, FEED_WAIT_SECONDS_MAX};

use super::{convert, error, query, reading};
use crate::Api;
use crate::extract;
use crate::failure::Failure;
use crate::metrics::untimed;

const EVENT_STREAM: &str = "text/event-stream";

/// What a reader of the feed may meet besides what it asked for.
enum Trouble {
    Failure(Failure),
    /// The cursor lies after the end.
    Ahead {
        end: u64,
    },
}

impl<E: Into<Failure>> From<E> for Trouble {
    fn from(failure: E) -> Self {
        Self::Failure(failure.into())
    }
}

impl Trouble {
    fn into_response(self) -> Response {
        match self {
            Self::Failure(failure) => error::respond(failure),
            Self::Ahead { end } => error::cursor_ahead(end),
        }
    }
}

/// A part of the feed.
struct Page {
    events: Vec<(u64, Event)>,
    next: u64,
}

/// `GET /leadbook/v1/events`: a page, or with `Accept: text/event-stream` a stream.
pub(super) async fn read_feed(State(api): State<Api>, uri: Uri, headers: HeaderMap) -> Response {
    if wants_stream(&headers) {
        return untimed(stream::open(api, &uri, headers).await);
    }
    let page = page(&api, &uri, &headers)
        .await
        .unwrap_or_else(Trouble::into_response);
    let waits = patience(&uri).is_ok_and(|patience| !patience.is_zero());
    if waits { untimed(page) } else { page }
}

/// `GET /leadbook/v1/events/stream`: server-sent events, for clients that cannot say what they accept.
pub(super) async fn stream_feed(State(api): State<Api>, uri: Uri, headers: HeaderMap) -> Response {
    untimed(stream::open(api, &uri, headers).await)
}

async fn page(api: &Api, uri: &Uri, headers: &HeaderMap) -> Result<Response, Trouble> {
    let context = reading(api, headers).await?;
    let limit = query::limit(uri, FEED_PAGE_MAX, "limit must be from 1 to 1000")?;
    let patience = patience(uri)?;
    // The place is taken first, so that nothing falls between a look at the feed and the wait.
    let reader = if patience.is_zero() {
        None
    } else {
        Some(api.app.feed_reader(&context)?)
    };
    let after = start(api, &context, extract::query(uri, "after").as_deref()).await?;
    let mut page = read(api, &context, after, limit).await?;
    if let Some(reader) = reader.filter(|_| page.events.is_empty()) {
        let wait = next_page(api, headers, reader, after, limit);
        // Nothing in time is an empty page.
        if let Ok(waited) = tokio::time::timeout(patience, wait).await {
            page = waited?;
        }
    }
    Ok(Json(convert::feed(page.events, page.next)).into_response())
}

/// Waits for the next events, for as long as it takes or until the server is about to stop.
async fn next_page(
    api: &Api,
    headers: &HeaderMap,
    mut reader: FeedReader,
    after: u64,
    limit: usize,
) -> Result<Page, Trouble> {
    let longer_than_any_wait = Duration::from_secs(2 * FEED_WAIT_SECONDS_MAX);
    loop {
        let waited = reader.grown(longer_than_any_wait).await;
        // The key may have been revoked meanwhile.
        let context = reading(api, headers).await?;
        let page = read(api, &context, after, limit).await?;
        if !page.events.is_empty() || waited == Waited::Ending {
            return Ok(page);
        }
    }
}

async fn read(api: &Api, context: &Context, after: u64, limit: usize) -> Result<Page, Trouble> {
    match api.app().feed(context, after, limit).await? {
        Feed::Page { events, next } => Ok(Page { events, next }),
        Feed::Ahead { end } => Err(Trouble::Ahead { end }),
    }
}

/// Where a reader begins: after its cursor, with `now` at the end, else at the beginning.
async fn start(api: &Api, context: &Context, cursor: Option<&str>) -> Result<u64, Trouble> {
    const WRONG: Failure = Failure::Malformed(
        "a cursor is the text that an earlier answer gave; 0 is the beginning, now the end",
    );
    match cursor {
        None => Ok(0),
        Some("now") => Ok(api.app().feed_end(context).await?),
        Some(text) => text
            .parse()
            .ok()
            .filter(|position| i64::try_from(*position).is_ok())
            .ok_or(Trouble::Failure(WRONG)),
    }
}

fn patience(uri: &Uri) -> Result<Duration, Failure> {
    const WRONG: Failure = Failure::Malformed("wait_seconds must be from 0 to 60");
    let seconds = query::number(uri, "wait_seconds")?.unwrap_or(0);
    if seconds > FEED_WAIT_SECONDS_MAX {
        return Err(WRONG);
    }
    Ok(Duration::from_secs(seconds))
}

fn wants_stream(headers: &HeaderMap) -> bool {
    let values = headers.get_all(ACCEPT).iter();
    let mut ranges = values
        .filter_map(|value| value.to_str().ok())
        .flat_map(|value| value.split(','));
    ranges.any(|range| {
        let essence = range.split(';').next().unwrap_or_default().trim();
        essence.eq_ignore_ascii_case(EVENT_STREAM)
    })
}
