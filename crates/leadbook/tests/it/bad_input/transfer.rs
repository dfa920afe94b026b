//! Bodies that do not arrive as announced.

use super::court::{Court, shown};
use crate::http::Request;
use crate::routes::{self, Access};

/// What is sent, and what becomes of it.
struct Transfer {
    name: &'static str,
    bytes: Vec<u8>,
    fate: Fate,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Fate {
    Served,
    Refused,
    /// The client goes away in the middle: hyper takes it for gone, and an answer may come or not.
    Abandoned,
}

fn chunk(body: &[u8]) -> Vec<u8> {
    [format!("{:x}\r\n", body.len()).as_bytes(), body, b"\r\n"].concat()
}

fn transfers(request: &Request, key: &str) -> Vec<Transfer> {
    let head = |headers: String| {
        let (method, path) = (&request.method, &request.path);
        format!(
            "{method} {path} HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {key}\r\n\
             Content-Type: application/json\r\n{headers}\r\n\r\n"
        )
        .into_bytes()
    };
    let body = request.body.as_deref().unwrap_or_default();
    let with_length = |length: usize| head(format!("Content-Length: {length}"));
    let chunked = |chunks: &[Vec<u8>]| {
        let head = head("Transfer-Encoding: chunked".to_owned());
        [head, chunks.concat()].concat()
    };
    let (first, second) = body.split_at(body.len() / 2);
    // More than any request may bring that is held in memory.
    let (last, big) = (b"0\r\n\r\n".to_vec(), vec![b' '; 5_000_000]);
    let transfer = |name, fate, bytes| Transfer { name, bytes, fate };
    vec![
        transfer(
            "in chunks",
            Fate::Served,
            chunked(&[chunk(first), chunk(second), last.clone()]),
        ),
        transfer(
            "too large in chunks",
            Fate::Refused,
            chunked(&[chunk(&big), chunk(body), last]),
        ),
        transfer(
            "in no chunks",
            Fate::Refused,
            chunked(&[b"zz\r\n".to_vec()]),
        ),
        transfer("far too long", Fate::Refused, with_length(99_999_999_999)),
        transfer(
            "cut off in chunks",
            Fate::Abandoned,
            chunked(&[chunk(first)]),
        ),
        transfer(
            "cut off",
            Fate::Abandoned,
            [with_length(body.len() + 9), body.to_vec()].concat(),
        ),
    ]
}

pub(super) fn every_transfer_is_broken(court: &mut Court) {
    for route in routes::of(court.dialect) {
        if route.access == Access::Read {
            continue;
        }
        let request = route.request(&court.names);
        for Transfer { name, bytes, fate } in transfers(&request, &court.key) {
            let waits = fate != Fate::Abandoned;
            let answer = routes::send_raw(court.server.address, &bytes, waits);
            assert!(answer.is_some() || !waits, "{name}: {}", shown(&request));
            let Some(answer) = answer else { continue };
            court.judge(&request, &answer);
            let is_refused = (400..500).contains(&answer.status);
            // A claim that was started or ended before is a conflict, whole body or not. What no body is asked of
            // does not look at it.
            assert!(
                is_refused || fate == Fate::Served || route.body.is_none(),
                "{name}: {}",
                shown(&request)
            );
        }
    }
}
