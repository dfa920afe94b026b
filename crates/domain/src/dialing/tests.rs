//! Calling hours by the clock of a zone, and attempts that are used up.

use super::*;

fn at(text: &str) -> Timestamp {
    Timestamp::parse_rfc3339(text).unwrap()
}

fn weekday_nine_to_five() -> Dialing {
    let hours = CallingHours::new(Weekday::Monday, 9 * 60, 17 * 60).unwrap();
    Dialing {
        hours: vec![hours],
        ..Dialing::default()
    }
}

#[test]
fn hours_go_by_the_clock_of_the_zone() {
    let dialing = weekday_nine_to_five();
    let berlin = TimeZone::new("Europe/Berlin").unwrap();
    // 2026-01-05 is a Monday.
    let cases = [
        ("2026-01-05T08:00:00Z", Some(&berlin), true),
        ("2026-01-05T08:00:00Z", None, false),
        ("2026-01-05T15:59:59Z", Some(&berlin), true),
        ("2026-01-05T16:00:00Z", Some(&berlin), false),
        ("2026-01-06T10:00:00Z", Some(&berlin), false),
    ];
    for (now, zone, is_open) in cases {
        assert_eq!(dialing.is_open(zone, at(now)), is_open, "{now} {zone:?}");
    }
}

#[test]
fn no_hours_are_all_hours() {
    assert!(Dialing::default().is_open(None, at("2026-01-04T03:00:00Z")));
}

#[test]
fn the_last_attempt_ends_a_lead_that_would_be_tried_again() {
    let dialing = Dialing {
        attempts_max: Some(3),
        ..Dialing::default()
    };
    let cases = [
        (DialStatus::Retry, 2, DialStatus::Retry),
        (DialStatus::Retry, 3, DialStatus::Unreachable),
        (DialStatus::Voicemail, 4, DialStatus::Unreachable),
        (DialStatus::Success, 3, DialStatus::Success),
    ];
    for (outcome, attempts, after) in cases {
        assert_eq!(dialing.outcome(outcome, attempts), after);
    }
}

#[test]
fn the_interval_is_for_those_who_are_tried_again() {
    let dialing = Dialing {
        retry_interval_seconds: Some(60),
        ..Dialing::default()
    };
    let now = at("2026-01-05T08:00:00Z");
    let next = dialing.next_attempt_at(DialStatus::Retry, now);
    assert_eq!(next, Some(at("2026-01-05T08:01:00Z")));
    assert_eq!(dialing.next_attempt_at(DialStatus::Success, now), None);
}

#[test]
fn hours_end_after_they_begin() {
    assert_eq!(CallingHours::new(Weekday::Friday, 600, 600), None);
    assert_eq!(CallingHours::new(Weekday::Friday, 0, 1441), None);
    assert!(CallingHours::new(Weekday::Friday, 0, 1440).is_some());
}
