//! The elements of one array in a request body, handed on while it arrives: for requests about many things, whose body is never
//! held whole.
//!
//! A thread of its own reads, because serde_json's reader waits for its bytes; it goes no further ahead than a few elements. What
//! an element means is its dialect's. A body that is one thing is `body`'s.

mod arriving;
mod parse;

use axum::body::Body;
use axum::http::HeaderMap;
use domain::fault::Fault;
use domain::limits::{BULK_BODY_BYTES_MAX, BULK_PARTS_AHEAD};
use serde_json::Value;
use tokio::sync::mpsc;
use tokio::task::JoinHandle;
use tokio_util::io::{StreamReader, SyncIoBridge};

use super::MediaTypes;
use super::body::{check_length, check_media_type};
use crate::failure::Failure;

/// What comes out of the body, in its order.
#[derive(Debug)]
pub(crate) enum Part {
    Element(Value),
    /// Of a member beside the array, or the array itself.
    Fault(Fault),
}

/// Some parts in a row: handing each on by itself would cost more than reading it.
type Parts = Vec<Part>;

/// A body that is being read.
pub(crate) struct Elements {
    parts: mpsc::Receiver<Result<Parts, Failure>>,
    /// What has come and was not asked for yet.
    ready: std::vec::IntoIter<Part>,
    reader: JoinHandle<()>,
}

impl Elements {
    /// Begins to read a body that is one object with one member, an array.
    pub(crate) fn read(
        headers: &HeaderMap,
        body: Body,
        media_types: MediaTypes,
        member: &'static str,
    ) -> Result<Self, Failure> {
        check_media_type(headers, media_types)?;
        check_length(headers, BULK_BODY_BYTES_MAX)?;
        let (sender, parts) = mpsc::channel(BULK_PARTS_AHEAD);
        let arriving = Box::pin(arriving::stream(body, sender.clone()));
        let bytes = SyncIoBridge::new(StreamReader::new(arriving));
        let reader = tokio::task::spawn_blocking(move || {
            if let Err(failure) = parse::elements(bytes, member, &sender) {
                // Nobody waits for it if the request was given up.
                let _ = sender.blocking_send(Err(failure));
            }
        });
        let ready = Parts::new().into_iter();
        Ok(Self {
            parts,
            ready,
            reader,
        })
    }

    /// The next part; `None` when the body has come to its end and nothing was wrong with it.
    pub(crate) async fn next(&mut self) -> Result<Option<Part>, Failure> {
        loop {
            if let Some(part) = self.ready.next() {
                return Ok(Some(part));
            }
            let Some(parts) = self.parts.recv().await.transpose()? else {
                return Ok(None);
            };
            self.ready = parts.into_iter();
        }
    }

    /// Ends the reading, wherever it is. To be awaited before the answer: until then the rest of the body is the reader's, and
    /// whoever throws it away finds nothing.
    pub(crate) async fn close(self) {
        let Self { parts, reader, .. } = self;
        drop(parts);
        let _ = reader.await;
    }
}
