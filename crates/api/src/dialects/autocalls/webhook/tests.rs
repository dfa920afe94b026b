//! What a call found out, as it is told.

use domain::object::Object;
use domain::{CallId, Timestamp};
use serde_json::json;

use super::*;

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
