//! Claims: who holds a lead, until when, and what is left afterwards.

use domain::campaign::CampaignState;
use domain::command::{Action, Claiming, Effect, Hold};
use domain::edit::{Change, Edit};
use domain::event::EventKind;
use domain::fault::{Claimability, Rejection};
use domain::guard::{AttemptGuard, Guard, OnActiveCall};
use domain::limits::CALL_IDS_MAX;
use domain::object::Object;
use domain::status::DialStatus;
use domain::{CampaignId, IdKind, LeadId};

use super::World;
use super::world::{named, with_status};
use crate::{CallRecord, ExpiredClaim};

pub async fn a_claim_holds_until_the_outcome(world: &World<'_>) {
    let lead = world.new_lead().await.id;
    let claimed_at = world.wait(10);
    let (call, fence) = world.claimed(lead).await;
    let held = world.lead(lead).await;
    assert_eq!((held.dial_status, held.attempts), (DialStatus::OnCall, 1));
    assert!(held.is_call_active(world.now()));
    let reject = Guard {
        on_active_call: OnActiveCall::Reject,
        ..Guard::default()
    };
    let refused = world.run(world.guarded(lead, named("x"), reject)).await;
    assert_eq!(refused.err(), Some(Rejection::CallActive));
    let mut record = CallRecord {
        id: call,
        workspace_id: world.workspace,
        lead_id: lead,
        lead_created_at: held.created_at,
        campaign_id: world.campaign,
        started_at: claimed_at,
        ended_at: None,
        outcome: None,
        to: Some("+12125550123".to_owned()),
        name: held.display_name(),
        duration_seconds: None,
        from: None,
        summary: None,
        recording_url: None,
        collected: Object::default(),
    };
    let stored = || world.store.call(world.workspace, call);
    assert_eq!(stored().await.unwrap().as_ref(), Some(&record));

    let ended_at = world.wait(30_000);
    let after = world.done(world.end(lead, call, fence)).await.lead;
    assert_eq!(after.dial_status, DialStatus::Success);
    assert_eq!(after.claim, None);
    assert_eq!(after.collected.to_text(), r#"{"mood":"good"}"#);
    let summary = after.last_call.as_ref().unwrap();
    assert_eq!(
        (summary.started_at, summary.ended_at),
        (claimed_at, ended_at)
    );
    record.ended_at = Some(ended_at);
    record.outcome = Some(DialStatus::Success);
    record.duration_seconds = Some(61);
    record.from = Some("+12125550100".to_owned());
    record.summary = Some("Agreed.".to_owned());
    record.collected = Object::parse(r#"{"mood":"good"}"#).unwrap();
    assert_eq!(stored().await.unwrap(), Some(record));
}

pub async fn a_reservation_becomes_an_attempt(world: &World<'_>) {
    let lead = world.new_lead().await.id;
    let call = world.call_id().await;
    let reserved = world.done(world.claim(lead, call, Hold::Reservation)).await;
    assert_eq!(reserved.lead.dial_status, DialStatus::Queued);
    assert_eq!(reserved.lead.attempts, 0);
    world.wait(10);
    let started = world.done(world.start(lead, call, 2)).await;
    assert_eq!(started.lead.dial_status, DialStatus::OnCall);
    assert_eq!(started.lead.attempts, 1);
    // Said twice, it is true already.
    let again = world.done(world.start(lead, call, 2)).await;
    assert_eq!(again.effect, Effect::Unchanged);
    world.done(world.end(lead, call, 2)).await;
}

pub async fn only_the_holder_ends_a_call(world: &World<'_>) {
    let lead = world.new_lead().await.id;
    let (call, fence) = world.claimed(lead).await;
    let other = world.call_id().await;
    for command in [
        world.end(lead, call, fence + 1),
        world.end(lead, other, fence),
        world.start(lead, other, fence),
    ] {
        let refused = world.run(command).await;
        assert_eq!(refused.err(), Some(Rejection::FenceMismatch));
    }
    world.wait(60_000);
    let late = world.run(world.end(lead, call, fence)).await;
    assert_eq!(
        late.err(),
        Some(Rejection::FenceMismatch),
        "the lease is over"
    );
}

/// The expired claims of this world.
async fn expired(world: &World<'_>) -> Vec<ExpiredClaim> {
    let all = world.store.expired_claims(world.now(), 10_000).await;
    let is_ours = |claim: &ExpiredClaim| claim.workspace_id == world.workspace;
    all.unwrap().into_iter().filter(is_ours).collect()
}

pub async fn a_lease_that_ran_out_is_swept(world: &World<'_>) {
    let (a, b) = (world.new_lead().await.id, world.new_lead().await.id);
    let (call, fence) = world.claimed(a).await;
    world.wait(1);
    world.claimed(b).await;
    world.wait(59_998);
    assert_eq!(expired(world).await, []);
    world.wait(1);
    let claim = ExpiredClaim {
        workspace_id: world.workspace,
        lead_id: a,
        call_id: call,
    };
    assert_eq!(expired(world).await, [claim], "at its end, not after it");
    world.wait(1);
    assert_eq!(expired(world).await.len(), 2);
    assert_eq!(
        world
            .store
            .expired_claims(world.now(), 1)
            .await
            .unwrap()
            .len(),
        1
    );

    let swept = world.done(world.expire(a, call)).await.lead;
    assert_eq!((swept.dial_status, swept.attempts), (DialStatus::Retry, 1));
    assert_eq!(expired(world).await.len(), 1);
    let record = world
        .store
        .call(world.workspace, call)
        .await
        .unwrap()
        .unwrap();
    assert_eq!((record.ended_at, record.outcome), (Some(world.now()), None));
    let late = world.run(world.end(a, call, fence)).await;
    assert_eq!(late.err(), Some(Rejection::FenceMismatch));
    let (_, newer) = world.claimed(a).await;
    assert!(newer > fence, "a fence token is never used again");
}

pub async fn an_expiry_that_comes_late_does_nothing(world: &World<'_>) {
    let lead = world.new_lead().await.id;
    let (call, fence) = world.claimed(lead).await;
    let early = world.done(world.expire(lead, call)).await;
    assert_eq!(early.effect, Effect::Unchanged);
    world.done(world.end(lead, call, fence)).await;
    world.wait(60_000);
    let late = world.done(world.expire(lead, call)).await;
    assert_eq!(late.effect, Effect::Unchanged);
}

pub async fn a_status_set_by_hand_survives_the_outcome(world: &World<'_>) {
    let lead = world.new_lead().await.id;
    let (call, fence) = world.claimed(lead).await;
    let edit = with_status(DialStatus::Completed);
    let set = world.done(world.update(lead, edit)).await;
    assert!(set.lead.claim.as_ref().unwrap().keeps_status);
    let after = world.done(world.end(lead, call, fence)).await.lead;
    assert_eq!(after.dial_status, DialStatus::Completed);
    assert_eq!(
        after.last_call.as_ref().unwrap().outcome,
        DialStatus::Success
    );
}

pub async fn the_first_attempt_locks(world: &World<'_>) {
    let lead = world.new_lead().await.id;
    let call = world.call_id().await;
    let before_first = Guard {
        attempt: AttemptGuard::BeforeFirst,
        ..Guard::default()
    };
    let edit = |name| world.guarded(lead, named(name), before_first);
    let outcomes = world
        .batch(vec![
            edit("new"),
            world.claim(lead, call, Hold::Reservation),
            edit("reserved"),
            world.start(lead, call, 3),
            edit("on the line"),
        ])
        .await;
    let is_ok: Vec<_> = outcomes.iter().map(Result::is_ok).collect();
    assert_eq!(is_ok, [true, true, true, true, false]);
    assert_eq!(outcomes[4].as_ref().err(), Some(&Rejection::Locked));
    world.wait(60_000);
    world.done(world.expire(lead, call)).await;
    let locked = world.run(edit("called once")).await;
    assert_eq!(locked.err(), Some(Rejection::Locked), "for good");
}

async fn candidates(world: &World<'_>, campaign: CampaignId, limit: usize) -> Vec<LeadId> {
    let found = world
        .store
        .claim_candidates(world.workspace, campaign, world.now(), limit)
        .await;
    found.unwrap()
}

fn next_attempt_in(world: &World<'_>, millis: i64) -> Edit {
    Edit {
        next_attempt_at: Change::Set(world.now().plus_millis(millis)),
        ..world.callable()
    }
}

pub async fn candidates_are_due_and_free(world: &World<'_>) {
    let free = world.new_lead().await.id;
    let claimed = world.new_lead().await.id;
    world.claimed(claimed).await;
    let later = world.new_lead_with(next_attempt_in(world, 10)).await.id;
    let without_phone = Edit {
        campaign: Change::Set(world.campaign),
        ..Edit::default()
    };
    world.new_lead_with(without_phone).await;
    let done = world.new_lead().await.id;
    let edit = with_status(DialStatus::Completed);
    world.done(world.update(done, edit)).await;
    let other = world.new_campaign().await.id;
    let elsewhere = Edit {
        campaign: Change::Set(other),
        ..world.callable()
    };
    let elsewhere = world.new_lead_with(elsewhere).await.id;
    assert_eq!(candidates(world, world.campaign, 10).await, [free]);
    assert_eq!(candidates(world, other, 10).await, [elsewhere]);
    world.wait(10);
    assert_eq!(candidates(world, world.campaign, 10).await, [free, later]);
    for status in [
        DialStatus::Retry,
        DialStatus::Voicemail,
        DialStatus::Abandoned,
    ] {
        world.done(world.update(done, with_status(status))).await;
        let found = candidates(world, world.campaign, 10).await;
        assert!(found.contains(&done), "{status:?}");
    }
}

pub async fn candidates_come_longest_due_first(world: &World<'_>) {
    let now = world.new_lead_with(next_attempt_in(world, 0)).await.id;
    let soon = world.new_lead_with(next_attempt_in(world, 5)).await.id;
    let long_ago = world.new_lead_with(next_attempt_in(world, -10)).await.id;
    let always = world.new_lead().await.id;
    world.wait(5);
    // One without a time was due from the start.
    let all = [always, long_ago, now, soon];
    assert_eq!(candidates(world, world.campaign, 10).await, all);
    assert_eq!(candidates(world, world.campaign, 2).await, all[..2]);
    assert_eq!(candidates(world, world.campaign, 0).await, []);
}

pub async fn a_claim_is_decided_not_hinted(world: &World<'_>) {
    let lead = world.new_lead().await.id;
    assert_eq!(candidates(world, world.campaign, 10).await, [lead]);
    let (first, second) = (world.call_id().await, world.call_id().await);
    let claims = [first, second].map(|call| world.claim(lead, call, Hold::Attempt));
    let outcomes = world.batch(claims.into()).await;
    assert!(outcomes[0].is_ok());
    let refused = outcomes[1].as_ref().err();
    let taken = Rejection::NotClaimable(Claimability::AlreadyClaimed);
    assert_eq!(refused, Some(&taken));
    let record = world.store.call(world.workspace, second).await.unwrap();
    assert_eq!(record, None, "a refused claim is no call");
    let mut stopped = world.new_campaign().await;
    stopped.id = CampaignId::new(world.id(IdKind::Campaign).await).unwrap();
    stopped.state = CampaignState::Paused;
    world.store.create_campaign(&stopped).await.unwrap();
    let edit = Edit {
        campaign: Change::Set(stopped.id),
        ..world.callable()
    };
    let idle = world.new_lead_with(edit).await.id;
    let claiming = Claiming {
        lead: idle,
        campaign: stopped.id,
        call: second,
        lease_ms: 1_000,
        hold: Hold::Attempt,
    };
    let refused = world.run(world.command(Action::Claim(claiming))).await;
    let stopped = Rejection::NotClaimable(Claimability::CampaignNotRunning);
    assert_eq!(refused.err(), Some(stopped));
}

pub async fn many_calls_are_remembered_newest_last(world: &World<'_>) {
    let lead = world.new_lead().await.id;
    let mut calls = Vec::new();
    for _ in 0..CALL_IDS_MAX + 2 {
        let (call, fence) = world.claimed(lead).await;
        calls.push(call);
        world.done(world.end(lead, call, fence)).await;
        let again = with_status(DialStatus::Retry);
        world.done(world.update(lead, again)).await;
    }
    let lead = world.lead(lead).await;
    assert_eq!(lead.call_ids, calls[2..]);
    let first = world.history(lead.id, Some(3), 1).await.remove(0);
    assert_eq!(first.kind, EventKind::Claimed);
}
