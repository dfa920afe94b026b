//! Refusals that no request to a demo book can bring about.

use http_body_util::BodyExt;
use serde_json::{Value, json};

use super::*;

async fn answer(error: AppError) -> (u16, Option<String>, Value) {
    let (head, body) = respond(Failure::App(error)).into_parts();
    let body = body.collect().await.unwrap().to_bytes();
    let retry_after = head.headers.get(RETRY_AFTER);
    let retry_after = retry_after.map(|value| value.to_str().unwrap().to_owned());
    (
        head.status.as_u16(),
        retry_after,
        serde_json::from_slice(&body).unwrap(),
    )
}

#[tokio::test]
async fn a_full_queue_says_when_to_come_back() {
    let full = AppError::Unavailable {
        retry_after_seconds: 1,
    };
    let (status, retry_after, body) = answer(full).await;
    assert_eq!((status, retry_after.as_deref()), (503, Some("1")));
    assert_eq!(body["error"], "Service Unavailable");
}

#[tokio::test]
async fn a_failure_of_the_store_is_told_in_the_same_shape() {
    for (error, status, message, name) in [
        (
            AppError::StorageFull,
            507,
            "Storage is full",
            "Insufficient Storage",
        ),
        (
            AppError::Internal,
            500,
            "Internal server error",
            "Internal Server Error",
        ),
    ] {
        let body = json!({"statusCode": status, "message": message, "error": name});
        assert_eq!(answer(error).await, (status, None, body));
    }
}
