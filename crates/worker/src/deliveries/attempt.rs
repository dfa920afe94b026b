//! One attempt: encode, identify, send. What it leads to is decided by whoever asked for it.

use std::future::{Future, poll_fn};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::pin::pin;
use std::sync::Arc;

use app::deliveries::Encode;
use app::subscriptions::PlainAuth;
use app::{App, AppError, Attempt, Webhook};
use domain::Timestamp;
use domain::delivery::Reception;
use domain::subscription::Subscription;

use crate::courier::{Courier, Reply};
use crate::dispatch::Parcel;

/// Everything an attempt needs besides its delivery.
#[derive(Clone)]
pub struct Sender {
    pub app: Arc<App>,
    pub courier: Arc<dyn Courier>,
    pub encoder: Arc<dyn Encode>,
}

/// A parcel whose attempt has ended.
#[derive(Debug)]
pub struct Answered {
    pub parcel: Parcel,
    /// `None` if nothing was to be sent.
    pub attempt: Option<(Attempt, Reception)>,
    /// How long the endpoint wants to be left alone, if it said so.
    pub pause_ms: Option<i64>,
}

impl Sender {
    /// Never fails and never panics: that is an attempt that failed.
    pub async fn attempt(&self, parcel: Parcel) -> Answered {
        let environment = self.app.environment();
        let (at, begun) = (environment.now(), environment.elapsed());
        let reply = match caught(self.send(&parcel, at)).await {
            Ok(Some(reply)) => reply,
            Ok(None) => {
                return Answered {
                    parcel,
                    attempt: None,
                    pause_ms: None,
                };
            }
            Err(Panicked) => {
                let delivery = parcel.due.key.id;
                tracing::error!(delivery, "an attempt to deliver panicked");
                Reply::none("an internal error; see the log")
            }
        };
        let took = environment.elapsed().saturating_sub(begun);
        let retry_after_ms = reply
            .retry_after
            .as_deref()
            .and_then(|text| retry_after_ms(text, environment.now()));
        let asks_to_wait = matches!(reply.status, Some(429 | 503));
        let attempt = Attempt {
            at,
            number: parcel.due.attempts + 1,
            duration_ms: u32::try_from(took.as_millis()).unwrap_or(u32::MAX),
            status: reply.status,
            error: reply.error,
            answer: reply.answer,
        };
        self.app.metrics().attempt_made(took);
        Answered {
            parcel,
            attempt: Some((attempt.clone(), reception(&attempt, retry_after_ms))),
            pause_ms: retry_after_ms.filter(|_| asks_to_wait),
        }
    }

    /// `None` if the format has no words for it.
    async fn send(&self, parcel: &Parcel, now: Timestamp) -> Option<Reply> {
        let subscription = &parcel.subscription;
        let encoded = self.encoder.encode(&parcel.due, subscription, now).await;
        let webhook = match encoded {
            Ok(webhook) => webhook?,
            Err(error) => return Some(Reply::none(self.why_not(subscription, &error))),
        };
        Some(match self.app.auth_of(subscription) {
            Ok(auth) => self.carry(&subscription.url, &auth, webhook).await,
            Err(error) => Reply::none(error.to_string()),
        })
    }

    async fn carry(&self, url: &str, auth: &PlainAuth, webhook: Webhook) -> Reply {
        self.courier.send(url, auth, webhook).await
    }

    /// Why it could not be written, for the operator: most often a secret that cannot be opened.
    fn why_not(&self, subscription: &Subscription, error: &AppError) -> String {
        match self.app.secrets_of(subscription) {
            Err(secret) => secret.to_string(),
            Ok(_) => format!("the webhook could not be written: {error}"),
        }
    }
}

fn reception(attempt: &Attempt, retry_after_ms: Option<i64>) -> Reception {
    match (&attempt.error, attempt.status) {
        (None, _) => Reception::Taken,
        (Some(_), Some(410)) => Reception::Gone,
        (Some(_), _) => Reception::Failed { retry_after_ms },
    }
}

/// Seconds, or a date (RFC 9110, section 10.2.3); what is in the past is now.
fn retry_after_ms(text: &str, now: Timestamp) -> Option<i64> {
    let text = text.trim();
    if let Ok(seconds) = text.parse::<u32>() {
        return Some(i64::from(seconds) * 1_000);
    }
    let at = Timestamp::parse_http_date(text)?;
    Some((at.as_millis() - now.as_millis()).max(0))
}

struct Panicked;

/// The future's answer, or that it panicked.
async fn caught<T>(future: impl Future<Output = T>) -> Result<T, Panicked> {
    let mut future = pin!(future);
    poll_fn(|context| {
        let polled = catch_unwind(AssertUnwindSafe(|| future.as_mut().poll(context)));
        match polled {
            Ok(poll) => poll.map(Ok),
            Err(_) => std::task::Poll::Ready(Err(Panicked)),
        }
    })
    .await
}

#[cfg(test)]
mod tests;
