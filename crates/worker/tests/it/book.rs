//! A book on temporary SQLite with a campaign whose queued updates have callbacks.

use std::collections::HashMap;
use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;
use std::time::Duration;

use app::leads::Creation;
use app::administration::NewCampaign;
use app::{App, Context, ScriptedEnvironment};
use domain::campaign::{CallbackAuth, Campaign};
use domain::command::LeadRef;
use domain::edit::{Change, Edit};
use domain::guard::Guard;
use domain::lead::Lead;
use domain::state::JobResult;
use domain::{LeadId, Timestamp};
use store_sqlite::SqliteStore;
use worker::{Options, Worker};

/// Waits that never end in a green run are cut here.
pub const PATIENCE: Duration = Duration::from_secs(30);

pub struct Book {
    pub app: Arc<App>,
    pub store: Arc<SqliteStore>,
    pub environment: Arc<ScriptedEnvironment>,
    pub context: Context,
    campaign: Campaign,
}

/// Fails the test rather than hang.
pub async fn soon<T>(what: &str, future: impl Future<Output = T>) -> T {
    tokio::time::timeout(PATIENCE, future)
        .await
        .unwrap_or_else(|_| panic!("waited in vain: {what}"))
}

/// The body of a webhook in these tests: the job, the lead, and what the last update called it.
pub fn encode(result: &JobResult) -> String {
    let lead = result.lead_id;
    let job = result.job_id;
    let ok = result.result.is_ok();
    format!("{{\"lead\":{lead},\"job\":{job},\"ok\":{ok}}}")
}

impl Book {
    pub async fn open(callbacks: Vec<(String, CallbackAuth)>) -> Self {
        let store = Arc::new(SqliteStore::open_temporary().unwrap());
        let now = Timestamp::from_millis(1_768_478_400_000).unwrap();
        let environment = Arc::new(ScriptedEnvironment::at(now));
        let app = App::start(Arc::clone(&store) as _, Arc::clone(&environment) as _);
        let workspace = app.create_workspace("tests", None).await.unwrap();
        let new = NewCampaign {
            name: "calls".to_owned(),
            callbacks,
            ..NewCampaign::default()
        };
        let campaign = app.create_campaign(&workspace, new).await.unwrap();
        Self {
            context: Context::operator(workspace.id),
            app,
            store,
            environment,
            campaign,
        }
    }

    /// One callback without a secret.
    pub async fn calling(url: String) -> Self {
        Self::open(vec![(url, CallbackAuth::None)]).await
    }

    /// Starts the loops, which may call the loopback.
    pub fn work(&self) -> Worker {
        let options = Options {
            allow_webhook_to: vec!["127.0.0.0/8".parse().unwrap()],
            encode_result: encode,
        };
        Worker::start(Arc::clone(&self.app), options).unwrap()
    }

    pub async fn add_lead(&self) -> LeadId {
        let creation = Creation {
            edit: Edit {
                campaign: Change::Set(self.campaign.id),
                first_name: Change::Set("Ada".to_owned()),
                ..Edit::default()
            },
            ..Creation::default()
        };
        let done = self.app.create_lead(&self.context, creation).await.unwrap();
        done.lead.id
    }

    pub async fn queue(&self, lead: LeadId, first_name: &str) {
        let edit = Edit {
            first_name: Change::Set(first_name.to_owned()),
            ..Edit::default()
        };
        self.queue_edit(lead, edit).await;
    }

    pub async fn queue_edit(&self, lead: LeadId, edit: Edit) {
        let lead = LeadRef::Number(lead);
        self.app
            .queue_update(&self.context, lead, edit, Guard::Always)
            .await
            .unwrap();
    }

    pub async fn lead(&self, lead: LeadId) -> Lead {
        self.app
            .lead(&self.context, &LeadRef::Number(lead), None)
            .await
            .unwrap()
    }
}
