//! Refusals whose body comes after its head, or not at all: afterwards the connection is of use, or the answer says
//! that it is not. Anything else fails the client's next request.

use crate::http::{Connection, Request};
use crate::routes::WEBHOOKS_ALLOWED;
use crate::server::{Book, Server};
use crate::world::Workspace;

/// More than one, because a body may be there just in time.
const ROUNDS: usize = 20;

/// Refused by their heads alone: with 401, 404, 405, 415, and 404 for a thing.
const REFUSED: [(u16, &str, &str); 5] = [
    (401, "POST /leadbook/v1/leads", ""),
    (404, "POST /nowhere", "Authorization: Bearer {key}\r\n"),
    (405, "PUT /leadbook/v1/leads/1", ""),
    (
        415,
        "POST /leadbook/v1/leads",
        "Authorization: Bearer {key}\r\nContent-Type: text/plain\r\n",
    ),
    (
        404,
        "DELETE /leadbook/v1/subscriptions/1",
        "Authorization: Bearer {key}\r\n",
    ),
];

fn served() -> (Book, Server, String) {
    let book = Book::new();
    let workspace = Workspace::create(&book, "Late");
    let server = book.serve_with(&WEBHOOKS_ALLOWED);
    (book, server, workspace.key)
}

fn head(line: &str, headers: &str, key: &str) -> Vec<u8> {
    let headers = headers.replace("{key}", key);
    format!("{line} HTTP/1.1\r\nHost: x\r\n{headers}\r\n").into_bytes()
}

#[test]
fn a_body_behind_its_head_spoils_nothing() {
    let (_book, server, key) = served();
    let next = Request::new("GET", "/nothing", None).bytes(server.address, "");
    for (status, line, headers) in REFUSED {
        for (framing, body) in [
            ("Content-Length: 2\r\n", "{}"),
            ("Transfer-Encoding: chunked\r\n", "2\r\n{}\r\n0\r\n\r\n"),
        ] {
            let mut connection = Connection::open(server.address).expect("the server listens");
            for _ in 0..ROUNDS {
                let head = head(line, &format!("{headers}{framing}"), &key);
                connection.send(&head).expect("the head is sent");
                connection.send(body.as_bytes()).expect("the body is sent");
                let answer = connection.read(false).expect("an answer");
                assert_eq!(answer.status, status, "{line}: {}", answer.text());
                assert_eq!(answer.header("connection"), None, "{line}");
                connection.send(&next).expect("the next is sent");
                let answer = connection.read(false);
                let answer = answer.unwrap_or_else(|error| panic!("after {line}: {error}"));
                assert_eq!(answer.status, 404, "after {line}");
            }
        }
    }
}

#[test]
fn a_refusal_that_leaves_a_body_unread_says_so() {
    let (_book, server, key) = served();
    let framings = [
        "Content-Length: 2\r\n",
        "Content-Length: 2\r\nExpect: 100-continue\r\n",
        "Transfer-Encoding: chunked\r\n",
        "Content-Length: 99999999999\r\n",
    ];
    std::thread::scope(|scope| {
        for (status, line, headers) in REFUSED {
            for framing in framings {
                let (address, key) = (server.address, &key);
                scope.spawn(move || {
                    let mut connection = Connection::open(address).expect("the server listens");
                    let head = head(line, &format!("{headers}{framing}"), key);
                    connection.send(&head).expect("the head is sent");
                    let answer = connection.read(false).expect("an answer");
                    assert_eq!(answer.status, status, "{line}: {}", answer.text());
                    let connection = answer.header("connection");
                    assert_eq!(connection, Some("close"), "{line} {framing}");
                });
            }
        }
    });
}

/// Whoever waits for leave to send gets it from whom the body is of use to.
#[test]
fn an_expected_body_is_asked_for() {
    let (_book, server, key) = served();
    let mut connection = Connection::open(server.address).expect("the server listens");
    let headers = "Authorization: Bearer {key}\r\nContent-Length: 2\r\nExpect: 100-continue\r\n";
    let head = head("POST /leadbook/v1/leads", headers, &key);
    connection.send(&head).expect("the head is sent");
    connection.send(b"{}").expect("the body is sent");
    let answer = connection.read(false).expect("an answer");
    assert!(
        [201, 400, 422].contains(&answer.status),
        "{}",
        answer.text()
    );
    assert_eq!(answer.header("connection"), None);
}
