//! Result webhooks against receivers that behave, and that do not.

use std::net::SocketAddr;
use std::str::FromStr;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use domain::campaign::CallbackAuth;
use domain::limits::{DELIVERIES_PER_HOST_MAX, DELIVERY_ATTEMPTS_MAX, DELIVERY_PAGE_MAX};
use reqwest::dns::{Addrs, Name, Resolve, Resolving};
use store::DeliveryOutcome;
use tokio::sync::Semaphore;
use worker::{Options, Worker};

use crate::book::{Book, options};
use crate::receiver::{FAILS, HANGS, Manner, OK, Receiver};

/// The error of an attempt that is tried again.
fn error_of(outcome: DeliveryOutcome) -> String {
    match outcome {
        DeliveryOutcome::Retry { error, .. } => error,
        other => panic!("not to be retried: {other:?}"),
    }
}

/// Runs one job whose webhook meets this manner; returns what was recorded.
async fn meet(manner: Manner) -> DeliveryOutcome {
    let mut receiver = Receiver::always(manner).await;
    let mut book = Book::calling(receiver.url()).await;
    let lead = book.add_lead().await;
    book.queue(lead, "new").await;
    let worker = book.work();
    receiver.request().await;
    let outcome = book.recorded().await;
    worker.stop().await;
    assert_eq!(receiver.left(), 0, "one attempt, one request");
    outcome
}

#[tokio::test]
async fn a_webhook_says_what_and_who() {
    let mut receivers = Vec::new();
    let mut callbacks = Vec::new();
    for auth in [
        CallbackAuth::None,
        CallbackAuth::Bearer("s3cret".to_owned()),
        CallbackAuth::Header {
            name: "X-Hook-Key".to_owned(),
            value: "k3y".to_owned(),
        },
    ] {
        let receiver = Receiver::always(OK).await;
        callbacks.push((receiver.url(), auth));
        receivers.push(receiver);
    }
    let mut book = Book::open(callbacks).await;
    let lead = book.add_lead().await;
    book.queue(lead, "new").await;
    let worker = book.work();
    let secrets = [
        (None, None),
        (Some("Bearer s3cret"), None),
        (None, Some("k3y")),
    ];
    for (receiver, (authorization, key)) in receivers.iter_mut().zip(secrets) {
        let request = receiver.request().await;
        assert_eq!(request.line(), "POST /hook HTTP/1.1");
        assert_eq!(request.header("content-type"), Some("application/json"));
        let agent = concat!("leadbook/", env!("CARGO_PKG_VERSION"));
        assert_eq!(request.header("user-agent"), Some(agent));
        assert_eq!(request.header("authorization"), authorization);
        assert_eq!(request.header("x-hook-key"), key);
        assert_eq!(request.number("lead"), lead.get());
        let outcome = book.recorded().await;
        assert!(matches!(outcome, DeliveryOutcome::Delivered { .. }));
    }
    worker.stop().await;
    assert_eq!(book.app.health().await.unwrap().deliveries_waiting, 0);
}

#[tokio::test]
async fn everything_but_a_2xx_is_retried() {
    for (manner, part) in [
        (FAILS, "answered 500"),
        (
            Manner::Answer("HTTP/1.1 410 Gone\r\nconnection: close\r\ncontent-length: 0\r\n\r\n"),
            "answered 410",
        ),
        (
            Manner::Answer("SSH-2.0-OpenSSH_9.6\r\n"),
            "the exchange failed",
        ),
        (Manner::Answer(""), "the exchange failed"),
        (Manner::Reset("HTTP/1.1 2"), "the exchange failed"),
    ] {
        let error = error_of(meet(manner).await);
        assert!(error.contains(part), "{error}");
        assert!(
            !error.contains("/hook"),
            "the URL may hold a secret: {error}"
        );
    }
}

#[tokio::test]
async fn a_2xx_is_delivered_whatever_its_body_does() {
    for manner in [
        Manner::Answer("HTTP/1.1 204 No Content\r\nconnection: close\r\n\r\n"),
        Manner::Flood,
        Manner::Reset("HTTP/1.1 200 OK\r\ncontent-length: 100\r\n\r\nhalf"),
    ] {
        let outcome = meet(manner).await;
        assert!(matches!(outcome, DeliveryOutcome::Delivered { .. }));
    }
}

#[tokio::test]
async fn a_body_that_never_ends_is_not_waited_for() {
    let stall = Manner::Stall("HTTP/1.1 200 OK\r\ncontent-length: 5\r\n\r\n");
    let mut receiver = Receiver::always(stall).await;
    let mut book = Book::calling(receiver.url()).await;
    let lead = book.add_lead().await;
    book.queue(lead, "new").await;
    let worker = book.work();
    receiver.request().await;
    tokio::time::pause();
    let outcome = book.recorded().await;
    assert!(matches!(outcome, DeliveryOutcome::Delivered { .. }));
    worker.stop().await;
}

#[tokio::test]
async fn nobody_listens() {
    let receiver = Receiver::always(OK).await;
    let url = receiver.url();
    drop(receiver);
    let mut book = Book::calling(url).await;
    let lead = book.add_lead().await;
    book.queue(lead, "new").await;
    let worker = book.work();
    let error = error_of(book.recorded().await);
    assert!(error.starts_with("cannot connect: "), "{error}");
    worker.stop().await;
}

#[tokio::test]
async fn a_redirect_is_not_followed() {
    let mut elsewhere = Receiver::always(OK).await;
    let location: &'static str = Box::leak(
        format!(
            "HTTP/1.1 307 Temporary Redirect\r\nlocation: {}\r\nconnection: close\r\ncontent-length: 0\r\n\r\n",
            elsewhere.url()
        )
        .into_boxed_str(),
    );
    let error = error_of(meet(Manner::Answer(location)).await);
    assert_eq!(error, "answered 307, and redirects are not followed");
    assert_eq!(elsewhere.left(), 0);
}

#[tokio::test]
async fn special_addresses_are_not_called_unless_opened() {
    let mut receiver = Receiver::always(OK).await;
    let callbacks = [receiver.url(), receiver.named_url("localhost")];
    let callbacks = callbacks.map(|url| (url, CallbackAuth::None));
    let mut book = Book::open(callbacks.to_vec()).await;
    let lead = book.add_lead().await;
    book.queue(lead, "new").await;
    let options = Options {
        allow_webhook_to: vec!["10.0.0.0/8".parse().unwrap()],
        ..options()
    };
    let worker = Worker::start(Arc::clone(&book.app), options).unwrap();
    for _ in 0..2 {
        let error = error_of(book.recorded().await);
        assert!(error.contains("--allow-webhook-to 127.0.0.0/8"), "{error}");
    }
    worker.stop().await;
    assert_eq!(receiver.left(), 0);
}

/// The first answer is good, all later ones lead inside.
struct Rebinding(AtomicUsize);

impl Resolve for Rebinding {
    fn resolve(&self, name: Name) -> Resolving {
        assert_eq!(name.as_str(), "hook.example");
        let inside = ["127.0.0.1:0", "10.0.0.1:0"];
        let asked = self.0.fetch_add(1, Ordering::SeqCst).min(1);
        let found = SocketAddr::from_str(inside[asked]).unwrap();
        Box::pin(async move { Ok(Box::new(std::iter::once(found)) as Addrs) })
    }
}

#[tokio::test]
async fn a_name_that_moves_inside_is_refused() {
    let mut receiver = Receiver::always(OK).await;
    let mut book = Book::calling(receiver.named_url("hook.example")).await;
    let lead = book.add_lead().await;
    book.queue(lead, "one").await;
    book.queue(lead, "two").await;
    let resolver = Arc::new(Rebinding(AtomicUsize::new(0)));
    let worker = Worker::start_with_resolver(Arc::clone(&book.app), options(), resolver).unwrap();
    let outcome = book.recorded().await;
    assert!(matches!(outcome, DeliveryOutcome::Delivered { .. }));
    let error = error_of(book.recorded().await);
    assert_eq!(
        error,
        "hook.example resolves to 10.0.0.1, which is private; start serve with \
         --allow-webhook-to 10.0.0.0/8 to allow it"
    );
    worker.stop().await;
    receiver.request().await;
    assert_eq!(receiver.left(), 0);
}

#[tokio::test]
async fn a_hanging_receiver_delays_no_other() {
    let mut hanging = Receiver::always(HANGS).await;
    let mut good = Receiver::always(OK).await;
    let mut book = Book::calling(hanging.url()).await;
    // More than a page is due to the one that hangs, and due before the other's.
    let backlog = 2 * DELIVERY_PAGE_MAX;
    for _ in 0..backlog {
        let lead = book.add_lead().await;
        book.queue(lead, "new").await;
    }
    let worker = book.work();
    book.ran(backlog).await;
    for _ in 0..DELIVERIES_PER_HOST_MAX {
        hanging.request().await;
    }
    let callbacks = vec![(good.url(), CallbackAuth::None)];
    let other = book.add_campaign(callbacks).await;
    for _ in 0..20 {
        let lead = book.add_lead_to(other).await;
        book.queue(lead, "new").await;
    }
    for _ in 0..20 {
        good.request().await;
    }
    assert_eq!(hanging.left(), 0, "no more than its share at once");
    tokio::time::pause();
    worker.stop().await;
}

#[tokio::test]
async fn an_answer_that_never_comes_is_a_failure() {
    let mut receiver = Receiver::always(HANGS).await;
    let mut book = Book::calling(receiver.url()).await;
    let lead = book.add_lead().await;
    book.queue(lead, "new").await;
    let worker = book.work();
    receiver.request().await;
    tokio::time::pause();
    let error = error_of(book.recorded().await);
    assert_eq!(error, "no answer within 10000 ms");
    worker.stop().await;
}

#[tokio::test]
async fn a_backlog_of_one_receiver_is_delivered_to_its_end() {
    let permits = Arc::new(Semaphore::new(0));
    let mut receiver = Receiver::always(Manner::Slow(Arc::clone(&permits))).await;
    let mut book = Book::calling(receiver.url()).await;
    let count = 2 * DELIVERY_PAGE_MAX;
    let mut leads = Vec::new();
    for _ in 0..count {
        let lead = book.add_lead().await;
        book.queue(lead, "new").await;
        leads.push(lead.get());
    }
    let worker = book.work();
    book.ran(count).await;
    permits.add_permits(count);
    let mut heard = Vec::new();
    for _ in 0..count {
        heard.push(receiver.request().await.number("lead"));
        book.recorded().await;
    }
    worker.stop().await;
    heard.sort_unstable();
    assert_eq!(heard, leads, "each once");
}

#[tokio::test]
async fn failed_webhooks_are_retried_when_due_and_then_given_up() {
    let mut receiver = Receiver::always(FAILS).await;
    let mut book = Book::calling(receiver.url()).await;
    let lead = book.add_lead().await;
    book.queue(lead, "new").await;
    let worker = book.work();
    for attempt in 1..DELIVERY_ATTEMPTS_MAX {
        receiver.request().await;
        let DeliveryOutcome::Retry {
            next_attempt_at, ..
        } = book.recorded().await
        else {
            panic!("attempt {attempt} is followed by another");
        };
        let wait = next_attempt_at.as_millis() - book.now().as_millis();
        book.environment.advance_millis(wait - 1);
        assert!(book.app.lease_deliveries(&[], 1).await.unwrap().is_empty());
        book.environment.advance_millis(1);
        worker.wake();
    }
    receiver.request().await;
    let last = book.recorded().await;
    assert!(matches!(last, DeliveryOutcome::Dead { .. }), "{last:?}");
    worker.stop().await;
    assert_eq!(book.app.health().await.unwrap().deliveries_dead, 1);
    assert_eq!(receiver.left(), 0);
}

#[tokio::test]
async fn results_of_a_lead_arrive_in_order_past_a_failure() {
    let fails_first = |number| if number == 0 { FAILS } else { OK };
    let mut receiver = Receiver::start(fails_first).await;
    let mut book = Book::calling(receiver.url()).await;
    let lead = book.add_lead().await;
    for name in ["one", "two", "three"] {
        book.queue(lead, name).await;
    }
    let worker = book.work();
    let first = receiver.request().await.number("job");
    error_of(book.recorded().await);
    assert!(book.app.lease_deliveries(&[], 10).await.unwrap().is_empty());
    book.environment.advance_millis(6_000);
    worker.wake();
    let mut heard = Vec::new();
    for _ in 0..3 {
        heard.push(receiver.request().await.number("job"));
    }
    assert_eq!(heard, [first, first + 1, first + 2]);
    worker.stop().await;
}
