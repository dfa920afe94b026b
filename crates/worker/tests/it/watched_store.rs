//! The SQLite store, watched: it tells what the loops did, and fails when told to.

use std::collections::HashSet;
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};

use async_trait::async_trait;
use domain::campaign::{Campaign, Workspace};
use domain::command::{Action, Command, LeadRef, Outcome};
use domain::custom_field::{FieldDefinition, Tag, User};
use domain::event::{Dialect, Event};
use domain::{
    CallId, CallbackId, CampaignId, IdKind, KeyId, Lead, LeadId, TagId, Timestamp, UserId,
    WorkspaceId,
};
use store::{
    ApiKey, Batching, CallRecord, CampaignRef, DeliveryOutcome, DueDelivery, ExpiredClaim,
    HistoryPage, JobHead, KeyHash, Store, StoreError, StoreHealth,
};
use store_sqlite::SqliteStore;
use tokio::sync::mpsc::UnboundedSender;

/// What happened in the store.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Happened {
    /// A batch ran the jobs of these leads.
    Ran(Vec<LeadId>),
    /// A batch ended the expired claim of this lead.
    Swept(LeadId),
    /// The outcome of a delivery was recorded.
    Recorded(u64, DeliveryOutcome),
    /// A call failed because the test wants it to.
    Failed(&'static str),
}

pub(crate) struct WatchedStore {
    pub(crate) inner: SqliteStore,
    pub(crate) happened: UnboundedSender<Happened>,
    /// So many next calls fail.
    pub(crate) failing_heads: AtomicUsize,
    pub(crate) failing_outcomes: AtomicUsize,
    /// A batch that runs a job of these fails as a whole.
    pub(crate) poisoned: Mutex<HashSet<LeadId>>,
}

impl WatchedStore {
    fn tell(&self, happened: Happened) {
        // The test may not listen.
        let _ = self.happened.send(happened);
    }

    fn fail_if_told(&self, left: &AtomicUsize, call: &'static str) -> store::Result<()> {
        let counted = left.fetch_update(Ordering::SeqCst, Ordering::SeqCst, |left| {
            left.checked_sub(1)
        });
        if counted.is_ok() {
            self.tell(Happened::Failed(call));
            return Err(StoreError::Unavailable("as the test wants".into()));
        }
        Ok(())
    }
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

#[async_trait]
impl Store for WatchedStore {
    fn batching(&self) -> Batching {
        self.inner.batching()
    }

    async fn transact(
        &self,
        lane: usize,
        batch: Vec<Command>,
        now: Timestamp,
    ) -> store::Result<Vec<Outcome>> {
        let leads = jobs_of(&batch);
        let is_poisoned = {
            let poisoned = self.poisoned.lock().unwrap();
            leads.iter().any(|lead| poisoned.contains(lead))
        };
        if is_poisoned {
            self.tell(Happened::Failed("transact"));
            return Err(StoreError::Backend("as the test wants".into()));
        }
        let swept = batch.iter().find_map(|command| match command.action {
            Action::Expire { lead, .. } => Some(lead),
            _ => None,
        });
        let outcomes = self.inner.transact(lane, batch, now).await?;
        if !leads.is_empty() {
            self.tell(Happened::Ran(leads));
        }
        if let Some(lead) = swept {
            self.tell(Happened::Swept(lead));
        }
        Ok(outcomes)
    }

    async fn lease_jobs(
        &self,
        now: Timestamp,
        lease_end: Timestamp,
        limit: usize,
    ) -> store::Result<Vec<JobHead>> {
        self.fail_if_told(&self.failing_heads, "lease_jobs")?;
        self.inner.lease_jobs(now, lease_end, limit).await
    }

    async fn finish_delivery(
        &self,
        delivery: &DueDelivery,
        outcome: DeliveryOutcome,
    ) -> store::Result<()> {
        self.fail_if_told(&self.failing_outcomes, "finish_delivery")?;
        self.inner
            .finish_delivery(delivery, outcome.clone())
            .await?;
        self.tell(Happened::Recorded(delivery.id, outcome));
        Ok(())
    }

    async fn lead(&self, workspace: WorkspaceId, lead: &LeadRef) -> store::Result<Option<Lead>> {
        self.inner.lead(workspace, lead).await
    }

    async fn history(
        &self,
        workspace: WorkspaceId,
        lead: LeadId,
        page: HistoryPage,
    ) -> store::Result<Vec<Event>> {
        self.inner.history(workspace, lead, page).await
    }

    async fn workspace(&self, workspace: WorkspaceId) -> store::Result<Option<Workspace>> {
        self.inner.workspace(workspace).await
    }

    async fn campaign(
        &self,
        workspace: WorkspaceId,
        campaign: &CampaignRef,
    ) -> store::Result<Option<Campaign>> {
        self.inner.campaign(workspace, campaign).await
    }

    async fn tags(&self, workspace: WorkspaceId, ids: &[TagId]) -> store::Result<Vec<Tag>> {
        self.inner.tags(workspace, ids).await
    }

    async fn users(&self, workspace: WorkspaceId, ids: &[UserId]) -> store::Result<Vec<User>> {
        self.inner.users(workspace, ids).await
    }

    async fn fields(&self, workspace: WorkspaceId) -> store::Result<Vec<FieldDefinition>> {
        self.inner.fields(workspace).await
    }

    async fn call(
        &self,
        workspace: WorkspaceId,
        call: CallId,
    ) -> store::Result<Option<CallRecord>> {
        self.inner.call(workspace, call).await
    }

    async fn claim_candidates(
        &self,
        workspace: WorkspaceId,
        campaign: CampaignId,
        now: Timestamp,
        limit: usize,
    ) -> store::Result<Vec<LeadId>> {
        self.inner
            .claim_candidates(workspace, campaign, now, limit)
            .await
    }

    async fn expired_claims(
        &self,
        now: Timestamp,
        limit: usize,
    ) -> store::Result<Vec<ExpiredClaim>> {
        self.inner.expired_claims(now, limit).await
    }

    async fn lease_deliveries(
        &self,
        now: Timestamp,
        lease_end: Timestamp,
        except: &[CallbackId],
        limit: usize,
    ) -> store::Result<Vec<DueDelivery>> {
        self.inner
            .lease_deliveries(now, lease_end, except, limit)
            .await
    }

    async fn key_by_hash(&self, hash: &KeyHash) -> store::Result<Option<ApiKey>> {
        self.inner.key_by_hash(hash).await
    }

    async fn keys(&self, workspace: WorkspaceId) -> store::Result<Vec<ApiKey>> {
        self.inner.keys(workspace).await
    }

    async fn reserve_ids(&self, kind: IdKind, count: u64) -> store::Result<u64> {
        self.inner.reserve_ids(kind, count).await
    }

    async fn start_ids_at(&self, kind: IdKind, first: u64) -> store::Result<()> {
        self.inner.start_ids_at(kind, first).await
    }

    async fn create_workspace(&self, workspace: &Workspace) -> store::Result<()> {
        self.inner.create_workspace(workspace).await
    }

    async fn create_first_workspace(&self, workspace: &Workspace) -> store::Result<bool> {
        self.inner.create_first_workspace(workspace).await
    }

    async fn workspaces(&self) -> store::Result<Vec<Workspace>> {
        self.inner.workspaces().await
    }

    async fn create_campaign(&self, campaign: &Campaign) -> store::Result<()> {
        self.inner.create_campaign(campaign).await
    }

    async fn create_tag(&self, workspace: WorkspaceId, tag: &Tag) -> store::Result<()> {
        self.inner.create_tag(workspace, tag).await
    }

    async fn create_user(&self, workspace: WorkspaceId, user: &User) -> store::Result<()> {
        self.inner.create_user(workspace, user).await
    }

    async fn create_field(
        &self,
        workspace: WorkspaceId,
        field: &FieldDefinition,
    ) -> store::Result<()> {
        self.inner.create_field(workspace, field).await
    }

    async fn create_key(&self, key: &ApiKey, hash: &KeyHash) -> store::Result<()> {
        self.inner.create_key(key, hash).await
    }

    async fn revoke_key(
        &self,
        workspace: WorkspaceId,
        key: KeyId,
        revoked_at: Timestamp,
    ) -> store::Result<bool> {
        self.inner.revoke_key(workspace, key, revoked_at).await
    }

    async fn create_campaign_alias(
        &self,
        workspace: WorkspaceId,
        dialect: Dialect,
        id: &str,
        campaign: CampaignId,
    ) -> store::Result<()> {
        self.inner
            .create_campaign_alias(workspace, dialect, id, campaign)
            .await
    }

    async fn health(&self, now: Timestamp) -> store::Result<StoreHealth> {
        self.inner.health(now).await
    }

    async fn close(&self) -> store::Result<()> {
        self.inner.close().await
    }
}
