//! The change feed as it is waited for and streamed.

use std::sync::Arc;

use app::Context;
use domain::command::{LeadRef, Update};
use domain::edit::{Change, Edit};
use domain::guard::Guard;
use domain::{KeyId, WorkspaceId};
use serde_json::Value;

use crate::book::Book;
use crate::http::{self, Lines};

/// Events of the demo, before a test adds its own.
const DEMO_EVENTS: u64 = 8;

/// A book whose events have their positions, as the worker would see to.
async fn open() -> Book {
    let book = Book::open().await;
    let positioned = book.app.position_events().await;
    positioned.expect("events are positioned");
    book
}

impl Book {
    async fn workspace(&self) -> WorkspaceId {
        let workspaces = self.app.workspaces().await.expect("workspaces are read");
        workspaces[0].id
    }

    /// Changes a lead, and gives the event its position as the worker would.
    async fn rename(&self, name: &str) {
        let context = Context::operator(self.workspace().await);
        let update = Update {
            lead: LeadRef::Number(self.demo.uservox_lead_id),
            in_campaign: None,
            edit: Edit {
                name: Change::Set(name.to_owned()),
                ..Edit::default()
            },
            guard: Guard::default(),
        };
        let updated = self.app.update_lead(&context, update).await;
        updated.expect("the lead is renamed");
        self.app
            .position_events()
            .await
            .expect("events are positioned");
    }

    fn key(&self) -> String {
        let key = self.value("leadbook_key").expect("the demo has one");
        format!("Authorization: Bearer {key}\r\n")
    }

    async fn stream(&self, path: &str, headers: &str) -> Stream {
        let headers = format!("{}{headers}", self.key());
        let (status, lines) = Lines::open(self.address, path, &headers).await;
        assert_eq!(status, 200);
        Stream(lines)
    }

    /// Waits until somebody waits for the feed.
    async fn is_waited_for(&self) {
        while !self.app.has_feed_readers() {
            tokio::task::yield_now().await;
        }
    }
}

/// Server-sent events, read as a browser reads them.
struct Stream(Lines);

/// One of them.
struct Message {
    id: String,
    kind: String,
    data: Value,
}

impl Stream {
    /// `None` at the end. Comments are nothing.
    async fn next(&mut self) -> Option<Message> {
        let (mut id, mut kind, mut data) = (String::new(), String::new(), String::new());
        loop {
            let line = self.0.next().await?;
            match line.split_once(": ") {
                Some(("id", text)) => text.clone_into(&mut id),
                Some(("event", text)) => text.clone_into(&mut kind),
                Some(("data", text)) => data.push_str(text),
                Some(("", _)) => {}
                Some(other) => panic!("an unknown field: {other:?}"),
                None if line.is_empty() && data.is_empty() => {}
                None => {
                    assert_eq!(line, "", "an event ends with an empty line");
                    let data = serde_json::from_str(&data).expect("data is JSON");
                    return Some(Message { id, kind, data });
                }
            }
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn who_waits_for_a_page_gets_it_when_it_comes() {
    let book = Arc::new(open().await);
    let asking = Arc::clone(&book);
    let asked = tokio::spawn(async move {
        let path = format!("/leadbook/v1/events?after={DEMO_EVENTS}&wait_seconds=60");
        let head = format!("GET {path} HTTP/1.1\r\n{}", asking.key());
        http::send(asking.address, &head, b"").await
    });
    book.is_waited_for().await;
    book.rename("Ana").await;
    let answer = asked.await.expect("the request ends");
    let page: Value = serde_json::from_slice(&answer.body).expect("a page is JSON");
    assert_eq!(page["events"][0]["changes"][0]["after"], "Ana");
    assert_eq!(page["next"], (DEMO_EVENTS + 1).to_string());
    assert!(!book.app.has_feed_readers(), "the place is free again");
}

/// How long somebody waits for news is nobody's latency.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn waits_are_counted_and_not_timed() {
    let book = open().await;
    let page = |query: &str| format!("GET /leadbook/v1/events{query} HTTP/1.1\r\n{}", book.key());
    for query in ["?wait_seconds=60", "?wait_seconds=1&after=8"] {
        let answer = http::send(book.address, &page(query), b"").await;
        assert_eq!(answer.status, 200);
    }
    drop(book.stream("/leadbook/v1/events/stream", "").await);
    let accept = "Accept: text/event-stream\r\n";
    drop(book.stream("/leadbook/v1/events", accept).await);
    let said = async |name: &str, labels: &str| {
        let text = book.app.metrics_text().await.expect("metrics");
        let start = format!("leadbook_http_{name}{{dialect=\"leadbook\",operation=\"GET ");
        let start = format!("{start}/leadbook/v1/events{labels}}} ");
        let count = text.lines().find_map(|line| line.strip_prefix(&start));
        count.map(str::to_owned)
    };
    let (total, timed) = ("requests_total", "request_duration_seconds_count");
    let ok = "\",status=\"200\"";
    assert_eq!(said(total, ok).await.as_deref(), Some("3"));
    let streams = said(total, &format!("/stream{ok}")).await;
    assert_eq!(streams.as_deref(), Some("1"));
    assert_eq!(said(timed, "\"").await, None);
    assert_eq!(said(timed, "/stream\"").await, None);
    let answer = http::send(book.address, &page(""), b"").await;
    assert_eq!(answer.status, 200);
    assert_eq!(said(total, ok).await.as_deref(), Some("4"));
    assert_eq!(said(timed, "\"").await.as_deref(), Some("1"));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_wait_ends_with_an_empty_page_when_the_server_is_about_to_stop() {
    let book = Arc::new(open().await);
    let asking = Arc::clone(&book);
    let asked = tokio::spawn(async move {
        let path = format!("/leadbook/v1/events?after={DEMO_EVENTS}&wait_seconds=60");
        let head = format!("GET {path} HTTP/1.1\r\n{}", asking.key());
        http::send(asking.address, &head, b"").await
    });
    book.is_waited_for().await;
    book.app.end_feeds();
    let answer = asked.await.expect("the request ends");
    let page: Value = serde_json::from_slice(&answer.body).expect("a page is JSON");
    assert_eq!(answer.status, 200);
    let nothing = serde_json::json!({"events": [], "next": DEMO_EVENTS.to_string()});
    assert_eq!(page, nothing);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_stream_tells_what_was_and_then_what_comes() {
    let book = open().await;
    let accept = "Accept: application/json;q=0.1, text/event-stream\r\n";
    let mut stream = book.stream("/leadbook/v1/events?after=0", accept).await;
    for position in 1..=DEMO_EVENTS {
        let message = stream.next().await.expect("the demo's events");
        assert_eq!(message.id, position.to_string());
        assert_eq!(message.data["cursor"], message.id);
        assert_eq!(message.kind, message.data["type"]);
    }
    book.rename("Ana").await;
    let message = stream.next().await.expect("the new event");
    assert_eq!(message.id, (DEMO_EVENTS + 1).to_string());
    assert_eq!(message.kind, "lead.updated");
    assert_eq!(message.data["changes"][0]["after"], "Ana");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_a_client_saw_last_wins_over_its_url() {
    let book = open().await;
    let path = "/leadbook/v1/events/stream?after=now";
    let mut stream = book.stream(path, "Last-Event-ID: 6\r\n").await;
    assert_eq!(stream.next().await.expect("an event").id, "7");
    // An empty one, which a browser sends that has seen nothing, does not.
    let path = "/leadbook/v1/events/stream?after=7";
    let mut stream = book.stream(path, "Last-Event-ID: \r\n").await;
    assert_eq!(stream.next().await.expect("an event").id, "8");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_stream_goes_on_page_after_page_in_order() {
    let book = open().await;
    let last = DEMO_EVENTS + 250;
    for number in DEMO_EVENTS..last {
        book.rename(&format!("name {number}")).await;
    }
    let mut stream = book.stream("/leadbook/v1/events/stream", "").await;
    for position in 1..=last {
        let message = stream.next().await.expect("an event");
        assert_eq!(message.id, position.to_string());
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_stream_ends_when_the_server_is_about_to_stop() {
    let book = open().await;
    let path = "/leadbook/v1/events/stream?after=now";
    let mut stream = book.stream(path, "").await;
    book.app.end_feeds();
    assert!(stream.next().await.is_none());
    // Whoever comes now is told nothing, and told to go.
    let mut late = book.stream("/leadbook/v1/events/stream", "").await;
    assert!(late.next().await.is_none());
    book.close().await;
}

/// The demo's keys are numbered from the first free id; the one that our API uses is the first.
fn first_key() -> KeyId {
    KeyId::new(1_000_000).expect("an id")
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_stream_does_not_outlive_its_key() {
    let book = open().await;
    let path = "/leadbook/v1/events/stream?after=7";
    let mut stream = book.stream(path, "").await;
    assert_eq!(stream.next().await.expect("an event").id, "8");
    let workspace = book.workspace().await;
    let revoked = book.app.revoke_key(workspace, first_key()).await;
    assert!(revoked.expect("the key is revoked"));
    // A key is believed for less than a second.
    book.environment.advance_millis(1_000);
    book.rename("Ana").await;
    assert!(stream.next().await.is_none(), "nothing of what came since");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_stream_is_read_no_faster_than_its_client_reads() {
    use axum::body::Body;
    use http_body_util::BodyExt;
    use tower::ServiceExt;

    let book = open().await;
    let request = axum::http::Request::get("/leadbook/v1/events/stream")
        .header(
            "authorization",
            book.key().trim_start_matches("Authorization: ").trim(),
        )
        .body(Body::empty())
        .expect("a request");
    let router = api::router(Arc::clone(&book.app));
    let answer = router.oneshot(request).await.expect("an answer");
    let mut body = answer.into_body();
    assert!(body.frame().await.is_some(), "the first event");
    // Were more events made ready than were taken, they would come although the key is gone.
    let workspace = book.workspace().await;
    let revoked = book.app.revoke_key(workspace, first_key()).await;
    assert!(revoked.expect("the key is revoked"));
    book.environment.advance_millis(1_000);
    assert!(body.frame().await.is_none(), "and no second");
    book.close().await;
}
