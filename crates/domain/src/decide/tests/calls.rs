//! The life of a claim.

use super::*;
use crate::campaign::CampaignState;
use crate::command::{CallEnd, Claiming, Effect, Hold};
use crate::event::EventKind;
use crate::fault::Claimability;
use crate::object::Object;
use crate::state::DeferredEdit;

fn claim(hold: Hold) -> Action {
    Action::Claim(Claiming {
        lead: lead_id(),
        campaign: campaign_id(1),
        call: id(CallId::new, 2),
        lease_ms: 100,
        hold,
    })
}

fn end(fence_token: u64) -> Action {
    Action::End(Box::new(CallEnd {
        lead: lead_id(),
        call: call_id(),
        fence_token,
        outcome: DialStatus::Voicemail,
        duration_seconds: Some(3),
        from: None,
        summary: None,
        recording_url: None,
        collected: Object::parse(r#"{"a":1}"#).unwrap(),
        next_attempt_at: Some(at(500)),
    }))
}

fn expire() -> Action {
    Action::Expire {
        lead: lead_id(),
        call: call_id(),
    }
}

#[test]
fn who_can_be_claimed() {
    use Claimability::{AlreadyClaimed, NoPhone, NotDue, NotInCampaign, WrongStatus};
    let with = |change: fn(&mut Lead)| {
        let mut lead = lead();
        change(&mut lead);
        lead
    };
    for (before, refusal) in [
        (lead(), None),
        (with(|lead| lead.dial_status = DialStatus::Abandoned), None),
        (with(|lead| lead.next_attempt_at = Some(at(0))), None),
        (
            with(|lead| lead.next_attempt_at = Some(at(1))),
            Some(NotDue),
        ),
        (
            with(|lead| lead.campaign_id = Some(campaign_id(2))),
            Some(NotInCampaign),
        ),
        (with(|lead| lead.campaign_id = None), Some(NotInCampaign)),
        (with(|lead| lead.phone = None), Some(NoPhone)),
        (on_call(), Some(AlreadyClaimed)),
        (
            with(|lead| lead.dial_status = DialStatus::Suppressed),
            Some(WrongStatus(DialStatus::Suppressed)),
        ),
    ] {
        let mut state = scene([before]);
        let outcome = decide(&mut state, claim(Hold::Attempt));
        assert_eq!(outcome.err(), refusal.map(Rejection::NotClaimable));
        if refusal.is_some() {
            assert_untouched(&state);
        }
    }
    let mut state = scene([lead()]);
    let mut stopped = campaign(1);
    stopped.state = CampaignState::Paused;
    state.add_campaign(Arc::new(stopped));
    let refused = decide(&mut state, claim(Hold::Attempt)).err();
    let stopped = Rejection::NotClaimable(Claimability::CampaignNotRunning);
    assert_eq!(refused, Some(stopped));
}

#[test]
fn a_claim_takes_the_lead() {
    for (hold, dial_status, attempts, kind) in [
        (Hold::Attempt, DialStatus::OnCall, 1, EventKind::Claimed),
        (
            Hold::Reservation,
            DialStatus::Queued,
            0,
            EventKind::Reserved,
        ),
    ] {
        let mut state = scene([lead()]);
        let after = decide(&mut state, claim(hold)).unwrap().lead;
        assert_eq!((after.dial_status, after.attempts), (dial_status, attempts));
        let claim = after.claim.as_ref().unwrap();
        assert_eq!(claim.fence_token, after.version);
        assert_eq!(claim.expires_at, at(100));
        assert_eq!(state.writes().events[0].kind, kind);
        assert_eq!(state.writes().calls_started.len(), 1);
        assert!(state.writes().redialled.contains(&lead_id()));
        assert!(!state.writes().reindexed.contains(&lead_id()));
    }
}

#[test]
fn only_the_holder_ends_it_and_in_time() {
    for (fence_token, now, is_ok) in [
        (5, 0, true),
        (5, 999, true),
        (4, 0, false),
        (5, 1000, false),
    ] {
        let mut state = scene([on_call()]);
        state.now = at(now);
        let outcome = decide(&mut state, end(fence_token));
        let refusal = (!is_ok).then_some(Rejection::FenceMismatch);
        assert_eq!(outcome.err(), refusal, "{fence_token} at {now}");
    }
}

#[test]
fn an_outcome_is_written_down() {
    let mut state = scene([on_call()]);
    let after = decide(&mut state, end(5)).unwrap().lead;
    assert_eq!(after.dial_status, DialStatus::Voicemail);
    assert_eq!(after.next_attempt_at, Some(at(500)));
    assert_eq!(after.claim, None);
    let summary = after.last_call.as_ref().unwrap();
    assert_eq!((summary.started_at, summary.ended_at), (at(-10), at(0)));
    assert_eq!(after.collected.to_text(), r#"{"a":1}"#);
    let ended = &state.writes().calls_ended[0];
    assert_eq!(ended.outcome, Some(DialStatus::Voicemail));
}

#[test]
fn a_status_set_by_hand_stays() {
    let by_hand = || update(status(DialStatus::Completed, &[]), Guard::default());
    for (now, last) in [(0, end(5)), (1000, expire())] {
        let mut state = scene([on_call()]);
        decide(&mut state, by_hand()).unwrap();
        state.now = at(now);
        let after = decide(&mut state, last).unwrap().lead;
        assert_eq!(after.dial_status, DialStatus::Completed);
        assert_eq!(after.claim, None);
    }
    // Also when the lease is over and nobody has swept it yet.
    let mut state = scene([on_call()]);
    state.now = at(1000);
    decide(&mut state, by_hand()).unwrap();
    let after = decide(&mut state, expire()).unwrap().lead;
    assert_eq!(after.dial_status, DialStatus::Completed);
}

#[test]
fn a_lease_expires_at_its_end_and_once() {
    for (now, effect) in [(999, Effect::Unchanged), (1000, Effect::Changed)] {
        let mut state = scene([on_call()]);
        state.now = at(now);
        let done = decide(&mut state, expire()).unwrap();
        assert_eq!(done.effect, effect);
        if effect == Effect::Changed {
            assert_eq!(done.lead.dial_status, DialStatus::Retry);
            assert_eq!(state.writes().calls_ended[0].outcome, None);
            let again = decide(&mut state, expire()).unwrap();
            assert_eq!(again.effect, Effect::Unchanged);
        }
    }
}

#[test]
fn waiting_edits_run_in_order_after_the_end() {
    let waiting = |position, edit| DeferredEdit {
        position,
        workspace_id: workspace_id(),
        lead_id: lead_id(),
        accepted_at: at(-5),
        origin: origin(),
        edit,
    };
    for (now, last) in [(0, end(5)), (1000, expire())] {
        let mut state = scene([on_call()]);
        let edits = vec![
            waiting(1, named("first")),
            waiting(2, named(&"x".repeat(256))),
            waiting(3, named("second")),
        ];
        state.add_deferred(lead_id(), edits);
        state.now = at(now);
        let after = decide(&mut state, last).unwrap().lead;
        assert_eq!(after.name.as_deref(), Some("second"));
        let kinds: Vec<_> = state.writes().events[1..]
            .iter()
            .map(|event| event.kind)
            .collect();
        let expected = [
            EventKind::Updated,
            EventKind::DeferredRefused,
            EventKind::Updated,
        ];
        assert_eq!(kinds, expected);
        assert_eq!(state.writes().deferred_done.len(), 1);
        assert_eq!(after.version, 9);
    }
}
