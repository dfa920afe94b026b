//! Use cases: what Leadbook can do, in one place, for every dialect, the command line and the workers.
//!
//! A use case says who asks, which lead, which edit, which guard; the write queue turns many of them into
//! one transaction; the store decides them with `domain`. No wire format, no SQL, no HTTP here. The clock and
//! the randomness of the whole program are in [`environment`].

pub mod access;
pub mod administration;
pub mod calls;
pub mod context;
pub mod copy;
pub mod deliveries;
pub mod environment;
mod error;
mod ids;
pub mod jobs;
pub mod leads;
mod settings;
mod write_queue;

use std::sync::Arc;

use domain::command::{Action, Command, Outcome};
use store::Store;
use tokio::sync::Notify;

pub use context::Context;
pub use environment::{Environment, ScriptedEnvironment, SystemEnvironment};
pub use error::{AppError, Conflict, Denial, Missing};
pub use store::{
    CallRecord, CampaignRef, DueDelivery, ExpiredClaim, HistoryPage, JobHead, Permissions,
};

/// The application: a store, the queue before it, and what is remembered between requests.
pub struct App {
    store: Arc<dyn Store>,
    environment: Arc<dyn Environment>,
    queue: write_queue::WriteQueue,
    ids: ids::IdBlocks,
    keys: access::KeyCache,
    settings: settings::SettingsCache,
    /// Rung when a job was accepted, so that its worker need not wait for its next look.
    jobs_ready: Notify,
    /// Rung when a job has left results to deliver.
    deliveries_ready: Notify,
}

impl App {
    /// Starts the write queue's thread over the store.
    pub fn start(store: Arc<dyn Store>, environment: Arc<dyn Environment>) -> Arc<Self> {
        let queue = write_queue::WriteQueue::start(&store, &environment);
        Arc::new(Self {
            store,
            environment,
            queue,
            ids: ids::IdBlocks::default(),
            keys: access::KeyCache::new(),
            settings: settings::SettingsCache::new(),
            jobs_ready: Notify::new(),
            deliveries_ready: Notify::new(),
        })
    }

    pub fn environment(&self) -> &dyn Environment {
        &*self.environment
    }

    /// Refuses new commands, waits until the accepted ones are durable, and closes the store.
    pub async fn stop(&self) -> Result<(), AppError> {
        self.queue.stop().await;
        Ok(self.store.close().await?)
    }

    /// Sends one command through the queue; the outer error is the store's, the inner the decision's.
    async fn submit(&self, context: &Context, action: Action) -> Result<Outcome, AppError> {
        self.queue
            .submit(Command {
                workspace_id: context.workspace_id,
                origin: context.origin(),
                scope: context.scope.clone(),
                action,
            })
            .await
    }
}
