//! Runs queued updates.
//!
//! FIFO per lead comes from the store: only the first unfinished job of a lead is given out, so that the
//! jobs of one page are all of different leads and may run at the same time.

use std::sync::Arc;

use app::{App, AppError, JobHead};
use domain::Timestamp;

use crate::drain::Work;

#[derive(Clone)]
pub(crate) struct Jobs(pub(crate) Arc<App>);

impl Work for Jobs {
    type Item = JobHead;
    const TASK: &'static str = "jobs";

    async fn take(&self, limit: usize) -> Result<Vec<JobHead>, AppError> {
        self.0.lease_jobs(limit).await
    }

    async fn run(&self, head: JobHead) -> Result<(), AppError> {
        self.0.run_job(head).await
    }

    fn id(head: &JobHead) -> u64 {
        head.job_id.get()
    }

    async fn news(&self) {
        self.0.job_accepted().await;
    }

    fn now(&self) -> Timestamp {
        self.0.environment().now()
    }
}
