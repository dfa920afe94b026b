//! How often a caller may ask, and who is blocked for repeating itself.

use app::Context;
use app::administration::NewWorkspace;
use app::rates::{Per, Rate};
use domain::event::Dialect;
use domain::limits::{RECEIPT_MS, REPEATS_BLOCK_MS, REPEATS_MAX};

use crate::book::Book;

const WINDOW_MS: i64 = 5_000;

fn rate(per: Per) -> Rate {
    Rate {
        requests_max: 3,
        window_ms: WINDOW_MS,
        per,
    }
}

/// What is left, and after how many seconds a refused one may ask again.
fn count(book: &Book, context: &Context, per: Per) -> (u32, Option<u64>) {
    let standing = book.app.count_request(context, rate(per));
    assert_eq!(standing.requests_max, 3);
    (standing.remaining, standing.retry_after_seconds)
}

#[tokio::test]
async fn a_window_ends_and_another_begins() {
    let book = Book::open().await;
    let key = book.key(1, None);
    let begun = book.app.environment().now();
    for left in [2, 1, 0] {
        assert_eq!(count(&book, &key, Per::Key), (left, None));
    }
    assert_eq!(count(&book, &key, Per::Key), (0, Some(5)));
    // The window is that of its first request, whoever asks on.
    book.environment.advance_millis(3_500);
    assert_eq!(count(&book, &key, Per::Key), (0, Some(2)));
    let standing = book.app.count_request(&key, rate(Per::Key));
    assert_eq!(standing.resets_at, begun.plus_millis(WINDOW_MS));
    book.environment.advance_millis(1_499);
    assert_eq!(count(&book, &key, Per::Key), (0, Some(1)));
    book.environment.advance_millis(1);
    assert_eq!(count(&book, &key, Per::Key), (2, None));
}

#[tokio::test]
async fn each_is_counted_by_itself() {
    let book = Book::open().await;
    let (one, other) = (book.key(1, None), book.key(2, None));
    let elsewhere = Context {
        dialect: Dialect::DialNexa,
        ..one.clone()
    };
    for left in [2, 1, 0] {
        assert_eq!(count(&book, &one, Per::Key), (left, None));
    }
    assert!(count(&book, &one, Per::Key).1.is_some());
    for free in [&other, &elsewhere] {
        assert_eq!(count(&book, free, Per::Key), (2, None));
    }
    // A workspace's keys are counted together, apart from each by itself.
    assert_eq!(count(&book, &one, Per::Workspace), (2, None));
    assert_eq!(count(&book, &other, Per::Workspace), (1, None));
    assert_eq!(count(&book, &one, Per::Workspace), (0, None));
    assert_eq!(count(&book, &other, Per::Workspace), (0, Some(5)));
    let new = NewWorkspace::new("neighbours");
    let neighbours = book.app.create_workspace(new).await.unwrap();
    let theirs = Context {
        workspace_id: neighbours.id,
        ..one
    };
    assert_eq!(count(&book, &theirs, Per::Workspace), (2, None));
    assert_eq!(count(&book, &theirs, Per::Key), (2, None));
}

#[tokio::test]
async fn a_server_without_vendors_rates_refuses_nobody() {
    let book = Book::open_with(false, NewWorkspace::new("tests")).await;
    for _ in 0..10 {
        assert_eq!(count(&book, &book.context, Per::Key).1, None);
    }
}

async fn blocking() -> Book {
    let new = NewWorkspace {
        blocks_repeats: true,
        ..NewWorkspace::new("tests")
    };
    Book::open_with(true, new).await
}

#[tokio::test]
async fn who_repeats_itself_too_often_is_blocked_for_an_hour() {
    let book = blocking().await;
    let (key, other) = (book.key(1, None), book.key(2, None));
    let blocked = async |key: &Context| book.app.blocked_seconds(key).await.unwrap();
    for _ in 0..REPEATS_MAX {
        book.app.note_repeat(&key);
        assert_eq!(blocked(&key).await, None);
    }
    book.app.note_repeat(&key);
    assert_eq!(blocked(&key).await, Some(3_600));
    assert_eq!(blocked(&other).await, None);
    book.environment.advance_millis(REPEATS_BLOCK_MS - 1);
    assert_eq!(blocked(&key).await, Some(1));
    book.environment.advance_millis(1);
    assert_eq!(blocked(&key).await, None);
    // And begins anew.
    book.app.note_repeat(&key);
    assert_eq!(blocked(&key).await, None);
}

/// The hour is counted from the repetition, not from the first time that anybody asked.
#[tokio::test]
async fn a_block_lasts_its_whole_hour() {
    let book = blocking().await;
    let key = book.key(1, None);
    assert_eq!(book.app.blocked_seconds(&key).await.unwrap(), None);
    book.environment.advance_millis(REPEATS_BLOCK_MS - 1_000);
    for _ in 0..=REPEATS_MAX {
        book.app.note_repeat(&key);
    }
    let blocked = book.app.blocked_seconds(&key).await;
    assert_eq!(blocked.unwrap(), Some(3_600));
}

#[tokio::test]
async fn a_few_now_and_then_block_nobody() {
    let book = blocking().await;
    let key = book.key(1, None);
    for _ in 0..10 {
        for _ in 0..REPEATS_MAX {
            book.app.note_repeat(&key);
        }
        assert_eq!(book.app.blocked_seconds(&key).await.unwrap(), None);
        book.environment.advance_millis(RECEIPT_MS);
    }
}

#[tokio::test]
async fn a_workspace_that_does_not_ask_blocks_nobody() {
    let book = Book::open().await;
    let key = book.key(1, None);
    for _ in 0..100 {
        book.app.note_repeat(&key);
    }
    assert_eq!(book.app.blocked_seconds(&key).await.unwrap(), None);
}
