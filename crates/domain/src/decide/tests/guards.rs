//! When an edit may apply, and who may ask.

use super::*;
use crate::command::Effect;
use crate::guard::{AttemptGuard, OnActiveCall};
use crate::limits::DEFERRED_EDITS_MAX;

#[expect(
    clippy::needless_pass_by_value,
    reason = "rows of a table read better so"
)]
#[track_caller]
fn check(before: Lead, guard: Guard, expected: Result<Effect, Rejection>) {
    let mut state = scene([before]);
    let outcome = decide(&mut state, update(named("x"), guard));
    assert_eq!(outcome.map(|done| done.effect), expected);
}

#[test]
fn versions() {
    let guard = |version| Guard {
        version: Some(version),
        ..Guard::default()
    };
    check(lead(), guard(5), Ok(Effect::Changed));
    for version in [0, 4, 6] {
        let current = Rejection::VersionMismatch { current: 5 };
        check(lead(), guard(version), Err(current));
    }
}

#[test]
fn locked_once_dialling_began() {
    let guard = Guard {
        attempt: AttemptGuard::BeforeFirst,
        ..Guard::default()
    };
    for (dial_status, attempts, is_open) in [
        (DialStatus::New, 0, true),
        (DialStatus::Queued, 0, true),
        (DialStatus::New, 1, false),
        (DialStatus::OnCall, 0, false),
        (DialStatus::Retry, 0, false),
        (DialStatus::Suppressed, 0, false),
    ] {
        let before = Lead {
            dial_status,
            attempts,
            ..lead()
        };
        let locked = Err(Rejection::Locked);
        check(
            before,
            guard,
            if is_open { Ok(Effect::Changed) } else { locked },
        );
    }
}

#[test]
fn during_a_call() {
    let expired = || {
        let mut lead = on_call();
        lead.claim.as_mut().unwrap().expires_at = at(0);
        lead
    };
    for (before, on_active_call, expected) in [
        (lead(), OnActiveCall::Reject, Ok(Effect::Changed)),
        (lead(), OnActiveCall::Defer, Ok(Effect::Changed)),
        (on_call(), OnActiveCall::Apply, Ok(Effect::Changed)),
        (on_call(), OnActiveCall::Reject, Err(Rejection::CallActive)),
        (on_call(), OnActiveCall::Defer, Ok(Effect::Deferred)),
        (expired(), OnActiveCall::Reject, Ok(Effect::Changed)),
        // Until the sweep, so that nothing overtakes what waits.
        (expired(), OnActiveCall::Defer, Ok(Effect::Deferred)),
    ] {
        let guard = Guard {
            on_active_call,
            ..Guard::default()
        };
        check(before, guard, expected);
    }
}

#[test]
fn only_so_many_wait() {
    let guard = Guard {
        on_active_call: OnActiveCall::Defer,
        ..Guard::default()
    };
    let mut state = scene([on_call()]);
    for n in 0..=DEFERRED_EDITS_MAX {
        let outcome = decide(&mut state, update(named("x"), guard));
        assert_eq!(outcome.is_ok(), n < DEFERRED_EDITS_MAX);
    }
    assert_eq!(state.writes().deferred_added.len(), DEFERRED_EDITS_MAX);
    assert!(state.writes().events.is_empty());
}

#[test]
fn scopes() {
    let moving = |campaign| Edit {
        campaign,
        ..Edit::default()
    };
    let to_second = || moving(Change::Set(campaign_id(2)));
    let not_found = || Some(Rejection::LeadNotFound);
    let denied = || Some(Rejection::CampaignDenied);
    let nowhere = Lead {
        campaign_id: None,
        ..lead()
    };
    for (before, scope, edit, refusal) in [
        (lead(), Scope::Workspace, to_second(), None),
        (lead(), only(1), named("x"), None),
        (lead(), only(2), named("x"), not_found()),
        (nowhere.clone(), Scope::Workspace, named("x"), None),
        (nowhere, only(1), named("x"), not_found()),
        (lead(), only(1), to_second(), denied()),
        (lead(), only(1), moving(Change::Clear), denied()),
        (lead(), only(1), moving(Change::Set(campaign_id(1))), None),
    ] {
        let mut state = scene([before]);
        let action = update(edit.clone(), Guard::default());
        let outcome = state.decide(command(scope, action));
        assert_eq!(outcome.err(), refusal, "{edit:?}");
    }
}

#[test]
fn the_campaign_of_the_path_must_be_the_leads() {
    for (in_campaign, is_found) in [(1, true), (2, false)] {
        let action = Action::Update(Box::new(Update {
            lead: LeadRef::Number(lead_id()),
            in_campaign: Some(campaign_id(in_campaign)),
            edit: named("x"),
            guard: Guard::default(),
        }));
        assert_eq!(decide(&mut scene([lead()]), action).is_ok(), is_found);
    }
}

#[test]
fn another_workspace_is_nowhere() {
    let theirs = Lead {
        workspace_id: id(WorkspaceId::new, 2),
        ..lead()
    };
    let mut state = scene([theirs]);
    let outcome = decide(&mut state, update(named("x"), Guard::default()));
    assert_eq!(outcome.err(), Some(Rejection::LeadNotFound));
    assert_untouched(&state);
}
