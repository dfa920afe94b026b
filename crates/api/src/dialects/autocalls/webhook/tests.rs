//! How each outcome is told.

use domain::object::Object;
use domain::{CallId, Timestamp};
use serde_json::json;

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
        assert_eq!(call_status(outcome), status, "{outcome:?}");
    }
}

/// Both members are always there, and are not what an agent happened to call so.
#[test]
fn status_and_summary_are_the_vendors() {
    let collected = Object::parse(r#"{"summary": "mine", "mood": "good", "status": "mine"}"#);
    let call = CallSummary {
        call_id: CallId::new(1).unwrap(),
        started_at: Timestamp::FIRST,
        ended_at: Timestamp::FIRST,
        outcome: DialStatus::NotSuccessful,
        duration_seconds: None,
        from: None,
        summary: None,
        recording_url: None,
        collected: collected.unwrap(),
    };
    let expected = json!({"status": false, "summary": "", "mood": "good"});
    assert_eq!(Value::Object(extracted(&call)), expected);
}
