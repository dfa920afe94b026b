//! The simulated world: a book, its deliverer in steps, owners and callers who do this and that, and the power button.
//!
//! Every step is one thing that happens; which is next, chance says. Nothing runs by itself.

use std::collections::{HashSet, VecDeque};
use std::sync::Arc;

use app::administration::NewCampaign;
use app::leads::Creation;
use app::subscriptions::{FilterEdit, NewSubscription, SubscriptionEdit};
use app::{
    App, AttemptFilter, Context, DeliveryFilter, DeliveryOutcome, DeliveryRecord, FinishedDelivery,
    HistoryPage, ListPage, ScriptedEnvironment, Services,
};
use domain::command::{LeadRef, Update};
use domain::delivery::HealthChange;
use domain::edit::{Change, Edit};
use domain::event::Dialect;
use domain::guard::Guard;
use domain::limits::{
    DELIVERY_ATTEMPTS_MAX, DELIVERY_LEASE_MS, DELIVERY_OUTCOMES_MAX, RETRY_AFTER_MS_MAX,
};
use domain::state::Content;
use domain::subscription::{Cap, DisabledReason, Format, Subscription};
use domain::{CampaignId, LeadId, SubscriptionId, Timestamp, WorkspaceId};
use store::Store;
use store_sqlite::SqliteStore;
use tempfile::TempDir;
use tokio::sync::mpsc;
use worker::Parcel;
use worker::deliveries::{Answered, Deliveries, Sender};

use super::dice::Dice;
use super::endpoints::{Endpoints, Weather};
use super::ledger::{self, Ledger, Told};
use crate::book::{START_MS, Words, vault};
use crate::watched_store::{Fate, WatchedStore};

const LEADS: usize = 4;
const SUBSCRIPTIONS: usize = 5;
const SECOND_MS: i64 = 1_000;
const HOUR_MS: i64 = 3_600 * SECOND_MS;
const EVERYTHING: ListPage = ListPage {
    before_id: None,
    limit: 1_000_000,
};

/// What dies with the process.
struct Process {
    /// The store itself, for looking without being noticed.
    raw: Arc<SqliteStore>,
    watched: Arc<WatchedStore>,
    app: Arc<App>,
    deliveries: Deliveries,
    under_way: Vec<Parcel>,
    answered: Vec<Answered>,
    outcomes: VecDeque<FinishedDelivery>,
}

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

/// What the runs of some seeds have met: a simulation that meets nothing proves nothing.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Coverage {
    pub(super) days: i64,
    pub(super) sent: usize,
    pub(super) expected: usize,
    /// Deliveries that were dead letters when some were replayed.
    pub(super) replayed: usize,
    /// Deliveries that were taken, which a crash kept from being recorded.
    pub(super) swallowed: usize,
    pub(super) crashes: usize,
    /// Subscriptions disabled by 410.
    pub(super) gone: usize,
    /// Subscriptions disabled after days of failures.
    pub(super) failing: usize,
    /// Deliveries that had every attempt of the plan.
    pub(super) exhausted: usize,
}

impl std::ops::AddAssign for Coverage {
    fn add_assign(&mut self, other: Self) {
        self.days += other.days;
        self.sent += other.sent;
        self.expected += other.expected;
        self.replayed += other.replayed;
        self.swallowed += other.swallowed;
        self.crashes += other.crashes;
        self.gone += other.gone;
        self.failing += other.failing;
        self.exhausted += other.exhausted;
    }
}

impl Process {
    fn start(
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
    pub(super) async fn new(seed: u64) -> Self {
        let now = Timestamp::from_millis(START_MS).unwrap();
        let environment = Arc::new(ScriptedEnvironment::at(now));
        let endpoints = Arc::new(Endpoints::new(seed, Arc::clone(&environment)));
        let folder = tempfile::tempdir().unwrap();
        let process = Process::start(&folder, &environment, &endpoints);
        let workspace = process.app.create_workspace("simulated", None).await;
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

    /// A day or so in which nothing happens but the deliverer's work.
    async fn live(&mut self) {
        for _ in 0..self.dice.below(16) {
            self.work().await;
            let wait_ms = self.dice.millis(10 * 60 * SECOND_MS, 6 * HOUR_MS);
            self.environment.advance_millis(wait_ms);
        }
    }

    /// What the loop does when it is left alone.
    async fn work(&mut self) {
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

    fn context(&mut self) -> Context {
        let source = *self.dice.pick(&[None, None, Some("crm"), Some("erp")]);
        let dialect = *self.dice.pick(&[Dialect::Leadbook, Dialect::NlPearl]);
        Context {
            dialect,
            source: source.map(str::to_owned),
            ..Context::operator(self.workspace)
        }
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

    /// A caller creates a lead or changes one, perhaps to what it is already.
    async fn write(&mut self) {
        let context = self.context();
        let name = self.dice.pick(&["Ada", "Bob", "Cy"]).to_owned();
        let mut edit = Edit::default();
        if self.dice.one_in(4) {
            edit.campaign = Change::Set(*self.dice.pick(&self.campaigns));
        } else if self.dice.one_in(3) {
            edit.last_name = Change::Set(name.to_owned());
        } else {
            edit.first_name = Change::Set(name.to_owned());
        }
        let listening = self.subscriptions().await;
        let app = &self.process.app;
        if self.leads.len() < LEADS {
            let first = LeadId::new(1 + self.leads.len() as u64).unwrap();
            edit.campaign = Change::Set(self.campaigns[0]);
            let creation = Creation {
                edit,
                id: Some(first),
                ..Creation::default()
            };
            let _ = app.create_lead(&context, creation).await;
            let named = LeadRef::Number(first);
            let is_there = self.process.raw.lead(self.workspace, &named).await.unwrap();
            self.leads.extend(is_there.map(|lead| lead.id));
        } else {
            let lead = *self.dice.pick(&self.leads);
            let update = Update {
                lead: LeadRef::Number(lead),
                in_campaign: None,
                edit,
                guard: Guard::default(),
            };
            let _ = app.update_lead(&context, update).await;
        }
        self.note_events(&listening).await;
    }

    /// Whatever the caller was told: what is in the book happened.
    async fn note_events(&mut self, listening: &[Subscription]) {
        for lead in self.leads.clone() {
            let known = self.ledger.versions.get(&lead.get()).copied().unwrap_or(0);
            let page = HistoryPage {
                before_version: None,
                limit: 3,
            };
            let history = self.process.raw.history(self.workspace, lead, page).await;
            for event in history.unwrap().iter().rev() {
                if event.version > known {
                    self.ledger.happened(event, listening);
                }
            }
        }
    }

    async fn subscribe(&mut self) {
        self.urls += 1;
        let url = format!("http://endpoint-{}.example/hook", self.urls);
        let new = NewSubscription {
            filter: ledger::filter(&mut self.dice, &self.campaigns),
            cap: Cap {
                at_once_max: 1 + u32::try_from(self.dice.below(4)).unwrap(),
                per_second_max: self.dice.one_in(4).then_some(2),
            },
            ..NewSubscription::new(&url, Format::Standard)
        };
        let context = Context::operator(self.workspace);
        let _ = self.process.app.create_subscription(&context, new).await;
    }

    async fn change_subscription(&mut self) {
        let subscriptions = self.subscriptions().await;
        if subscriptions.is_empty() || self.dice.one_in(8) {
            if subscriptions.len() < SUBSCRIPTIONS {
                self.subscribe().await;
            }
            return;
        }
        let id = self.dice.pick(&subscriptions).id;
        let context = Context::operator(self.workspace);
        let mut edit = SubscriptionEdit::default();
        match self.dice.below(12) {
            0 => {
                let _ = self.process.app.delete_subscription(&context, id).await;
                self.note_deleted(id).await;
                return;
            }
            1 => edit.is_enabled = Some(false),
            2..6 => edit.is_enabled = Some(true),
            6 => {
                let filter = ledger::filter(&mut self.dice, &self.campaigns);
                edit.filter = FilterEdit {
                    topics: Some(filter.topics),
                    campaigns: Some(filter.campaigns),
                    fields: Some(filter.fields),
                    dialects: Some(filter.dialects),
                    except_sources: Some(filter.except_sources),
                };
            }
            7 => {
                self.ledger.tests += 1;
                let _ = self.process.app.test_subscription(&context, id).await;
                return;
            }
            _ => {
                self.replay(id).await;
                return;
            }
        }
        let app = &self.process.app;
        let _ = app.update_subscription(&context, id, edit).await;
    }

    async fn note_deleted(&mut self, id: SubscriptionId) {
        let raw = &self.process.raw;
        let found = raw.subscription(self.workspace, id).await.unwrap();
        if found.is_none() {
            self.ledger.deleted.insert(id.get());
        }
    }

    async fn replay(&mut self, id: SubscriptionId) {
        let dead = self.dead_letters().await;
        self.ledger.was_dead.extend(dead.iter().map(|dead| dead.id));
        let filter = DeliveryFilter {
            subscription: (!self.dice.one_in(3)).then_some(id),
            ..DeliveryFilter::default()
        };
        let context = Context::operator(self.workspace);
        let app = &self.process.app;
        let _ = app.replay_dead_letters(&context, &filter).await;
    }

    async fn change_weather(&mut self) {
        let subscriptions = self.subscriptions().await;
        if subscriptions.is_empty() {
            return;
        }
        let url = &self.dice.pick(&subscriptions).url;
        let busy = Weather::Busy(*self.dice.pick(&[1, 30, 600, 7_200]));
        let kinds = [
            Weather::Up,
            Weather::Up,
            Weather::Down,
            Weather::Down,
            Weather::Broken,
            Weather::Picky,
            Weather::Picky,
            Weather::Slow,
            Weather::Hangs,
            Weather::Flaps,
            Weather::Flaps,
            busy,
            Weather::Gone,
        ];
        self.endpoints.set_weather(url, *self.dice.pick(&kinds));
    }

    async fn read_page(&mut self) {
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
    fn begin(&mut self) -> bool {
        let parcel = self.process.deliveries.begin();
        let is_some = parcel.is_some();
        self.process.under_way.extend(parcel);
        is_some
    }

    async fn attempt(&mut self) {
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
    async fn stands_first(&self, parcel: &Parcel) {
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
    async fn is_wanted(&self, parcel: &Parcel) {
        let raw = &self.process.raw;
        let found = raw
            .subscription(self.workspace, parcel.subscription.id)
            .await;
        let disabled = found.unwrap().and_then(|found| found.health.disabled);
        let read_at = parcel.due.leased_until.plus_millis(-DELIVERY_LEASE_MS);
        let is_wanted = disabled.is_none_or(|disabled| disabled.at >= read_at);
        assert!(is_wanted, "{:?} was {disabled:?}", parcel.due.key);
    }

    fn land(&mut self) {
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
            let planned_ms = domain::delivery::RETRY_WAIT_SECONDS[attempts as usize] * SECOND_MS;
            let wait_ms = planned_ms.max(asked_ms);
            let waits_ms = next_attempt_at.as_millis() - now.as_millis();
            assert!((wait_ms..=wait_ms + wait_ms / 10).contains(&waits_ms));
        }
        self.process.outcomes.extend(outcomes);
    }

    async fn record(&mut self) {
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
    fn pass_time(&mut self) {
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
    async fn crash(&mut self) {
        let taken = self.process.answered.iter().filter_map(|answered| {
            let (_, reception) = answered.attempt.as_ref()?;
            let is_taken = *reception == domain::delivery::Reception::Taken;
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

fn told(record: &DeliveryRecord) -> Option<Told> {
    let Content::Event { version, .. } = record.delivery.content else {
        return None;
    };
    let subscription = record.delivery.subscription_id.get();
    Some((subscription, record.delivery.lead_id?.get(), version))
}
