//! What a campaign's rules on attempts, hours and its own state do to claims and to the ends of calls.

use super::*;
use crate::command::{CallEnd, Claiming, Hold};
use crate::dialing::{CallingHours, Weekday};
use crate::fault::Claimability;
use crate::time_zone::TimeZone;

/// `at(0)` is 2023-11-14, 22:13:20 UTC: a Tuesday; Wednesday morning in Tokyo.
fn hours(day: Weekday, from_hour: u16, to_hour: u16) -> Dialing {
    Dialing {
        hours: vec![CallingHours::new(day, from_hour * 60, to_hour * 60).unwrap()],
        ..Dialing::default()
    }
}

fn scene_with(before: Lead, dialing: Dialing, zone: Option<&str>) -> State {
    let mut state = scene([before]);
    state.add_campaign(Arc::new(Campaign {
        dialing,
        time_zone: zone.map(|name| TimeZone::new(name).unwrap()),
        ..campaign(1)
    }));
    state
}

fn claim(hold: Hold) -> Action {
    Action::Claim(Claiming {
        lead: lead_id(),
        campaign: campaign_id(1),
        call: id(CallId::new, 2),
        lease_ms: 100,
        hold,
    })
}

fn end(outcome: DialStatus, next_attempt_at: Option<Timestamp>) -> Action {
    Action::End(Box::new(CallEnd {
        lead: lead_id(),
        call: call_id(),
        fence_token: 5,
        outcome,
        duration_seconds: None,
        from: None,
        summary: None,
        recording_url: None,
        collected: Object::default(),
        next_attempt_at,
    }))
}

fn expire() -> Action {
    Action::Expire {
        lead: lead_id(),
        call: call_id(),
    }
}

#[test]
fn a_claim_keeps_to_the_calling_hours() {
    use Weekday::{Tuesday, Wednesday};
    for (dialing, of_campaign, of_lead, is_open) in [
        (hours(Tuesday, 22, 23), None, None, true),
        (hours(Tuesday, 9, 22), None, None, false),
        (hours(Wednesday, 22, 23), None, None, false),
        (hours(Wednesday, 7, 8), Some("Asia/Tokyo"), None, true),
        (hours(Tuesday, 22, 23), Some("Asia/Tokyo"), None, false),
        // The lead's own clock wins.
        (
            hours(Tuesday, 17, 18),
            Some("Asia/Tokyo"),
            Some("America/New_York"),
            true,
        ),
        (
            hours(Wednesday, 7, 8),
            Some("Asia/Tokyo"),
            Some("America/New_York"),
            false,
        ),
        (Dialing::default(), Some("Asia/Tokyo"), None, true),
    ] {
        for hold in [Hold::Attempt, Hold::Reservation] {
            let before = Lead {
                time_zone: of_lead.map(|name| TimeZone::new(name).unwrap()),
                ..lead()
            };
            let mut state = scene_with(before, dialing.clone(), of_campaign);
            let outcome = decide(&mut state, claim(hold));
            let closed = Rejection::NotClaimable(Claimability::OutsideCallingHours);
            let refusal = (!is_open).then_some(closed);
            assert_eq!(outcome.err(), refusal, "{dialing:?} {of_lead:?}");
            if !is_open {
                assert_untouched(&state);
            }
        }
    }
}

#[test]
fn only_a_running_campaign_is_called() {
    for state_of_campaign in CampaignState::ALL {
        let mut state = scene([lead()]);
        state.add_campaign(Arc::new(Campaign {
            state: state_of_campaign,
            ..campaign(1)
        }));
        let outcome = decide(&mut state, claim(Hold::Attempt));
        let stopped = Rejection::NotClaimable(Claimability::CampaignNotRunning);
        let is_running = state_of_campaign == CampaignState::Running;
        let refusal = (!is_running).then_some(stopped);
        assert_eq!(outcome.err(), refusal, "{state_of_campaign:?}");
    }
}

#[test]
fn a_deleted_campaign_takes_no_lead() {
    let into = |campaign| Edit {
        campaign: Change::Set(campaign_id(campaign)),
        ..Edit::default()
    };
    let with_deleted = |number, before| {
        let mut state = scene([before]);
        state.add_campaign(Arc::new(Campaign {
            state: CampaignState::Deleted,
            ..campaign(number)
        }));
        state
    };
    let mut state = with_deleted(2, lead());
    let refused = decide(&mut state, update(into(2), Guard::default()));
    assert_eq!(refused.err(), Some(Rejection::CampaignDenied));
    assert_untouched(&state);
    // One that is in it may still be changed, moved away, or told to stay.
    for edit in [named("x"), into(2), into(1)] {
        let mut state = with_deleted(1, lead());
        decide(&mut state, update(edit, Guard::default())).unwrap();
    }
}

#[test]
fn attempts_are_used_up() {
    use DialStatus::{Abandoned, NotSuccessful, Retry, Success, Unreachable, Voicemail};
    for (attempts, outcome, status) in [
        (1, Retry, Retry),
        (2, Voicemail, Voicemail),
        (3, Retry, Unreachable),
        (3, Voicemail, Unreachable),
        (3, Abandoned, Unreachable),
        (3, Success, Success),
        (3, NotSuccessful, NotSuccessful),
        (9, Retry, Unreachable),
    ] {
        let dialing = Dialing {
            attempts_max: Some(3),
            ..Dialing::default()
        };
        let before = Lead {
            attempts,
            ..on_call()
        };
        let mut state = scene_with(before, dialing, None);
        let after = decide(&mut state, end(outcome, None)).unwrap().lead;
        assert_eq!(after.dial_status, status, "{attempts} {outcome:?}");
        // What the dialer said of the call is kept as it said it.
        assert_eq!(state.writes().calls_ended[0].outcome, Some(outcome));
        assert_eq!(after.last_call.as_ref().unwrap().outcome, outcome);
    }
}

#[test]
fn when_a_lead_is_due_again() {
    use DialStatus::{Retry, Success, Unreachable};
    let every_minute = |attempts_max| Dialing {
        attempts_max,
        retry_interval_seconds: Some(60),
        ..Dialing::default()
    };
    let minute = Some(at(60_000));
    for (dialing, outcome, asked, status, due) in [
        (every_minute(None), Retry, None, Retry, minute),
        // The dialer knows better.
        (every_minute(None), Retry, Some(at(7)), Retry, Some(at(7))),
        (every_minute(None), Success, None, Success, None),
        (every_minute(Some(1)), Retry, None, Unreachable, None),
        (every_minute(Some(1)), Retry, Some(at(7)), Unreachable, None),
        (Dialing::default(), Retry, None, Retry, None),
    ] {
        let mut state = scene_with(on_call(), dialing, None);
        let after = decide(&mut state, end(outcome, asked)).unwrap().lead;
        assert_eq!((after.dial_status, after.next_attempt_at), (status, due));
    }
}

#[test]
fn a_lease_that_ran_out_was_an_attempt() {
    use DialStatus::{Retry, Unreachable};
    for (attempts_max, status, due) in [
        (None, Retry, Some(at(61_000))),
        (Some(2), Retry, Some(at(61_000))),
        (Some(1), Unreachable, None),
    ] {
        let dialing = Dialing {
            attempts_max,
            retry_interval_seconds: Some(60),
            ..Dialing::default()
        };
        let mut state = scene_with(on_call(), dialing, None);
        state.now = at(1000);
        let after = decide(&mut state, expire()).unwrap().lead;
        assert_eq!((after.dial_status, after.next_attempt_at), (status, due));
    }
}

#[test]
fn a_status_set_by_hand_has_no_rules() {
    let dialing = Dialing {
        attempts_max: Some(1),
        retry_interval_seconds: Some(60),
        ..Dialing::default()
    };
    let mut state = scene_with(on_call(), dialing, None);
    let by_hand = status(DialStatus::Retry, &[]);
    decide(&mut state, update(by_hand, Guard::default())).unwrap();
    let last = end(DialStatus::Retry, None);
    let after = decide(&mut state, last).unwrap().lead;
    assert_eq!(
        (after.dial_status, after.next_attempt_at),
        (DialStatus::Retry, None)
    );
}
