//! What follows an attempt to deliver: done, once more and when, given up; and what it says about the endpoint.
//!
//! Plain functions of values; sending is the worker's.

use crate::limits::{DELIVERY_ATTEMPTS_MAX, ENDPOINT_FAILING_MS_MAX, RETRY_AFTER_MS_MAX};
use crate::subscription::{Disabled, DisabledReason, Health};
use crate::time::Timestamp;

/// Seconds to wait after the first, second, … failed attempt: quick at first, because most failures are restarts,
/// then growing to a day, about three and a half days in all (Standard Webhooks asks for "multiple days").
pub const RETRY_WAIT_SECONDS: [i64; DELIVERY_ATTEMPTS_MAX as usize - 1] = [
    5, 30, 120, 600, 1_800, 3_600, 7_200, 14_400, 28_800, 57_600, 86_400, 86_400,
];

/// How an endpoint took an attempt.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Reception {
    /// 2xx.
    Taken,
    /// 410: it wants nothing any more.
    Gone,
    /// Anything else, also no answer.
    Failed {
        /// From now, as the endpoint asked with `Retry-After`.
        retry_after_ms: Option<i64>,
    },
}

/// What follows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Conclusion {
    pub next: Next,
    pub health: HealthChange,
}

/// What becomes of the delivery.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Next {
    Delivered,
    Retry {
        next_attempt_at: Timestamp,
    },
    /// Kept as a dead letter.
    Dead,
}

/// What becomes of the subscription.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum HealthChange {
    Same,
    Recovered,
    Failing { since: Timestamp },
    Disabled(Disabled),
}

/// After an attempt that ended at `now` and had `attempts` before it. `jitter` spreads what failed together.
pub fn conclude(
    health: Health,
    attempts: u32,
    reception: Reception,
    now: Timestamp,
    jitter: u16,
) -> Conclusion {
    let retry_after_ms = match reception {
        Reception::Taken => {
            let health = match health.failing_since {
                Some(_) => HealthChange::Recovered,
                None => HealthChange::Same,
            };
            let next = Next::Delivered;
            return Conclusion { next, health };
        }
        Reception::Gone => return disabled(DisabledReason::Gone, now),
        Reception::Failed { retry_after_ms } => retry_after_ms,
    };
    let since = health.failing_since.unwrap_or(now);
    if now.as_millis() - since.as_millis() >= ENDPOINT_FAILING_MS_MAX {
        return disabled(DisabledReason::Failing, now);
    }
    let next = match next_attempt_at(attempts, retry_after_ms, now, jitter) {
        Some(next_attempt_at) => Next::Retry { next_attempt_at },
        None => Next::Dead,
    };
    let health = match health.failing_since {
        Some(_) => HealthChange::Same,
        None => HealthChange::Failing { since },
    };
    Conclusion { next, health }
}

fn disabled(reason: DisabledReason, at: Timestamp) -> Conclusion {
    Conclusion {
        next: Next::Dead,
        health: HealthChange::Disabled(Disabled { at, reason }),
    }
}

/// Up to a tenth later than planned, by `jitter`, and not before the endpoint wants it. `None` after the last attempt.
fn next_attempt_at(
    attempts: u32,
    retry_after_ms: Option<i64>,
    now: Timestamp,
    jitter: u16,
) -> Option<Timestamp> {
    let planned_ms = RETRY_WAIT_SECONDS.get(usize::try_from(attempts).ok()?)? * 1_000;
    let asked_ms = retry_after_ms.unwrap_or(0).clamp(0, RETRY_AFTER_MS_MAX);
    let wait_ms = planned_ms.max(asked_ms);
    Some(now.plus_millis(wait_ms + wait_ms / 10 * i64::from(jitter) / i64::from(u16::MAX)))
}

#[cfg(test)]
mod tests;
