//! Use cases: what Leadbook can do, in one place, for every dialect, the command line and the workers.
//!
//! A use case says who asks, which lead, which edit, which guard; the write queue turns many of them into
//! one transaction; the store decides them with `domain`. No wire format, no SQL, no HTTP here. The clock and
//! the randomness of the whole program are in [`environment`].

pub mod access;
pub mod administration;
pub mod bulks;
pub mod calls;
pub mod campaigns;
pub mod context;
pub mod copy;
pub mod definitions;
pub mod deliveries;
pub mod environment;
mod error;
pub mod feed;
pub mod hooks;
mod ids;
pub mod jobs;
pub mod leads;
pub mod metrics;
pub mod rates;
mod settings;
pub mod subscriptions;
pub mod vault;
mod write_queue;

use std::sync::Arc;

use domain::command::{Action, Command, Outcome};
use domain::limits::BULKS_AT_ONCE_MAX;
use store::Store;
use tokio::sync::{Notify, Semaphore};

pub use context::Context;
pub use deliveries::Webhook;
pub use environment::{Environment, ScriptedEnvironment, SystemEnvironment};
pub use error::{AppError, Conflict, Counted, Denial, Missing};
pub use store::{
    Attempt, AttemptFilter, AttemptRecord, CallList, CallRecord, CampaignRef, DeliveryFilter,
    DeliveryKey, DeliveryOutcome, DeliveryRecord, DueDelivery, ExpiredClaim, FinishedDelivery,
    HistoryPage, JobHead, LeadCounts, ListPage, News, Permissions,
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
    /// Rung when there are new deliveries, or ends of old ones.
    deliveries_ready: Arc<Notify>,
    /// Rung when there are new events.
    events_ready: Arc<Notify>,
    metrics: Arc<metrics::Metrics>,
    readers: feed::Readers,
    feeds_ending: tokio::sync::watch::Sender<bool>,
    endpoints: Arc<dyn subscriptions::Endpoints>,
    vault: Option<vault::Vault>,
    /// One for each bulk that is read or made.
    bulk_turns: Arc<Semaphore>,
    rates: rates::Rates,
}

/// What the binary brings along besides a store and a clock.
pub struct Services {
    /// Judges URLs when they are saved.
    pub endpoints: Arc<dyn subscriptions::Endpoints>,
    /// Without one no secret can be kept.
    pub vault: Option<vault::Vault>,
    /// Whether requests above a vendor's rate are refused.
    pub has_vendor_rates: bool,
}

impl Default for Services {
    fn default() -> Self {
        Self {
            endpoints: Arc::new(subscriptions::UncheckedEndpoints),
            vault: None,
            has_vendor_rates: true,
        }
    }
}

impl App {
    /// As [`Self::start_with`], for who keeps no secrets and calls nobody.
    pub fn start(store: Arc<dyn Store>, environment: Arc<dyn Environment>) -> Arc<Self> {
        Self::start_with(store, environment, Services::default())
    }

    /// Starts the write queue's threads over the store.
    pub fn start_with(
        store: Arc<dyn Store>,
        environment: Arc<dyn Environment>,
        services: Services,
    ) -> Arc<Self> {
        let Services {
            endpoints,
            vault,
            has_vendor_rates,
        } = services;
        let metrics = Arc::new(metrics::Metrics::default());
        let (deliveries_ready, events_ready) = (Arc::default(), Arc::default());
        let bells = write_queue::Bells {
            metrics: Arc::clone(&metrics),
            deliveries: Arc::clone(&deliveries_ready),
            events: Arc::clone(&events_ready),
        };
        let queue = write_queue::WriteQueue::start(&store, &environment, &bells);
        Arc::new(Self {
            store,
            environment,
            queue,
            ids: ids::IdBlocks::default(),
            keys: access::KeyCache::new(),
            settings: settings::SettingsCache::new(),
            jobs_ready: Notify::new(),
            deliveries_ready,
            events_ready,
            metrics,
            readers: feed::Readers::default(),
            feeds_ending: tokio::sync::watch::Sender::new(false),
            endpoints,
            vault,
            bulk_turns: Arc::new(Semaphore::new(BULKS_AT_ONCE_MAX)),
            rates: rates::Rates::new(has_vendor_rates),
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
