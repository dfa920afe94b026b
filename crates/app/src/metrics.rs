//! What is counted and measured, for Prometheus. No label names a tenant, a lead or a URL.
//!
//! Counters and histograms are kept as things happen; what waits is counted in the store when somebody asks
//! ([`App::metrics_text`]). What a request is called is `api`'s.

use std::sync::Arc;
use std::time::Duration;

use domain::Timestamp;
use domain::event::Dialect;
use prometheus_client::encoding::{EncodeLabelSet, EncodeLabelValue, LabelValueEncoder, text};
use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::family::Family;
use prometheus_client::metrics::gauge::Gauge;
use prometheus_client::metrics::histogram::Histogram;
use prometheus_client::registry::{Registry, Unit};
use store::{Backlog, DeliveryOutcome};

use crate::App;
use crate::error::AppError;

/// Seconds: an answer from memory to a stuck disk.
const REQUEST_SECONDS: [f64; 14] = [
    0.0005, 0.001, 0.002, 0.004, 0.008, 0.016, 0.032, 0.064, 0.125, 0.25, 0.5, 1.0, 2.5, 10.0,
];
/// Seconds: a local receiver to one that is given up, and news that waited for days.
const AGE_SECONDS: [f64; 14] = [
    0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 15.0, 60.0, 600.0, 3_600.0, 86_400.0,
];
const BATCH_COMMANDS: [f64; 8] = [1.0, 2.0, 4.0, 8.0, 16.0, 32.0, 64.0, 128.0];

/// Everything that is counted.
pub struct Metrics {
    registry: Registry,
    requests: Family<RequestLabels, Counter>,
    request_seconds: Family<OperationLabels, Histogram, fn() -> Histogram>,
    queue_refused: Counter,
    queue_depth: Gauge,
    batch_commands: Histogram,
    commit_seconds: Histogram,
    deliveries: Family<OutcomeLabels, Counter>,
    attempt_seconds: Histogram,
    delivery_age_seconds: Histogram,
    backlog: BacklogGauges,
}

/// A request's dialect, as Prometheus sees it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
struct DialectLabel(Dialect);

impl EncodeLabelValue for DialectLabel {
    fn encode(&self, encoder: &mut LabelValueEncoder<'_>) -> Result<(), std::fmt::Error> {
        self.0.name().encode(encoder)
    }
}

/// What was asked for: a method and a route.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
struct OperationLabel(Arc<str>);

impl EncodeLabelValue for OperationLabel {
    fn encode(&self, encoder: &mut LabelValueEncoder<'_>) -> Result<(), std::fmt::Error> {
        self.0.as_ref().encode(encoder)
    }
}

#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
struct RequestLabels {
    dialect: DialectLabel,
    operation: OperationLabel,
    status: u16,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
struct OperationLabels {
    dialect: DialectLabel,
    operation: OperationLabel,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
struct OutcomeLabels {
    outcome: &'static str,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
struct StateLabels {
    state: &'static str,
}

/// What waits, as last counted.
#[derive(Default)]
struct BacklogGauges {
    deliveries: Family<StateLabels, Gauge>,
    jobs_waiting: Gauge,
    subscriptions: Family<StateLabels, Gauge>,
    oldest_undelivered_seconds: Gauge<f64, std::sync::atomic::AtomicU64>,
    feed_lag_seconds: Gauge<f64, std::sync::atomic::AtomicU64>,
}

impl Default for Metrics {
    fn default() -> Self {
        let mut metrics = Self {
            registry: Registry::with_prefix("leadbook"),
            requests: Family::default(),
            request_seconds: Family::new_with_constructor(|| Histogram::new(REQUEST_SECONDS)),
            queue_refused: Counter::default(),
            queue_depth: Gauge::default(),
            batch_commands: Histogram::new(BATCH_COMMANDS),
            commit_seconds: Histogram::new(REQUEST_SECONDS),
            deliveries: Family::default(),
            attempt_seconds: Histogram::new(REQUEST_SECONDS),
            delivery_age_seconds: Histogram::new(AGE_SECONDS),
            backlog: BacklogGauges::default(),
        };
        metrics.register();
        metrics
    }
}

impl Metrics {
    fn register(&mut self) {
        let registry = &mut self.registry;
        registry.register(
            "http_requests",
            "Requests answered, by dialect, operation and status",
            self.requests.clone(),
        );
        registry.register_with_unit(
            "http_request_duration",
            "Time from a request's head to its answer's",
            Unit::Seconds,
            self.request_seconds.clone(),
        );
        registry.register(
            "write_queue_refused",
            "Commands refused because the write queue was full",
            self.queue_refused.clone(),
        );
        registry.register(
            "write_queue_depth",
            "Commands that wait for the writer",
            self.queue_depth.clone(),
        );
        registry.register(
            "batch_commands",
            "Commands of one transaction",
            self.batch_commands.clone(),
        );
        registry.register_with_unit(
            "commit_duration",
            "Time from the begin of a batch to its durable end",
            Unit::Seconds,
            self.commit_seconds.clone(),
        );
        registry.register(
            "deliveries",
            "Attempts and ends of deliveries: delivered, retried, dead, dropped",
            self.deliveries.clone(),
        );
        registry.register_with_unit(
            "delivery_attempt_duration",
            "Time that endpoints took to answer",
            Unit::Seconds,
            self.attempt_seconds.clone(),
        );
        registry.register_with_unit(
            "delivery_age",
            "Age of news when its endpoint had taken it",
            Unit::Seconds,
            self.delivery_age_seconds.clone(),
        );
        self.backlog.register(registry);
    }

    /// A request was answered. `took` is `None` where it was to wait.
    pub fn request_answered(
        &self,
        dialect: Dialect,
        operation: String,
        status: u16,
        took: Option<Duration>,
    ) {
        let dialect = DialectLabel(dialect);
        let operation = OperationLabel(operation.into());
        let labels = RequestLabels {
            dialect,
            operation: operation.clone(),
            status,
        };
        self.requests.get_or_create(&labels).inc();
        if let Some(took) = took {
            let labels = OperationLabels { dialect, operation };
            let seconds = took.as_secs_f64();
            self.request_seconds.get_or_create(&labels).observe(seconds);
        }
    }

    /// An endpoint has answered, or not in time.
    pub fn attempt_made(&self, took: Duration) {
        self.attempt_seconds.observe(took.as_secs_f64());
    }

    /// An endpoint has taken news of that age.
    pub fn delivered(&self, age_ms: i64) {
        self.delivery_age_seconds.observe(seconds(age_ms));
    }

    pub(crate) fn delivery_finished(&self, outcome: &DeliveryOutcome) {
        let outcome = match outcome {
            DeliveryOutcome::Delivered => "delivered",
            DeliveryOutcome::Retry { .. } => "retried",
            DeliveryOutcome::Dead { .. } => "dead",
            DeliveryOutcome::Dropped => "dropped",
        };
        self.deliveries
            .get_or_create(&OutcomeLabels { outcome })
            .inc();
    }

    pub(crate) fn queued(&self) {
        self.queue_depth.inc();
    }

    pub(crate) fn refused(&self) {
        self.queue_refused.inc();
    }

    pub(crate) fn taken(&self, commands: usize) {
        self.queue_depth
            .dec_by(i64::try_from(commands).unwrap_or(0));
    }

    #[expect(
        clippy::cast_precision_loss,
        reason = "a batch has at most 128 commands"
    )]
    pub(crate) fn committed(&self, commands: usize, took: Duration) {
        self.batch_commands.observe(commands as f64);
        self.commit_seconds.observe(took.as_secs_f64());
    }
}

impl BacklogGauges {
    fn register(&self, registry: &mut Registry) {
        registry.register(
            "deliveries_kept",
            "Deliveries that wait, and dead letters",
            self.deliveries.clone(),
        );
        registry.register(
            "jobs_waiting",
            "Updates accepted to run later",
            self.jobs_waiting.clone(),
        );
        registry.register(
            "subscriptions",
            "Subscriptions: active, failing (active too), disabled",
            self.subscriptions.clone(),
        );
        registry.register_with_unit(
            "oldest_undelivered_age",
            "Age of the oldest news that an endpoint has not taken",
            Unit::Seconds,
            self.oldest_undelivered_seconds.clone(),
        );
        registry.register_with_unit(
            "feed_lag",
            "Age of the oldest event that has no position in the change feed yet",
            Unit::Seconds,
            self.feed_lag_seconds.clone(),
        );
    }

    fn set(&self, backlog: &Backlog, now: Timestamp) {
        let Backlog {
            deliveries_waiting,
            deliveries_dead,
            oldest_waiting_at,
            oldest_unpositioned_at,
            jobs_waiting,
            subscriptions_active,
            subscriptions_failing,
            subscriptions_disabled,
        } = backlog;
        let number = |count: &u64| i64::try_from(*count).unwrap_or(i64::MAX);
        let state = |state| StateLabels { state };
        let set = |family: &Family<StateLabels, Gauge>, name, count| {
            family.get_or_create(&state(name)).set(number(count));
        };
        set(&self.deliveries, "waiting", deliveries_waiting);
        set(&self.deliveries, "dead", deliveries_dead);
        set(&self.subscriptions, "active", subscriptions_active);
        set(&self.subscriptions, "failing", subscriptions_failing);
        set(&self.subscriptions, "disabled", subscriptions_disabled);
        self.jobs_waiting.set(number(jobs_waiting));
        let age =
            |at: &Option<Timestamp>| at.map_or(0.0, |at| seconds(now.as_millis() - at.as_millis()));
        self.oldest_undelivered_seconds.set(age(oldest_waiting_at));
        self.feed_lag_seconds.set(age(oldest_unpositioned_at));
    }
}

#[expect(clippy::cast_precision_loss, reason = "exact for 285,000 years")]
fn seconds(millis: i64) -> f64 {
    millis.max(0) as f64 / 1_000.0
}

impl App {
    pub fn metrics(&self) -> &Metrics {
        &self.metrics
    }

    /// Everything in the text format of OpenMetrics. What waits is counted now.
    pub async fn metrics_text(&self) -> Result<String, AppError> {
        let now = self.environment.now();
        let backlog = self.store.backlog(now).await?;
        self.metrics.backlog.set(&backlog, now);
        let mut out = String::new();
        text::encode(&mut out, &self.metrics.registry).map_err(|_| AppError::Internal)?;
        Ok(out)
    }
}

#[cfg(test)]
mod tests;
