//! Places in the change feed come by themselves, and wake who waits.

use std::time::Duration;

use app::feed::{Feed, Waited};

use crate::book::{Book, PATIENCE};

#[tokio::test]
async fn a_reader_hears_of_a_change_soon() {
    let book = Book::open().await;
    let lead = book.add_lead().await;
    let worker = book.work();
    let mut reader = book.app.feed_reader(&book.context).unwrap();
    let mut cursor = 0;
    let mut versions = Vec::new();
    for name in ["a", "b", "c"] {
        book.rename(lead, name).await;
        while versions.len() as u64 + 1 < book.lead(lead).await.version {
            let page = book.app.feed(&book.context, cursor, 10).await.unwrap();
            let Feed::Page { events, next } = page else {
                panic!("{page:?}");
            };
            versions.extend(events.iter().map(|(_, event)| event.version));
            if versions.last() == Some(&book.lead(lead).await.version) {
                cursor = next;
                break;
            }
            cursor = next;
            assert_eq!(reader.grown(PATIENCE).await, Waited::Grown);
        }
    }
    assert_eq!(versions, [1, 2, 3, 4]);
    drop(reader);
    worker.stop().await;
}

#[tokio::test]
async fn nobody_is_woken_for_nothing() {
    let book = Book::open().await;
    book.add_lead().await;
    book.app.position_events().await.unwrap();
    let mut reader = book.app.feed_reader(&book.context).unwrap();
    let worker = book.work();
    tokio::time::pause();
    let waited = reader.grown(Duration::from_secs(5)).await;
    assert_eq!(waited, Waited::Quiet);
    worker.stop().await;
}
