//! One process of the deliverer: its steps, and its end.

use std::collections::VecDeque;
use std::sync::Arc;

use app::{App, DeliveryOutcome, FinishedDelivery, ScriptedEnvironment, Services};
use domain::delivery::{HealthChange, RETRY_WAIT_SECONDS, Reception};
use domain::limits::{DELIVERY_LEASE_MS, DELIVERY_OUTCOMES_MAX, RETRY_AFTER_MS_MAX};
use store::Store;
use store_sqlite::SqliteStore;
use tempfile::TempDir;
use tokio::sync::mpsc;
use worker::Parcel;
use worker::deliveries::{Answered, Deliveries, Sender};

use super::{HOUR_MS, SECOND_MS, World};
use crate::book::{Words, vault};
use crate::simulation::endpoints::Endpoints;
use crate::watched_store::{Fate, WatchedStore};

/// What dies with the process.
pub(super) struct Process {
    /// The store itself, for looking without being noticed.
    pub(super) raw: Arc<SqliteStore>,
    pub(super) watched: Arc<WatchedStore>,
    pub(super) app: Arc<App>,
    pub(super) deliveries: Deliveries,
    pub(super) under_way: Vec<Parcel>,
    pub(super) answered: Vec<Answered>,
    pub(super) outcomes: VecDeque<FinishedDelivery>,
}

impl Process {
    pub(super) fn start(
        folder: &TempDir,
        environment: &Arc<ScriptedEnvironment>,
        endpoints: &Arc<Endpoints>,
    ) -> Self {
        let path = folder.path().join("leadbook.db");
        let raw = Arc::new(SqliteStore::open(&path).unwrap());
        let (nobody, _) = mpsc::unbounded_channel();
        let watched = Arc::new(WatchedStore::new(Arc::clone(&raw) as _, nobody));
        let services = Services {
            vault: Some(vault()),
            ..Services::default()
        };
        let app = App::start_with(
            Arc::clone(&watched) as _,
            Arc::clone(environment) as _,
            services,
        );
        let deliveries = Deliveries::new(Sender {
            app: Arc::clone(&app),
            courier: Arc::clone(endpoints) as _,
            encoder: Arc::new(Words),
        });
        Self {
            raw,
            watched,
            app,
            deliveries,
            under_way: Vec::new(),
            answered: Vec::new(),
            outcomes: VecDeque::new(),
        }
    }
}

impl World {
    /// A day or so in which nothing happens but the deliverer's work.
    pub(super) async fn live(&mut self) {
        for _ in 0..self.dice.below(16) {
            self.work().await;
            let wait_ms = self.dice.millis(10 * 60 * SECOND_MS, 6 * HOUR_MS);
            self.environment.advance_millis(wait_ms);
        }
    }

    /// What the loop does when it is left alone.
    pub(super) async fn work(&mut self) {
        self.read_page().await;
        while self.begin() {
            self.attempt().await;
        }
        while !self.process.under_way.is_empty() {
            self.attempt().await;
        }
        while !self.process.answered.is_empty() {
            self.land();
        }
        self.record().await;
    }

    pub(super) async fn read_page(&mut self) {
        self.process.deliveries.news();
        let Some((except, limit)) = self.process.deliveries.page() else {
            return;
        };
        // Pages end anywhere.
        let limit = limit.min(1 + self.dice.below(20));
        let page = self.process.app.lease_deliveries(&except, limit).await;
        if let Ok(page) = page {
            let ended = self.process.deliveries.take_in(page);
            self.process.outcomes.extend(ended);
        }
    }

    /// Whether there was any.
    pub(super) fn begin(&mut self) -> bool {
        let parcel = self.process.deliveries.begin();
        let is_some = parcel.is_some();
        self.process.under_way.extend(parcel);
        is_some
    }

    pub(super) async fn attempt(&mut self) {
        if self.process.under_way.is_empty() {
            return;
        }
        let place = self.dice.below(self.process.under_way.len());
        let parcel = self.process.under_way.swap_remove(place);
        self.stands_first(&parcel).await;
        self.is_wanted(&parcel).await;
        let sender = self.process.deliveries.sender().clone();
        let answered = sender.attempt(parcel).await;
        self.process.answered.push(answered);
    }

    /// Nothing of its line that came before it is unfinished, except what was put back into it.
    pub(super) async fn stands_first(&self, parcel: &Parcel) {
        let key = parcel.due.key;
        if self.ledger.was_dead.contains(&key.id) {
            return;
        }
        for waiting in self.waiting().await {
            let is_same_line = waiting.delivery.subscription_id == key.subscription_id
                && waiting.delivery.lead_id == key.lead_id;
            let is_excused = self.ledger.was_dead.contains(&waiting.id);
            assert!(
                !is_same_line || is_excused || waiting.id >= key.id,
                "{key:?} overtakes {waiting:?}"
            );
        }
    }

    /// Its subscription has not been disabled for longer than a page is good for.
    pub(super) async fn is_wanted(&self, parcel: &Parcel) {
        let raw = &self.process.raw;
        let found = raw
            .subscription(self.workspace, parcel.subscription.id)
            .await;
        let disabled = found.unwrap().and_then(|found| found.health.disabled);
        let read_at = parcel.due.leased_until.plus_millis(-DELIVERY_LEASE_MS);
        let is_wanted = disabled.is_none_or(|disabled| disabled.at >= read_at);
        assert!(is_wanted, "{:?} was {disabled:?}", parcel.due.key);
    }

    pub(super) fn land(&mut self) {
        if self.process.answered.is_empty() {
            return;
        }
        let place = self.dice.below(self.process.answered.len());
        let answered = self.process.answered.swap_remove(place);
        let asked_ms = answered.pause_ms.unwrap_or(0).min(RETRY_AFTER_MS_MAX);
        let (now, attempts) = (self.environment_now(), answered.parcel.due.attempts);
        let subscription = answered.parcel.subscription.id;
        let outcomes = self.process.deliveries.land(answered);
        if let HealthChange::Disabled(disabled) = outcomes[0].health {
            let subscription = subscription.get();
            self.ledger
                .disabled
                .insert((subscription, now), disabled.reason);
        }
        if let DeliveryOutcome::Retry {
            next_attempt_at, ..
        } = outcomes[0].outcome
        {
            let planned_ms = RETRY_WAIT_SECONDS[attempts as usize] * SECOND_MS;
            let wait_ms = planned_ms.max(asked_ms);
            let held_ms = next_attempt_at.as_millis() - now.as_millis();
            assert!((wait_ms..=wait_ms + wait_ms / 10).contains(&held_ms));
        }
        self.process.outcomes.extend(outcomes);
    }

    pub(super) async fn record(&mut self) {
        let most = DELIVERY_OUTCOMES_MAX.min(self.process.outcomes.len());
        if most == 0 {
            return;
        }
        let count = 1 + self.dice.below(most);
        let batch: Vec<_> = self.process.outcomes.iter().take(count).cloned().collect();
        if self.process.app.finish_deliveries(&batch).await.is_ok() {
            self.process.outcomes.drain(..count);
            let ids = batch.iter().map(|finished| finished.key.id);
            self.process.deliveries.recorded(ids);
        }
    }

    /// While a request is under way only seconds pass: its process is not stopped.
    pub(super) fn pass_time(&mut self) {
        let is_busy = !self.process.under_way.is_empty() || !self.process.answered.is_empty();
        let wait_ms = match self.dice.below(if is_busy { 4 } else { 10 }) {
            0..3 => self.dice.millis(1, 100),
            3 => self.dice.millis(100, 3 * SECOND_MS),
            4..7 => self.dice.millis(SECOND_MS, HOUR_MS / 4),
            7 | 8 => self.dice.millis(HOUR_MS / 4, 6 * HOUR_MS),
            _ => self.dice.millis(6 * HOUR_MS, 36 * HOUR_MS),
        };
        self.environment.advance_millis(wait_ms);
    }

    /// The process is gone, between any two steps, with everything it knew.
    pub(super) async fn crash(&mut self) {
        let taken = self.process.answered.iter().filter_map(|answered| {
            let (_, reception) = answered.attempt.as_ref()?;
            let is_taken = *reception == Reception::Taken;
            is_taken.then_some(answered.parcel.due.key.id)
        });
        let unrecorded = self.process.outcomes.iter().filter_map(|finished| {
            (finished.outcome == DeliveryOutcome::Delivered).then_some(finished.key.id)
        });
        self.crashes += 1;
        for delivery in taken.chain(unrecorded).collect::<Vec<_>>() {
            *self.ledger.forgotten.entry(delivery).or_default() += 1;
        }
        // Only so that its threads are gone before the next one opens the file.
        self.process.watched.set_fates(|_| Fate::Passes);
        self.process.app.stop().await.unwrap();
        self.process = Process::start(&self.folder, &self.environment, &self.endpoints);
        if self.is_faulty {
            self.allow_faults();
        }
    }
}
