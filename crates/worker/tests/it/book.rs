//! A book on temporary SQLite with a campaign whose queued updates have callbacks.

use std::collections::HashSet;
use std::future::Future;
use std::sync::atomic::AtomicUsize;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use app::administration::NewCampaign;
use app::leads::Creation;
use app::{App, Context, ScriptedEnvironment};
use domain::campaign::{CallbackAuth, Workspace};
use domain::command::LeadRef;
use domain::edit::{Change, Edit};
use domain::guard::Guard;
use domain::lead::Lead;
use domain::phone::{PhoneInput, Separators};
use domain::state::JobResult;
use domain::{CampaignId, LeadId, Phone, Timestamp};
use store::DeliveryOutcome;
use store_sqlite::SqliteStore;
use tokio::sync::mpsc;
use worker::{Options, Worker};

use crate::watched_store::{Happened, WatchedStore};

/// Waits that never end in a green run are cut here.
pub(crate) const PATIENCE: Duration = Duration::from_secs(30);

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

/// The body of a webhook in these tests: the job, the lead, and what the last update called it.
pub(crate) fn encode(result: &JobResult) -> String {
    let lead = result.lead_id;
    let job = result.job_id;
    let ok = result.result.is_ok();
    format!("{{\"lead\":{lead},\"job\":{job},\"ok\":{ok}}}")
}

/// The loops of these tests may call the loopback.
pub(crate) fn options() -> Options {
    Options {
        allow_webhook_to: vec!["127.0.0.0/8".parse().unwrap()],
        encode_result: encode,
    }
}

impl Book {
    pub(crate) async fn open(callbacks: Vec<(String, CallbackAuth)>) -> Self {
        let (tell, happened) = mpsc::unbounded_channel();
        let store = Arc::new(WatchedStore {
            inner: SqliteStore::open_temporary().unwrap(),
            happened: tell,
            failing_heads: AtomicUsize::new(0),
            failing_outcomes: AtomicUsize::new(0),
            poisoned: Mutex::new(HashSet::new()),
        });
        let now = Timestamp::from_millis(1_768_478_400_000).unwrap();
        let environment = Arc::new(ScriptedEnvironment::at(now));
        let app = App::start(Arc::clone(&store) as _, Arc::clone(&environment) as _);
        let workspace = app.create_workspace("tests", None).await.unwrap();
        let mut book = Self {
            context: Context::operator(workspace.id),
            app,
            store,
            happened,
            environment,
            // Replaced below.
            campaign: CampaignId::new(1).unwrap(),
            workspace,
        };
        book.campaign = book.add_campaign(callbacks).await;
        book
    }

    /// One callback without a secret.
    pub(crate) async fn calling(url: String) -> Self {
        Self::open(vec![(url, CallbackAuth::None)]).await
    }

    /// What the loops did next in the store.
    pub(crate) async fn happened(&mut self) -> Happened {
        soon("something in the store", self.happened.recv())
            .await
            .unwrap()
    }

    /// The next recorded outcome of a delivery.
    pub(crate) async fn recorded(&mut self) -> DeliveryOutcome {
        loop {
            if let Happened::Recorded(_, outcome) = self.happened().await {
                return outcome;
            }
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

    /// The next call that the store failed as told.
    pub(crate) async fn failed(&mut self) -> &'static str {
        loop {
            if let Happened::Failed(call) = self.happened().await {
                return call;
            }
        }
    }

    /// Starts the loops, which may call the loopback.
    pub(crate) fn work(&self) -> Worker {
        Worker::start(Arc::clone(&self.app), options()).unwrap()
    }

    pub(crate) fn now(&self) -> Timestamp {
        self.app.environment().now()
    }

    pub(crate) async fn add_campaign(&self, callbacks: Vec<(String, CallbackAuth)>) -> CampaignId {
        let new = NewCampaign {
            name: "more calls".to_owned(),
            callbacks,
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

    pub(crate) async fn queue(&self, lead: LeadId, first_name: &str) {
        let edit = Edit {
            first_name: Change::Set(first_name.to_owned()),
            ..Edit::default()
        };
        self.queue_edit(lead, edit).await;
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
}
