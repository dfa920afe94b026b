//! What never reaches a handler whole: bodies that stay away, and heads that are no HTTP.

use super::court::Court;
use crate::http::Request;
use crate::routes::{self, Access};
use crate::server::Server;
use crate::writers::Words;

/// A body that is announced and does not come is given up in bounded time, and said so.
#[test]
fn a_body_that_stays_away_is_answered() {
    std::thread::scope(|scope| {
        for dialect in Words::ALL {
            scope.spawn(move || {
                let mut court = Court::of(dialect);
                let routes = routes::of(dialect);
                let route = routes.iter().find(|route| route.access == Access::Write);
                let request = route.expect("every dialect writes").request(&court.names);
                let mut bytes = request.bytes(court.server.address, &court.key);
                bytes.pop();
                let answer = routes::send_raw(court.server.address, &bytes, true);
                let answer = answer.expect("it is answered");
                assert_eq!(answer.status, 408, "{}", answer.text());
                court.judge(&request, &answer);
            });
        }
    });
}

/// Each refused with 400.
const HEADS: [(&str, &str); 10] = [
    ("no HTTP", "hello\r\n\r\n"),
    ("another protocol", "GET / HTTP/9.9\r\n\r\n"),
    (
        "a blank in the path",
        "GET /a b HTTP/1.1\r\nHost: x\r\n\r\n",
    ),
    ("a header without a colon", "GET / HTTP/1.1\r\nHost\r\n\r\n"),
    ("a header with a NUL", "GET / HTTP/1.1\r\nX: a\0b\r\n\r\n"),
    (
        "two lengths",
        "POST / HTTP/1.1\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\n",
    ),
    (
        "a length that is none",
        "POST / HTTP/1.1\r\nContent-Length: x\r\n\r\n",
    ),
    (
        "a negative length",
        "POST / HTTP/1.1\r\nContent-Length: -1\r\n\r\n",
    ),
    (
        "an endless length",
        "POST / HTTP/1.1\r\nContent-Length: 99999999999999999999999\r\n\r\n",
    ),
    (
        "an unknown coding",
        "POST / HTTP/1.1\r\nTransfer-Encoding: gzip\r\n\r\n",
    ),
];

/// What hyper refuses before any route is looked at: an empty body, a bare status, and the connection closed. It
/// has no hook for another answer. Nothing a client library sends is here.
#[test]
fn heads_that_are_no_http_are_refused_by_the_library() {
    let server = Server::demo(&[]);
    let path = format!("/{}", "a".repeat(70_000));
    let many = "X: 1\r\n".repeat(200);
    let long = format!("X-Long: {}\r\n", "a".repeat(800_000));
    let long = [
        (
            "a path too long",
            format!("GET {path} HTTP/1.1\r\nHost: x\r\n\r\n"),
            414,
        ),
        (
            "too many headers",
            format!("GET / HTTP/1.1\r\n{many}\r\n"),
            431,
        ),
        (
            "headers too long",
            format!("GET / HTTP/1.1\r\n{long}\r\n"),
            431,
        ),
    ];
    let short = HEADS.map(|(name, head)| (name, head.to_owned(), 400));
    for (name, head, expected) in short.into_iter().chain(long) {
        let answer = routes::send_raw(server.address, head.as_bytes(), true);
        let answer = answer.unwrap_or_else(|| panic!("{name}: no answer"));
        assert_eq!(answer.status, expected, "{name}: {}", answer.text());
        assert!(
            answer.body.is_empty(),
            "{name}: now with a body? then it can have a shape"
        );
    }
    // The server is none the worse for it.
    let request = Request::new("GET", "/nothing", None);
    assert_eq!(server.client("").ask(&request).status, 404);
}
