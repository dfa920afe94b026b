//! How each outcome is told.

use super::*;

#[test]
fn every_outcome_has_a_status_of_the_vendor() {
    let expected = [
        (DialStatus::Success, "completed"),
        (DialStatus::NotSuccessful, "completed"),
        (DialStatus::Completed, "completed"),
        (DialStatus::Voicemail, "completed"),
        (DialStatus::Abandoned, "ended_by_customer"),
        (DialStatus::Retry, "no-answer"),
        (DialStatus::Unreachable, "no-answer"),
        (DialStatus::WrongCountry, "failed"),
        (DialStatus::Failed, "failed"),
    ];
    let outcomes = DialStatus::ALL
        .into_iter()
        .filter(|status| status.is_outcome());
    assert_eq!(outcomes.count(), expected.len(), "none is left out");
    for (outcome, status) in expected {
        assert_eq!(shown_outcome(outcome), status, "{outcome:?}");
    }
}

/// So that a list by a status finds every call that shows it.
#[test]
fn every_state_is_shown_as_one_of_the_documented_statuses() {
    assert_eq!(states().count(), 11);
    for state in states() {
        let shown = shown_state(state);
        assert!(quirks::CALL_STATUSES.contains(&shown), "{state:?}: {shown}");
    }
}
