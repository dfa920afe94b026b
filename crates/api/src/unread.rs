//! What a refused request has still to send is read and thrown away before the refusal goes out; where it is not, the
//! refusal says `Connection: close`.
//!
//! The kernel resets a connection that is closed with unread bytes on it, and a client that is still sending
//! then sees a broken pipe and never the answer (RFC 9112, section 9.6). And hyper closes a connection on which a body
//! was left unread, if only two bytes that came right behind their head, after an answer that does not say so: the
//! client's next request fails. Bounded in bytes and time: beyond that whoever goes on sending may lose the answer.
//! What has no body, and a body that was read to its end, costs nothing worth speaking of.

use std::pin::Pin;
use std::sync::{Arc, Mutex, PoisonError};
use std::task::{Context, Poll, ready};
use std::time::Duration;

use axum::body::{Body, Bytes};
use axum::extract::Request;
use axum::http::header::{CONNECTION, EXPECT, HeaderValue};
use axum::http::{StatusCode, Version};
use axum::middleware::Next;
use axum::response::Response;
use domain::limits::{BODY_DISCARD_MS_MAX, BODY_DISCARDED_BYTES_MAX};
use http_body::{Body as _, Frame, SizeHint};
use http_body_util::BodyExt;

/// The layer around every route.
pub(crate) async fn discard(request: Request, next: Next) -> Response {
    if request.body().is_end_stream() {
        return next.run(request).await;
    }
    let (is_worth_it, version) = (is_worth_it(&request), request.version());
    let unread = Arc::default();
    let unread_by_handler = Arc::clone(&unread);
    let request = request.map(|body| {
        Body::new(Lent {
            body: Some(body),
            unread: unread_by_handler,
        })
    });
    let mut response = next.run(request).await;
    let Some(rest) = take(&unread) else {
        return response;
    };
    // What did not come in time has had its time.
    let is_late = response.status() == StatusCode::REQUEST_TIMEOUT;
    let is_read = is_worth_it && !is_late && read_to_its_end(rest).await;
    // HTTP/2 has no such header and no such trouble.
    if !is_read && version <= Version::HTTP_11 {
        let close = HeaderValue::from_static("close");
        response.headers_mut().insert(CONNECTION, close);
    }
    response
}

/// Not for what would not be read to its end; nor for whoever waits for a `100 Continue`, because the answer itself
/// tells it not to send.
fn is_worth_it(request: &Request) -> bool {
    request.body().size_hint().lower() <= BODY_DISCARDED_BYTES_MAX as u64
        && !request.headers().contains_key(EXPECT)
}

/// Whether it came to its end, in the time and size that it is given.
async fn read_to_its_end(mut body: Body) -> bool {
    let reading = async {
        let mut bytes = 0;
        while let Some(frame) = body.frame().await {
            let Ok(frame) = frame else { return false };
            bytes += frame.data_ref().map_or(0, Bytes::len);
            if bytes > BODY_DISCARDED_BYTES_MAX {
                return false;
            }
        }
        true
    };
    let patience = Duration::from_millis(BODY_DISCARD_MS_MAX);
    let read = tokio::time::timeout(patience, reading).await;
    read.unwrap_or(false)
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
