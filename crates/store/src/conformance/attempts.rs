//! The log of attempts: every request, for a while.

use domain::subscription::Filter;
use domain::{SubscriptionId, Timestamp};

use super::World;
use super::dead_letters::ALL;
use super::deliveries::{an_attempt, dead, finished, retry};
use super::world::named;
use crate::{Attempt, AttemptFilter, AttemptRecord, DeliveryOutcome, ListPage};

impl World<'_> {
    async fn attempts(
        &self,
        delivery: Option<u64>,
        of: Option<SubscriptionId>,
    ) -> Vec<AttemptRecord> {
        let filter = AttemptFilter {
            delivery,
            subscription: of,
        };
        let attempts = self.store.attempts(self.workspace, filter, ALL);
        attempts.await.unwrap()
    }
}

pub async fn every_attempt_is_logged(world: &World<'_>) {
    let lead = world.new_lead().await.id;
    world.subscribed(Filter::default()).await;
    world.subscribed(Filter::default()).await;
    world.done(world.update(lead, named("x"))).await;
    let due = world.due().await;
    let failed = Attempt {
        at: world.wait(5),
        number: 1,
        duration_ms: u32::MAX,
        status: None,
        error: Some("no answer in time".to_owned()),
        answer: None,
    };
    let taken = an_attempt(world.wait(5), 1);
    let last = Attempt {
        status: Some(599),
        error: Some("599".to_owned()),
        answer: Some(String::new()),
        ..an_attempt(world.wait(5), 2)
    };
    let with = |n: usize, outcome, attempt: &Attempt| {
        let mut finished = finished(&due[n], outcome);
        finished.attempt = Some(attempt.clone());
        finished
    };
    for done in [
        with(0, retry(world.now()), &failed),
        with(1, DeliveryOutcome::Delivered, &taken),
        with(0, dead(world.now()), &last),
        // It has ended: what comes late is not recorded.
        with(0, DeliveryOutcome::Delivered, &taken),
        with(1, retry(world.now()), &failed),
    ] {
        world.store.finish_deliveries(&[done]).await.unwrap();
    }
    let all = world.attempts(None, None).await;
    let logged: Vec<_> = all
        .iter()
        .map(|record| (record.key, &record.attempt))
        .collect();
    let expected = [
        (due[0].key, &last),
        (due[1].key, &taken),
        (due[0].key, &failed),
    ];
    assert_eq!(logged, expected, "newest first");
}

pub async fn the_log_is_read_in_parts(world: &World<'_>) {
    let lead = world.new_lead().await.id;
    let one = world.subscribed(Filter::default()).await.id;
    let other = world.subscribed(Filter::default()).await.id;
    world.done(world.update(lead, named("x"))).await;
    let due = world.due().await;
    for n in [0, 1, 0] {
        let due = world.due().await;
        world.finish(&due[n], retry(due[n].at)).await;
    }
    let [a, b] = [due[0].key.id, due[1].key.id];
    let all = world.attempts(None, None).await;
    let of: Vec<_> = all.iter().map(|record| record.key.id).collect();
    assert_eq!(of, [a, b, a]);
    assert!(all.is_sorted_by(|newer, older| newer.id > older.id));
    let (of_one, of_other) = ([all[0].clone(), all[2].clone()], &all[1..2]);
    assert_eq!(world.attempts(Some(a), None).await, of_one);
    assert_eq!(world.attempts(None, Some(one)).await, of_one);
    assert_eq!(world.attempts(None, Some(other)).await, of_other);
    assert_eq!(world.attempts(Some(b), Some(other)).await, of_other);
    assert_eq!(world.attempts(Some(b), Some(one)).await, []);
    let (whole, of_one) = (
        AttemptFilter::default(),
        AttemptFilter {
            subscription: Some(one),
            ..AttemptFilter::default()
        },
    );
    for (filter, before_id, expected) in [
        (whole, None, &all[..2]),
        (whole, Some(all[0].id), &all[1..]),
        (whole, Some(all[1].id), &all[2..]),
        (whole, Some(all[2].id), &[]),
        (of_one, Some(all[0].id), &all[2..]),
    ] {
        let page = ListPage {
            before_id,
            limit: 2,
        };
        let attempts = world.store.attempts(world.workspace, filter, page);
        assert_eq!(attempts.await.unwrap(), expected, "{filter:?} {page:?}");
    }
}

/// The log of a delivery that was replayed goes on.
pub async fn a_replayed_delivery_keeps_its_log(world: &World<'_>) {
    let lead = world.new_lead().await.id;
    world.subscribed(Filter::default()).await;
    world.done(world.update(lead, named("x"))).await;
    for _ in 0..2 {
        let due = world.due().await.remove(0);
        world.finish(&due, dead(world.now())).await;
        world.replay(&crate::DeliveryFilter::default(), 1).await;
    }
    let due = world.due().await.remove(0);
    assert_eq!(world.attempts(Some(due.key.id), None).await.len(), 2);
}

pub async fn old_attempts_are_forgotten(world: &World<'_>) {
    let lead = world.new_lead().await.id;
    world.subscribed(Filter::default()).await;
    world.done(world.update(lead, named("x"))).await;
    let at = |millis| Timestamp::from_millis(millis).unwrap();
    // Not in the order of their times: requests overlap.
    for millis in [30, 10, 20, 40, 20] {
        let due = world.due().await.remove(0);
        let mut again = finished(&due, retry(world.now()));
        again.attempt = Some(an_attempt(at(millis), due.attempts + 1));
        world.store.finish_deliveries(&[again]).await.unwrap();
    }
    let left = async || {
        let left = world.attempts(None, None).await;
        let mut left: Vec<_> = left
            .iter()
            .map(|left| left.attempt.at.as_millis())
            .collect();
        left.sort_unstable();
        left
    };
    let forget = async |until, limit| world.store.forget_attempts(at(until), limit).await.unwrap();
    assert_eq!(forget(10, 100).await, 0);
    assert_eq!(forget(40, 2).await, 2);
    assert_eq!(left().await, [20, 30, 40], "the oldest first");
    assert_eq!(forget(31, 100).await, 2);
    assert_eq!(forget(31, 100).await, 0);
    assert_eq!(left().await, [40]);
    // What waits is not touched.
    assert_eq!(world.due().await.len(), 1);
}
