//! Edits that wait for a call to end.

use domain::LeadId;
use domain::command::{Command, Effect, Hold};
use domain::edit::{Edit, StageEdit};
use domain::event::EventKind;
use domain::fault::Rejection;
use domain::guard::{Guard, OnActiveCall};
use domain::limits::DEFERRED_EDITS_MAX;

use super::World;
use super::world::{merging, named};

pub(super) fn deferring(world: &World<'_>, lead: LeadId, edit: Edit) -> Command {
    let guard = Guard {
        on_active_call: OnActiveCall::Defer,
        ..Guard::default()
    };
    world.guarded(lead, edit, guard)
}

pub async fn edits_wait_for_the_outcome_in_order(world: &World<'_>) {
    let lead = world.new_lead().await.id;
    let applied = world
        .done(deferring(world, lead, named("no call, no wait")))
        .await;
    assert_eq!(applied.effect, Effect::Changed);
    let (call, fence) = world.claimed(lead).await;
    let held = world.lead(lead).await;
    for edit in [named("first"), merging(r#"{"n":1}"#), named("second")] {
        world.wait(1);
        let done = world.done(deferring(world, lead, edit)).await;
        assert_eq!(done.effect, Effect::Deferred);
    }
    assert_eq!(
        world.lead(lead).await,
        held,
        "nothing happens before the end"
    );
    let ended_at = world.wait(1);
    let after = world.done(world.end(lead, call, fence)).await.lead;
    assert_eq!(after.name.as_deref(), Some("second"));
    assert_eq!(after.version, held.version + 4);
    let kinds: Vec<_> = world.history(lead, None, 4).await;
    let kinds: Vec<_> = kinds.iter().map(|event| (event.kind, event.at)).collect();
    let updated = (EventKind::Updated, ended_at);
    let ended = (EventKind::CallEnded, ended_at);
    assert_eq!(kinds, [updated, updated, updated, ended]);
    // They are done with: a second call ends without them.
    world
        .done(world.update(
            lead,
            super::world::with_status(domain::status::DialStatus::Retry),
        ))
        .await;
    let (call, fence) = world.claimed(lead).await;
    world.done(world.update(lead, named("third"))).await;
    let after = world.done(world.end(lead, call, fence)).await.lead;
    assert_eq!(after.name.as_deref(), Some("third"));
}

pub async fn edits_wait_for_the_expiry_too(world: &World<'_>) {
    let lead = world.new_lead().await.id;
    let (call, _) = world.claimed(lead).await;
    world.done(deferring(world, lead, named("first"))).await;
    world.wait(60_000);
    // The lease is over but nobody has swept it: what comes now must not overtake what waits.
    let done = world.done(deferring(world, lead, named("second"))).await;
    assert_eq!(done.effect, Effect::Deferred);
    let after = world.done(world.expire(lead, call)).await.lead;
    assert_eq!(after.name.as_deref(), Some("second"));
}

pub async fn a_refused_one_leaves_an_event(world: &World<'_>) {
    let lead = world.new_lead().await.id;
    let (call, fence) = world.claimed(lead).await;
    let move_to = |name: &str| Edit {
        stage: StageEdit::Transition {
            to: Some(name.to_owned()),
            disposition: None,
        },
        ..Edit::default()
    };
    // Allowed when it came; refused after the one before it, because nothing leaves a converted stage.
    world
        .done(deferring(world, lead, move_to("converted")))
        .await;
    world
        .done(deferring(world, lead, move_to("contacted")))
        .await;
    world
        .done(deferring(world, lead, named("still runs")))
        .await;
    let after = world.done(world.end(lead, call, fence)).await.lead;
    assert_eq!(after.stage.name, "converted");
    assert_eq!(after.name.as_deref(), Some("still runs"));
    let events = world.history(lead, None, 3).await;
    let kinds: Vec<_> = events.iter().map(|event| event.kind).collect();
    let expected = [
        EventKind::Updated,
        EventKind::DeferredRefused,
        EventKind::Updated,
    ];
    assert_eq!(kinds, expected);
    assert!(events[1].changes.is_empty());
}

pub async fn what_would_be_refused_now_is_refused_now(world: &World<'_>) {
    let lead = world.new_lead().await.id;
    let (call, fence) = world.claimed(lead).await;
    let refused = world
        .run(deferring(world, lead, named(&"x".repeat(256))))
        .await;
    assert!(matches!(refused, Err(Rejection::Invalid(_))));
    let after = world.done(world.end(lead, call, fence)).await.lead;
    assert_eq!(after.version, 3, "nothing waited");
}

pub async fn only_so_many_wait(world: &World<'_>) {
    let lead = world.new_lead().await.id;
    let (call, fence) = world.claimed(lead).await;
    let edit = |n: usize| deferring(world, lead, named(&n.to_string()));
    // Some in batches of their own, some together: both counts must meet.
    world.done(edit(0)).await;
    let rest = (1..=DEFERRED_EDITS_MAX).map(edit).collect();
    let outcomes = world.batch(rest).await;
    let (last, rest) = outcomes.split_last().unwrap();
    assert!(rest.iter().all(Result::is_ok));
    assert_eq!(last.as_ref().err(), Some(&Rejection::TooManyWaiting));
    let after = world.done(world.end(lead, call, fence)).await.lead;
    let newest = (DEFERRED_EDITS_MAX - 1).to_string();
    assert_eq!(after.name, Some(newest));
}

pub async fn waiting_and_ending_in_one_batch(world: &World<'_>) {
    let lead = world.new_lead().await.id;
    let (call, fence) = world.claimed(lead).await;
    let next = world.call_id().await;
    world
        .done(deferring(world, lead, named("waits since before")))
        .await;
    let retry = super::world::with_status(domain::status::DialStatus::Retry);
    let outcomes = world
        .batch(vec![
            deferring(world, lead, merging(r#"{"n":1}"#)),
            world.end(lead, call, fence),
            world.update(lead, retry),
            world.claim(lead, next, Hold::Attempt),
            deferring(world, lead, merging(r#"{"n":2}"#)),
        ])
        .await;
    assert!(outcomes.iter().all(Result::is_ok), "{outcomes:?}");
    let held = world.lead(lead).await;
    assert_eq!(held.name.as_deref(), Some("waits since before"));
    assert_eq!(held.variables.to_text(), r#"{"n":1}"#);
    let fence = held.claim.as_ref().unwrap().fence_token;
    let after = world.done(world.end(lead, next, fence)).await.lead;
    assert_eq!(after.variables.to_text(), r#"{"n":2}"#);
    assert_eq!(
        after.version,
        held.version + 2,
        "the old ones do not run again"
    );
}
