//! The outbox: results of jobs, in order per lead and callback.

use domain::Timestamp;

use super::World;
use super::world::{merging, named};
use crate::{DeliveryOutcome, DueDelivery};

pub(super) async fn finish(world: &World<'_>, delivery: &DueDelivery, outcome: DeliveryOutcome) {
    world
        .store
        .finish_delivery(delivery, outcome)
        .await
        .unwrap();
}

pub(super) fn retry(next_attempt_at: Timestamp) -> DeliveryOutcome {
    DeliveryOutcome::Retry {
        next_attempt_at,
        error: "503 from the receiver".to_owned(),
    }
}

pub async fn a_result_goes_to_every_callback(world: &World<'_>) {
    let (lead, campaign) = world.heard_lead(2).await;
    let job = world.job_done(lead.id, merging(r#"{"a":1.0}"#)).await;
    let due = world.due().await;
    let callbacks: Vec<_> = due.iter().map(|due| due.callback.clone()).collect();
    assert_eq!(callbacks, campaign.callbacks);
    for due in due {
        assert_eq!((due.result.job_id, due.attempts), (job, 0));
        let variables = due.result.result.unwrap();
        assert_eq!(variables.to_text(), r#"{"a":1.0}"#);
    }
    let (deaf, _) = world.heard_lead(0).await;
    world.job_done(deaf.id, named("nobody hears")).await;
    assert_eq!(world.due().await.len(), 2);
}

pub async fn one_at_a_time_per_lead_and_callback(world: &World<'_>) {
    let (lead, campaign) = world.heard_lead(2).await;
    let first = world.job_done(lead.id, named("1")).await;
    let second = world.job_done(lead.id, named("2")).await;
    let due = world.due().await;
    assert!(due.iter().all(|due| due.result.job_id == first));
    world.delivered(&due[0]).await;
    // The one callback hears on while the other still waits.
    let now_due: Vec<_> = world
        .due()
        .await
        .into_iter()
        .map(|due| (due.result.job_id, due.callback.id))
        .collect();
    let [one, other] = [campaign.callbacks[0].id, campaign.callbacks[1].id];
    assert_eq!(now_due, [(first, other), (second, one)]);
}

pub async fn a_retry_comes_later_and_holds_the_line(world: &World<'_>) {
    let (lead, _) = world.heard_lead(1).await;
    world.job_done(lead.id, named("1")).await;
    world.job_done(lead.id, named("2")).await;
    let due = world.due().await.remove(0);
    finish(world, &due, retry(world.now().plus_millis(100))).await;
    assert_eq!(world.due().await, [], "the second must not overtake");
    world.wait(99);
    assert_eq!(world.due().await, []);
    world.wait(1);
    let again = world.due().await.remove(0);
    assert_eq!((again.id, again.attempts), (due.id, 1));
    assert_eq!(again.result, due.result);
    world.delivered(&again).await;
    assert_eq!(world.due().await.remove(0).attempts, 0);
}

pub async fn a_dead_one_lets_the_next_pass(world: &World<'_>) {
    let (lead, _) = world.heard_lead(1).await;
    let first = world.job_done(lead.id, named("1")).await;
    let second = world.job_done(lead.id, named("2")).await;
    let due = world.due().await.remove(0);
    assert_eq!(due.result.job_id, first);
    let before = world.store.health(world.now()).await.unwrap();
    let dead = DeliveryOutcome::Dead {
        at: world.now(),
        error: "410 Gone".to_owned(),
    };
    finish(world, &due, dead).await;
    let next = world.due().await;
    assert_eq!(next.len(), 1);
    assert_eq!(next[0].result.job_id, second);
    let after = world.store.health(world.now()).await.unwrap();
    assert!(after.deliveries_dead > 0, "kept: {before:?} {after:?}");
    world.delivered(&next[0]).await;
    // The next one is first in line although a dead one lies before it.
    let third = world.job_done(lead.id, named("3")).await;
    assert_eq!(world.due().await.remove(0).result.job_id, third);
}

pub async fn finishing_twice_does_nothing(world: &World<'_>) {
    let (lead, _) = world.heard_lead(1).await;
    world.job_done(lead.id, named("1")).await;
    let due = world.due().await.remove(0);
    world.delivered(&due).await;
    world.job_done(lead.id, named("2")).await;
    let next = world.due().await.remove(0);
    assert_ne!(next.id, due.id, "an id is never used again");
    world.delivered(&due).await;
    finish(world, &due, retry(world.now())).await;
    assert_eq!(world.due().await, [next]);
}

pub async fn the_longest_due_come_first(world: &World<'_>) {
    let mut jobs = Vec::new();
    for _ in 0..3 {
        let (lead, _) = world.heard_lead(1).await;
        world.wait(1);
        jobs.push(world.job_done(lead.id, named("x")).await);
    }
    let due = world.due().await;
    let order =
        |due: &[DueDelivery]| -> Vec<_> { due.iter().map(|due| due.result.job_id).collect() };
    assert_eq!(order(&due), jobs);
    finish(world, &due[0], retry(world.now().plus_millis(5))).await;
    world.wait(5);
    assert_eq!(order(&world.due().await), [jobs[1], jobs[2], jobs[0]]);
    let one = world
        .store
        .lease_deliveries(world.now(), world.now(), &[], 1)
        .await
        .unwrap();
    assert_eq!(one.len(), 1);
}

pub async fn callbacks_can_be_left_out(world: &World<'_>) {
    let (lead, campaign) = world.heard_lead(3).await;
    world.job_done(lead.id, named("1")).await;
    let [first, second, third] = [0, 1, 2].map(|n| campaign.callbacks[n].id);
    for (except, expected) in [
        (vec![], vec![first, second, third]),
        (vec![second], vec![first, third]),
        (vec![third, first, third], vec![second]),
        (vec![first, second, third], vec![]),
    ] {
        let due = world
            .store
            .lease_deliveries(world.now(), world.now(), &except, 100_000);
        let due = due.await.unwrap().into_iter();
        let ours = due.filter(|due| due.workspace_id == world.workspace);
        let callbacks: Vec<_> = ours.map(|due| due.callback.id).collect();
        assert_eq!(callbacks, expected, "except {except:?}");
    }
}
