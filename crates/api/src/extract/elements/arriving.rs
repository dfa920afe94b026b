//! The bytes of a body as they arrive, until its time is over or nobody wants them any more.

use std::io::{Error, ErrorKind};
use std::time::Duration;

use axum::body::{Body, Bytes};
use domain::limits::BULK_READ_MS_MAX;
use futures_util::stream::{Stream, unfold};
use http_body_util::BodyExt;
use tokio::sync::mpsc::Sender;

/// Each chunk of the body. Ends with an error `limits::BULK_READ_MS_MAX` after the first was asked for, and as soon as the other
/// side of `wanted` is gone: a reader that waits for a slow client would not notice by itself.
pub(super) fn stream<T: Send + 'static>(
    body: Body,
    wanted: Sender<T>,
) -> impl Stream<Item = Result<Bytes, Error>> + Send {
    let patience = Box::pin(tokio::time::sleep(Duration::from_millis(BULK_READ_MS_MAX)));
    unfold(
        (body, patience, wanted),
        async |(mut body, mut patience, wanted)| {
            let chunk = tokio::select! {
                biased;
                () = wanted.closed() => Err(ErrorKind::BrokenPipe.into()),
                () = &mut patience => Err(ErrorKind::TimedOut.into()),
                frame = body.frame() => match frame? {
                    // Trailers say nothing here.
                    Ok(frame) => Ok(frame.into_data().unwrap_or_default()),
                    Err(_) => Err(ErrorKind::ConnectionAborted.into()),
                },
            };
            Some((chunk, (body, patience, wanted)))
        },
    )
}
