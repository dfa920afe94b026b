//! The guard at both moments: when a URL is saved, and when it is called.

use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use app::subscriptions::{Endpoints, PlainAuth};
use reqwest::dns::{Addrs, Name, Resolve, Resolving};
use worker::{GuardedEndpoints, Options, Worker};

use crate::book::{Book, options};
use crate::receiver::{OK, Receiver};

/// Answers the n-th question with the n-th list, and then with the last.
struct Script {
    answers: Vec<&'static [&'static str]>,
    asked: AtomicUsize,
}

impl Script {
    fn new(answers: &[&'static [&'static str]]) -> Arc<Self> {
        Arc::new(Self {
            answers: answers.to_vec(),
            asked: AtomicUsize::new(0),
        })
    }
}

impl Resolve for Script {
    fn resolve(&self, name: Name) -> Resolving {
        assert_eq!(name.as_str(), "hook.example");
        let asked = self.asked.fetch_add(1, Ordering::SeqCst);
        let answer = self.answers[asked.min(self.answers.len() - 1)];
        let found: Vec<SocketAddr> = answer
            .iter()
            .map(|address| SocketAddr::new(address.parse().unwrap(), 0))
            .collect();
        Box::pin(async move { Ok(Box::new(found.into_iter()) as Addrs) })
    }
}

/// Never answers.
struct Silent;

impl Resolve for Silent {
    fn resolve(&self, _name: Name) -> Resolving {
        Box::pin(std::future::pending())
    }
}

#[tokio::test]
async fn special_addresses_are_not_called_unless_opened() {
    let mut receiver = Receiver::always(OK).await;
    let mut book = Book::calling(&receiver.url()).await;
    book.subscribe(&receiver.named_url("localhost")).await;
    let lead = book.add_lead().await;
    book.rename(lead, "new").await;
    let options = Options {
        allow_webhook_to: vec!["10.0.0.0/8".parse().unwrap()],
        ..options()
    };
    let worker = Worker::start(Arc::clone(&book.app), options).unwrap();
    for _ in 0..2 {
        let error = book.retried().await;
        assert!(error.contains("--allow-webhook-to 127.0.0.0/8"), "{error}");
    }
    worker.stop().await;
    assert_eq!(receiver.left(), 0);
}

#[tokio::test]
async fn a_name_that_moves_inside_is_refused() {
    let mut receiver = Receiver::always(OK).await;
    let mut book = Book::calling(&receiver.named_url("hook.example")).await;
    let lead = book.add_lead().await;
    book.rename(lead, "one").await;
    book.rename(lead, "two").await;
    let resolver = Script::new(&[&["127.0.0.1"], &["10.0.0.1"], &["10.0.0.1", "127.0.0.1"]]);
    let worker = Worker::start_with_resolver(Arc::clone(&book.app), options(), resolver).unwrap();
    book.delivered(1).await;
    let error = book.retried().await;
    assert_eq!(
        error,
        "hook.example resolves to 10.0.0.1, which is private; start serve with \
         --allow-webhook-to 10.0.0.0/8 to allow it"
    );
    receiver.request().await;
    assert_eq!(receiver.left(), 0);
    // Where it has moved out again, in part, the part outside is called.
    book.environment.advance_millis(6_000);
    worker.wake();
    book.delivered(1).await;
    receiver.request().await;
    worker.stop().await;
}

#[tokio::test]
async fn a_name_is_resolved_and_judged_when_it_is_saved() {
    let url = "https://hook.example/in";
    for (answers, refused) in [
        (&["192.0.9.1"][..], None),
        (
            &["10.0.0.1"],
            Some("resolves to 10.0.0.1, which is private"),
        ),
        (&["192.0.9.1", "10.0.0.1"], Some("resolves to 10.0.0.1")),
        (&["fe80::1"], Some("link-local")),
        (&["::ffff:127.0.0.1"], Some("loopback")),
        (&["172.16.9.1"], None),
        (&[], Some("has no address")),
    ] {
        let opened = ["172.16.0.0/12".parse().unwrap()];
        let endpoints = GuardedEndpoints::with_resolver(&opened, Script::new(&[answers]));
        match (endpoints.check_url(url).await, refused) {
            (Ok(()), None) => {}
            (Err(error), Some(part)) => assert!(error.contains(part), "{error}"),
            (judged, _) => panic!("{answers:?}: {judged:?}"),
        }
    }
}

#[tokio::test(start_paused = true)]
async fn a_name_that_does_not_resolve_in_time_is_refused() {
    let endpoints = GuardedEndpoints::with_resolver(&[], Arc::new(Silent));
    let error = endpoints.check_url("https://hook.example/in").await;
    assert!(error.unwrap_err().contains("in time"));
}

#[tokio::test]
async fn literals_and_identifications_are_judged_without_asking() {
    let endpoints = GuardedEndpoints::with_resolver(&[], Arc::new(Silent));
    assert_eq!(endpoints.check_url("https://8.8.8.8/in").await, Ok(()));
    for url in [
        "http://127.0.0.1/",
        "http://[::1]/",
        "http://localhost/",
        "ftp://a.example/",
    ] {
        assert!(endpoints.check_url(url).await.is_err(), "{url}");
    }
    let broken = PlainAuth::Bearer("two\nlines".to_owned());
    assert!(endpoints.check_auth(&broken).is_err());
    assert_eq!(endpoints.check_auth(&PlainAuth::None), Ok(()));
}
