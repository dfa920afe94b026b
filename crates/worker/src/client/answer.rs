//! The body of an answer: little of it is read, less is kept, and nobody is waited for long.
//!
//! A small answer is read to its end, so that its connection can be used again. Of a large or slow one the connection
//! is dropped; the status has said everything.

use std::time::Duration;

use domain::limits::{
    DELIVERY_RESPONSE_BYTES_MAX, DELIVERY_RESPONSE_KEPT_BYTES_MAX, DELIVERY_RESPONSE_MS_MAX,
};
use reqwest::Response;

/// What is kept of the body; `None` if there was nothing.
pub(super) async fn read(mut response: Response) -> Option<String> {
    let mut kept = Vec::new();
    let reading = async {
        let mut bytes = 0;
        while let Ok(Some(chunk)) = response.chunk().await {
            bytes += chunk.len();
            let room = DELIVERY_RESPONSE_KEPT_BYTES_MAX - kept.len();
            kept.extend_from_slice(&chunk[..room.min(chunk.len())]);
            if bytes > DELIVERY_RESPONSE_BYTES_MAX {
                break;
            }
        }
    };
    let limit = Duration::from_millis(DELIVERY_RESPONSE_MS_MAX);
    // What came in time is kept.
    let _ = tokio::time::timeout(limit, reading).await;
    text(&kept)
}

/// As text that a terminal and a database bear: control characters are spaces, what is no UTF-8 is replaced.
fn text(bytes: &[u8]) -> Option<String> {
    let mut text = String::new();
    let mut chunks = bytes.utf8_chunks().peekable();
    while let Some(chunk) = chunks.next() {
        text.extend(chunk.valid().chars().map(shown));
        // A character that was cut off at the end is none.
        let is_cut = chunks.peek().is_none() && is_begun(chunk.invalid());
        if !chunk.invalid().is_empty() && !is_cut {
            text.push(char::REPLACEMENT_CHARACTER);
        }
    }
    let end = text.floor_char_boundary(DELIVERY_RESPONSE_KEPT_BYTES_MAX);
    text.truncate(end);
    let text = text.trim();
    (!text.is_empty()).then(|| text.to_owned())
}

/// Whether more bytes could make a character of these.
fn is_begun(bytes: &[u8]) -> bool {
    std::str::from_utf8(bytes).is_err_and(|error| error.error_len().is_none())
}

fn shown(character: char) -> char {
    if character.is_control() {
        ' '
    } else {
        character
    }
}

#[cfg(test)]
mod tests;
