//! A book on temporary SQLite with a campaign, and subscriptions that hear what happens to its leads.

use std::collections::BTreeSet;
use std::future::Future;
use std::sync::Arc;
use std::time::Duration;

use app::administration::{NewCampaign, NewWorkspace};
use app::deliveries::Encode;
use app::leads::Creation;
use app::subscriptions::NewSubscription;
use app::vault::Vault;
use app::{
    App, AppError, AttemptFilter, AttemptRecord, Context, DeliveryFilter, DeliveryOutcome,
    DeliveryRecord, DueDelivery, FinishedDelivery, ListPage, News, ScriptedEnvironment, Services,
    Webhook,
};
use async_trait::async_trait;
use domain::campaign::Workspace;
use domain::command::{LeadRef, Update};
use domain::edit::{Change, Edit};
use domain::event::EventKind;
use domain::guard::Guard;
use domain::lead::Lead;
use domain::phone::{PhoneInput, Separators};
use domain::subscription::{Filter, Format, Subscription, Topic};
use domain::{BulkId, CampaignId, LeadId, Phone, SubscriptionId, Timestamp};
use store_sqlite::SqliteStore;
use tokio::sync::mpsc;
use worker::{Options, Worker};

use crate::watched_store::{Happened, WatchedStore};

/// Waits that never end in a green run are cut here.
pub(crate) const PATIENCE: Duration = Duration::from_mins(1);

/// The first moment of every test's clock.
pub(crate) const START_MS: i64 = 1_768_478_400_000;

/// Thirty-two bytes in base64.
const KEY: &str = "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=";

pub(crate) struct Book {
    pub(crate) app: Arc<App>,
    pub(crate) store: Arc<WatchedStore>,
    happened: mpsc::UnboundedReceiver<Happened>,
    pub(crate) environment: Arc<ScriptedEnvironment>,
    pub(crate) context: Context,
    workspace: Workspace,
    pub(crate) campaign: CampaignId,
}

/// Fails the test rather than hang.
pub(crate) async fn soon<T>(what: &str, future: impl Future<Output = T>) -> T {
    tokio::time::timeout(PATIENCE, future)
        .await
        .unwrap_or_else(|_| panic!("waited in vain: {what}"))
}

/// The words of webhooks in these tests: which delivery, and what it is about.
pub(crate) struct Words;

#[async_trait]
impl Encode for Words {
    async fn encode(
        &self,
        due: &DueDelivery,
        subscription: &Subscription,
        _now: Timestamp,
    ) -> Result<Option<Webhook>, AppError> {
        let about = match &due.news {
            News::Event { event, lead } => {
                let name = lead.first_name.as_deref().unwrap_or_default();
                let (lead, version) = (event.lead_id, event.version);
                format!("\"lead\":{lead},\"version\":{version},\"name\":\"{name}\"")
            }
            News::Result(result) => {
                let (lead, job) = (result.lead_id, result.job_id);
                format!("\"lead\":{lead},\"job\":{job}")
            }
            News::Notice(notice) => format!("\"disabled\":{}", notice.subscription_id),
            News::Test => "\"test\":1".to_owned(),
        };
        let (delivery, subscription) = (due.key.id, subscription.id);
        let body = format!("{{\"delivery\":{delivery},\"to\":{subscription},{about}}}");
        let headers = vec![("webhook-id", format!("msg_{delivery}"))];
        Ok(Some(Webhook { headers, body }))
    }
}

/// The loops of these tests may call the loopback.
pub(crate) fn options() -> Options {
    Options {
        allow_webhook_to: vec!["127.0.0.0/8".parse().unwrap()],
        encoder: Arc::new(Words),
    }
}

pub(crate) fn vault() -> Vault {
    Vault::read(KEY).unwrap()
}

/// Hears what changes about leads.
pub(crate) fn hearing_updates(url: &str) -> NewSubscription {
    NewSubscription {
        filter: Filter {
            topics: [Topic::Event(EventKind::Updated)].into(),
            ..Filter::default()
        },
        ..NewSubscription::new(url, Format::Standard)
    }
}

impl Book {
    pub(crate) async fn open() -> Self {
        Self::open_with(Services {
            vault: Some(vault()),
            ..Services::default()
        })
        .await
    }

    pub(crate) async fn open_with(services: Services) -> Self {
        let (tell, happened) = mpsc::unbounded_channel();
        let inner = Arc::new(SqliteStore::open_temporary().unwrap());
        let store = Arc::new(WatchedStore::new(inner, tell));
        let now = Timestamp::from_millis(START_MS).unwrap();
        let environment = Arc::new(ScriptedEnvironment::at(now));
        let app = App::start_with(
            Arc::clone(&store) as _,
            Arc::clone(&environment) as _,
            services,
        );
        let workspace = app
            .create_workspace(NewWorkspace::new("tests"))
            .await
            .unwrap();
        let new = NewCampaign {
            name: "more calls".to_owned(),
            ..NewCampaign::default()
        };
        let campaign = app.create_campaign(&workspace, new).await.unwrap();
        Self {
            context: Context::operator(workspace.id),
            app,
            store,
            happened,
            environment,
            campaign: campaign.id,
            workspace,
        }
    }

    /// With one subscription, which hears updates.
    pub(crate) async fn calling(url: &str) -> Self {
        let book = Self::open().await;
        book.subscribe(url).await;
        book
    }

    pub(crate) async fn subscribe(&self, url: &str) -> SubscriptionId {
        self.subscribe_with(hearing_updates(url)).await
    }

    pub(crate) async fn subscribe_with(&self, new: NewSubscription) -> SubscriptionId {
        let made = self.app.create_subscription(&self.context, new).await;
        made.unwrap().0.id
    }

    pub(crate) async fn subscription(&self, id: SubscriptionId) -> Subscription {
        self.app.subscription(&self.context, id).await.unwrap()
    }

    /// What the loops did next in the store.
    pub(crate) async fn happened(&mut self) -> Happened {
        soon("something in the store", self.happened.recv())
            .await
            .unwrap()
    }

    /// The next recorded end of a delivery, or of an attempt.
    pub(crate) async fn finished(&mut self) -> FinishedDelivery {
        loop {
            if let Happened::Recorded(finished) = self.happened().await {
                return finished;
            }
        }
    }

    /// Its outcome.
    pub(crate) async fn recorded(&mut self) -> DeliveryOutcome {
        self.finished().await.outcome
    }

    /// The next deliveries were taken.
    pub(crate) async fn delivered(&mut self, count: usize) {
        for _ in 0..count {
            assert_eq!(self.recorded().await, DeliveryOutcome::Delivered);
        }
    }

    /// The error of the next outcome, which is to be tried again.
    pub(crate) async fn retried(&mut self) -> String {
        match self.recorded().await {
            DeliveryOutcome::Retry { error, .. } => error,
            other => panic!("not to be retried: {other:?}"),
        }
    }

    /// The leads of the next `count` jobs that ran.
    pub(crate) async fn ran(&mut self, count: usize) -> Vec<LeadId> {
        let mut ran = Vec::new();
        while ran.len() < count {
            if let Happened::Ran(leads) = self.happened().await {
                ran.extend(leads);
            }
        }
        ran
    }

    /// Waits until the claim of the lead was swept.
    pub(crate) async fn swept(&mut self, lead: LeadId) {
        while self.happened().await != Happened::Swept(lead) {}
    }

    /// Waits until so many leads were deleted.
    pub(crate) async fn deleted(&mut self, count: usize) -> BTreeSet<LeadId> {
        let mut leads = BTreeSet::new();
        while leads.len() < count {
            if let Happened::Deleted(deleted) = self.happened().await {
                leads.extend(deleted);
            }
        }
        leads
    }

    /// Waits until the bulk is gone.
    pub(crate) async fn dropped(&mut self, bulk: BulkId) {
        while self.happened().await != Happened::Dropped(bulk) {}
    }

    /// Waits until a call of this name failed as told.
    pub(crate) async fn failed(&mut self, call: &'static str) {
        while self.happened().await != Happened::Failed(call) {}
    }

    /// Starts the loops, which may call the loopback.
    pub(crate) fn work(&self) -> Worker {
        Worker::start(Arc::clone(&self.app), options()).unwrap()
    }

    pub(crate) fn now(&self) -> Timestamp {
        self.app.environment().now()
    }

    pub(crate) async fn add_campaign(&self) -> CampaignId {
        let new = NewCampaign {
            name: "other calls".to_owned(),
            ..NewCampaign::default()
        };
        let made = self.app.create_campaign(&self.workspace, new).await;
        made.unwrap().id
    }

    pub(crate) async fn add_lead(&self) -> LeadId {
        self.add_lead_to(self.campaign).await
    }

    pub(crate) async fn add_lead_to(&self, campaign: CampaignId) -> LeadId {
        let phone = Phone::international("+14155550100", Separators::Allowed).unwrap();
        let creation = Creation {
            edit: Edit {
                campaign: Change::Set(campaign),
                phone: Change::Set(PhoneInput::International(phone)),
                first_name: Change::Set("Ada".to_owned()),
                ..Edit::default()
            },
            ..Creation::default()
        };
        let done = self.app.create_lead(&self.context, creation).await.unwrap();
        done.lead.id
    }

    pub(crate) async fn add_leads(&self, count: usize) -> Vec<LeadId> {
        let mut leads = Vec::new();
        for _ in 0..count {
            leads.push(self.add_lead().await);
        }
        leads
    }

    /// An update at once: one event.
    pub(crate) async fn rename(&self, lead: LeadId, first_name: &str) {
        let update = Update {
            lead: LeadRef::Number(lead),
            in_campaign: None,
            edit: naming(first_name),
            guard: Guard::default(),
        };
        self.app.update_lead(&self.context, update).await.unwrap();
    }

    /// An update to run later.
    pub(crate) async fn queue(&self, lead: LeadId, first_name: &str) {
        self.queue_edit(lead, naming(first_name)).await;
    }

    pub(crate) async fn queue_edit(&self, lead: LeadId, edit: Edit) {
        let lead = LeadRef::Number(lead);
        self.app
            .queue_update(&self.context, lead, edit, Guard::default())
            .await
            .unwrap();
    }

    pub(crate) async fn lead(&self, lead: LeadId) -> Lead {
        self.app
            .lead(&self.context, &LeadRef::Number(lead), None)
            .await
            .unwrap()
    }

    /// The attempt log of a subscription, oldest first.
    pub(crate) async fn log(&self, subscription: SubscriptionId) -> Vec<AttemptRecord> {
        let filter = AttemptFilter {
            subscription: Some(subscription),
            ..AttemptFilter::default()
        };
        let page = self.app.attempts(&self.context, filter, all()).await;
        let mut log = page.unwrap();
        log.reverse();
        log
    }

    pub(crate) async fn dead_letters(&self) -> Vec<DeliveryRecord> {
        let filter = DeliveryFilter::default();
        let page = self.app.dead_letters(&self.context, &filter, all()).await;
        page.unwrap()
    }

    pub(crate) async fn waiting(&self) -> u64 {
        self.app.health().await.unwrap().deliveries_waiting
    }
}

fn naming(first_name: &str) -> Edit {
    Edit {
        first_name: Change::Set(first_name.to_owned()),
        ..Edit::default()
    }
}

pub(crate) fn all() -> ListPage {
    ListPage {
        before_id: None,
        limit: 100,
    }
}
