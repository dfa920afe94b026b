//! Webhooks: what is sent, in which order, when again, and how much at once.

use std::sync::Arc;

use app::subscriptions::{NewSubscription, PlainAuth};
use app::{DeliveryOutcome, Services};
use domain::limits::{DELIVERY_ATTEMPTS_MAX, DELIVERY_PAGE_MAX};
use domain::subscription::{Cap, Filter, Format, Topic};
use tokio::sync::Semaphore;
use worker::GuardedEndpoints;

use crate::book::{Book, hearing_updates, options};
use crate::receiver::{FAILS, Manner, OK, Receiver};

#[tokio::test]
async fn a_webhook_says_what_and_who() {
    let book = Book::open().await;
    let mut receivers = Vec::new();
    for auth in [
        PlainAuth::None,
        PlainAuth::Bearer("s3cret".to_owned()),
        PlainAuth::Header {
            name: "X-Hook-Key".to_owned(),
            value: "k3y".to_owned(),
        },
    ] {
        let receiver = Receiver::always(OK).await;
        let new = NewSubscription {
            auth,
            ..hearing_updates(&receiver.url())
        };
        book.subscribe_with(new).await;
        receivers.push(receiver);
    }
    let mut book = book;
    let lead = book.add_lead().await;
    book.rename(lead, "new").await;
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
        assert!(request.header("webhook-id").is_some());
        assert_eq!(request.number("lead"), lead.get());
    }
    book.delivered(3).await;
    worker.stop().await;
    assert_eq!(book.waiting().await, 0);
}

#[tokio::test]
async fn results_tests_and_events_go_one_way() {
    let mut receiver = Receiver::always(OK).await;
    let mut book = Book::open().await;
    let new = NewSubscription {
        filter: Filter {
            topics: [Topic::UpdateFinished].into(),
            ..Filter::default()
        },
        ..NewSubscription::new(&receiver.url(), Format::UserVox)
    };
    let id = book.subscribe_with(new).await;
    let lead = book.add_lead().await;
    let worker = book.work();
    book.queue(lead, "queued").await;
    assert_eq!(receiver.request().await.number("lead"), lead.get());
    let test = book.app.test_subscription(&book.context, id).await.unwrap();
    let request = receiver.request().await;
    assert_eq!(
        (request.number("delivery"), request.number("test")),
        (test, 1)
    );
    book.delivered(2).await;
    worker.stop().await;
}

#[tokio::test]
async fn an_idle_worker_hears_of_news_at_once() {
    let mut receiver = Receiver::always(OK).await;
    let mut book = Book::calling(&receiver.url()).await;
    let lead = book.add_lead().await;
    let worker = book.work();
    // No clock moves and no tick helps: what wakes the loop is the write itself, and the end of the one before.
    tokio::time::pause();
    for name in ["a", "b", "c"] {
        book.rename(lead, name).await;
        receiver.request().await;
        book.delivered(1).await;
    }
    worker.stop().await;
    assert_eq!(receiver.left(), 0);
}

#[tokio::test]
async fn nobody_listens() {
    let receiver = Receiver::always(OK).await;
    let url = receiver.url();
    drop(receiver);
    let mut book = Book::calling(&url).await;
    let lead = book.add_lead().await;
    book.rename(lead, "new").await;
    let worker = book.work();
    let error = book.retried().await;
    assert!(error.starts_with("cannot connect: "), "{error}");
    worker.stop().await;
}

#[tokio::test]
async fn a_slow_endpoint_with_a_backlog_delays_no_other() {
    let permits = Arc::new(Semaphore::new(1));
    let mut slow = Receiver::always(Manner::Slow(Arc::clone(&permits))).await;
    let mut good = Receiver::always(OK).await;
    let mut book = Book::open().await;
    let other = book.add_campaign().await;
    let mut new = hearing_updates(&slow.url());
    new.filter.campaigns = [book.campaign].into();
    let at_once_max = new.cap.at_once_max as usize;
    book.subscribe_with(new).await;
    // More than a page is due to the slow one, and due before the other's.
    for lead in book.add_leads(2 * DELIVERY_PAGE_MAX).await {
        book.rename(lead, "new").await;
    }
    let worker = book.work();
    // The first answer says how it is; from then on it has its whole share, and nothing more.
    for _ in 0..=at_once_max {
        slow.request().await;
    }
    book.delivered(1).await;
    let mut new = hearing_updates(&good.url());
    new.filter.campaigns = [other].into();
    book.subscribe_with(new).await;
    for _ in 0..20 {
        let lead = book.add_lead_to(other).await;
        book.rename(lead, "new").await;
        good.request().await;
    }
    book.delivered(20).await;
    assert_eq!(slow.left(), 0, "no more than its share at once");
    tokio::time::pause();
    worker.stop().await;
}

#[tokio::test]
async fn a_backlog_is_delivered_to_its_end() {
    let mut receiver = Receiver::always(OK).await;
    let mut book = Book::calling(&receiver.url()).await;
    let count = 2 * DELIVERY_PAGE_MAX;
    let leads = book.add_leads(count).await;
    for lead in &leads {
        book.rename(*lead, "new").await;
    }
    let worker = book.work();
    let mut heard = Vec::new();
    for _ in 0..count {
        heard.push(receiver.request().await.number("lead"));
    }
    book.delivered(count).await;
    worker.stop().await;
    heard.sort_unstable();
    let leads: Vec<_> = leads.iter().map(|lead| lead.get()).collect();
    assert_eq!(heard, leads, "each once");
    assert_eq!(book.waiting().await, 0);
}

#[tokio::test]
async fn a_rate_is_kept() {
    let mut receiver = Receiver::always(OK).await;
    let mut book = Book::open().await;
    let new = NewSubscription {
        cap: Cap {
            at_once_max: 8,
            per_second_max: Some(3),
        },
        ..hearing_updates(&receiver.url())
    };
    book.subscribe_with(new).await;
    for lead in book.add_leads(7).await {
        book.rename(lead, "new").await;
    }
    let worker = book.work();
    for (round, most) in [3, 3, 1].into_iter().enumerate() {
        book.delivered(most).await;
        worker.wake();
        let left = book.waiting().await;
        assert_eq!(left, [4, 1, 0][round], "the clock stands still");
        for _ in 0..most {
            receiver.request().await;
        }
        assert_eq!(receiver.left(), 0);
        book.environment.advance_millis(1_000);
        worker.wake();
    }
    worker.stop().await;
}

#[tokio::test]
async fn failed_webhooks_are_retried_when_due_and_then_given_up() {
    let mut receiver = Receiver::always(FAILS).await;
    let mut book = Book::calling(&receiver.url()).await;
    let lead = book.add_lead().await;
    book.rename(lead, "new").await;
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
    let dead = book.dead_letters().await;
    assert_eq!(dead.len(), 1);
    assert_eq!(dead[0].attempts, DELIVERY_ATTEMPTS_MAX);
    assert_eq!(receiver.left(), 0);
}

#[tokio::test]
async fn a_secret_that_cannot_be_opened_is_a_failed_attempt() {
    let mut receiver = Receiver::always(OK).await;
    let mut book = Book::open().await;
    let new = NewSubscription {
        auth: PlainAuth::Bearer("s3cret".to_owned()),
        ..hearing_updates(&receiver.url())
    };
    book.subscribe_with(new).await;
    let lead = book.add_lead().await;
    book.rename(lead, "new").await;
    // As after a restart without the key.
    let store = Arc::clone(&book.store) as _;
    let environment = Arc::clone(&book.environment) as _;
    let keyless = app::App::start_with(store, environment, Services::default());
    let worker = worker::Worker::start(keyless, options()).unwrap();
    let error = book.retried().await;
    assert!(error.contains("--secret-key-file"), "{error}");
    worker.stop().await;
    assert_eq!(receiver.left(), 0);
}

#[tokio::test]
async fn a_deleted_subscription_is_told_nothing() {
    let mut receiver = Receiver::always(OK).await;
    let mut book = Book::open().await;
    let id = book.subscribe(&receiver.url()).await;
    let lead = book.add_lead().await;
    book.rename(lead, "new").await;
    book.rename(lead, "newer").await;
    let deleted = book.app.delete_subscription(&book.context, id).await;
    deleted.unwrap();
    let worker = book.work();
    for _ in 0..2 {
        assert_eq!(book.recorded().await, DeliveryOutcome::Dropped);
    }
    worker.stop().await;
    assert_eq!((receiver.left(), book.waiting().await), (0, 0));
}

#[tokio::test]
async fn a_saved_url_is_judged() {
    let services = Services {
        endpoints: Arc::new(GuardedEndpoints::new(&[])),
        vault: Some(crate::book::vault()),
        ..Services::default()
    };
    let book = Book::open_with(services).await;
    let new = hearing_updates("http://169.254.169.254/latest/meta-data");
    let refused = book.app.create_subscription(&book.context, new).await;
    let refused = format!("{:?}", refused.unwrap_err());
    assert!(refused.contains("link-local"), "{refused}");
}
