//! The change feed as server-sent events (HTML Living Standard, section 9.2).
//!
//! A stream reads its next page when the client has taken the last event of the one before: a slow client holds one
//! small page in memory and nothing in the store. It ends when the key is revoked, when the store fails, and when the
//! server is about to stop; the client comes back with `Last-Event-ID` and misses nothing.

use std::collections::VecDeque;
use std::convert::Infallible;
use std::time::Duration;

use app::feed::{FeedReader, Waited};
use axum::http::{HeaderMap, Uri};
use axum::response::sse::{Event as Message, KeepAlive, Sse};
use axum::response::{IntoResponse, Response};
use domain::event::Event;
use domain::limits::{FEED_KEEP_ALIVE_SECONDS, FEED_STREAM_PAGE_MAX};
use futures_util::stream;

use super::super::{convert, reading};
use super::{Trouble, read, start};
use crate::Api;
use crate::extract;

/// One open stream.
struct Stream {
    api: Api,
    /// With the key, which is looked up again for every event: a stream must not outlive it.
    headers: HeaderMap,
    reader: FeedReader,
    after: u64,
    events: VecDeque<(u64, Event)>,
}

pub(super) async fn open(api: Api, uri: &Uri, headers: HeaderMap) -> Response {
    match begin(api, uri, headers).await {
        Ok(stream) => respond(stream),
        Err(trouble) => trouble.into_response(),
    }
}

/// Reads the first page before the answer begins, so that what is wrong still has a status.
async fn begin(api: Api, uri: &Uri, headers: HeaderMap) -> Result<Stream, Trouble> {
    let context = reading(&api, &headers).await?;
    let reader = api.app.feed_reader(&context)?;
    let last = headers.get("last-event-id");
    let last = last.map(|id| id.to_str().unwrap_or("not text").to_owned());
    // What the client saw last wins: a browser that connects again repeats the URL of its first request.
    let cursor = last
        .filter(|id| !id.is_empty())
        .or_else(|| extract::query(uri, "after"));
    let after = start(&api, &context, cursor.as_deref()).await?;
    let page = read(&api, &context, after, FEED_STREAM_PAGE_MAX).await?;
    Ok(Stream {
        api,
        headers,
        reader,
        after: page.next,
        events: page.events.into(),
    })
}

fn respond(stream: Stream) -> Response {
    let messages = stream::unfold(stream, |mut stream| async {
        let message = stream.next().await?;
        Some((Ok::<_, Infallible>(message), stream))
    });
    let keep_alive = KeepAlive::new().interval(Duration::from_secs(FEED_KEEP_ALIVE_SECONDS));
    // nginx would gather events until a buffer is full.
    let unbuffered = [("x-accel-buffering", "no")];
    (unbuffered, Sse::new(messages).keep_alive(keep_alive)).into_response()
}

impl Stream {
    /// The next event, waited for; `None` ends the stream.
    async fn next(&mut self) -> Option<Message> {
        let patience = Duration::from_secs(FEED_KEEP_ALIVE_SECONDS);
        loop {
            if self.reader.is_ending() {
                return None;
            }
            let context = reading(&self.api, &self.headers).await.ok()?;
            if let Some((position, event)) = self.events.pop_front() {
                return message(position, event);
            }
            let page = read(&self.api, &context, self.after, FEED_STREAM_PAGE_MAX).await;
            let page = page.ok()?;
            self.after = page.next;
            self.events = page.events.into();
            if self.events.is_empty() && self.reader.grown(patience).await == Waited::Ending {
                return None;
            }
        }
    }
}

fn message(position: u64, event: Event) -> Option<Message> {
    let shown = convert::feed_event(position, event);
    let data = serde_json::to_string(&shown).ok()?;
    let message = Message::default().id(shown.cursor).event(shown.topic);
    Some(message.data(data))
}
