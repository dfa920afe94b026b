//! Servers that lack something: a key for secrets, endpoints that may be called.

use std::sync::Arc;

use app::Services;
use app::subscriptions::{Endpoints, PlainAuth, UncheckedEndpoints};
use async_trait::async_trait;

use crate::book::Book;
use crate::http;

async fn create(book: &Book, body: &str) -> (u16, String) {
    let key = book.value("leadbook_key").expect("the demo has one");
    let head = format!(
        "POST /leadbook/v1/subscriptions HTTP/1.1\r\nAuthorization: Bearer {key}\r\n\
         Content-Type: application/json\r\nContent-Length: {}\r\n",
        body.len()
    );
    let answer = http::send(book.address, &head, body.as_bytes()).await;
    (
        answer.status,
        String::from_utf8_lossy(&answer.body).into_owned(),
    )
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn without_a_key_for_secrets_only_what_has_none_is_saved() {
    let book = Book::open_with(Services {
        endpoints: Arc::new(UncheckedEndpoints),
        vault: None,
        ..Services::default()
    })
    .await;
    let (status, body) = create(&book, r#"{"url": "https://a.example.com/"}"#).await;
    assert_eq!(status, 409, "{body}");
    assert!(
        body.contains("urn:leadbook:problem:no_secret_key"),
        "{body}"
    );
    let (status, body) = create(
        &book,
        r#"{"url": "https://a.example.com/", "format": "nlpearl_lead"}"#,
    )
    .await;
    assert_eq!(status, 201, "{body}");
    book.close().await;
}

/// The worker's guard, as it refuses.
struct Refusing;

#[async_trait]
impl Endpoints for Refusing {
    async fn check_url(&self, url: &str) -> Result<(), String> {
        // The demo's own callback passes.
        if url.contains("hooks.example.com") {
            return Ok(());
        }
        Err(format!("{url} is private; open it first"))
    }

    fn check_auth(&self, auth: &PlainAuth) -> Result<(), String> {
        match auth {
            PlainAuth::None => Ok(()),
            PlainAuth::Bearer(_) | PlainAuth::Header { .. } => {
                Err("no header can carry it".to_owned())
            }
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_the_guard_refuses_is_a_fault_that_says_why() {
    let book = Book::open_with(Services {
        endpoints: Arc::new(Refusing),
        vault: None,
        ..Services::default()
    })
    .await;
    let (status, body) = create(
        &book,
        r#"{"url": "http://10.0.0.1/", "format": "uservox", "auth": {"kind": "bearer", "token": "a\nb"}}"#,
    )
    .await;
    assert_eq!(status, 422, "{body}");
    assert!(
        body.contains(r#"[{"field":"url","detail":"http://10.0.0.1/ is private; open it first"},"#),
        "{body}"
    );
    assert!(
        body.contains(r#"{"field":"auth","detail":"no header can carry it"}]"#),
        "{body}"
    );
    book.close().await;
}
