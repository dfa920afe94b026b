//! Leads that are submitted twice, deleted, and listed by those who may see them.

use app::leads::Creation;
use app::{AppError, Conflict, Context, HistoryPage, Missing};
use domain::command::{Deletion, Done, Effect, LeadRef};
use domain::edit::{Change, Edit};
use domain::fault::Unique;
use domain::limits::RECEIPT_MS;

use crate::book::Book;

async fn once(book: &Book, context: &Context, edit: Edit) -> Result<Done, AppError> {
    let creation = Creation {
        edit,
        unique: vec![Unique::ExternalId, Unique::Phone],
        ..Creation::default()
    };
    book.app.create_lead_once(context, creation).await
}

fn external(book: &Book, external_id: &str) -> Edit {
    Edit {
        external_id: Change::Set(external_id.to_owned()),
        ..book.edit("Ada")
    }
}

fn deletion(done: &Done) -> Deletion {
    Deletion {
        lead: LeadRef::Number(done.lead.id),
        in_campaign: None,
        needs_open_campaign: false,
    }
}

#[tokio::test]
async fn who_repeats_itself_hears_the_first_answer() {
    let book = Book::open().await;
    // By external id, and by phone.
    for edit in [external(&book, "A-1"), book.edit("Ada")] {
        let first = once(&book, &book.context, edit.clone()).await.unwrap();
        assert_eq!(first.effect, Effect::Changed);
        book.environment.advance_millis(RECEIPT_MS - 1);
        let again = once(&book, &book.context, edit.clone()).await.unwrap();
        assert_eq!(again.effect, Effect::Unchanged);
        assert_eq!(again.lead, first.lead);
        // A moment later it is a duplicate like any other.
        book.environment.advance_millis(1);
        let refused = once(&book, &book.context, edit.clone()).await.unwrap_err();
        assert!(
            matches!(refused, AppError::Conflict(Conflict::Duplicate(_))),
            "{refused:?}"
        );
        assert_eq!(book.count().await, 1);
        let deleted = book.app.delete_lead(&book.context, deletion(&first)).await;
        deleted.unwrap();
        let new = once(&book, &book.context, edit).await.unwrap();
        assert_eq!(new.effect, Effect::Changed, "nothing is in its way");
        let deleted = book.app.delete_lead(&book.context, deletion(&new)).await;
        deleted.unwrap();
    }
}

#[tokio::test]
async fn another_submission_is_a_duplicate() {
    let book = Book::open().await;
    once(&book, &book.context, external(&book, "A-1"))
        .await
        .unwrap();
    for (edit, unique) in [
        (
            Edit {
                name: Change::Set("Eda".to_owned()),
                ..external(&book, "A-1")
            },
            Unique::ExternalId,
        ),
        (book.edit("Ada"), Unique::Phone),
        (external(&book, "A-2"), Unique::Phone),
    ] {
        let refused = once(&book, &book.context, edit).await.unwrap_err();
        assert_eq!(refused, AppError::Conflict(Conflict::Duplicate(unique)));
    }
    assert_eq!(book.count().await, 1);
}

/// Two at the same time: one makes it, both have it.
#[tokio::test]
async fn two_at_once_are_one() {
    let book = Book::open().await;
    let edit = external(&book, "A-1");
    let (a, b) = tokio::join!(
        once(&book, &book.context, edit.clone()),
        once(&book, &book.context, edit)
    );
    assert_eq!(a.unwrap().lead.id, b.unwrap().lead.id);
    assert_eq!(book.count().await, 1);
}

#[tokio::test]
async fn a_deleted_lead_is_gone_for_everybody() {
    let book = Book::open().await;
    let (done, kept) = (book.add_lead("Ada").await, book.add_lead("Bob").await);
    let id = done.lead.id;
    let (app, context) = (&book.app, &book.context);
    app.delete_lead(context, deletion(&done)).await.unwrap();
    let missing = AppError::NotFound(Missing::Lead);
    let again = app.delete_lead(context, deletion(&done)).await;
    assert_eq!(again.unwrap_err(), missing);
    let read = app.lead(context, &LeadRef::Number(id), None).await;
    assert_eq!(read.unwrap_err(), missing);
    let page = HistoryPage {
        before_version: None,
        limit: 10,
    };
    let history = app.history(context, id, page).await;
    assert_eq!(history.unwrap_err(), missing);
    let list = book.list(context).await;
    assert_eq!((list.total, list.leads[0].id), (1, kept.lead.id));
}

#[tokio::test]
async fn a_limited_key_lists_what_it_may_see() {
    let book = Book::open().await;
    let other = book.add_campaign(None).await;
    book.add_lead("Ada").await;
    let edit = Edit {
        campaign: Change::Set(other),
        ..book.edit("Bob")
    };
    for campaign in [Change::Leave, edit.campaign.clone()] {
        let creation = Creation {
            edit: Edit {
                campaign,
                ..edit.clone()
            },
            ..Creation::default()
        };
        let made = book.app.create_lead(&book.context, creation).await;
        made.unwrap();
    }
    for (campaigns, count) in [
        (None, 3),
        (Some(&[other][..]), 1),
        (Some(&[book.campaign, other]), 2),
        (Some(&[]), 0),
    ] {
        let list = book.list(&book.key(1, campaigns)).await;
        assert_eq!((list.total, list.leads.len() as u64), (count, count));
    }
}
