//! How each outcome is told.

use super::*;

#[test]
fn every_outcome_has_a_status_and_a_reason_of_the_vendor() {
    let expected = [
        (DialStatus::Success, ("completed", None)),
        (DialStatus::NotSuccessful, ("completed", None)),
        (DialStatus::Completed, ("completed", None)),
        (
            DialStatus::Voicemail,
            ("completed", Some("voicemail_detected")),
        ),
        (
            DialStatus::Abandoned,
            ("completed", Some("user_disconnected")),
        ),
        (
            DialStatus::Retry,
            ("no_answer", Some("user_did_not_pick_up")),
        ),
        (
            DialStatus::Unreachable,
            ("retry_expired", Some("user_unreachable")),
        ),
        (
            DialStatus::WrongCountry,
            ("failed", Some("destination_forbidden")),
        ),
        (DialStatus::Failed, ("failed", None)),
    ];
    let outcomes = DialStatus::ALL
        .into_iter()
        .filter(|status| status.is_outcome());
    assert_eq!(outcomes.count(), expected.len(), "none is left out");
    for (outcome, told) in expected {
        assert_eq!(
            convert::calls::shown(CallState::Ended(outcome)),
            told,
            "{outcome:?}"
        );
    }
}
