//! A book on temporary SQLite, with a workspace and a campaign, and as many processes as a test starts.

use std::sync::Arc;

use app::administration::{NewCampaign, NewWorkspace};
use app::calls::ClaimRequest;
use app::leads::Creation;
use app::vault::Vault;
use app::{App, Context, ScriptedEnvironment, Services};
use domain::campaign::Workspace;
use domain::command::{Done, Hold, Scope};
use domain::edit::{Change, Edit};
use domain::event::Actor;
use domain::listing::{LeadFilter, LeadList, LeadOrder, LeadPage, PageStart};
use domain::phone::PhoneInput;
use domain::{CampaignId, KeyId, Timestamp};
use store_sqlite::SqliteStore;

/// Thirty-two bytes in base64.
const KEY: &str = "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=";

pub(crate) struct Book {
    pub(crate) store: Arc<SqliteStore>,
    pub(crate) environment: Arc<ScriptedEnvironment>,
    pub(crate) app: Arc<App>,
    pub(crate) workspace: Workspace,
    pub(crate) context: Context,
    pub(crate) campaign: CampaignId,
}

impl Book {
    pub(crate) async fn open() -> Self {
        Self::open_with(true, NewWorkspace::new("tests")).await
    }

    pub(crate) async fn open_with(has_vendor_rates: bool, new: NewWorkspace) -> Self {
        let store = Arc::new(SqliteStore::open_temporary().unwrap());
        let now = Timestamp::from_millis(1_768_478_400_000).unwrap();
        let environment = Arc::new(ScriptedEnvironment::at(now));
        let app = process(&store, &environment, has_vendor_rates);
        let workspace = app.create_workspace(new).await.unwrap();
        let new = NewCampaign {
            name: "calls".to_owned(),
            ..NewCampaign::default()
        };
        let campaign = app.create_campaign(&workspace, new).await.unwrap();
        Self {
            store,
            environment,
            app,
            context: Context::operator(workspace.id),
            workspace,
            campaign: campaign.id,
        }
    }

    /// Another process that serves the book.
    pub(crate) fn another_process(&self) -> Arc<App> {
        process(&self.store, &self.environment, true)
    }

    /// A key's context, limited to these campaigns or not.
    pub(crate) fn key(&self, number: u64, campaigns: Option<&[CampaignId]>) -> Context {
        Context {
            actor: Actor::Key(KeyId::new(number).unwrap()),
            scope: campaigns.map_or(Scope::Workspace, |ids| Scope::Campaigns(ids.into())),
            ..self.context.clone()
        }
    }

    pub(crate) async fn add_campaign(&self, agent: Option<&str>) -> CampaignId {
        let new = NewCampaign {
            name: "other calls".to_owned(),
            agent: agent.map(str::to_owned),
            ..NewCampaign::default()
        };
        let made = self.app.add_campaign(&self.context, new).await;
        made.unwrap().id
    }

    /// What makes a lead of the campaign.
    pub(crate) fn edit(&self, name: &str) -> Edit {
        Edit {
            campaign: Change::Set(self.campaign),
            phone: Change::Set(PhoneInput::read("+14155550100").unwrap()),
            name: Change::Set(name.to_owned()),
            ..Edit::default()
        }
    }

    pub(crate) fn creation(&self, name: &str) -> Creation {
        Creation {
            edit: self.edit(name),
            ..Creation::default()
        }
    }

    pub(crate) async fn add_lead(&self, name: &str) -> Done {
        let creation = self.creation(name);
        let made = self.app.create_lead(&self.context, creation).await;
        made.unwrap()
    }

    /// Calls a lead of the campaign.
    pub(crate) async fn call(&self) {
        let request = ClaimRequest {
            campaign: self.campaign,
            lead: None,
            lease_ms: 60_000,
            hold: Hold::Attempt,
        };
        let claimed = self.app.claim_lead(&self.context, request).await;
        assert!(claimed.unwrap().is_some());
    }

    pub(crate) async fn list(&self, context: &Context) -> LeadList {
        let page = LeadPage {
            order: LeadOrder::CreatedAt,
            is_ascending: true,
            start: PageStart::Offset(0),
            limit: 10,
            is_counted: true,
        };
        let list = self.app.list_leads(context, LeadFilter::default(), page);
        list.await.unwrap()
    }

    /// How many leads there are.
    pub(crate) async fn count(&self) -> u64 {
        self.list(&self.context).await.total
    }
}

fn process(
    store: &Arc<SqliteStore>,
    environment: &Arc<ScriptedEnvironment>,
    has_vendor_rates: bool,
) -> Arc<App> {
    let services = Services {
        vault: Some(Vault::read(KEY).unwrap()),
        has_vendor_rates,
        ..Services::default()
    };
    App::start_with(
        Arc::clone(store) as _,
        Arc::clone(environment) as _,
        services,
    )
}
