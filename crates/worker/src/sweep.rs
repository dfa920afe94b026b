//! Ends claims whose lease ran out: a dialer that died must not keep a lead forever.

use std::future::pending;
use std::sync::Arc;

use app::{App, AppError, ExpiredClaim};
use domain::Timestamp;

use crate::drain::Work;

#[derive(Clone)]
pub(crate) struct Sweep(pub(crate) Arc<App>);

impl Work for Sweep {
    type Item = ExpiredClaim;
    const TASK: &'static str = "lease-sweep";

    async fn take(&self, limit: usize) -> Result<Vec<ExpiredClaim>, AppError> {
        self.0.expired_claims(limit).await
    }

    async fn run(&self, expired: ExpiredClaim) -> Result<(), AppError> {
        self.0.expire_claim(expired).await
    }

    fn id(expired: &ExpiredClaim) -> u64 {
        expired.call_id.get()
    }

    /// Time passes without news.
    async fn news(&self) {
        pending::<()>().await;
    }

    fn now(&self) -> Timestamp {
        self.0.environment().now()
    }
}
