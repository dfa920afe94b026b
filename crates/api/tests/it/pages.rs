//! A list by a time as its cursor, where one moment has more leads than a page may have: too many for a transcript.

use std::collections::BTreeSet;

use app::context::Context;
use app::leads::Creation;
use domain::edit::{Change, Edit};
use domain::limits::LIST_PAGE_MAX;
use futures_util::future::join_all;
use serde_json::Value;

use crate::book::Book;
use crate::http;

/// More than fit on a page that is filled up, with those of the demo.
const LEADS: usize = LIST_PAGE_MAX + 50;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn more_leads_of_one_millisecond_than_a_page_holds_are_read_through_by_the_link() {
    let book = Book::open().await;
    add_leads(&book, LEADS).await;
    let mut next = Some("/api/v1/leads?userId=123&limit=20&search=crowd".to_owned());
    let (mut seen, mut pages) = (BTreeSet::new(), Vec::new());
    while let Some(path) = next {
        let (leads, link) = read(&book, &path).await;
        pages.push(leads.len());
        for lead in &leads {
            assert_eq!(lead["total"], LEADS, "{lead}");
            let id = lead["id"].as_u64().expect("a number");
            assert!(seen.insert(id), "{id} comes twice");
        }
        next = link;
    }
    assert_eq!(seen.len(), LEADS);
    // The first is cut off in the midst of the millisecond, the next has the rest.
    assert_eq!(pages[..2], [LIST_PAGE_MAX, LEADS - LIST_PAGE_MAX]);
    book.close().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_second_on_several_pages_is_read_through_by_the_times_it_shows() {
    let book = Book::open().await;
    for _ in 0..60 {
        add_leads(&book, 3).await;
        book.environment.advance_millis(10);
    }
    book.environment.advance_millis(5_000);
    add_leads(&book, 1).await;
    let first = "/api/v1/leads?userId=123&limit=20&search=crowd";
    let (mut path, mut seen, mut times) = (first.to_owned(), BTreeSet::new(), Vec::new());
    loop {
        let (leads, _) = read(&book, &path).await;
        let Some(last) = leads.last() else { break };
        // The page, one to see whether it ends there, and what it is filled up with.
        assert!(leads.len() <= 71, "{} on a page", leads.len());
        for lead in &leads {
            let id = lead["id"].as_u64().expect("a number");
            assert!(seen.insert(id), "{id} comes twice");
            times.push(lead["created_at"].as_str().expect("a time").to_owned());
        }
        path = format!(
            "{first}&cursor={}",
            last["created_at"].as_str().expect("a time")
        );
    }
    assert_eq!(seen.len(), 181);
    // What is alone in its second is shown as the vendor does; the end of the last page, too.
    for time in [&times[0], &times[180]] {
        assert_eq!(time.len(), "2026-01-15T12:00:00Z".len(), "{time}");
    }
    assert_eq!(times[1].len(), "2026-01-15T12:00:00.000Z".len());
    book.close().await;
}

async fn add_leads(book: &Book, count: usize) {
    let workspaces = book.app.workspaces().await.expect("workspaces are read");
    let context = Context::operator(workspaces[0].id);
    let creation = || Creation {
        edit: Edit {
            company_name: Change::Set("Crowd".to_owned()),
            ..Edit::default()
        },
        ..Creation::default()
    };
    let made = (0..count).map(|_| book.app.create_lead(&context, creation()));
    for made in join_all(made).await {
        made.expect("a lead is made");
    }
}

/// A page, and where the next one is.
async fn read(book: &Book, path: &str) -> (Vec<Value>, Option<String>) {
    let key = &book.demo.journeybee_key;
    let head = format!("GET {path} HTTP/1.1\r\nAuthorization: Bearer {key}\r\n");
    let answer = http::send(book.address, &head, b"").await;
    assert_eq!(answer.status, 200, "{path}");
    let link = answer.header("link").map(|link| {
        let link = link.strip_prefix('<').expect("a link");
        let (target, rel) = link.split_once('>').expect("a link");
        assert_eq!(rel, "; rel=\"next\"");
        target.to_owned()
    });
    let leads = serde_json::from_slice(&answer.body).expect("a list");
    (leads, link)
}
