//! Stops, crashes and broken parts: nothing is lost, nothing waits forever, nothing is sent twice for no reason.

use std::sync::Arc;

use app::deliveries::Encode;
use app::{AppError, DeliveryOutcome, DueDelivery, Webhook};
use async_trait::async_trait;
use domain::Timestamp;
use domain::limits::{ATTEMPTS_KEPT_MS, DELIVERY_LEASE_MS};
use domain::subscription::Subscription;
use worker::{Options, Worker};

use crate::book::{Book, options};
use crate::receiver::{HANGS, OK, Receiver};
use crate::watched_store::Happened;

#[tokio::test]
async fn an_abandoned_webhook_is_sent_again_once_its_lease_has_ended() {
    let hangs_first = |number| if number == 0 { HANGS } else { OK };
    let mut receiver = Receiver::start(hangs_first).await;
    let mut book = Book::calling(&receiver.url()).await;
    let lead = book.add_lead().await;
    book.rename(lead, "new").await;
    let worker = book.work();
    let first = receiver.request().await.body;
    tokio::time::pause();
    worker.stop().await;
    tokio::time::resume();

    book.environment.advance_millis(DELIVERY_LEASE_MS);
    let worker = book.work();
    assert_eq!(receiver.request().await.body, first);
    book.delivered(1).await;
    worker.stop().await;
}

#[tokio::test]
async fn a_dropped_worker_leaves_its_work_to_the_next() {
    let hangs_first = |number| if number == 0 { HANGS } else { OK };
    let mut receiver = Receiver::start(hangs_first).await;
    let mut book = Book::calling(&receiver.url()).await;
    let lead = book.add_lead().await;
    book.rename(lead, "new").await;
    let worker = book.work();
    receiver.request().await;
    drop(worker);
    book.rename(lead, "newer").await;

    book.environment.advance_millis(DELIVERY_LEASE_MS);
    let worker = book.work();
    for version in [2, 3] {
        assert_eq!(receiver.request().await.number("version"), version);
    }
    book.delivered(2).await;
    worker.stop().await;
}

#[tokio::test]
async fn a_stop_waits_for_the_outcome_of_what_was_answered() {
    let mut receiver = Receiver::always(OK).await;
    let mut book = Book::calling(&receiver.url()).await;
    let lead = book.add_lead().await;
    book.rename(lead, "new").await;
    let worker = book.work();
    receiver.request().await;
    worker.stop().await;
    book.delivered(1).await;
    assert_eq!(book.waiting().await, 0);
}

#[tokio::test]
async fn an_outcome_that_cannot_be_recorded_is_not_sent_again() {
    let mut receiver = Receiver::always(OK).await;
    let mut book = Book::calling(&receiver.url()).await;
    let lead = book.add_lead().await;
    book.rename(lead, "new").await;
    book.store.fail("finish_deliveries", 2);
    let worker = book.work();
    receiver.request().await;
    tokio::time::pause();
    for _ in 0..2 {
        book.failed("finish_deliveries").await;
        // Still due in the store, its lease over, and looked at again.
        book.environment.advance_millis(DELIVERY_LEASE_MS);
        worker.wake();
    }
    book.delivered(1).await;
    worker.stop().await;
    assert_eq!(receiver.left(), 0);
}

#[tokio::test]
async fn a_store_that_does_not_answer_loses_no_delivery() {
    let mut receiver = Receiver::always(OK).await;
    let mut book = Book::calling(&receiver.url()).await;
    let lead = book.add_lead().await;
    book.rename(lead, "kept").await;
    book.store.fail("lease_deliveries", 3);
    let worker = book.work();
    tokio::time::pause();
    for _ in 0..3 {
        book.failed("lease_deliveries").await;
    }
    book.delivered(1).await;
    worker.stop().await;
    receiver.request().await;
    assert_eq!(receiver.left(), 0);
}

#[tokio::test]
async fn an_outcome_that_the_store_refuses_rests_alone() {
    let mut receiver = Receiver::always(OK).await;
    let mut book = Book::calling(&receiver.url()).await;
    let leads = book.add_leads(10).await;
    for lead in &leads {
        book.rename(*lead, "new").await;
    }
    book.store.poisoned.lock().unwrap().insert(leads[4]);
    let worker = book.work();
    book.delivered(9).await;
    for _ in &leads {
        receiver.request().await;
    }
    book.store.poisoned.lock().unwrap().clear();
    // Its lease ends before it is tried again, and still it is not sent twice.
    book.environment.advance_millis(DELIVERY_LEASE_MS);
    worker.wake();
    tokio::time::pause();
    let finished = book.finished().await;
    assert_eq!(finished.key.lead_id, Some(leads[4]));
    worker.stop().await;
    assert_eq!((receiver.left(), book.waiting().await), (0, 0));
}

#[tokio::test]
async fn attempts_are_forgotten_in_the_end() {
    let receiver = Receiver::always(OK).await;
    let mut book = Book::open().await;
    let id = book.subscribe(&receiver.url()).await;
    let lead = book.add_lead().await;
    let worker = book.work();
    book.rename(lead, "old").await;
    book.delivered(1).await;
    book.environment.advance_millis(ATTEMPTS_KEPT_MS);
    book.rename(lead, "new").await;
    book.delivered(1).await;
    assert_eq!(book.log(id).await.len(), 2, "for two weeks");
    book.environment.advance_millis(1);
    worker.wake();
    while book.happened().await != Happened::Forgot(1) {}
    assert_eq!(book.log(id).await.len(), 1);
    worker.stop().await;
}

/// Panics for the name "panic", and fails for "fail".
struct Nervous;

#[async_trait]
impl Encode for Nervous {
    async fn encode(
        &self,
        due: &DueDelivery,
        subscription: &Subscription,
        now: Timestamp,
    ) -> Result<Option<Webhook>, AppError> {
        let webhook = crate::book::Words.encode(due, subscription, now).await?;
        let body = webhook.as_ref().map_or("", |webhook| &webhook.body);
        assert!(!body.contains("panic"), "as the test wants");
        if body.contains("fail") {
            return Err(AppError::Internal);
        }
        Ok(webhook.filter(|webhook| !webhook.body.contains("silence")))
    }
}

#[tokio::test]
async fn what_cannot_be_written_is_a_failed_attempt_or_none() {
    let mut receiver = Receiver::always(OK).await;
    let mut book = Book::calling(&receiver.url()).await;
    let options = Options {
        encoder: Arc::new(Nervous),
        ..options()
    };
    let worker = Worker::start(Arc::clone(&book.app), options).unwrap();
    for (name, expected) in [
        ("panic", Some("an internal error; see the log")),
        (
            "fail",
            Some("the webhook could not be written: internal error"),
        ),
        ("silence", None),
    ] {
        let lead = book.add_lead().await;
        book.rename(lead, name).await;
        match (book.recorded().await, expected) {
            (DeliveryOutcome::Retry { error, .. }, Some(expected)) => assert_eq!(error, expected),
            (DeliveryOutcome::Dropped, None) => {}
            (other, _) => panic!("{name}: {other:?}"),
        }
    }
    worker.stop().await;
    assert_eq!(receiver.left(), 0);
}

#[tokio::test]
async fn idle_loops_stop_at_once() {
    let book = Book::open().await;
    book.work().stop().await;
    book.work().stop().await;
    book.app.stop().await.unwrap();
}
