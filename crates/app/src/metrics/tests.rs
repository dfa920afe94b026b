//! What Prometheus reads.

use std::time::Duration;

use domain::Timestamp;
use domain::event::Dialect;
use prometheus_client::encoding::text;
use store::{Backlog, DeliveryOutcome};

use super::Metrics;

fn text_of(metrics: &Metrics) -> String {
    let mut out = String::new();
    text::encode(&mut out, &metrics.registry).unwrap();
    out
}

#[track_caller]
fn assert_says(metrics: &Metrics, line: &str) {
    let text = text_of(metrics);
    assert!(text.lines().any(|said| said == line), "{line} in\n{text}");
}

#[test]
fn requests_by_dialect_operation_and_status() {
    let metrics = Metrics::default();
    for (status, millis) in [(200, 3), (200, 30), (404, 1)] {
        metrics.request_answered(
            Dialect::NlPearl,
            "PUT /v2/Outbound/{pearl}/Lead/{lead}".to_owned(),
            status,
            Some(Duration::from_millis(millis)),
        );
    }
    let labels = r#"dialect="nlpearl",operation="PUT /v2/Outbound/{pearl}/Lead/{lead}""#;
    let of = |status| format!("leadbook_http_requests_total{{{labels},status=\"{status}\"}}");
    assert_says(&metrics, &format!("{} 2", of(200)));
    assert_says(&metrics, &format!("{} 1", of(404)));
    let buckets = "leadbook_http_request_duration_seconds_bucket";
    assert_says(&metrics, &format!("{buckets}{{le=\"0.004\",{labels}}} 2"));
}

#[test]
fn the_queue_and_its_batches() {
    let metrics = Metrics::default();
    for _ in 0..5 {
        metrics.queued();
    }
    metrics.refused();
    metrics.taken(3);
    metrics.committed(3, Duration::from_millis(5));
    assert_says(&metrics, "leadbook_write_queue_depth 2");
    assert_says(&metrics, "leadbook_write_queue_refused_total 1");
    assert_says(&metrics, "leadbook_batch_commands_sum 3.0");
    assert_says(
        &metrics,
        "leadbook_commit_duration_seconds_bucket{le=\"0.008\"} 1",
    );
}

#[test]
fn deliveries_by_outcome() {
    let metrics = Metrics::default();
    let at = Timestamp::FIRST;
    let error = String::new;
    metrics.delivery_finished(&DeliveryOutcome::Delivered);
    metrics.delivery_finished(&DeliveryOutcome::Delivered);
    metrics.delivery_finished(&DeliveryOutcome::Dropped);
    metrics.delivery_finished(&DeliveryOutcome::Dead { at, error: error() });
    metrics.delivery_finished(&DeliveryOutcome::Retry {
        next_attempt_at: at,
        error: error(),
    });
    metrics.delivered(200);
    for (outcome, count) in [
        ("delivered", 2),
        ("dropped", 1),
        ("dead", 1),
        ("retried", 1),
    ] {
        let line = format!("leadbook_deliveries_total{{outcome=\"{outcome}\"}} {count}");
        assert_says(&metrics, &line);
    }
    assert_says(
        &metrics,
        "leadbook_delivery_age_seconds_bucket{le=\"0.25\"} 1",
    );
}

#[test]
fn what_waits_and_how_long() {
    let metrics = Metrics::default();
    let now = Timestamp::from_millis(100_000).unwrap();
    let backlog = Backlog {
        deliveries_waiting: 7,
        deliveries_dead: 3,
        oldest_waiting_at: Timestamp::from_millis(97_500),
        oldest_unpositioned_at: None,
        jobs_waiting: 2,
        subscriptions_active: 5,
        subscriptions_failing: 1,
        subscriptions_disabled: 4,
    };
    metrics.backlog.set(&backlog, now);
    assert_says(&metrics, "leadbook_deliveries_kept{state=\"waiting\"} 7");
    assert_says(&metrics, "leadbook_deliveries_kept{state=\"dead\"} 3");
    assert_says(&metrics, "leadbook_subscriptions{state=\"active\"} 5");
    assert_says(&metrics, "leadbook_subscriptions{state=\"failing\"} 1");
    assert_says(&metrics, "leadbook_subscriptions{state=\"disabled\"} 4");
    assert_says(&metrics, "leadbook_jobs_waiting 2");
    assert_says(&metrics, "leadbook_oldest_undelivered_age_seconds 2.5");
    assert_says(&metrics, "leadbook_feed_lag_seconds 0.0");
    // Nothing waits any more: the gauges fall back.
    metrics.backlog.set(&Backlog::default(), now);
    assert_says(&metrics, "leadbook_oldest_undelivered_age_seconds 0.0");
}
