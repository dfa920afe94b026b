//! Results that the demo book cannot produce.

use domain::{JobId, LeadId, Timestamp};
use serde_json::{Value, json};

use super::*;

#[test]
fn a_disposition_that_the_process_does_not_list_is_named() {
    let accepted_at = Timestamp::from_millis(1_709_486_809_001).unwrap();
    let result = JobResult {
        job_id: JobId::new(7).unwrap(),
        accepted_at,
        finished_at: accepted_at.plus_millis(250),
        lead_id: LeadId::new(123).unwrap(),
        lead_created_at: Timestamp::from_millis(1_767_965_348_000).unwrap(),
        external_id: None,
        result: Err(JobFailure::UnlistedDisposition("Maybe".to_owned())),
    };
    let body: Value = serde_json::from_str(&encode_result(&result)).unwrap();
    let expected = json!({
        "action_type": "update",
        "updateId": "65e4b2d90400000000000007",
        "success": false,
        "error": "Disposition Maybe is not configured for this process",
        "leadId": "696102a4000000000000007b",
        "referenceId": null,
        "timestamp": 1_709_486_809_251_u64,
        "data": null,
    });
    assert_eq!(body, expected);
}
