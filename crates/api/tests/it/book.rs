//! A served demo book: in temporary SQLite or, with `LEADBOOK_TEST_STORE=postgres`, in a schema of its own; a clock that
//! stands still, a listener on a free port.

use std::net::SocketAddr;
use std::sync::Arc;

use api::Encoder;
use api::demo::{self, Demo};
use app::administration::NewKey;
use app::deliveries::{Encode, Webhook};
use app::subscriptions::{PlainAuth, UncheckedEndpoints};
use app::vault::Vault;
use app::{
    App, Attempt, DeliveryOutcome, DueDelivery, FinishedDelivery, Permissions, ScriptedEnvironment,
    Services,
};
use domain::command::Scope;
use domain::delivery::{HealthChange, Reception};
use domain::{CampaignId, Timestamp};
use store::Store;
use store_postgres::PostgresStore;
use store_postgres::testing::{self, TestSchema};
use store_sqlite::SqliteStore;
use tokio::task::JoinHandle;

/// The moment at which every transcript happens.
pub(crate) const NOW: &str = "2026-01-15T12:00:00Z";

/// What secrets are kept under: 32 bytes in base64.
const SECRET_KEY: &str = "MDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3ODlhYmNkZWY=";

/// A demo book that is being served.
pub(crate) struct Book {
    pub(crate) app: Arc<App>,
    pub(crate) environment: Arc<ScriptedEnvironment>,
    pub(crate) address: SocketAddr,
    pub(crate) demo: Demo,
    /// A key for the leads of one campaign.
    limited_key: String,
    /// The same, of the campaign that Autocalls' page names.
    campaign_key: String,
    /// A key for everything, with lists as bare arrays.
    bare_key: String,
    server: JoinHandle<std::io::Result<()>>,
    // Dropped with the book. A temporary SQLite store goes with the application.
    _schema: Option<TestSchema>,
}

/// A new store of the kind that the environment names.
async fn open_store() -> (Arc<dyn Store>, Option<TestSchema>) {
    if !testing::is_wanted() {
        let store = SqliteStore::open_temporary().expect("a temporary store opens");
        return (Arc::new(store), None);
    }
    let schema = TestSchema::create().await;
    let store = PostgresStore::open(&schema.url).await;
    (Arc::new(store.expect("a new schema opens")), Some(schema))
}

impl Book {
    pub(crate) async fn open() -> Self {
        Self::open_with(Services {
            endpoints: Arc::new(UncheckedEndpoints),
            vault: Some(Vault::read(SECRET_KEY).expect("a constant")),
            ..Services::default()
        })
        .await
    }

    pub(crate) async fn open_with(services: Services) -> Self {
        let (store, schema) = open_store().await;
        let now = Timestamp::parse_rfc3339(NOW).expect("a constant");
        let environment = Arc::new(ScriptedEnvironment::at(now));
        let app = App::start_with(store, Arc::clone(&environment) as _, services);
        let callbacks = vec![(
            "https://hooks.example.com/uservox".to_owned(),
            PlainAuth::None,
        )];
        let demo = demo::seed(&app, callbacks).await.expect("the demo seeds");
        let of = |campaign| Scope::Campaigns([campaign].into());
        let limited_key = key(&app, of(demo.nlpearl_campaign), false).await;
        let documented = CampaignId::new(456).expect("a constant");
        let campaign_key = key(&app, of(documented), false).await;
        let bare_key = key(&app, Scope::Workspace, true).await;
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0")
            .await
            .expect("a free port");
        let address = listener
            .local_addr()
            .expect("a bound listener has an address");
        let router = api::router(Arc::clone(&app));
        let server = tokio::spawn(async move { axum::serve(listener, router).await });
        Self {
            app,
            environment,
            address,
            demo,
            limited_key,
            campaign_key,
            bare_key,
            server,
            _schema: schema,
        }
    }

    /// Ends it. A server's connections are few, and the next book wants some.
    pub(crate) async fn close(self) {
        self.server.abort();
        self.app.stop().await.expect("the store closes");
    }

    /// The value that a transcript calls `{{name}}`.
    pub(crate) fn value(&self, name: &str) -> Option<String> {
        let demo = &self.demo;
        Some(match name {
            "autocalls_key" => demo.autocalls_key.clone(),
            "nlpearl_key" => demo.nlpearl_key.clone(),
            "journeybee_key" => demo.journeybee_key.clone(),
            "journeybee_read_only_key" => demo.journeybee_read_only_key.clone(),
            "dialnexa_key" => demo.dialnexa_key.clone(),
            "uservox_key" => demo.uservox_key.clone(),
            "limited_key" => self.limited_key.clone(),
            "campaign_key" => self.campaign_key.clone(),
            "bare_key" => self.bare_key.clone(),
            "address" => self.address.to_string(),
            "leadbook_key" => demo.leadbook_key.clone(),
            "autocalls_lead" => demo.autocalls_lead.clone(),
            "nlpearl_pearl" => demo.nlpearl_pearl.clone(),
            "nlpearl_lead" => demo.nlpearl_lead.clone(),
            "journeybee_lead" => demo.journeybee_lead.clone(),
            "dialnexa_lead" => demo.dialnexa_lead.clone(),
            "dialnexa_dialled_lead" => demo.dialnexa_dialled_lead.clone(),
            "dialnexa_campaign" => demo.dialnexa_campaign.clone(),
            "uservox_project" => demo.uservox_project.clone(),
            "uservox_process" => demo.uservox_process.clone(),
            "uservox_lead" => demo.uservox_lead.clone(),
            "uservox_reference" => demo.uservox_reference.clone(),
            "nlpearl_campaign_number" => demo.nlpearl_campaign.to_string(),
            "dialnexa_campaign_number" => demo.dialnexa_campaign_id.to_string(),
            "uservox_campaign_number" => demo.uservox_campaign.to_string(),
            "uservox_lead_number" => demo.uservox_lead_id.to_string(),
            _ => return None,
        })
    }

    /// Runs every queued update to its end, as the worker would.
    pub(crate) async fn run_jobs(&self) {
        loop {
            let heads = self.app.lease_jobs(100).await.expect("heads are read");
            if heads.is_empty() {
                return;
            }
            for head in heads {
                self.app.run_job(head).await.expect("a job ends");
            }
        }
    }

    /// Ends the claims whose lease has run out, as the worker would.
    pub(crate) async fn expire_claims(&self) {
        let expired = self.app.expired_claims(100).await;
        for expired in expired.expect("claims are read") {
            let ended = self.app.expire_claim(expired).await;
            ended.expect("a claim is ended");
        }
    }

    /// The webhooks that are due, each taken off the book; oldest first.
    pub(crate) async fn take_webhooks(&self) -> Vec<Webhook> {
        let mut taken = Vec::new();
        loop {
            let due = self.due().await;
            if due.is_empty() {
                return taken;
            }
            for delivery in due {
                taken.extend(self.encode(&delivery).await);
                let finished = FinishedDelivery {
                    key: delivery.key,
                    outcome: DeliveryOutcome::Delivered,
                    health: HealthChange::Same,
                    attempt: None,
                };
                self.finish(finished).await;
            }
        }
    }

    /// One attempt to deliver whatever is due, answered with the status.
    pub(crate) async fn attempt(&self, status: u16) {
        for delivery in self.due().await {
            let reception = match status {
                200 => Reception::Taken,
                410 => Reception::Gone,
                _ => Reception::Failed {
                    retry_after_ms: None,
                },
            };
            let subscription = delivery.subscription.clone().expect("nobody deletes it");
            let attempt = attempt(&delivery, status);
            let finished = self
                .app
                .conclude_delivery(&delivery, &subscription, attempt, reception);
            self.finish(finished).await;
        }
    }

    /// Ends whatever is due as a dead letter, after one attempt.
    pub(crate) async fn give_up(&self) {
        for delivery in self.due().await {
            let finished = FinishedDelivery {
                key: delivery.key,
                outcome: DeliveryOutcome::Dead {
                    at: delivery.at,
                    error: "status 500".to_owned(),
                },
                health: HealthChange::Same,
                attempt: Some(attempt(&delivery, 500)),
            };
            self.finish(finished).await;
        }
    }

    pub(crate) async fn due(&self) -> Vec<DueDelivery> {
        let due = self.app.lease_deliveries(&[], 100).await;
        due.expect("deliveries are read")
    }

    pub(crate) async fn encode(&self, due: &DueDelivery) -> Option<Webhook> {
        let subscription = due.subscription.as_ref()?;
        let now = self.app.environment().now();
        let encoder = Encoder::new(Arc::clone(&self.app));
        let webhook = encoder.encode(due, subscription, now).await;
        webhook.expect("a webhook is encoded")
    }

    async fn finish(&self, finished: FinishedDelivery) {
        let stored = self.app.finish_deliveries(&[finished]).await;
        stored.expect("an outcome is stored");
    }
}

async fn key(app: &App, scope: Scope, has_bare_lists: bool) -> String {
    let workspaces = app.workspaces().await.expect("workspaces are read");
    let new = NewKey {
        label: "test".to_owned(),
        permissions: Permissions {
            read: true,
            write: true,
        },
        dialects: None,
        scope,
        has_bare_lists,
        token: None,
    };
    let key = app.create_key(workspaces[0].id, new).await;
    key.expect("a key is made").1
}

fn attempt(delivery: &DueDelivery, status: u16) -> Attempt {
    Attempt {
        at: delivery.at,
        number: delivery.attempts + 1,
        duration_ms: 12,
        status: Some(status),
        error: (status >= 300).then(|| format!("status {status}")),
        answer: Some("oh".to_owned()),
    }
}
