//! The outbox: what is told, in order per lead and subscription; what becomes of it; dead letters and attempts.

use domain::delivery::HealthChange;
use domain::edit::{Change, Edit};
use domain::state::JobResult;
use domain::subscription::Subscription;
use domain::{JobId, Lead, SubscriptionId, Timestamp};

use super::World;
use super::world::{merging, named};
use crate::{AttemptFilter, DeliveryOutcome, DueDelivery, FinishedDelivery, ListPage, News};

impl World<'_> {
    /// The due deliveries of this world. Their leases end at once.
    pub(super) async fn due(&self) -> Vec<DueDelivery> {
        self.due_except(&[]).await
    }

    async fn due_except(&self, except: &[SubscriptionId]) -> Vec<DueDelivery> {
        let all = self
            .store
            .lease_deliveries(self.now(), self.now(), except, 100_000)
            .await;
        let is_ours = |due: &DueDelivery| due.key.workspace_id == self.workspace;
        all.unwrap().into_iter().filter(is_ours).collect()
    }

    pub(super) async fn finish(&self, due: &DueDelivery, outcome: DeliveryOutcome) {
        let finished = FinishedDelivery {
            key: due.key,
            outcome,
            health: HealthChange::Same,
            attempt: Some(an_attempt(self.now(), due.attempts + 1)),
        };
        self.store.finish_deliveries(&[finished]).await.unwrap();
    }

    pub(super) async fn delivered(&self, due: &DueDelivery) {
        self.finish(due, DeliveryOutcome::Delivered).await;
    }

    /// A lead of a campaign whose results this many subscriptions hear.
    pub(super) async fn heard_lead(&self, subscriptions: usize) -> (Lead, Vec<Subscription>) {
        let campaign = self.new_campaign().await;
        let mut heard = Vec::new();
        for _ in 0..subscriptions {
            heard.push(self.subscribed_to_results(campaign.id).await);
        }
        let edit = Edit {
            campaign: Change::Set(campaign.id),
            external_id: Change::Set("ref-1".to_owned()),
            ..Edit::default()
        };
        (self.new_lead_with(edit).await, heard)
    }
}

impl News {
    pub(super) fn result(&self) -> &JobResult {
        match self {
            Self::Result(result) => result,
            other => panic!("no result: {other:?}"),
        }
    }
}

pub(super) fn an_attempt(at: Timestamp, number: u32) -> crate::Attempt {
    crate::Attempt {
        at,
        number,
        duration_ms: 12,
        status: Some(200),
        error: None,
        answer: Some("{\"ok\":\"\u{1f4de}\"}".to_owned()),
    }
}

pub(super) fn retry(next_attempt_at: Timestamp) -> DeliveryOutcome {
    DeliveryOutcome::Retry {
        next_attempt_at,
        error: "503 from the receiver".to_owned(),
    }
}

pub(super) fn dead(at: Timestamp) -> DeliveryOutcome {
    DeliveryOutcome::Dead {
        at,
        error: "410 Gone".to_owned(),
    }
}

fn jobs(due: &[DueDelivery]) -> Vec<JobId> {
    due.iter().map(|due| due.news.result().job_id).collect()
}

pub async fn a_result_goes_to_every_subscription(world: &World<'_>) {
    let (lead, heard) = world.heard_lead(2).await;
    let job = world.job_done(lead.id, merging(r#"{"a":1.0}"#)).await;
    let due = world.due().await;
    let told: Vec<_> = due
        .iter()
        .map(|due| Subscription::clone(due.subscription.as_ref().unwrap()))
        .collect();
    assert_eq!(told, heard);
    for due in due {
        assert_eq!((due.key.lead_id, due.at), (Some(lead.id), world.now()));
        let result = due.news.result();
        assert_eq!((result.job_id, due.attempts), (job, 0));
        let variables = result.result.as_ref().unwrap();
        assert_eq!(variables.to_text(), r#"{"a":1.0}"#);
    }
    let (deaf, _) = world.heard_lead(0).await;
    world.job_done(deaf.id, named("nobody hears")).await;
    assert_eq!(world.due().await.len(), 2);
}

pub async fn one_at_a_time_per_lead_and_subscription(world: &World<'_>) {
    let (lead, heard) = world.heard_lead(2).await;
    let first = world.job_done(lead.id, named("1")).await;
    let second = world.job_done(lead.id, named("2")).await;
    let due = world.due().await;
    assert_eq!(jobs(&due), [first, first]);
    world.delivered(&due[0]).await;
    // The one hears on while the other still waits.
    let now_due = world.due().await;
    assert_eq!(jobs(&now_due), [first, second]);
    let told = now_due.iter().map(|due| due.key.subscription_id);
    assert_eq!(told.collect::<Vec<_>>(), [heard[1].id, heard[0].id]);
}

pub async fn a_retry_comes_later_and_holds_the_line(world: &World<'_>) {
    let (lead, _) = world.heard_lead(1).await;
    world.job_done(lead.id, named("1")).await;
    world.job_done(lead.id, named("2")).await;
    let due = world.due().await.remove(0);
    world
        .finish(&due, retry(world.now().plus_millis(100)))
        .await;
    assert_eq!(world.due().await, [], "the second must not overtake");
    world.wait(99);
    assert_eq!(world.due().await, []);
    world.wait(1);
    let again = world.due().await.remove(0);
    assert_eq!((again.key, again.attempts), (due.key, 1));
    assert_eq!(again.news, due.news);
    world.delivered(&again).await;
    assert_eq!(world.due().await.remove(0).attempts, 0);
}

pub async fn a_dead_one_lets_the_next_pass(world: &World<'_>) {
    let (lead, _) = world.heard_lead(1).await;
    let first = world.job_done(lead.id, named("1")).await;
    let second = world.job_done(lead.id, named("2")).await;
    let due = world.due().await;
    assert_eq!(jobs(&due), [first]);
    world.finish(&due[0], dead(world.now())).await;
    let next = world.due().await;
    assert_eq!(jobs(&next), [second]);
    let health = world.store.health(world.now()).await.unwrap();
    assert!(health.deliveries_dead > 0, "kept: {health:?}");
    world.delivered(&next[0]).await;
    // The next one is first in line although a dead one lies before it.
    let third = world.job_done(lead.id, named("3")).await;
    assert_eq!(jobs(&world.due().await), [third]);
}

pub async fn finishing_twice_does_nothing(world: &World<'_>) {
    let (lead, _) = world.heard_lead(1).await;
    world.job_done(lead.id, named("1")).await;
    let due = world.due().await.remove(0);
    world.delivered(&due).await;
    world.job_done(lead.id, named("2")).await;
    let next = world.due().await.remove(0);
    assert_ne!(next.key.id, due.key.id, "an id is never used again");
    for outcome in [
        DeliveryOutcome::Delivered,
        retry(world.now()),
        dead(world.now()),
        DeliveryOutcome::Dropped,
    ] {
        world.finish(&due, outcome).await;
    }
    assert_eq!(world.due().await, [next]);
}

pub async fn a_failed_attempt_counts_once(world: &World<'_>) {
    let (lead, heard) = world.heard_lead(1).await;
    world.job_done(lead.id, named("1")).await;
    let due = world.due().await.remove(0);
    // Whoever heard no answer asks again, and in the end late.
    for outcome in [
        retry(world.now()),
        retry(world.now().plus_millis(1)),
        dead(world.now()),
    ] {
        world.finish(&due, outcome).await;
    }
    let again = world.due().await.remove(0);
    assert_eq!((again.key, again.attempts), (due.key, 1));
    let filter = AttemptFilter {
        delivery: None,
        subscription: Some(heard[0].id),
    };
    let page = ListPage {
        before_id: None,
        limit: 10,
    };
    let log = world.store.attempts(world.workspace, filter, page).await;
    assert_eq!(log.unwrap().len(), 1);
    // That it was taken counts, however late.
    world.delivered(&due).await;
    assert_eq!(world.due().await, []);
}

pub async fn the_longest_due_come_first(world: &World<'_>) {
    let mut done = Vec::new();
    for _ in 0..3 {
        let (lead, _) = world.heard_lead(1).await;
        world.wait(1);
        done.push(world.job_done(lead.id, named("x")).await);
    }
    let due = world.due().await;
    assert_eq!(jobs(&due), done);
    world
        .finish(&due[0], retry(world.now().plus_millis(5)))
        .await;
    world.wait(5);
    assert_eq!(jobs(&world.due().await), [done[1], done[2], done[0]]);
    let one = world
        .store
        .lease_deliveries(world.now(), world.now(), &[], 1)
        .await
        .unwrap();
    assert_eq!(one.len(), 1);
}

pub async fn subscriptions_can_be_left_out(world: &World<'_>) {
    let (lead, heard) = world.heard_lead(3).await;
    world.job_done(lead.id, named("1")).await;
    let [first, second, third] = [0, 1, 2].map(|n| heard[n].id);
    for (except, expected) in [
        (vec![], vec![first, second, third]),
        (vec![second], vec![first, third]),
        (vec![third, first, third], vec![second]),
        (vec![first, second, third], vec![]),
    ] {
        let due = world.due_except(&except).await;
        let told: Vec<_> = due.iter().map(|due| due.key.subscription_id).collect();
        assert_eq!(told, expected, "except {except:?}");
    }
}
