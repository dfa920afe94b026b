//! The receiver zoo: every kind of bad answer, each beside a good endpoint that must not notice.

use app::subscriptions::NewSubscription;
use app::{Attempt, AttemptRecord, DeliveryOutcome};
use domain::SubscriptionId;
use domain::limits::{DELIVERY_RESPONSE_KEPT_BYTES_MAX, ENDPOINT_PAUSE_MS_MAX};
use domain::subscription::{DisabledReason, Filter, Format, Topic};
use worker::Worker;

use crate::book::{Book, START_MS};
use crate::receiver::{FAILS, HANGS, Manner, OK, Receiver};

/// A rude endpoint and a good one hear of two leads: two changes of the first, one of the second.
struct Visit {
    book: Book,
    worker: Worker,
    rude: Receiver,
    rude_id: SubscriptionId,
}

impl Visit {
    /// The first `bad` requests are met like this; the good endpoint has heard everything, in order.
    async fn begin(bad: usize, manner: Manner, scheme: &str) -> Self {
        let polite = move |number| if number < bad { manner.clone() } else { OK };
        let rude = Receiver::start(polite).await;
        let mut good = Receiver::always(OK).await;
        let book = Book::open().await;
        let rude_id = book.subscribe(&rude.url().replace("http:", scheme)).await;
        book.subscribe(&good.url()).await;
        let (one, two) = (book.add_lead().await, book.add_lead().await);
        book.rename(one, "b").await;
        book.rename(one, "c").await;
        book.rename(two, "d").await;
        let worker = book.work();
        let mut heard = Vec::new();
        for _ in 0..3 {
            let request = good.request().await;
            heard.push((request.number("lead"), request.number("version")));
        }
        let of_one: Vec<_> = heard
            .iter()
            .filter(|(lead, _)| *lead == one.get())
            .collect();
        assert_eq!(of_one, [&(one.get(), 2), &(one.get(), 3)]);
        assert!(heard.contains(&(two.get(), 2)));
        Self {
            book,
            worker,
            rude,
            rude_id,
        }
    }

    /// The next outcomes of the rude one, whoever's come in between.
    async fn outcomes(&mut self, count: usize) -> Vec<DeliveryOutcome> {
        let mut outcomes = Vec::new();
        while outcomes.len() < count {
            let finished = self.book.finished().await;
            if finished.key.subscription_id == self.rude_id {
                outcomes.push(finished.outcome);
            }
        }
        outcomes
    }

    async fn log(&self) -> Vec<AttemptRecord> {
        self.book.log(self.rude_id).await
    }

    /// Both leads' first deliveries fail, and nothing overtakes them. What the log says of one.
    async fn both_fail(&mut self) -> Attempt {
        let mut of_good = 0;
        for _ in 0..5 {
            let finished = self.book.finished().await;
            let is_taken = finished.outcome == DeliveryOutcome::Delivered;
            let is_rude = finished.key.subscription_id == self.rude_id;
            assert_ne!(is_taken, is_rude, "{finished:?}");
            of_good += usize::from(!is_rude);
        }
        assert_eq!(of_good, 3);
        assert_eq!(self.book.waiting().await, 3);
        let log = self.log().await;
        assert_eq!(log.len(), 2, "the second change is held back");
        assert_ne!(log[0].key.lead_id, log[1].key.lead_id);
        assert_eq!(log[0].attempt, log[1].attempt);
        assert_eq!(
            (log[0].attempt.number, log[0].attempt.at),
            (1, self.book.now())
        );
        log[0].attempt.clone()
    }

    /// Lets the wait pass; then everything arrives, in order.
    async fn end_well(mut self, wait_ms: i64) {
        self.book.environment.advance_millis(wait_ms);
        self.worker.wake();
        let outcomes = self.outcomes(3).await;
        assert_eq!(outcomes, vec![DeliveryOutcome::Delivered; 3]);
        let taken: Vec<_> = self
            .log()
            .await
            .into_iter()
            .filter(|record| record.attempt.error.is_none())
            .collect();
        for record in &taken {
            let of_lead = taken
                .iter()
                .filter(|other| other.key.lead_id == record.key.lead_id);
            let ids: Vec<_> = of_lead.map(|record| record.key.id).collect();
            assert!(ids.is_sorted(), "in the order of the changes: {ids:?}");
        }
        assert_eq!(taken.len(), 3);
        self.worker.stop().await;
        assert_eq!(self.book.waiting().await, 0);
    }
}

/// Status, a part of the error, and what is kept of the answer.
type Logged = (Option<u16>, &'static str, Option<&'static str>);

#[track_caller]
fn assert_logged(attempt: &Attempt, (status, part, answer): Logged) {
    assert_eq!(attempt.status, status, "{attempt:?}");
    let error = attempt.error.as_deref().unwrap();
    assert!(error.contains(part), "{error}");
    assert!(
        !error.contains("/hook"),
        "the URL may hold a secret: {error}"
    );
    assert_eq!(attempt.answer.as_deref(), answer);
}

#[tokio::test]
async fn everything_but_a_2xx_is_retried() {
    for (manner, logged) in [
        (FAILS, (Some(500), "answered 500", None)),
        (
            Manner::Answer(
                "HTTP/1.1 500 No\r\nconnection: close\r\ncontent-length: 7\r\n\r\nno\0\x1b[mx",
            ),
            (Some(500), "answered 500", Some("no  [mx")),
        ),
        (
            Manner::Answer("HTTP/1.1 404 No\r\nconnection: close\r\n\r\nnobody here"),
            (Some(404), "answered 404", Some("nobody here")),
        ),
        (
            Manner::Answer(
                "HTTP/1.1 101 Switching Protocols\r\nconnection: upgrade\r\nupgrade: x\r\n\r\n",
            ),
            (Some(101), "answered 101", None),
        ),
        (
            Manner::Answer("HTTP/1.1 100 Continue\r\n\r\n"),
            (None, "the exchange failed", None),
        ),
        (
            Manner::Answer("SSH-2.0-OpenSSH_9.6\r\n"),
            (None, "the exchange failed", None),
        ),
        (
            Manner::Answer("\x15\x03\x01\x00\x02\x02\x28"),
            (None, "the exchange failed", None),
        ),
        (Manner::Answer(""), (None, "the exchange failed", None)),
        (
            Manner::Reset("HTTP/1.1 2"),
            (None, "the exchange failed", None),
        ),
    ] {
        let mut visit = Visit::begin(2, manner, "http:").await;
        let attempt = visit.both_fail().await;
        assert_logged(&attempt, logged);
        visit.end_well(6_000).await;
    }
}

#[tokio::test]
async fn who_does_not_answer_in_time_is_given_up_on() {
    for manner in [
        HANGS,
        Manner::Stall("HTTP/1.1 200 OK\r\n"),
        Manner::Drip("HTTP/1.1 200 OK\r\nx-more: "),
        Manner::Drip("HTTP/1.1 100 Continue\r\n\r\n"),
    ] {
        let mut visit = Visit::begin(2, manner, "http:").await;
        tokio::time::pause();
        let attempt = visit.both_fail().await;
        assert_logged(&attempt, (None, "no answer within 15000 ms", None));
        tokio::time::resume();
        visit.end_well(6_000).await;
    }
}

#[tokio::test]
async fn garbage_instead_of_tls_is_a_failure() {
    let manner = Manner::Blurt("HTTP/1.1 400 this is no TLS\r\n\r\n");
    let mut visit = Visit::begin(usize::MAX, manner, "https:").await;
    let attempt = visit.both_fail().await;
    assert_logged(&attempt, (None, "cannot connect", None));
    visit.worker.stop().await;
}

#[tokio::test]
async fn a_2xx_is_delivered_whatever_its_body_does() {
    for (manner, answer) in [
        (
            Manner::Answer("HTTP/1.1 204 No Content\r\nconnection: close\r\n\r\n"),
            None,
        ),
        (
            Manner::Answer(
                "HTTP/1.1 103 Early Hints\r\nx: y\r\n\r\nHTTP/1.1 202 OK\r\nconnection: close\r\n\r\nthanks",
            ),
            Some("thanks"),
        ),
        (
            Manner::Reset("HTTP/1.1 200 OK\r\ncontent-length: 100\r\n\r\nhalf"),
            Some("half"),
        ),
    ] {
        let mut visit = Visit::begin(3, manner, "http:").await;
        assert_eq!(visit.outcomes(3).await, vec![DeliveryOutcome::Delivered; 3]);
        for record in visit.log().await {
            assert_eq!(record.attempt.error, None);
            // Of a body that was cut off, what had come is there or not.
            if record.attempt.answer.is_some() {
                assert_eq!(record.attempt.answer.as_deref(), answer);
            }
        }
        visit.worker.stop().await;
    }
}

#[tokio::test]
async fn little_is_kept_of_a_body_without_end() {
    let mut visit = Visit::begin(3, Manner::Flood, "http:").await;
    assert_eq!(visit.outcomes(3).await, vec![DeliveryOutcome::Delivered; 3]);
    for record in visit.log().await {
        let kept = "x".repeat(DELIVERY_RESPONSE_KEPT_BYTES_MAX);
        assert_eq!(record.attempt.answer, Some(kept));
    }
    visit.worker.stop().await;
}

#[tokio::test]
async fn a_body_that_stalls_is_not_waited_for() {
    let stall = Manner::Stall("HTTP/1.1 200 OK\r\ncontent-length: 5\r\n\r\nab");
    let mut visit = Visit::begin(3, stall, "http:").await;
    tokio::time::pause();
    assert_eq!(visit.outcomes(3).await, vec![DeliveryOutcome::Delivered; 3]);
    assert_eq!(visit.log().await[0].attempt.answer.as_deref(), Some("ab"));
    visit.worker.stop().await;
}

#[tokio::test]
async fn a_redirect_is_not_followed() {
    let mut elsewhere = Receiver::always(OK).await;
    for location in [elsewhere.url(), "http://10.0.0.1/".to_owned()] {
        let answer = format!(
            "HTTP/1.1 307 Temporary Redirect\r\nlocation: {location}\r\nconnection: close\r\ncontent-length: 0\r\n\r\n"
        );
        let manner = Manner::Answer(Box::leak(answer.into_boxed_str()));
        let mut visit = Visit::begin(2, manner, "http:").await;
        let attempt = visit.both_fail().await;
        let error = "answered 307, and redirects are not followed";
        assert_logged(&attempt, (Some(307), error, None));
        visit.end_well(6_000).await;
    }
    assert_eq!(elsewhere.left(), 0);
}

#[tokio::test]
async fn a_flapping_endpoint_hears_everything_in_order() {
    let flapping = |number: usize| if number.is_multiple_of(2) { FAILS } else { OK };
    let mut receiver = Receiver::start(flapping).await;
    let mut book = Book::calling(&receiver.url()).await;
    let lead = book.add_lead().await;
    let names = ["a", "b", "c", "d", "e"];
    for name in names {
        book.rename(lead, name).await;
    }
    let worker = book.work();
    let mut versions = Vec::new();
    for _ in names {
        book.retried().await;
        book.environment.advance_millis(6_000);
        worker.wake();
        book.delivered(1).await;
        let (failed, taken) = (receiver.request().await, receiver.request().await);
        assert_eq!(failed.body, taken.body, "the same news, the same words");
        versions.push(taken.number("version"));
    }
    assert_eq!(versions, [2, 3, 4, 5, 6]);
    worker.stop().await;
}

#[tokio::test]
async fn retry_after_is_waited_for_by_the_whole_endpoint() {
    for (status, wait, wait_ms) in [
        ("429 Too Many Requests", "120", 120_000),
        ("503 Service Unavailable", "60", 60_000),
        // The test's clock begins at 12:00:00.
        (
            "429 Too Many Requests",
            "Thu, 15 Jan 2026 12:10:00 GMT",
            600_000,
        ),
    ] {
        let answer = format!(
            "HTTP/1.1 {status}\r\nretry-after: {wait}\r\nconnection: close\r\ncontent-length: 0\r\n\r\n"
        );
        let manner = Manner::Answer(Box::leak(answer.into_boxed_str()));
        let mut visit = Visit::begin(1, manner, "http:").await;
        let outcomes = visit.outcomes(1).await;
        let DeliveryOutcome::Retry {
            next_attempt_at, ..
        } = &outcomes[0]
        else {
            panic!("{outcomes:?}");
        };
        let asked = START_MS + wait_ms;
        assert!((asked..=asked + wait_ms / 10).contains(&next_attempt_at.as_millis()));
        visit.rude.request().await;
        visit.book.environment.advance_millis(wait_ms - 1);
        visit.worker.wake();
        // Something else gets through meanwhile, so that the loop has looked.
        let lead = visit.book.add_lead().await;
        visit.book.rename(lead, "x").await;
        while visit.book.finished().await.key.lead_id != Some(lead) {}
        assert_eq!(visit.rude.left(), 0, "the other lead waits too");
        visit.book.environment.advance_millis(wait_ms / 10 + 1);
        visit.worker.wake();
        let outcomes = visit.outcomes(4).await;
        assert_eq!(outcomes, vec![DeliveryOutcome::Delivered; 4]);
        visit.worker.stop().await;
    }
    // Else the pause would end before the last wait does.
    const { assert!(ENDPOINT_PAUSE_MS_MAX >= 600_000) };
}

#[tokio::test]
async fn a_gone_endpoint_is_disabled_and_others_are_told() {
    let gone =
        Manner::Answer("HTTP/1.1 410 Gone\r\nconnection: close\r\ncontent-length: 0\r\n\r\n");
    let mut watcher = Receiver::always(OK).await;
    let mut visit = Visit::begin(usize::MAX, gone, "http:").await;
    let outcomes = visit.outcomes(3).await;
    for outcome in &outcomes {
        assert!(
            matches!(outcome, DeliveryOutcome::Dead { .. }),
            "{outcome:?}"
        );
    }
    let subscription = visit.book.subscription(visit.rude_id).await;
    assert_eq!(
        subscription.health.disabled.unwrap().reason,
        DisabledReason::Gone
    );
    assert_eq!(visit.log().await.len(), 1, "it was asked once");
    visit.rude.request().await;
    assert_eq!(visit.rude.left(), 0);
    let dead = visit.book.dead_letters().await;
    let mut errors: Vec<_> = dead
        .iter()
        .map(|dead| dead.error.as_deref().unwrap())
        .collect();
    errors.sort_unstable();
    assert_eq!(
        errors,
        [
            "answered 410",
            "the subscription is disabled",
            "the subscription is disabled"
        ]
    );
    // What its owner replays once it is enabled goes out again, and whoever asked is told the next time.
    let filter = Filter {
        topics: [Topic::SubscriptionDisabled].into(),
        ..Filter::default()
    };
    let new = NewSubscription {
        filter,
        ..NewSubscription::new(&watcher.url(), Format::Standard)
    };
    visit.book.subscribe_with(new).await;
    let edit = app::subscriptions::SubscriptionEdit {
        is_enabled: Some(true),
        ..Default::default()
    };
    let context = visit.book.context.clone();
    let app = std::sync::Arc::clone(&visit.book.app);
    app.update_subscription(&context, visit.rude_id, edit)
        .await
        .unwrap();
    let replayed = app
        .replay_dead_letters(&context, &app::DeliveryFilter::default())
        .await;
    assert_eq!(replayed.unwrap(), 3);
    visit.rude.request().await;
    let told = watcher.request().await;
    assert_eq!(told.number("disabled"), visit.rude_id.get());
    visit.outcomes(3).await;
    visit.worker.stop().await;
    assert_eq!(visit.book.dead_letters().await.len(), 3);
    assert_eq!(watcher.left(), 0, "once");
}
