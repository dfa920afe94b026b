//! Webhooks on their way out: which are due, and when a failed one is tried again.
//!
//! Sending them is the worker's.

use domain::limits::{DELIVERY_ATTEMPTS_MAX, DELIVERY_LEASE_MS};
use domain::{CallbackId, Timestamp};
use store::{DeliveryOutcome, DueDelivery};

use crate::App;
use crate::error::AppError;

/// Seconds to wait after the first, second, … failed attempt: quick at first, because most failures are
/// restarts, then growing to hours, about 31 hours in all. One less than the attempts.
pub const RETRY_WAIT_SECONDS: [i64; DELIVERY_ATTEMPTS_MAX as usize - 1] = [
    5, 30, 120, 600, 1_800, 3_600, 7_200, 14_400, 21_600, 28_800, 36_000,
];

impl App {
    /// Deliveries to attempt now, except those to the named callbacks. No other process has them until their lease ends.
    pub async fn lease_deliveries(
        &self,
        except: &[CallbackId],
        limit: usize,
    ) -> Result<Vec<DueDelivery>, AppError> {
        let now = self.environment.now();
        let lease_end = now.plus_millis(DELIVERY_LEASE_MS);
        Ok(self
            .store
            .lease_deliveries(now, lease_end, except, limit)
            .await?)
    }

    /// Records that the receiver took it.
    pub async fn delivered(&self, due: &DueDelivery) -> Result<(), AppError> {
        let at = self.environment.now();
        Ok(self
            .store
            .finish_delivery(due, DeliveryOutcome::Delivered { at })
            .await?)
    }

    /// Records a failed attempt: the next one is planned, or the delivery is kept as a dead letter.
    pub async fn delivery_failed(&self, due: &DueDelivery, error: String) -> Result<(), AppError> {
        let mut jitter = [0; 2];
        self.environment.fill(&mut jitter);
        let now = self.environment.now();
        let outcome = match next_attempt_at(due.attempts, now, u16::from_le_bytes(jitter)) {
            Some(next_attempt_at) => DeliveryOutcome::Retry {
                next_attempt_at,
                error,
            },
            None => DeliveryOutcome::Dead { at: now, error },
        };
        Ok(self.store.finish_delivery(due, outcome).await?)
    }

    /// Waits until there may be something to deliver.
    pub async fn delivery_added(&self) {
        self.deliveries_ready.notified().await;
    }
}

/// When to try again after `attempts` earlier ones and this one failed; up to a tenth later by `jitter`, so
/// that many failed deliveries do not return at once. `None` after the last attempt.
fn next_attempt_at(attempts: u32, now: Timestamp, jitter: u16) -> Option<Timestamp> {
    let wait_ms = RETRY_WAIT_SECONDS.get(usize::try_from(attempts).ok()?)? * 1000;
    Some(now.plus_millis(wait_ms + wait_ms / 10 * i64::from(jitter) / i64::from(u16::MAX)))
}

#[cfg(test)]
mod tests;
