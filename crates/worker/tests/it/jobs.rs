//! Queued updates: in order per lead, all leads at once, and never lost.

use std::sync::Arc;

use app::calls::ClaimRequest;
use domain::command::Hold;
use domain::edit::{Edit, StageEdit};
use domain::limits::BATCH_COMMANDS_MAX;

use crate::book::Book;

#[tokio::test]
async fn many_leads_run_in_order_each() {
    let mut book = Book::open().await;
    let (leads, rounds) = (BATCH_COMMANDS_MAX + 20, 3);
    let mut ids = Vec::new();
    for _ in 0..leads {
        ids.push(book.add_lead().await);
    }
    for round in 0..rounds {
        for id in &ids {
            book.queue(*id, &format!("name {round}")).await;
        }
    }
    let worker = book.work();
    book.ran(leads * rounds).await;
    worker.stop().await;
    for id in ids {
        let lead = book.lead(id).await;
        assert_eq!(lead.first_name.as_deref(), Some("name 2"));
        assert_eq!(lead.version, 1 + 3, "each job ran once");
    }
}

#[tokio::test]
async fn a_job_accepted_later_runs_too() {
    let mut book = Book::open().await;
    let lead = book.add_lead().await;
    let worker = book.work();
    for name in ["one", "two", "three"] {
        book.queue(lead, name).await;
        book.ran(1).await;
    }
    worker.stop().await;
    assert_eq!(book.lead(lead).await.first_name.as_deref(), Some("three"));
}

#[tokio::test]
async fn a_refused_job_does_not_hold_the_next_up() {
    let mut book = Book::open().await;
    let lead = book.add_lead().await;
    let refused = Edit {
        stage: StageEdit::Named("no such stage".to_owned()),
        ..Edit::default()
    };
    book.queue_edit(lead, refused).await;
    book.queue(lead, "after").await;
    let worker = book.work();
    book.ran(2).await;
    worker.stop().await;
    assert_eq!(book.lead(lead).await.first_name.as_deref(), Some("after"));
}

#[tokio::test]
async fn a_store_that_does_not_answer_loses_no_job() {
    let mut book = Book::open().await;
    let lead = book.add_lead().await;
    book.queue(lead, "kept").await;
    book.store.fail("lease_jobs", 3);
    let worker = book.work();
    for _ in 0..3 {
        book.failed("lease_jobs").await;
        worker.wake();
    }
    book.ran(1).await;
    worker.stop().await;
    assert_eq!(book.lead(lead).await.first_name.as_deref(), Some("kept"));
}

#[tokio::test]
async fn a_poisoned_job_rests_alone() {
    let mut book = Book::open().await;
    let poisoned = book.add_lead().await;
    book.queue(poisoned, "never").await;
    let mut others = Vec::new();
    for _ in 0..20 {
        let lead = book.add_lead().await;
        book.queue(lead, "passed").await;
        others.push(lead);
    }
    book.store.poisoned.lock().unwrap().insert(poisoned);
    let worker = book.work();
    let mut ran = book.ran(20).await;
    ran.sort_unstable();
    assert_eq!(ran, others, "the neighbours ran, each once");

    // Healed, it runs once it has rested.
    book.store.poisoned.lock().unwrap().clear();
    let environment = Arc::clone(&book.environment);
    let running = book.ran(1);
    tokio::pin!(running);
    let ran = loop {
        tokio::select! {
            biased;
            ran = &mut running => break ran,
            () = tokio::task::yield_now() => {
                environment.advance_millis(1_000);
                worker.wake();
            }
        }
    };
    assert_eq!(ran, [poisoned]);
    worker.stop().await;
}

#[tokio::test]
async fn a_lease_that_ran_out_is_swept() {
    let mut book = Book::open().await;
    let lead = book.add_lead().await;
    let request = ClaimRequest {
        campaign: book.campaign,
        lead: Some(lead),
        lease_ms: 60_000,
        hold: Hold::Attempt,
    };
    let claimed = book.app.claim_lead(&book.context, request).await.unwrap();
    assert!(claimed.is_some());
    book.environment.advance_millis(60_000);
    assert_eq!(book.app.expired_claims(10).await.unwrap().len(), 1);
    let worker = book.work();
    book.swept(lead).await;
    worker.stop().await;
    assert!(book.app.expired_claims(10).await.unwrap().is_empty());
}
