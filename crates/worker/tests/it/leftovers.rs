//! What a process left undone when it died: bulks, and campaigns that were deleted.

use app::bulks::BulkWriter;
use app::leads::Creation;
use domain::bulk::Bulk;
use domain::campaign::{Campaign, CampaignState};
use domain::command::NewLead;
use domain::edit::{Change, Edit};
use domain::event::{Actor, Dialect, Origin};
use domain::limits::BULK_LEASE_MS;
use domain::listing::{LeadFilter, LeadOrder, LeadPage, PageStart};
use domain::{BulkId, IdKind, LeadId};
use store::{Bulks, CampaignRef, Store};

use crate::book::Book;

/// More than one chunk's worth, each chunk its own size.
const CHUNKS: [usize; 3] = [2, 130, 1];

/// A bulk as a process left it that died after staging it; `true` if it was accepted.
async fn left_behind(book: &Book, is_accepted: bool) -> BulkId {
    let workspace_id = book.context.workspace_id;
    let (now, end) = (book.now(), book.now().plus_millis(BULK_LEASE_MS));
    let id = book.store.reserve_ids(IdKind::Bulk, 1).await.unwrap();
    let bulk = Bulk {
        id: BulkId::new(id).unwrap(),
        workspace_id,
        created_at: now,
        origin: Origin {
            actor: Actor::Operator,
            dialect: Dialect::NlPearl,
            request_id: "of the dead".to_owned(),
            on_behalf_of: None,
            source: None,
        },
        is_accepted: false,
        leased_until: end,
    };
    book.store.open_bulk(&bulk).await.unwrap();
    let mut chunks = Vec::new();
    for count in CHUNKS {
        let first = book.store.reserve_ids(IdKind::Lead, count as u64).await;
        let first = first.unwrap();
        let lead = |id| NewLead {
            id: LeadId::new(id).unwrap(),
            edit: in_campaign(book),
            unique: Vec::new(),
            vendor_id: None,
            contacts: Vec::new(),
            is_repeatable: true,
        };
        chunks.push((first..first + count as u64).map(lead).collect());
    }
    let staged = book.store.stage_leads(workspace_id, bulk.id, &chunks, end);
    assert!(staged.await.unwrap());
    if is_accepted {
        let accepted = book.store.accept_bulk(workspace_id, bulk.id, end).await;
        assert!(accepted.unwrap());
    }
    bulk.id
}

fn in_campaign(book: &Book) -> Edit {
    Edit {
        campaign: Change::Set(book.campaign),
        ..Edit::default()
    }
}

async fn leads(book: &Book) -> u64 {
    let page = LeadPage {
        order: LeadOrder::CreatedAt,
        is_ascending: true,
        start: PageStart::Offset(0),
        limit: 1,
        is_counted: true,
    };
    let list = book
        .app
        .list_leads(&book.context, LeadFilter::default(), page);
    list.await.unwrap().total
}

#[tokio::test]
async fn an_accepted_bulk_is_made_by_who_lives() {
    let mut book = Book::open().await;
    let accepted = left_behind(&book, true).await;
    let staged = left_behind(&book, false).await;
    let worker = book.work();
    worker.wake();
    assert_eq!(leads(&book).await, 0, "its process may live yet");
    book.environment.advance_millis(BULK_LEASE_MS);
    worker.wake();
    book.dropped(accepted).await;
    book.dropped(staged).await;
    worker.stop().await;
    assert_eq!(leads(&book).await, 133, "of the one all, of the other none");
    let again = book.app.resume_bulks().await;
    assert_eq!(again.unwrap(), 0);
}

#[tokio::test]
async fn a_store_that_does_not_answer_loses_no_bulk() {
    let mut book = Book::open().await;
    let bulk = left_behind(&book, true).await;
    book.environment.advance_millis(BULK_LEASE_MS);
    book.store.fail("finish_chunks", 1);
    let worker = book.work();
    book.failed("finish_chunks").await;
    // Leased to the loop that failed, until that is over, too.
    book.environment.advance_millis(BULK_LEASE_MS);
    worker.wake();
    book.dropped(bulk).await;
    worker.stop().await;
    assert_eq!(leads(&book).await, 133, "each once");
}

#[tokio::test]
async fn a_live_bulk_is_left_alone() {
    let book = Book::open().await;
    let mut writer: BulkWriter = book.app.open_bulk(&book.context).await.unwrap();
    let worker = book.work();
    for _ in 0..3 {
        let creation = Creation {
            edit: in_campaign(&book),
            ..Creation::default()
        };
        writer.push(creation).await.unwrap();
        book.environment.advance_millis(BULK_LEASE_MS / 4);
        worker.wake();
        tokio::task::yield_now().await;
    }
    assert_eq!(writer.accept().await.unwrap(), 3);
    worker.stop().await;
    assert_eq!(leads(&book).await, 3);
}

#[tokio::test]
async fn a_deleted_campaign_is_emptied_to_the_end() {
    let mut book = Book::open().await;
    let gone = book.add_leads(300).await;
    let other = book.add_campaign().await;
    let kept = book.add_lead_to(other).await;
    // Deleted by a process that died before it emptied it.
    let reference = CampaignRef::Number(book.campaign);
    let found = book.store.campaign(book.context.workspace_id, &reference);
    let before = found.await.unwrap().unwrap();
    let deleted = Campaign {
        version: before.version + 1,
        state: CampaignState::Deleted,
        ..before
    };
    assert!(book.store.update_campaign(&deleted).await.unwrap());
    let worker = book.work();
    let leads_deleted = book.deleted(300).await;
    worker.stop().await;
    assert_eq!(leads_deleted, gone.into_iter().collect());
    assert_eq!(leads(&book).await, 1);
    assert_eq!(book.lead(kept).await.version, 1);
    assert_eq!(book.app.empty_campaigns().await.unwrap(), 0);
}
