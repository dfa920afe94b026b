//! The simulated world: a book, its deliverer in steps, owners and callers who do this and that, and the power button.
//!
//! Every step is one thing that happens; which is next, chance says. Nothing runs by itself.

mod people;
mod process;

use std::collections::HashSet;
use std::sync::Arc;

use app::administration::{NewCampaign, NewWorkspace};
use app::{AttemptFilter, DeliveryFilter, DeliveryRecord, ListPage, ScriptedEnvironment};
use domain::limits::DELIVERY_ATTEMPTS_MAX;
use domain::state::Content;
use domain::subscription::{DisabledReason, Subscription};
use domain::{CampaignId, LeadId, Timestamp, WorkspaceId};
use store::Store;
use tempfile::TempDir;

use super::coverage::Coverage;
use super::dice::Dice;
use super::endpoints::Endpoints;
use super::ledger::{Ledger, Told};
use crate::book::START_MS;
use crate::watched_store::Fate;
use process::Process;

const LEADS: usize = 4;
const SUBSCRIPTIONS: usize = 5;
const SECOND_MS: i64 = 1_000;
const HOUR_MS: i64 = 3_600 * SECOND_MS;
const EVERYTHING: ListPage = ListPage {
    before_id: None,
    limit: 1_000_000,
};

pub(super) struct World {
    dice: Dice,
    folder: TempDir,
    environment: Arc<ScriptedEnvironment>,
    endpoints: Arc<Endpoints>,
    process: Process,
    workspace: WorkspaceId,
    campaigns: Vec<CampaignId>,
    leads: Vec<LeadId>,
    urls: usize,
    pub(super) ledger: Ledger,
    /// Whether calls of the store fail now and then.
    is_faulty: bool,
    crashes: usize,
}

impl World {
    pub(super) async fn new(seed: u64) -> Self {
        let now = Timestamp::from_millis(START_MS).unwrap();
        let environment = Arc::new(ScriptedEnvironment::at(now));
        let endpoints = Arc::new(Endpoints::new(seed, Arc::clone(&environment)));
        let folder = tempfile::tempdir().unwrap();
        let process = Process::start(&folder, &environment, &endpoints);
        let workspace = process
            .app
            .create_workspace(NewWorkspace::new("simulated"))
            .await;
        let workspace = workspace.unwrap();
        let mut campaigns = Vec::new();
        for name in ["one", "two"] {
            let new = NewCampaign {
                name: name.to_owned(),
                ..NewCampaign::default()
            };
            let made = process.app.create_campaign(&workspace, new).await;
            campaigns.push(made.unwrap().id);
        }
        let mut world = Self {
            dice: Dice::new(seed),
            folder,
            environment,
            endpoints,
            process,
            workspace: workspace.id,
            campaigns,
            leads: Vec::new(),
            urls: 0,
            ledger: Ledger::default(),
            is_faulty: false,
            crashes: 0,
        };
        for _ in 0..SUBSCRIPTIONS - 2 {
            world.subscribe().await;
        }
        world
    }

    /// From now on the store fails now and then, with or without having done its work.
    pub(super) fn allow_faults(&mut self) {
        self.is_faulty = true;
        let mut dice = Dice::new(self.dice.next());
        self.process
            .watched
            .set_fates(move |_| match dice.below(40) {
                0 => Fate::Fails,
                1 => Fate::LosesAnswer,
                _ => Fate::Passes,
            });
    }

    /// One thing happens.
    pub(super) async fn step(&mut self) {
        match self.dice.below(100) {
            0..15 => self.write().await,
            15..18 => self.change_subscription().await,
            18..20 => self.change_weather().await,
            20..23 => self.live().await,
            23..36 => self.read_page().await,
            36..50 => drop(self.begin()),
            50..64 => self.attempt().await,
            64..76 => self.land(),
            76..88 => self.record().await,
            88..99 => self.pass_time(),
            _ => self.crash().await,
        }
    }

    /// All faults end, and everything is worked off.
    pub(super) async fn calm_down(&mut self) {
        self.is_faulty = false;
        self.process.watched.set_fates(|_| Fate::Passes);
        self.endpoints.heal();
        for _ in 0..100_000 {
            self.work().await;
            if self.process.outcomes.is_empty() && self.waiting().await.is_empty() {
                return;
            }
            self.environment.advance_millis(20 * SECOND_MS);
        }
        panic!("it never ends: {:?}", self.waiting().await);
    }

    pub(super) async fn check(&mut self) -> Coverage {
        let dead = self.dead_letters().await;
        let dead: HashSet<Told> = dead.iter().filter_map(told).collect();
        let raw = &self.process.raw;
        let filter = AttemptFilter::default();
        let log = raw.attempts(self.workspace, filter, EVERYTHING).await;
        let mut log = log.unwrap();
        log.reverse();
        let sent = self.endpoints.sent();
        self.ledger.settle(&sent, &log, &dead);
        let of_reason = |reason: DisabledReason| {
            let reasons = self.ledger.disabled.values();
            reasons.filter(|other| **other == reason).count()
        };
        Coverage {
            days: (self.environment_now().as_millis() - START_MS) / (24 * HOUR_MS),
            sent: sent.len(),
            expected: self.ledger.expected.len(),
            replayed: self.ledger.was_dead.len(),
            swallowed: self.ledger.forgotten.len(),
            crashes: self.crashes,
            gone: of_reason(DisabledReason::Gone),
            failing: of_reason(DisabledReason::Failing),
            exhausted: log
                .iter()
                .filter(|record| record.attempt.number == DELIVERY_ATTEMPTS_MAX)
                .count(),
        }
    }

    fn environment_now(&self) -> Timestamp {
        self.process.app.environment().now()
    }

    async fn subscriptions(&self) -> Vec<Subscription> {
        let raw = &self.process.raw;
        raw.subscriptions(self.workspace, EVERYTHING).await.unwrap()
    }

    async fn dead_letters(&self) -> Vec<DeliveryRecord> {
        let raw = &self.process.raw;
        let filter = DeliveryFilter::default();
        let page = raw.dead_letters(self.workspace, &filter, EVERYTHING).await;
        page.unwrap()
    }

    async fn waiting(&self) -> Vec<DeliveryRecord> {
        let raw = &self.process.raw;
        let filter = DeliveryFilter::default();
        let page = raw.deliveries(self.workspace, &filter, EVERYTHING).await;
        page.unwrap()
    }
}

fn told(record: &DeliveryRecord) -> Option<Told> {
    let Content::Event { version, .. } = record.delivery.content else {
        return None;
    };
    let subscription = record.delivery.subscription_id.get();
    Some((subscription, record.delivery.lead_id?.get(), version))
}
