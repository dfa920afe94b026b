//! A store, watched: it tells what the loops did, and fails when told to, before the work or after it.

use std::collections::{HashMap, HashSet};
use std::future::Future;
use std::sync::{Arc, Mutex};

use async_trait::async_trait;
use domain::bulk::{Bulk, Chunk};
use domain::campaign::{Campaign, Workspace};
use domain::command::{Action, Command, LeadRef, NewLead};
use domain::custom_field::{FieldDefinition, Tag, User};
use domain::event::{Dialect, Event};
use domain::listing::{CallFilter, CallPage, LeadFilter, LeadList, LeadPage};
use domain::note::Note;
use domain::state::Delivery;
use domain::subscription::Subscription;
use domain::{
    BulkId, CallId, CampaignId, IdKind, KeyId, Lead, LeadId, NoteId, SubscriptionId, TagId,
    Timestamp, UserId, WorkspaceId,
};
use store::{
    ApiKey, AttemptFilter, AttemptRecord, Backlog, Batching, Bulks, CallList, CallRecord,
    CampaignRef, Committed, DeliveryFilter, DeliveryRecord, DueDelivery, ExpiredClaim, FeedPage,
    FinishedDelivery, HistoryPage, JobHead, KeyHash, LeadCounts, ListPage, Lists, Store,
    StoreError, StoreHealth,
};
use tokio::sync::mpsc::UnboundedSender;

/// What happened in the store.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Happened {
    /// A batch ran the jobs of these leads.
    Ran(Vec<LeadId>),
    /// A batch ended the expired claim of this lead.
    Swept(LeadId),
    /// A batch deleted these leads.
    Deleted(Vec<LeadId>),
    /// A bulk was dropped: made, or never accepted.
    Dropped(BulkId),
    /// The end of a delivery, or of an attempt, was recorded.
    Recorded(FinishedDelivery),
    /// So many attempts were forgotten.
    Forgot(usize),
    /// A call failed because the test wants it to.
    Failed(&'static str),
}

/// What becomes of a call.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Fate {
    Passes,
    /// Nothing is done.
    Fails,
    /// It is done, and the answer lost.
    LosesAnswer,
}

type Fates = Box<dyn FnMut(&'static str) -> Fate + Send>;

pub(crate) struct WatchedStore {
    inner: Arc<dyn Store>,
    happened: UnboundedSender<Happened>,
    /// So many next calls of these names fail.
    failing: Mutex<HashMap<&'static str, usize>>,
    /// Decides of all other calls.
    fates: Mutex<Fates>,
    /// A batch that runs a job of these, or records an outcome, fails as a whole.
    pub(crate) poisoned: Mutex<HashSet<LeadId>>,
}

impl WatchedStore {
    pub(crate) fn new(inner: Arc<dyn Store>, happened: UnboundedSender<Happened>) -> Self {
        Self {
            inner,
            happened,
            failing: Mutex::new(HashMap::new()),
            fates: Mutex::new(Box::new(|_| Fate::Passes)),
            poisoned: Mutex::new(HashSet::new()),
        }
    }

    /// The next calls of this name fail.
    pub(crate) fn fail(&self, call: &'static str, times: usize) {
        self.failing.lock().unwrap().insert(call, times);
    }

    pub(crate) fn set_fates(&self, fates: impl FnMut(&'static str) -> Fate + Send + 'static) {
        *self.fates.lock().unwrap() = Box::new(fates);
    }

    fn tell(&self, happened: Happened) {
        // The test may not listen.
        let _ = self.happened.send(happened);
    }

    fn fate(&self, call: &'static str) -> Fate {
        let mut failing = self.failing.lock().unwrap();
        if let Some(left) = failing.get_mut(call).filter(|left| **left > 0) {
            *left -= 1;
            return Fate::Fails;
        }
        drop(failing);
        (self.fates.lock().unwrap())(call)
    }

    async fn gated<T>(
        &self,
        call: &'static str,
        work: impl Future<Output = store::Result<T>>,
    ) -> store::Result<T> {
        let fate = self.fate(call);
        if fate != Fate::Fails {
            let done = work.await;
            if fate == Fate::Passes || done.is_err() {
                return done;
            }
        }
        self.tell(Happened::Failed(call));
        Err(StoreError::Unavailable("as the test wants".into()))
    }

    async fn run(
        &self,
        lane: usize,
        batch: Vec<Command>,
        now: Timestamp,
    ) -> store::Result<Committed> {
        let leads = jobs_of(&batch);
        self.refuse_poisoned("transact", leads.iter().copied())?;
        let swept = batch.iter().find_map(|command| match command.action {
            Action::Expire { lead, .. } => Some(lead),
            _ => None,
        });
        let deleted = deleted_by(&batch);
        let committed = self.inner.transact(lane, batch, now).await?;
        if !leads.is_empty() {
            self.tell(Happened::Ran(leads));
        }
        if !deleted.is_empty() {
            self.tell(Happened::Deleted(deleted));
        }
        if let Some(lead) = swept {
            self.tell(Happened::Swept(lead));
        }
        Ok(committed)
    }

    fn refuse_poisoned(
        &self,
        call: &'static str,
        mut leads: impl Iterator<Item = LeadId>,
    ) -> store::Result<()> {
        let poisoned = self.poisoned.lock().unwrap();
        if leads.any(|lead| poisoned.contains(&lead)) {
            self.tell(Happened::Failed(call));
            return Err(StoreError::Backend("as the test wants".into()));
        }
        Ok(())
    }

    async fn forget(&self, until: Timestamp, limit: usize) -> store::Result<usize> {
        let count = self.inner.forget_attempts(until, limit).await?;
        if count > 0 {
            self.tell(Happened::Forgot(count));
        }
        Ok(count)
    }

    async fn forget_bulk(&self, workspace: WorkspaceId, bulk: BulkId) -> store::Result<()> {
        self.inner.drop_bulk(workspace, bulk).await?;
        self.tell(Happened::Dropped(bulk));
        Ok(())
    }

    async fn record(&self, finished: &[FinishedDelivery]) -> store::Result<()> {
        let leads = finished.iter().filter_map(|finished| finished.key.lead_id);
        self.refuse_poisoned("finish_deliveries", leads)?;
        self.inner.finish_deliveries(finished).await?;
        for finished in finished {
            self.tell(Happened::Recorded(finished.clone()));
        }
        Ok(())
    }
}

fn deleted_by(batch: &[Command]) -> Vec<LeadId> {
    batch
        .iter()
        .filter_map(|command| match &command.action {
            Action::Delete(deletion) => match deletion.lead {
                LeadRef::Number(lead) => Some(lead),
                _ => None,
            },
            _ => None,
        })
        .collect()
}

fn jobs_of(batch: &[Command]) -> Vec<LeadId> {
    batch
        .iter()
        .filter_map(|command| match command.action {
            Action::RunJob { lead, .. } => Some(lead),
            _ => None,
        })
        .collect()
}

/// The store's calls, each through the gate.
macro_rules! gated {
    ($trait:ident { $($own:tt)* } $(fn $name:ident($($argument:ident: $kind:ty),*) -> $answer:ty;)*) => {
        #[async_trait]
        impl $trait for WatchedStore {
            $($own)*

            $(async fn $name(&self, $($argument: $kind),*) -> store::Result<$answer> {
                self.gated(stringify!($name), self.inner.$name($($argument),*)).await
            })*
        }
    };
}

gated! {
    Store {
        fn batching(&self) -> Batching {
            self.inner.batching()
        }

        async fn transact(
            &self,
            lane: usize,
            batch: Vec<Command>,
            now: Timestamp,
        ) -> store::Result<Committed> {
            self.gated("transact", self.run(lane, batch, now)).await
        }

        async fn finish_deliveries(&self, finished: &[FinishedDelivery]) -> store::Result<()> {
            self.gated("finish_deliveries", self.record(finished)).await
        }

        async fn forget_attempts(&self, until: Timestamp, limit: usize) -> store::Result<usize> {
            self.gated("forget_attempts", self.forget(until, limit)).await
        }
    }
    fn lead(workspace: WorkspaceId, lead: &LeadRef) -> Option<Lead>;
    fn history(workspace: WorkspaceId, lead: LeadId, page: HistoryPage) -> Vec<Event>;
    fn workspace(workspace: WorkspaceId) -> Option<Workspace>;
    fn campaign(workspace: WorkspaceId, campaign: &CampaignRef) -> Option<Campaign>;
    fn tags(workspace: WorkspaceId, ids: &[TagId]) -> Vec<Tag>;
    fn users(workspace: WorkspaceId, ids: &[UserId]) -> Vec<User>;
    fn fields(workspace: WorkspaceId) -> Vec<FieldDefinition>;
    fn call(workspace: WorkspaceId, call: CallId) -> Option<CallRecord>;
    fn claim_candidates(workspace: WorkspaceId, campaign: CampaignId, now: Timestamp, limit: usize) -> Vec<LeadId>;
    fn expired_claims(now: Timestamp, limit: usize) -> Vec<ExpiredClaim>;
    fn lease_jobs(now: Timestamp, lease_end: Timestamp, limit: usize) -> Vec<JobHead>;
    fn lease_deliveries(now: Timestamp, lease_end: Timestamp, except: &[SubscriptionId], limit: usize) -> Vec<DueDelivery>;
    fn add_deliveries(deliveries: &[Delivery]) -> Vec<u64>;
    fn deliveries(workspace: WorkspaceId, filter: &DeliveryFilter, page: ListPage) -> Vec<DeliveryRecord>;
    fn dead_letters(workspace: WorkspaceId, filter: &DeliveryFilter, page: ListPage) -> Vec<DeliveryRecord>;
    fn replay_dead_letters(workspace: WorkspaceId, filter: &DeliveryFilter, now: Timestamp, limit: usize) -> usize;
    fn attempts(workspace: WorkspaceId, filter: AttemptFilter, page: ListPage) -> Vec<AttemptRecord>;
    fn create_subscription(subscription: &Subscription) -> ();
    fn subscription(workspace: WorkspaceId, subscription: SubscriptionId) -> Option<Subscription>;
    fn subscriptions(workspace: WorkspaceId, page: ListPage) -> Vec<Subscription>;
    fn count_subscriptions(workspace: WorkspaceId) -> u64;
    fn update_subscription(subscription: &Subscription) -> bool;
    fn delete_subscription(workspace: WorkspaceId, subscription: SubscriptionId) -> bool;
    fn feed(workspace: WorkspaceId, after: u64, limit: usize) -> FeedPage;
    fn position_events() -> Vec<(WorkspaceId, u64)>;
    fn backlog(now: Timestamp) -> Backlog;
    fn key_by_hash(hash: &KeyHash) -> Option<ApiKey>;
    fn keys(workspace: WorkspaceId) -> Vec<ApiKey>;
    fn reserve_ids(kind: IdKind, count: u64) -> u64;
    fn start_ids_at(kind: IdKind, first: u64) -> ();
    fn create_workspace(workspace: &Workspace) -> ();
    fn create_first_workspace(workspace: &Workspace) -> bool;
    fn workspaces() -> Vec<Workspace>;
    fn create_campaign(campaign: &Campaign) -> ();
    fn update_campaign(campaign: &Campaign) -> bool;
    fn campaigns_to_empty(limit: usize) -> Vec<(WorkspaceId, CampaignId)>;
    fn delete_calls(workspace: WorkspaceId, calls: &[CallId]) -> usize;
    fn create_note(note: &Note) -> ();
    fn update_note(note: &Note) -> bool;
    fn create_tag(workspace: WorkspaceId, tag: &Tag) -> ();
    fn create_user(workspace: WorkspaceId, user: &User) -> ();
    fn create_field(workspace: WorkspaceId, field: &FieldDefinition) -> ();
    fn create_key(key: &ApiKey, hash: &KeyHash) -> ();
    fn revoke_key(workspace: WorkspaceId, key: KeyId, revoked_at: Timestamp) -> bool;
    fn create_campaign_alias(workspace: WorkspaceId, dialect: Dialect, id: &str, campaign: CampaignId) -> ();
    fn health(now: Timestamp) -> StoreHealth;
    fn close() -> ();
}

gated! {
    Lists {}
    fn leads(workspace: WorkspaceId, filter: &LeadFilter, page: &LeadPage) -> LeadList;
    fn lead_counts(workspace: WorkspaceId, campaign: CampaignId) -> LeadCounts;
    fn calls(workspace: WorkspaceId, filter: &CallFilter, page: CallPage) -> CallList;
    fn campaigns(workspace: WorkspaceId) -> Vec<Campaign>;
    fn tags_of_workspace(workspace: WorkspaceId) -> Vec<Tag>;
    fn users_of_workspace(workspace: WorkspaceId) -> Vec<User>;
    fn notes(workspace: WorkspaceId, lead: LeadId) -> Vec<Note>;
    fn note(workspace: WorkspaceId, note: NoteId) -> Option<Note>;
}

gated! {
    Bulks {
        async fn drop_bulk(&self, workspace: WorkspaceId, bulk: BulkId) -> store::Result<()> {
            self.gated("drop_bulk", self.forget_bulk(workspace, bulk)).await
        }
    }
    fn open_bulk(bulk: &Bulk) -> ();
    fn stage_leads(workspace: WorkspaceId, bulk: BulkId, chunks: &[Vec<NewLead>], leased_until: Timestamp) -> bool;
    fn accept_bulk(workspace: WorkspaceId, bulk: BulkId, leased_until: Timestamp) -> bool;
    fn next_chunk(workspace: WorkspaceId, bulk: BulkId, after: u32) -> Option<Chunk>;
    fn finish_chunks(workspace: WorkspaceId, bulk: BulkId, through: u32, leased_until: Timestamp) -> ();
    fn lease_bulks(now: Timestamp, leased_until: Timestamp, limit: usize) -> Vec<Bulk>;
}
