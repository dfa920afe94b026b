//! Stops, crashes and broken parts: nothing is lost, nothing waits forever, nothing is sent twice for no reason.

use std::sync::Arc;
use std::sync::atomic::Ordering;

use domain::state::JobResult;
use store::DeliveryOutcome;
use worker::{Options, Worker};

use crate::book::{Book, options};
use crate::receiver::{HANGS, OK, Receiver};

#[tokio::test]
async fn an_abandoned_webhook_is_sent_again_after_the_next_start() {
    let hangs_first = |number| if number == 0 { HANGS } else { OK };
    let mut receiver = Receiver::start(hangs_first).await;
    let mut book = Book::calling(receiver.url()).await;
    let lead = book.add_lead().await;
    book.queue(lead, "new").await;
    let worker = book.work();
    let first = receiver.request().await.body;
    tokio::time::pause();
    worker.stop().await;
    tokio::time::resume();

    let worker = book.work();
    assert_eq!(receiver.request().await.body, first);
    let outcome = book.recorded().await;
    assert!(matches!(outcome, DeliveryOutcome::Delivered { .. }));
    worker.stop().await;
}

#[tokio::test]
async fn a_dropped_worker_leaves_its_work_to_the_next() {
    let hangs_first = |number| if number == 0 { HANGS } else { OK };
    let mut receiver = Receiver::start(hangs_first).await;
    let mut book = Book::calling(receiver.url()).await;
    let lead = book.add_lead().await;
    book.queue(lead, "new").await;
    let worker = book.work();
    receiver.request().await;
    drop(worker);
    book.queue(lead, "newer").await;

    let worker = book.work();
    for _ in 0..2 {
        receiver.request().await;
        let outcome = book.recorded().await;
        assert!(matches!(outcome, DeliveryOutcome::Delivered { .. }));
    }
    worker.stop().await;
}

#[tokio::test]
async fn an_outcome_that_cannot_be_recorded_is_not_sent_again() {
    let mut receiver = Receiver::always(OK).await;
    let mut book = Book::calling(receiver.url()).await;
    let lead = book.add_lead().await;
    book.queue(lead, "new").await;
    book.store.failing_outcomes.store(2, Ordering::SeqCst);
    let worker = book.work();
    receiver.request().await;
    tokio::time::pause();
    for _ in 0..2 {
        assert_eq!(book.failed().await, "finish_delivery");
        // Still due in the store, and looked at again.
        worker.wake();
    }
    let outcome = book.recorded().await;
    assert!(matches!(outcome, DeliveryOutcome::Delivered { .. }));
    worker.stop().await;
    assert_eq!(receiver.left(), 0);
}

fn panic_for_once(_: &JobResult) -> String {
    panic!("as the test wants")
}

#[tokio::test]
async fn an_encoder_that_panics_is_a_failed_attempt() {
    let mut receiver = Receiver::always(OK).await;
    let mut book = Book::calling(receiver.url()).await;
    let lead = book.add_lead().await;
    book.queue(lead, "new").await;
    let options = Options {
        encode_result: panic_for_once,
        ..options()
    };
    let worker = Worker::start(Arc::clone(&book.app), options).unwrap();
    let DeliveryOutcome::Retry { error, .. } = book.recorded().await else {
        panic!("it is tried again");
    };
    assert_eq!(error, "an internal error; see the log");
    worker.stop().await;
    assert_eq!(receiver.left(), 0);
}

#[tokio::test]
async fn idle_loops_stop_at_once() {
    let book = Book::open(Vec::new()).await;
    book.work().stop().await;
    book.work().stop().await;
    book.app.stop().await.unwrap();
}
