//! The pages at `/docs`: that they show every operation, that their links lead somewhere, and that they need nothing from
//! elsewhere. How they look, a person has to see.

use std::collections::BTreeSet;

use api::docs::DESCRIPTIONS;

use crate::book::Book;
use crate::http::{self, Answer};

async fn get(book: &Book, path: &str, headers: &str) -> Answer {
    let head = format!("GET {path} HTTP/1.1\r\n{headers}");
    http::send(book.address, &head, b"").await
}

fn text(answer: &Answer) -> String {
    String::from_utf8(answer.body.clone()).expect("pages are UTF-8")
}

/// What stands between `name="` and the next quote, wherever it does.
fn attributes<'a>(page: &'a str, name: &str) -> BTreeSet<&'a str> {
    let start = format!(" {name}=\"");
    let rest = page.split(start.as_str()).skip(1);
    rest.filter_map(|rest| rest.split('"').next()).collect()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_page_shows_every_operation_and_its_links_lead_somewhere() {
    let book = Book::open().await;
    let index = text(&get(&book, "/docs", "").await);
    for description in &DESCRIPTIONS {
        let path = format!("/docs/{}", description.dialect.name());
        assert!(attributes(&index, "href").contains(path.as_str()), "{path}");
        let page = text(&get(&book, &path, "").await);
        let ids = attributes(&page, "id");
        let document: serde_json::Value = serde_json::from_str(description.json).unwrap();
        let operations = document["paths"].as_object().unwrap().values();
        for operation in operations.flat_map(|item| item.as_object().unwrap().values()) {
            if let Some(id) = operation["operationId"].as_str() {
                assert!(ids.contains(id), "{path} does not show {id}");
            }
        }
        for link in attributes(&page, "href") {
            if let Some(anchor) = link.strip_prefix('#') {
                assert!(ids.contains(anchor), "{path} links to {link}");
            } else {
                assert_eq!(
                    get(&book, link, "").await.status,
                    200,
                    "{path} links to {link}"
                );
            }
        }
        assert!(
            !page.contains("<script") && !page.contains(" style="),
            "{path}"
        );
    }
    book.close().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_description_is_served_as_it_is_written() {
    let book = Book::open().await;
    for description in &DESCRIPTIONS {
        let path = format!("/docs/{}/openapi.json", description.dialect.name());
        let answer = get(&book, &path, "").await;
        assert_eq!(answer.header("content-type"), Some("application/json"));
        assert_eq!(text(&answer), description.json);
    }
    book.close().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_a_cache_has_is_not_sent_again() {
    let book = Book::open().await;
    for path in [
        "/docs",
        "/docs/nlpearl",
        "/docs/nlpearl/openapi.json",
        "/docs/style.css",
    ] {
        let first = get(&book, path, "").await;
        let etag = first.header("etag").expect("a validator").to_owned();
        assert_eq!(first.header("cache-control"), Some("no-cache"));
        for known in [
            etag.clone(),
            format!("W/{etag}"),
            format!("\"x\", {etag}"),
            "*".to_owned(),
        ] {
            let again = get(&book, path, &format!("If-None-Match: {known}\r\n")).await;
            assert_eq!((again.status, again.body.len()), (304, 0), "{path} {known}");
            assert_eq!(again.header("etag"), Some(etag.as_str()));
        }
        let other = get(&book, path, "If-None-Match: \"x\"\r\n").await;
        assert_eq!((other.status, other.body), (200, first.body), "{path}");
    }
    book.close().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_is_no_page_says_where_the_pages_are() {
    let book = Book::open().await;
    for path in [
        "/docs/",
        "/docs/nobody",
        "/docs/nobody/openapi.json",
        "/docs/a/b/c",
        "/docs/%ff",
    ] {
        let answer = get(&book, path, "").await;
        assert_eq!(answer.status, 404, "{path}");
        assert!(
            attributes(&text(&answer), "href").contains("/docs"),
            "{path}"
        );
        assert_eq!(answer.header("etag"), None, "{path}");
    }
    let wrong = http::send(book.address, "POST /docs HTTP/1.1\r\n", b"").await;
    assert_eq!(
        (wrong.status, wrong.header("allow")),
        (405, Some("GET,HEAD"))
    );
    book.close().await;
}
