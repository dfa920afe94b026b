//! Refusals that no request to a demo book can bring about.

use axum::http::header::CONTENT_TYPE;
use http_body_util::BodyExt;
use serde_json::{Value, json};

use super::*;

async fn answer(error: AppError) -> (u16, Option<String>, Value) {
    let (head, body) = respond(Failure::App(error)).into_parts();
    assert_eq!(
        head.headers[CONTENT_TYPE],
        "application/json; charset=utf-8"
    );
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
async fn the_status_of_a_blacklisted_lead_is_refused_as_a_field() {
    let fault = Fault::field(LeadField::DialStatus, Reason::NotSettable);
    let (status, _, body) = answer(AppError::Invalid(vec![fault])).await;
    let errors = json!({"status": ["The lead is blacklisted; its status cannot be changed."]});
    assert_eq!((status, &body["errors"]), (400, &errors));
}

#[tokio::test]
async fn a_full_queue_says_when_to_come_back() {
    let full = AppError::Unavailable {
        retry_after_seconds: 1,
    };
    let (status, retry_after, body) = answer(full).await;
    assert_eq!((status, retry_after.as_deref()), (503, Some("1")));
    assert_eq!(body["status"], 503);
}

#[tokio::test]
async fn a_failure_of_the_store_is_told_in_the_same_shape() {
    for (error, expected) in [(AppError::StorageFull, 507), (AppError::Internal, 500)] {
        let (status, _, body) = answer(error).await;
        assert_eq!((status, &body["status"]), (expected, &json!(expected)));
        assert_eq!(body["errors"], json!({}));
    }
}

#[tokio::test]
async fn a_pearl_that_is_over_is_not_run_again() {
    let (status, _, body) = answer(AppError::Conflict(Conflict::CampaignOver)).await;
    let detail = "The pearl is over and cannot be run again.";
    assert_eq!((status, &body["detail"]), (409, &json!(detail)));
}

#[tokio::test]
async fn a_url_that_may_not_be_called_is_refused_in_the_vendors_words() {
    let why = Reason::Refused("its host is not public".to_owned());
    let fault = Fault::member(wire::CALL_WEBHOOK_URL, why);
    let (status, _, body) = answer(AppError::Invalid(vec![fault])).await;
    let errors = json!({"callWebhookUrl": ["Invalid Webhook URL: its host is not public."]});
    assert_eq!((status, &body["errors"]), (400, &errors));
}
