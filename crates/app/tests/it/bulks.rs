//! Bulks: all of them or none, whoever dies meanwhile.

use app::bulks::BulkWriter;
use app::leads::{Creation, NewContact};
use app::{AppError, Missing};
use domain::CampaignId;
use domain::bulk::Bulk;
use domain::command::{Action, Command, Scope};
use domain::edit::{Change, Edit};
use domain::limits::{BULK_CHUNK_LEADS, BULK_LEASE_MS, BULKS_AT_ONCE_MAX};
use domain::object::Object;
use domain::phone::PhoneInput;
use store::{Bulks, Store};

use crate::book::Book;

/// So many are staged before the last one is read.
const STAGED: usize = BULK_CHUNK_LEADS * 8;

async fn opened(book: &Book) -> BulkWriter {
    book.app.open_bulk(&book.context).await.unwrap()
}

async fn filled(book: &Book, count: usize) -> BulkWriter {
    let mut writer = opened(book).await;
    for index in 0..count {
        let creation = book.creation(&format!("lead {index}"));
        writer.push(creation).await.unwrap();
    }
    writer.staged().await.unwrap();
    writer
}

#[tokio::test]
async fn all_of_them_are_made() {
    let book = Book::open().await;
    for count in [0, 1, STAGED, STAGED + 1] {
        let before = book.count().await;
        let writer = filled(&book, count).await;
        assert_eq!(book.count().await, before, "nobody sees what is staged");
        assert_eq!(writer.accept().await.unwrap(), count);
        assert_eq!(book.count().await, before + count as u64);
    }
    // Nothing is left to do.
    book.environment.advance_millis(BULK_LEASE_MS);
    assert_eq!(book.app.resume_bulks().await.unwrap(), 0);
}

#[tokio::test]
async fn a_lead_comes_with_all_it_has() {
    let book = Book::open().await;
    let mut writer = opened(&book).await;
    let contact = NewContact {
        phone: PhoneInput::read("+14155550101").unwrap(),
        variables: Object::parse(r#"{"z":1.50,"a":null}"#).unwrap(),
    };
    let creation = Creation {
        contacts: vec![contact],
        ..book.creation("Ada")
    };
    writer.push(creation).await.unwrap();
    writer.accept().await.unwrap();
    let list = book.list(&book.context).await;
    let [lead] = &list.leads[..] else {
        panic!("one lead: {list:?}");
    };
    assert_eq!(lead.name.as_deref(), Some("Ada"));
    assert_eq!(lead.contacts[0].phone.e164(), "+14155550101");
    assert_eq!(
        lead.contacts[0].variables.to_text(),
        r#"{"z":1.50,"a":null}"#
    );
}

#[tokio::test]
async fn none_of_an_abandoned_one_is_made() {
    let book = Book::open().await;
    filled(&book, STAGED + 1).await.abandon().await.unwrap();
    book.environment.advance_millis(BULK_LEASE_MS);
    assert_eq!(book.app.resume_bulks().await.unwrap(), 0, "it is gone");
    assert_eq!(book.count().await, 0);
}

/// What would be refused when it is made is refused when it is read.
#[tokio::test]
async fn a_faulty_lead_is_told_at_once() {
    let book = Book::open().await;
    let nobody = CampaignId::new(99_999).unwrap();
    let edits = [
        book.edit(&"x".repeat(300)),
        Edit {
            campaign: Change::Set(nobody),
            ..book.edit("x")
        },
        Edit {
            email: Change::Set("no address".to_owned()),
            ..book.edit("x")
        },
        Edit {
            phone: Change::Set(PhoneInput::National("555".to_owned())),
            ..book.edit("x")
        },
    ];
    for edit in edits {
        let mut writer = filled(&book, STAGED).await;
        let creation = Creation {
            edit: edit.clone(),
            ..Creation::default()
        };
        let refused = writer.push(creation).await.unwrap_err();
        let is_told = matches!(
            refused,
            AppError::Invalid(_) | AppError::NotFound(Missing::Campaign)
        );
        assert!(is_told, "{refused:?} for {edit:?}");
        writer.abandon().await.unwrap();
        assert_eq!(book.count().await, 0);
    }
}

#[tokio::test]
async fn a_limited_key_adds_where_it_may() {
    let book = Book::open().await;
    let other = book.add_campaign(None).await;
    let key = book.key(1, Some(&[other]));
    let mut writer = book.app.open_bulk(&key).await.unwrap();
    let refused = writer.push(book.creation("x")).await;
    assert!(
        matches!(refused, Err(AppError::NotFound(Missing::Campaign))),
        "{refused:?}"
    );
}

#[tokio::test]
async fn who_dies_before_the_end_leaves_nothing() {
    let book = Book::open().await;
    drop(filled(&book, STAGED + 1).await);
    let heir = book.another_process();
    assert_eq!(heir.resume_bulks().await.unwrap(), 0, "it may live yet");
    book.environment.advance_millis(BULK_LEASE_MS);
    assert_eq!(heir.resume_bulks().await.unwrap(), 1);
    assert_eq!(heir.resume_bulks().await.unwrap(), 0);
    assert_eq!(book.count().await, 0);
}

/// As the store has it when its process dies right after accepting it.
async fn accepted_and_left(book: &Book) -> Bulk {
    drop(filled(book, STAGED).await);
    book.environment.advance_millis(BULK_LEASE_MS);
    let now = book.app.environment().now();
    let end = now.plus_millis(BULK_LEASE_MS);
    let bulk = book.store.lease_bulks(now, end, 1).await.unwrap().remove(0);
    let accepted = book.store.accept_bulk(bulk.workspace_id, bulk.id, end);
    assert!(accepted.await.unwrap());
    book.environment.advance_millis(BULK_LEASE_MS);
    bulk
}

#[tokio::test]
async fn what_was_accepted_is_made_by_who_lives() {
    let book = Book::open().await;
    accepted_and_left(&book).await;
    assert_eq!(book.count().await, 0);
    let heir = book.another_process();
    assert_eq!(heir.resume_bulks().await.unwrap(), 1);
    assert_eq!(book.count().await, STAGED as u64);
    book.environment.advance_millis(BULK_LEASE_MS);
    assert_eq!(heir.resume_bulks().await.unwrap(), 0);
}

/// Who dies between making a chunk and forgetting it.
#[tokio::test]
async fn a_chunk_that_was_made_is_not_made_again() {
    let book = Book::open().await;
    let bulk = accepted_and_left(&book).await;
    let first = book.store.next_chunk(bulk.workspace_id, bulk.id, 0).await;
    let leads = first.unwrap().unwrap().leads;
    assert_eq!(leads.len(), BULK_CHUNK_LEADS);
    let batch = leads.into_iter().map(|lead| Command {
        workspace_id: bulk.workspace_id,
        origin: bulk.origin.clone(),
        scope: Scope::Workspace,
        action: Action::Create(Box::new(lead)),
    });
    let now = book.app.environment().now();
    let made = book.store.transact(0, batch.collect(), now).await.unwrap();
    assert!(made.outcomes.iter().all(Result::is_ok));
    // One is deleted before the bulk is taken over: it does not come back.
    let gone = made.outcomes[0].as_ref().unwrap().lead.id;
    let deletion = domain::command::Deletion {
        lead: domain::command::LeadRef::Number(gone),
        in_campaign: None,
        needs_open_campaign: false,
    };
    book.app.delete_lead(&book.context, deletion).await.unwrap();
    let heir = book.another_process();
    assert_eq!(heir.resume_bulks().await.unwrap(), 1);
    assert_eq!(book.count().await, STAGED as u64 - 1);
}

/// A caller so slow that it was taken for dead is told that nothing was added.
#[tokio::test]
async fn who_was_taken_for_dead_adds_nothing() {
    let book = Book::open().await;
    for count in [1, STAGED] {
        let mut writer = filled(&book, count).await;
        book.environment.advance_millis(BULK_LEASE_MS);
        let heir = book.another_process();
        assert_eq!(heir.resume_bulks().await.unwrap(), 1);
        writer.push(book.creation("late")).await.unwrap();
        let refused = writer.accept().await;
        assert!(
            matches!(refused, Err(AppError::Unavailable { .. })),
            "{refused:?}"
        );
        assert_eq!(book.count().await, 0);
    }
}

/// Between the look of who takes it for dead and the drop it may be accepted after all.
#[tokio::test]
async fn what_was_accepted_a_moment_ago_is_not_taken_away() {
    let book = Book::open().await;
    let writer = filled(&book, STAGED).await;
    book.environment.advance_millis(BULK_LEASE_MS);
    let now = book.app.environment().now();
    let taken = book.store.lease_bulks(now, now.plus_millis(1), 1).await;
    let taken = taken.unwrap().remove(0);
    let end = now.plus_millis(BULK_LEASE_MS);
    let accepted = book.store.accept_bulk(taken.workspace_id, taken.id, end);
    assert!(accepted.await.unwrap());
    assert!(!taken.is_accepted, "as it was when it was looked at");
    let dropped = book.store.drop_bulk(taken.workspace_id, taken.id).await;
    dropped.unwrap();
    assert_eq!(writer.accept().await.unwrap(), STAGED);
    assert_eq!(book.count().await, STAGED as u64);
}

#[tokio::test]
async fn so_many_at_once() {
    let book = Book::open().await;
    let mut writers = Vec::new();
    for _ in 0..BULKS_AT_ONCE_MAX {
        writers.push(opened(&book).await);
    }
    let refused = book.app.open_bulk(&book.context).await.err();
    assert!(
        matches!(refused, Some(AppError::Unavailable { .. })),
        "{refused:?}"
    );
    for writer in writers {
        writer.abandon().await.unwrap();
        opened(&book).await.accept().await.unwrap();
    }
}

/// A campaign that is deleted after the acceptance takes its leads along.
#[tokio::test]
async fn a_deleted_campaign_gets_none() {
    let book = Book::open().await;
    let writer = filled(&book, 3).await;
    let deleted = book.app.delete_campaign(&book.context, book.campaign).await;
    deleted.unwrap();
    assert_eq!(writer.accept().await.unwrap(), 3);
    assert_eq!(book.count().await, 0);
}
