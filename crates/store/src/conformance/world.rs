//! A workspace to play in, and the checks that every case gets for free.

use std::cell::{Cell, RefCell};
use std::collections::{BTreeMap, BTreeSet};

use domain::campaign::{Campaign, CampaignState, Stage, Transitions, Workspace};
use domain::command::{
    Action, CallEnd, Claiming, Command, Deletion, Done, Hold, LeadRef, NewLead, Outcome,
    QueuedUpdate, Scope, Update,
};
use domain::dialing::Dialing;
use domain::edit::{Change, Edit, StatusEdit};
use domain::event::{Actor, Dialect, Event, Origin, fold};
use domain::fault::Unique;
use domain::guard::Guard;
use domain::object::{Object, ObjectEdit};
use domain::phone::PhoneInput;
use domain::status::DialStatus;
use domain::subscription::{
    Auth, Cap, Filter, Format, Health, Sealed, Secret, Subscription, Topic,
};
use domain::{
    CallId, CampaignId, IdKind, JobId, Lead, LeadId, SubscriptionId, Timestamp, WorkspaceId,
};

use crate::{HistoryPage, Store};

/// A workspace with one running campaign, a clock that moves when told, and a memory of its leads.
pub struct World<'a> {
    pub store: &'a dyn Store,
    pub workspace: WorkspaceId,
    pub campaign: CampaignId,
    now: Cell<Timestamp>,
    leads: RefCell<BTreeSet<LeadId>>,
}

impl<'a> World<'a> {
    pub async fn new(store: &'a dyn Store) -> Self {
        let workspace = WorkspaceId::new(id(store, IdKind::Workspace).await).unwrap();
        let campaign = CampaignId::new(id(store, IdKind::Campaign).await).unwrap();
        let world = Self {
            store,
            workspace,
            campaign,
            now: Cell::new(Timestamp::from_millis(1_700_000_000_000).unwrap()),
            leads: RefCell::default(),
        };
        store.create_workspace(&world.a_workspace()).await.unwrap();
        store
            .create_campaign(&world.a_campaign(campaign))
            .await
            .unwrap();
        world
    }

    /// A second world on the same store.
    pub async fn neighbour(&self) -> Self {
        Self::new(self.store).await
    }

    /// The same world, its leads and its time, as another store has it.
    pub fn on<'b>(&self, store: &'b dyn Store) -> World<'b> {
        World {
            store,
            workspace: self.workspace,
            campaign: self.campaign,
            now: self.now.clone(),
            leads: self.leads.clone(),
        }
    }

    pub fn now(&self) -> Timestamp {
        self.now.get()
    }

    /// Moves the clock.
    pub fn wait(&self, millis: i64) -> Timestamp {
        self.now.set(self.now().plus_millis(millis));
        self.now()
    }

    pub fn a_workspace(&self) -> Workspace {
        Workspace {
            id: self.workspace,
            name: "Northwind".to_owned(),
            created_at: self.now(),
            default_region: Some("US".to_owned()),
            stages: Stage::default_list(),
            blocks_repeats: false,
        }
    }

    pub fn a_campaign(&self, id: CampaignId) -> Campaign {
        Campaign {
            id,
            workspace_id: self.workspace,
            name: "Renewals".to_owned(),
            version: 1,
            created_at: self.now(),
            updated_at: self.now(),
            state: CampaignState::Running,
            default_region: None,
            time_zone: None,
            stages: Stage::default_list(),
            transitions: Transitions::default(),
            dispositions: Vec::new(),
            agent: None,
            dialing: Dialing::default(),
            settings: Object::default(),
        }
    }

    /// A second running campaign.
    pub async fn new_campaign(&self) -> Campaign {
        let id = CampaignId::new(self.id(IdKind::Campaign).await).unwrap();
        let campaign = self.a_campaign(id);
        self.store.create_campaign(&campaign).await.unwrap();
        campaign
    }

    /// A subscription with something in every part, not stored yet.
    pub async fn a_subscription(&self, format: Format, filter: Filter) -> Subscription {
        let id = SubscriptionId::new(self.id(IdKind::Subscription).await).unwrap();
        let secret = |number| Secret {
            number,
            sealed: Sealed(format!("sealed {number}")),
            created_at: self.now(),
        };
        Subscription {
            id,
            workspace_id: self.workspace,
            version: 1,
            created_at: self.now(),
            description: Some("Zoë's CRM".to_owned()),
            url: format!("https://example.com/{id}?a=b"),
            filter,
            format,
            auth: Auth::Bearer(Sealed("sealed token".to_owned())),
            secrets: vec![secret(2), secret(1)],
            cap: Cap {
                at_once_max: 8,
                per_second_max: None,
            },
            health: Health::default(),
        }
    }

    /// A stored one of the standard format.
    pub async fn subscribed(&self, filter: Filter) -> Subscription {
        let subscription = self.a_subscription(Format::Standard, filter).await;
        self.store.create_subscription(&subscription).await.unwrap();
        subscription
    }

    /// One that hears the results of a campaign's queued updates.
    pub async fn subscribed_to_results(&self, campaign: CampaignId) -> Subscription {
        let filter = Filter {
            topics: [Topic::UpdateFinished].into(),
            campaigns: [campaign].into(),
            ..Filter::default()
        };
        let subscription = self.a_subscription(Format::UserVox, filter).await;
        self.store.create_subscription(&subscription).await.unwrap();
        subscription
    }

    pub async fn id(&self, kind: IdKind) -> u64 {
        id(self.store, kind).await
    }

    pub async fn lead_id(&self) -> LeadId {
        LeadId::new(self.id(IdKind::Lead).await).unwrap()
    }

    pub async fn call_id(&self) -> CallId {
        CallId::new(self.id(IdKind::Call).await).unwrap()
    }

    pub fn command(&self, action: Action) -> Command {
        Command {
            workspace_id: self.workspace,
            origin: Origin {
                actor: Actor::Operator,
                dialect: Dialect::Leadbook,
                request_id: "request".to_owned(),
                on_behalf_of: None,
                source: None,
            },
            scope: Scope::Workspace,
            action,
        }
    }

    pub fn create(&self, id: LeadId, edit: Edit) -> Command {
        self.create_unique(id, edit, &[])
    }

    pub fn create_unique(&self, id: LeadId, edit: Edit, unique: &[Unique]) -> Command {
        self.command(Action::Create(Box::new(NewLead {
            id,
            edit,
            unique: unique.to_vec(),
            vendor_id: None,
            contacts: Vec::new(),
            is_repeatable: false,
        })))
    }

    pub fn update(&self, lead: LeadId, edit: Edit) -> Command {
        self.guarded(lead, edit, Guard::default())
    }

    pub fn guarded(&self, lead: LeadId, edit: Edit, guard: Guard) -> Command {
        self.update_ref(LeadRef::Number(lead), edit, guard)
    }

    pub fn update_ref(&self, lead: LeadRef, edit: Edit, guard: Guard) -> Command {
        self.command(Action::Update(Box::new(Update {
            lead,
            in_campaign: None,
            edit,
            guard,
        })))
    }

    pub fn claim(&self, lead: LeadId, call: CallId, hold: Hold) -> Command {
        self.command(Action::Claim(Claiming {
            lead,
            campaign: self.campaign,
            call,
            lease_ms: 60_000,
            hold,
        }))
    }

    pub fn start(&self, lead: LeadId, call: CallId, fence_token: u64) -> Command {
        self.command(Action::Start {
            lead,
            call,
            fence_token,
        })
    }

    pub fn end(&self, lead: LeadId, call: CallId, fence_token: u64) -> Command {
        self.command(Action::End(Box::new(CallEnd {
            lead,
            call,
            fence_token,
            outcome: DialStatus::Success,
            duration_seconds: Some(61),
            from: Some("+12125550100".to_owned()),
            summary: Some("Agreed.".to_owned()),
            recording_url: None,
            collected: Object::parse(r#"{"mood":"good"}"#).unwrap(),
            next_attempt_at: None,
        })))
    }

    pub fn expire(&self, lead: LeadId, call: CallId) -> Command {
        self.command(Action::Expire { lead, call })
    }

    pub fn queue(&self, lead: LeadId, job: JobId, edit: Edit) -> Command {
        self.command(Action::Queue(Box::new(QueuedUpdate {
            job,
            lead: LeadRef::Number(lead),
            edit,
            guard: Guard::default(),
        })))
    }

    pub fn delete(&self, lead: LeadId) -> Command {
        self.command(Action::Delete(Box::new(Deletion {
            lead: LeadRef::Number(lead),
            in_campaign: None,
            needs_open_campaign: false,
        })))
    }

    pub fn run_job(&self, lead: LeadId, job: JobId) -> Command {
        self.command(Action::RunJob { lead, job })
    }

    /// Runs a batch, and checks that what the last outcome of each lead shows is what is stored.
    pub async fn batch(&self, batch: Vec<Command>) -> Vec<Outcome> {
        let count = batch.len();
        let committed = self.store.transact(0, batch, self.now()).await.unwrap();
        let outcomes = committed.outcomes;
        assert_eq!(outcomes.len(), count, "an outcome for each command");
        let done = outcomes.iter().filter_map(|outcome| outcome.as_ref().ok());
        let newest: BTreeMap<_, _> = done.map(|done| (done.lead.id, &done.lead)).collect();
        for (id, lead) in newest {
            self.leads.borrow_mut().insert(id);
            let stored = self.find(id).await.unwrap();
            // By their text, which shows the order of members and the spelling of numbers too.
            assert_eq!(format!("{stored:#?}"), format!("{lead:#?}"));
        }
        outcomes
    }

    /// Runs a batch that touches other worlds too; they check their own leads.
    pub async fn batch_of_many(&self, batch: Vec<Command>) -> Vec<Outcome> {
        let committed = self.store.transact(0, batch, self.now()).await.unwrap();
        committed.outcomes
    }

    /// Runs one command.
    pub async fn run(&self, command: Command) -> Outcome {
        self.batch(vec![command]).await.remove(0)
    }

    /// Runs one command that must not be refused.
    pub async fn done(&self, command: Command) -> Done {
        self.run(command).await.unwrap()
    }

    /// A new lead with a phone, in the world's campaign.
    pub async fn new_lead(&self) -> Lead {
        self.new_lead_with(self.callable()).await
    }

    pub async fn new_lead_with(&self, edit: Edit) -> Lead {
        let id = self.lead_id().await;
        Lead::clone(&self.done(self.create(id, edit)).await.lead)
    }

    /// What makes a lead that can be claimed.
    pub fn callable(&self) -> Edit {
        Edit {
            campaign: Change::Set(self.campaign),
            phone: Change::Set(PhoneInput::read("+12125550123").unwrap()),
            ..Edit::default()
        }
    }

    /// Claims and returns the call and its fence token.
    pub async fn claimed(&self, lead: LeadId) -> (CallId, u64) {
        let call = self.call_id().await;
        let done = self.done(self.claim(lead, call, Hold::Attempt)).await;
        (call, done.lead.claim.as_ref().unwrap().fence_token)
    }

    pub async fn find(&self, lead: LeadId) -> Option<Lead> {
        self.find_ref(LeadRef::Number(lead)).await
    }

    pub async fn find_ref(&self, lead: LeadRef) -> Option<Lead> {
        self.store.lead(self.workspace, &lead).await.unwrap()
    }

    /// The lead, which must be there.
    pub async fn lead(&self, lead: LeadId) -> Lead {
        self.find(lead).await.unwrap()
    }

    /// A page of the history, newest first.
    pub async fn history(&self, lead: LeadId, before: Option<u64>, limit: usize) -> Vec<Event> {
        let page = HistoryPage {
            before_version: before,
            limit,
        };
        let history = self.store.history(self.workspace, lead, page).await;
        history.unwrap()
    }

    /// The leads that a command touched.
    pub(super) fn known(&self) -> BTreeSet<LeadId> {
        self.leads.borrow().clone()
    }

    /// Folding a lead's events gives the lead, for every lead that a command touched; and lists show it.
    pub async fn check_histories(&self) {
        let leads = self.leads.borrow().clone();
        for id in leads {
            let lead = self.lead(id).await;
            let mut events = self.history(id, None, usize::MAX).await;
            events.reverse();
            let versions: Vec<_> = events.iter().map(|event| event.version).collect();
            assert_eq!(versions, (1..=lead.version).collect::<Vec<_>>());
            let blank = Lead::blank(id, self.workspace, lead.created_at);
            let folded = events.iter().try_fold(blank, fold).unwrap();
            assert_eq!(format!("{folded:#?}"), format!("{lead:#?}"));
        }
        self.check_lists().await;
    }
}

async fn id(store: &dyn Store, kind: IdKind) -> u64 {
    store.reserve_ids(kind, 1).await.unwrap()
}

/// An edit that sets the name.
pub(super) fn named(name: &str) -> Edit {
    Edit {
        name: Change::Set(name.to_owned()),
        ..Edit::default()
    }
}

/// An edit that sets the status.
pub(super) fn with_status(to: DialStatus) -> Edit {
    let same_as = Vec::new();
    Edit {
        dial_status: Some(StatusEdit { to, same_as }),
        ..Edit::default()
    }
}

/// An edit that merges into the variables.
pub(super) fn merging(text: &str) -> Edit {
    Edit {
        variables: ObjectEdit::Merge(Object::parse(text).unwrap()),
        ..Edit::default()
    }
}
