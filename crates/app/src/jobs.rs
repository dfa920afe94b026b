//! Updates that run later: accepted here, run by the worker in order per lead.

use domain::command::{Action, Done, LeadRef, QueuedUpdate};
use domain::edit::Edit;
use domain::guard::Guard;
use domain::limits::JOB_LEASE_MS;
use domain::{IdKind, JobId};
use store::JobHead;

use crate::App;
use crate::context::Context;
use crate::error::AppError;

impl App {
    /// Accepts an update durably; it runs after every earlier accepted update of the same lead.
    pub async fn queue_update(
        &self,
        context: &Context,
        lead: LeadRef,
        edit: Edit,
        guard: Guard,
    ) -> Result<Done, AppError> {
        let job = self.next_id(IdKind::Job, JobId::new).await?;
        let queued = QueuedUpdate {
            job,
            lead,
            edit,
            guard,
        };
        let done = self
            .submit(context, Action::Queue(Box::new(queued)))
            .await??;
        self.jobs_ready.notify_one();
        Ok(done)
    }

    /// The jobs that may run now: one per lead, the one accepted first. No other process has them until the lease ends;
    /// one that ran twice all the same would find itself gone.
    pub async fn lease_jobs(&self, limit: usize) -> Result<Vec<JobHead>, AppError> {
        let now = self.environment.now();
        let lease_end = now.plus_millis(JOB_LEASE_MS);
        Ok(self.store.lease_jobs(now, lease_end, limit).await?)
    }

    /// Runs one job to its end. Its result is stored for delivery in the same transaction.
    pub async fn run_job(&self, head: JobHead) -> Result<(), AppError> {
        let context = Context::system(head.workspace_id, "job");
        let action = Action::RunJob {
            lead: head.lead_id,
            job: head.job_id,
        };
        self.submit(&context, action).await??;
        Ok(())
    }

    /// Waits until a job may have been accepted.
    pub async fn job_accepted(&self) {
        self.jobs_ready.notified().await;
    }
}
