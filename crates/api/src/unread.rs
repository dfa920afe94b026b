//! What a refused request has still to send is read and thrown away before the refusal goes out.
//!
//! The kernel resets a connection that is closed with unread bytes on it, and a client that is still sending
//! then sees a broken pipe and never the answer (RFC 9112, section 9.6). A body that was read to its end, and one so
//! small that it came with its head, costs nothing here. Bounded in bytes and time: beyond that the answer is sent
//! all the same, and whoever goes on sending may lose it.

use std::pin::Pin;
use std::sync::{Arc, Mutex, PoisonError};
use std::task::{Context, Poll, ready};
use std::time::Duration;

use axum::body::{Body, Bytes};
use axum::extract::Request;
use axum::http::HeaderMap;
use axum::http::header::{CONTENT_LENGTH, EXPECT, TRANSFER_ENCODING};
use axum::middleware::Next;
use axum::response::Response;
use domain::limits::{BODY_DISCARD_MS_MAX, BODY_DISCARDED_BYTES_MAX};
use http_body::{Body as _, Frame, SizeHint};
use http_body_util::BodyExt;

/// Bodies below this size arrive with their head, or right behind it.
const SMALL_BYTES: usize = 4096;

/// The layer around every route.
pub(crate) async fn discard(request: Request, next: Next) -> Response {
    if !is_worth_it(request.headers()) {
        return next.run(request).await;
    }
    let unread = Arc::default();
    let unread_by_handler = Arc::clone(&unread);
    let request = request.map(|body| {
        Body::new(Lent {
            body: Some(body),
            unread: unread_by_handler,
        })
    });
    let response = next.run(request).await;
    let rest = take(&unread);
    if let Some(rest) = rest {
        let patience = Duration::from_millis(BODY_DISCARD_MS_MAX);
        // In time or not, the answer goes out.
        let _ = tokio::time::timeout(patience, read_to_its_end(rest)).await;
    }
    response
}

/// Not for what has arrived anyway, and not for what would not be read to its end; nor for whoever waits for a
/// `100 Continue`, because the answer itself tells it not to send.
fn is_worth_it(headers: &HeaderMap) -> bool {
    let length = headers.get(CONTENT_LENGTH);
    let length = length.and_then(|length| length.to_str().ok()?.parse().ok());
    let is_in_reach = length.map_or_else(
        || headers.contains_key(TRANSFER_ENCODING),
        |length: usize| (SMALL_BYTES..=BODY_DISCARDED_BYTES_MAX).contains(&length),
    );
    is_in_reach && !headers.contains_key(EXPECT)
}

async fn read_to_its_end(mut body: Body) {
    let mut bytes = 0;
    while let Some(Ok(frame)) = body.frame().await {
        bytes += frame.data_ref().map_or(0, Bytes::len);
        if bytes > BODY_DISCARDED_BYTES_MAX {
            return;
        }
    }
}

type Unread = Mutex<Option<Body>>;

fn take(unread: &Unread) -> Option<Body> {
    unread.lock().unwrap_or_else(PoisonError::into_inner).take()
}

/// A body that comes back when the handler drops it before its end.
struct Lent {
    body: Option<Body>,
    unread: Arc<Unread>,
}

impl http_body::Body for Lent {
    type Data = Bytes;
    type Error = axum::Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, axum::Error>>> {
        let Some(body) = &mut self.body else {
            return Poll::Ready(None);
        };
        let frame = ready!(Pin::new(body).poll_frame(context));
        if !matches!(frame, Some(Ok(_))) {
            self.body = None;
        }
        Poll::Ready(frame)
    }

    fn is_end_stream(&self) -> bool {
        self.body.as_ref().is_none_or(Body::is_end_stream)
    }

    fn size_hint(&self) -> SizeHint {
        self.body.as_ref().map(Body::size_hint).unwrap_or_default()
    }
}

impl Drop for Lent {
    fn drop(&mut self) {
        if let Some(body) = self.body.take().filter(|body| !body.is_end_stream()) {
            let mut unread = self.unread.lock().unwrap_or_else(PoisonError::into_inner);
            *unread = Some(body);
        }
    }
}
