//! What was given up: kept, listed, told again.

use domain::state::Content;
use domain::subscription::{Filter, Subscription};
use domain::{LeadId, SubscriptionId, Timestamp};

use super::World;
use super::deliveries::{dead, finished, retry, versions};
use super::world::{merging, named};
use crate::{DeliveryFilter, DeliveryOutcome, DeliveryRecord, ListPage};

pub(super) const ALL: ListPage = ListPage {
    before_id: None,
    limit: 10_000,
};

impl World<'_> {
    /// All dead letters, newest first.
    pub(super) async fn letters(&self) -> Vec<DeliveryRecord> {
        self.letters_of(&DeliveryFilter::default()).await
    }

    async fn letters_of(&self, filter: &DeliveryFilter) -> Vec<DeliveryRecord> {
        let letters = self.store.dead_letters(self.workspace, filter, ALL);
        letters.await.unwrap()
    }

    async fn waiting(&self, filter: &DeliveryFilter) -> Vec<DeliveryRecord> {
        let waiting = self.store.deliveries(self.workspace, filter, ALL);
        waiting.await.unwrap()
    }

    pub(super) async fn replay(&self, filter: &DeliveryFilter, limit: usize) -> usize {
        let replayed = self
            .store
            .replay_dead_letters(self.workspace, filter, self.now(), limit);
        replayed.await.unwrap()
    }

    /// Everything that is due, and what comes behind it, is given up.
    async fn give_up(&self) {
        loop {
            let due = self.due().await;
            if due.is_empty() {
                return;
            }
            for due in due {
                self.finish(&due, dead(self.now())).await;
            }
        }
    }
}

/// Two leads, each with an event a second for each of two subscriptions, all given up.
struct Given {
    leads: [LeadId; 2],
    subscriptions: [Subscription; 2],
    /// Newest first.
    letters: Vec<DeliveryRecord>,
    times: Vec<Timestamp>,
}

impl Given {
    async fn up(world: &World<'_>) -> Self {
        let subscriptions = [
            world.subscribed(Filter::default()).await,
            world.subscribed(Filter::default()).await,
        ];
        let leads = [world.new_lead().await.id, world.new_lead().await.id];
        let mut times = vec![world.now()];
        for n in 0..2 {
            times.push(world.wait(1_000));
            let edit = named(&n.to_string());
            world
                .batch(vec![
                    world.update(leads[0], edit.clone()),
                    world.update(leads[1], edit),
                ])
                .await;
        }
        world.wait(7);
        world.give_up().await;
        let letters = world.letters().await;
        assert_eq!(letters.len(), 12);
        Self {
            leads,
            subscriptions,
            letters,
            times,
        }
    }

    /// Each filter with the letters that it leaves.
    fn filters(&self) -> Vec<(DeliveryFilter, Vec<DeliveryRecord>)> {
        let all = DeliveryFilter::default;
        let (lead, subscription) = (self.leads[1], self.subscriptions[0].id);
        let (from, until) = (self.times[1], self.times[2]);
        let id = self.letters[4].id;
        let filters = [
            all(),
            DeliveryFilter {
                id: Some(id),
                ..all()
            },
            DeliveryFilter {
                subscription: Some(subscription),
                ..all()
            },
            DeliveryFilter {
                lead: Some(lead),
                ..all()
            },
            DeliveryFilter {
                from: Some(from),
                ..all()
            },
            DeliveryFilter {
                until: Some(until),
                ..all()
            },
            DeliveryFilter {
                id: Some(id),
                subscription: Some(self.letters[4].delivery.subscription_id),
                lead: self.letters[4].delivery.lead_id,
                from: Some(self.letters[4].delivery.at),
                until: Some(self.letters[4].delivery.at.plus_millis(1)),
            },
            DeliveryFilter {
                subscription: Some(subscription),
                lead: Some(lead),
                from: Some(from),
                until: Some(until),
                ..all()
            },
            DeliveryFilter {
                id: Some(id),
                until: Some(self.letters[4].delivery.at),
                ..all()
            },
        ];
        let counts = [12, 1, 6, 6, 8, 8, 1, 1, 0];
        let filters = filters.into_iter().zip(counts);
        filters
            .map(|(filter, count)| self.left_by(filter, count))
            .collect()
    }

    fn left_by(
        &self,
        filter: DeliveryFilter,
        count: usize,
    ) -> (DeliveryFilter, Vec<DeliveryRecord>) {
        let is_left = |letter: &&DeliveryRecord| {
            let delivery = &letter.delivery;
            filter.id.is_none_or(|id| letter.id == id)
                && filter
                    .subscription
                    .is_none_or(|id| delivery.subscription_id == id)
                && filter.lead.is_none_or(|id| delivery.lead_id == Some(id))
                && filter.from.is_none_or(|from| delivery.at >= from)
                && filter.until.is_none_or(|until| delivery.at < until)
        };
        let left: Vec<_> = self.letters.iter().filter(is_left).cloned().collect();
        assert_eq!(left.len(), count, "{filter:?}");
        (filter, left)
    }
}

pub async fn what_was_given_up_is_kept(world: &World<'_>) {
    let (lead, heard) = world.heard_lead(1).await;
    let job = world.job_done(lead.id, merging(r#"{"a":1.0}"#)).await;
    let at = world.now();
    let due = world.due().await.remove(0);
    let last_at = world.wait(50);
    world.finish(&due, retry(last_at)).await;
    let due = world.due().await.remove(0);
    let dead_at = world.wait(3);
    world.finish(&due, dead(dead_at)).await;
    assert_eq!(world.due().await, []);
    let letters = world.letters().await;
    assert_eq!(letters.len(), 1);
    let letter = &letters[0];
    assert_eq!(letter.id, due.key.id);
    assert_eq!(letter.attempts, 2);
    assert_eq!(letter.next_attempt_at, last_at);
    assert_eq!(letter.dead_at, Some(dead_at));
    assert_eq!(letter.error.as_deref(), Some("410 Gone"));
    let delivery = &letter.delivery;
    assert_eq!(delivery.workspace_id, world.workspace);
    assert_eq!(delivery.subscription_id, heard[0].id);
    assert_eq!((delivery.lead_id, delivery.at), (Some(lead.id), at));
    let Content::Result(result) = &delivery.content else {
        panic!("{letter:?}");
    };
    assert_eq!((result.job_id, result.finished_at), (job, at));
}

pub async fn they_are_listed_by_filter(world: &World<'_>) {
    let given = Given::up(world).await;
    assert!(
        given.letters.is_sorted_by(|a, b| a.id > b.id),
        "newest first"
    );
    for (filter, expected) in given.filters() {
        assert_eq!(world.letters_of(&filter).await, expected, "{filter:?}");
        // In pages, each going on below the last id of the one before.
        let (mut paged, mut before_id) = (Vec::new(), None);
        loop {
            let page = ListPage {
                before_id,
                limit: 5,
            };
            let letters = world.store.dead_letters(world.workspace, &filter, page);
            let letters = letters.await.unwrap();
            assert!(letters.len() <= 5);
            let Some(last) = letters.last() else { break };
            before_id = Some(last.id);
            paged.extend(letters);
        }
        assert_eq!(paged, expected, "{filter:?}");
        assert_eq!(world.waiting(&filter).await, []);
    }
}

pub async fn they_are_replayed_by_filter(world: &World<'_>) {
    let given = Given::up(world).await;
    for (filter, expected) in given.filters() {
        let now = world.wait(1_000);
        assert_eq!(world.replay(&filter, 1_000).await, expected.len());
        let waiting = world.waiting(&DeliveryFilter::default()).await;
        let as_new = |letter: &DeliveryRecord| DeliveryRecord {
            attempts: 0,
            next_attempt_at: now,
            dead_at: None,
            error: None,
            ..letter.clone()
        };
        let as_new: Vec<_> = expected.iter().map(as_new).collect();
        assert_eq!(waiting, as_new, "{filter:?}");
        let left = world.letters().await;
        assert_eq!(left.len() + waiting.len(), 12);
        assert_eq!(world.replay(&filter, 1_000).await, 0, "none is left");
        // In their lines and in the old order.
        let mut told: Vec<_> = world.told_again().await;
        told.sort_unstable();
        let mut ids: Vec<_> = waiting.iter().map(|waiting| waiting.id).collect();
        ids.sort_unstable();
        assert_eq!(told, ids);
        assert_eq!(world.letters().await.len(), 12, "given up again");
    }
}

impl World<'_> {
    /// Gives up all that waits, line by line; the ids in the order in which they were due.
    async fn told_again(&self) -> Vec<u64> {
        let mut told = Vec::new();
        let mut newest = std::collections::BTreeMap::<(SubscriptionId, Option<LeadId>), u64>::new();
        loop {
            let due = self.due().await;
            if due.is_empty() {
                return told;
            }
            for due in due {
                let line = (due.key.subscription_id, due.key.lead_id);
                let before = newest.insert(line, due.key.id).unwrap_or(0);
                assert!(before < due.key.id, "in order");
                assert_eq!(due.attempts, 0);
                told.push(due.key.id);
                self.finish(&due, dead(self.now())).await;
            }
        }
    }
}

pub async fn so_many_are_replayed_at_once(world: &World<'_>) {
    let given = Given::up(world).await;
    let all = DeliveryFilter::default();
    let mut oldest: Vec<_> = given.letters.iter().map(|letter| letter.id).collect();
    oldest.reverse();
    for n in 0..3 {
        assert_eq!(world.replay(&all, 5).await, if n < 2 { 5 } else { 2 });
        let waiting = world.waiting(&all).await;
        let mut ids: Vec<_> = waiting.iter().map(|waiting| waiting.id).collect();
        ids.reverse();
        let count = oldest.len().min(5 * (n + 1));
        assert_eq!(ids, oldest[..count], "oldest first");
    }
    assert_eq!(world.replay(&all, 5).await, 0);
    // All of them, in the order of their lines, although they came back in parts.
    assert_eq!(world.told_again().await.len(), 12);
    assert_eq!(world.replay(&all, 0).await, 0);
}

pub async fn a_replayed_one_waits_for_what_is_under_way(world: &World<'_>) {
    let lead = world.new_lead().await.id;
    world.subscribed(Filter::default()).await;
    let versions_due = async || versions(&world.due().await);
    for n in 0..4 {
        world.done(world.update(lead, named(&n.to_string()))).await;
    }
    for _ in 0..2 {
        let due = world.due().await.remove(0);
        world.finish(&due, dead(world.now())).await;
    }
    let under_way = world.leased(1_000, 10).await;
    assert_eq!(versions(&under_way), [(lead, 4)]);
    assert_eq!(world.replay(&DeliveryFilter::default(), 10).await, 2);
    assert_eq!(world.leased(1_000, 10).await, [], "its line is taken");
    world.delivered(&under_way[0]).await;
    // Now the old places count.
    for version in [2, 3, 5] {
        assert_eq!(versions_due().await, [(lead, version)]);
        let due = world.due().await.remove(0);
        world.delivered(&due).await;
    }
    assert_eq!(world.due().await, []);
}

pub async fn of_a_disabled_subscription_they_stay(world: &World<'_>) {
    let given = Given::up(world).await;
    let [mut disabled, deleted] = given.subscriptions;
    disabled.version += 1;
    disabled.health.disabled = Some(domain::subscription::Disabled {
        at: world.now(),
        reason: domain::subscription::DisabledReason::Owner,
    });
    assert!(world.store.update_subscription(&disabled).await.unwrap());
    let all = DeliveryFilter::default();
    assert_eq!(world.replay(&all, 3).await, 3, "of the other one");
    let of_disabled = DeliveryFilter {
        subscription: Some(disabled.id),
        ..DeliveryFilter::default()
    };
    assert_eq!(world.replay(&of_disabled, 100).await, 0);
    assert_eq!(world.letters().await.len(), 9);
    // They go with their subscription.
    let gone = world.store.delete_subscription(world.workspace, deleted.id);
    assert!(gone.await.unwrap());
    assert_eq!(world.letters().await.len(), 6);
    assert_eq!(world.letters_of(&of_disabled).await.len(), 6);
    assert_eq!(world.replay(&all, 100).await, 0);
    disabled.version += 1;
    disabled.health.disabled = None;
    assert!(world.store.update_subscription(&disabled).await.unwrap());
    assert_eq!(world.replay(&all, 100).await, 6);
}

/// It was under way when its subscription was deleted.
pub async fn of_a_deleted_subscription_none_is_kept(world: &World<'_>) {
    let lead = world.new_lead().await.id;
    let subscription = world.subscribed(Filter::default()).await.id;
    world.done(world.update(lead, named("1"))).await;
    world.done(world.update(lead, named("2"))).await;
    let due = world.due().await.remove(0);
    let gone = world
        .store
        .delete_subscription(world.workspace, subscription);
    assert!(gone.await.unwrap());
    world.finish(&due, dead(world.now())).await;
    assert_eq!(world.letters().await, []);
    let next = world.due().await.remove(0);
    assert_eq!(next.subscription, None, "it is for the caller to end it");
    let dropped = finished(&next, DeliveryOutcome::Dropped);
    world.store.finish_deliveries(&[dropped]).await.unwrap();
    assert_eq!(world.due().await, []);
}

pub async fn what_waits_is_listed_too(world: &World<'_>) {
    let lead = world.new_lead().await.id;
    let subscription = world.subscribed(Filter::default()).await.id;
    for n in 0..3 {
        world.wait(1);
        world.done(world.update(lead, named(&n.to_string()))).await;
    }
    let due = world.due().await.remove(0);
    let next_attempt_at = world.now().plus_millis(500);
    world.finish(&due, retry(next_attempt_at)).await;
    let waiting = world.waiting(&DeliveryFilter::default()).await;
    assert_eq!(waiting.len(), 3);
    assert!(waiting.is_sorted_by(|a, b| a.id > b.id), "newest first");
    let first = &waiting[2];
    assert_eq!((first.id, first.attempts), (due.key.id, 1));
    assert_eq!(first.next_attempt_at, next_attempt_at);
    assert_eq!(first.dead_at, None);
    assert_eq!(first.error.as_deref(), Some("503 from the receiver"));
    assert_eq!(first.delivery.at, due.at);
    assert!(matches!(
        first.delivery.content,
        Content::Event { version: 2, .. }
    ));
    let is_of = |record: &DeliveryRecord| {
        (record.delivery.lead_id, record.delivery.subscription_id) == (Some(lead), subscription)
    };
    assert!(waiting.iter().all(is_of));
    let page = ListPage {
        before_id: Some(waiting[1].id),
        limit: 10,
    };
    let filter = DeliveryFilter {
        lead: Some(lead),
        subscription: Some(subscription),
        until: Some(waiting[1].delivery.at),
        ..DeliveryFilter::default()
    };
    let page = world.store.deliveries(world.workspace, &filter, page);
    assert_eq!(page.await.unwrap(), waiting[2..]);
}
