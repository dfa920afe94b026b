//! The store on SQLite: one file, one writer, no server. The embedded default.
//!
//! This file is the handle and the trait; each call is one line that names where it is done: `writer` decides
//! and persists batches (`load`, `persist`), `admin` and `work` hold the SQL of configuration and of the
//! background loops, `subscriptions`, `deliveries` and `feed` that of telling others, `readers` the connections for reads, `checkpoint` what moves the log into the file, `transfer`
//! how a whole book is read and filled, `rows` what a row looks like. No rule of the domain is here, and no clock is read.

mod admin;
mod blocks;
mod bulks;
mod checkpoint;
mod connection;
mod counts;
mod deliveries;
mod errors;
mod feed;
mod grams;
mod health;
mod leases;
mod lists;
mod load;
mod migrations;
mod notes;
mod persist;
mod query;
mod readers;
mod rows;
mod search;
mod subscriptions;
mod texts;
mod transfer;
mod work;
mod writer;

use std::path::{Path, PathBuf};
use std::sync::Arc;

use async_trait::async_trait;
use domain::campaign::{Campaign, Workspace};
use domain::command::{Command, LeadRef};
use domain::custom_field::{FieldDefinition, Tag, User};
use domain::event::{Dialect, Event};
use domain::note::Note;
use domain::state::Delivery;
use domain::subscription::Subscription;
use domain::{
    CallId, CampaignId, IdKind, KeyId, Lead, LeadId, SubscriptionId, TagId, Timestamp, UserId,
    WorkspaceId,
};
use rusqlite::Connection;
use store::{
    ApiKey, AttemptFilter, AttemptRecord, Backlog, Batching, CallRecord, CampaignRef, Committed,
    DeliveryFilter, DeliveryRecord, DueDelivery, ExpiredClaim, FeedPage, FinishedDelivery,
    HistoryPage, JobHead, KeyHash, ListPage, Result, Store, StoreHealth,
};

use crate::checkpoint::Checkpointer;
use crate::deliveries::due;
use crate::errors::Failure;
use crate::leases::Leases;
use crate::readers::Readers;
use crate::writer::Writer;

/// Dead letters that one transaction deletes.
const DEAD_LETTERS_AT_ONCE: usize = 5_000;

/// An open database. Several may be open on one file, in one process or in many.
pub struct SqliteStore {
    // Declared first, so that it stops before the connections it works beside are closed.
    checkpointer: Checkpointer,
    writer: Arc<Writer>,
    readers: Arc<Readers>,
    leases: Arc<Leases>,
    path: PathBuf,
    /// Of a temporary store: the directory that goes with it.
    _directory: Option<tempfile::TempDir>,
}

impl SqliteStore {
    /// Opens the file, making it and bringing its schema up to date where needed.
    pub fn open(path: &Path) -> Result<Self> {
        Ok(Self::try_open(path, None)?)
    }

    /// A store in a directory of its own, deleted with it: for demonstrations and tests.
    pub fn open_temporary() -> Result<Self> {
        let directory = tempfile::tempdir().map_err(Failure::from)?;
        Ok(Self::try_open(
            &directory.path().join("leadbook.db"),
            Some(directory),
        )?)
    }

    fn try_open(
        path: &Path,
        directory: Option<tempfile::TempDir>,
    ) -> std::result::Result<Self, Failure> {
        let _turn = connection::opening_turn(path)?;
        let mut connection = connection::writer(path)?;
        migrations::run(&mut connection)?;
        transfer::refuse_unfinished(&connection, path)?;
        checkpoint::trim(&connection, path)?;
        let writer = Arc::new(Writer::new(connection)?);
        Ok(Self {
            checkpointer: Checkpointer::start(path, &writer)?,
            readers: Arc::new(Readers::open(path)?),
            leases: Arc::default(),
            writer,
            path: path.to_owned(),
            _directory: directory,
        })
    }

    /// Runs a read on a connection of the pool, off the async threads.
    async fn read<T: Send + 'static>(
        &self,
        read: impl FnOnce(&Connection) -> std::result::Result<T, Failure> + Send + 'static,
    ) -> Result<T> {
        Ok(Arc::clone(&self.readers).run(read).await?)
    }

    /// Runs a write as a transaction of its own on the writer's connection, off the async threads.
    async fn write<T: Send + 'static>(
        &self,
        write: impl FnOnce(&Connection) -> std::result::Result<T, Failure> + Send + 'static,
    ) -> Result<T> {
        Ok(Arc::clone(&self.writer).administer(write).await?)
    }
}

#[async_trait]
impl Store for SqliteStore {
    fn batching(&self) -> Batching {
        Batching {
            lanes: 1,
            is_per_workspace: false,
        }
    }

    async fn transact(
        &self,
        _lane: usize,
        batch: Vec<Command>,
        now: Timestamp,
    ) -> Result<Committed> {
        Ok(self.writer.transact(batch, now)?)
    }

    async fn lead(&self, workspace: WorkspaceId, lead: &LeadRef) -> Result<Option<Lead>> {
        let lead = lead.clone();
        self.read(move |c| load::lead(c, workspace, &lead)).await
    }

    async fn history(
        &self,
        workspace: WorkspaceId,
        lead: LeadId,
        page: HistoryPage,
    ) -> Result<Vec<Event>> {
        self.read(move |c| query::history(c, workspace, lead, page))
            .await
    }

    async fn workspace(&self, workspace: WorkspaceId) -> Result<Option<Workspace>> {
        self.read(move |c| query::workspace(c, workspace)).await
    }

    async fn campaign(
        &self,
        workspace: WorkspaceId,
        campaign: &CampaignRef,
    ) -> Result<Option<Campaign>> {
        let campaign = campaign.clone();
        self.read(move |c| query::campaign_by_ref(c, workspace, &campaign))
            .await
    }

    async fn tags(&self, workspace: WorkspaceId, ids: &[TagId]) -> Result<Vec<Tag>> {
        let ids = ids.iter().copied().collect();
        self.read(move |c| query::tags(c, workspace, &ids)).await
    }

    async fn users(&self, workspace: WorkspaceId, ids: &[UserId]) -> Result<Vec<User>> {
        let ids = ids.iter().copied().collect();
        self.read(move |c| query::users(c, workspace, &ids)).await
    }

    async fn fields(&self, workspace: WorkspaceId) -> Result<Vec<FieldDefinition>> {
        self.read(move |c| query::fields(c, workspace)).await
    }

    async fn call(&self, workspace: WorkspaceId, call: CallId) -> Result<Option<CallRecord>> {
        self.read(move |c| query::call(c, workspace, call)).await
    }

    async fn claim_candidates(
        &self,
        workspace: WorkspaceId,
        campaign: CampaignId,
        now: Timestamp,
        limit: usize,
    ) -> Result<Vec<LeadId>> {
        self.read(move |c| work::claim_candidates(c, workspace, campaign, now, limit))
            .await
    }

    async fn expired_claims(&self, now: Timestamp, limit: usize) -> Result<Vec<ExpiredClaim>> {
        self.read(move |c| work::expired_claims(c, now, limit))
            .await
    }

    // One process serves a file, and knows what it is at: a lease would be a write for nothing.
    async fn lease_jobs(
        &self,
        _now: Timestamp,
        _lease_end: Timestamp,
        limit: usize,
    ) -> Result<Vec<JobHead>> {
        self.read(move |c| work::job_heads(c, limit)).await
    }

    async fn lease_deliveries(
        &self,
        now: Timestamp,
        lease_end: Timestamp,
        except: &[SubscriptionId],
        limit: usize,
    ) -> Result<Vec<DueDelivery>> {
        let except = except.iter().copied().collect();
        let search = due::Search { now, except, limit };
        let leases = Arc::clone(&self.leases);
        self.read(move |c| due::lease(c, &leases, &search, lease_end))
            .await
    }

    async fn finish_deliveries(&self, finished: &[FinishedDelivery]) -> Result<()> {
        let owned = finished.to_vec();
        self.write(move |c| deliveries::finish(c, &owned)).await?;
        self.leases.end(finished.iter().map(|done| done.key.id));
        Ok(())
    }

    async fn add_deliveries(&self, added: &[Delivery]) -> Result<Vec<u64>> {
        let added = added.to_vec();
        self.write(move |c| deliveries::add(c, &added)).await
    }

    async fn deliveries(
        &self,
        workspace: WorkspaceId,
        filter: &DeliveryFilter,
        page: ListPage,
    ) -> Result<Vec<DeliveryRecord>> {
        let filter = filter.clone();
        self.read(move |c| deliveries::waiting(c, workspace, &filter, page))
            .await
    }

    async fn dead_letters(
        &self,
        workspace: WorkspaceId,
        filter: &DeliveryFilter,
        page: ListPage,
    ) -> Result<Vec<DeliveryRecord>> {
        let filter = filter.clone();
        self.read(move |c| deliveries::dead_letters(c, workspace, &filter, page))
            .await
    }

    async fn replay_dead_letters(
        &self,
        workspace: WorkspaceId,
        filter: &DeliveryFilter,
        now: Timestamp,
        limit: usize,
    ) -> Result<usize> {
        let filter = filter.clone();
        self.write(move |c| deliveries::replay(c, workspace, &filter, now, limit))
            .await
    }

    async fn attempts(
        &self,
        workspace: WorkspaceId,
        filter: AttemptFilter,
        page: ListPage,
    ) -> Result<Vec<AttemptRecord>> {
        self.read(move |c| deliveries::attempts(c, workspace, filter, page))
            .await
    }

    async fn forget_attempts(&self, until: Timestamp, limit: usize) -> Result<usize> {
        self.write(move |c| deliveries::forget_attempts(c, until, limit))
            .await
    }

    async fn create_subscription(&self, subscription: &Subscription) -> Result<()> {
        let subscription = subscription.clone();
        self.write(move |c| subscriptions::create(c, &subscription))
            .await
    }

    async fn subscription(
        &self,
        workspace: WorkspaceId,
        subscription: SubscriptionId,
    ) -> Result<Option<Subscription>> {
        self.read(move |c| subscriptions::subscription(c, workspace, subscription))
            .await
    }

    async fn subscriptions(
        &self,
        workspace: WorkspaceId,
        page: ListPage,
    ) -> Result<Vec<Subscription>> {
        self.read(move |c| subscriptions::subscriptions(c, workspace, page))
            .await
    }

    async fn count_subscriptions(&self, workspace: WorkspaceId) -> Result<u64> {
        self.read(move |c| subscriptions::count(c, workspace)).await
    }

    async fn update_subscription(&self, subscription: &Subscription) -> Result<bool> {
        let subscription = subscription.clone();
        self.write(move |c| subscriptions::update(c, &subscription))
            .await
    }

    // Most dead letters before and apart from it: others would wait while many are deleted at once.
    async fn delete_subscription(
        &self,
        workspace: WorkspaceId,
        subscription: SubscriptionId,
    ) -> Result<bool> {
        let limit = DEAD_LETTERS_AT_ONCE;
        while self
            .write(move |c| deliveries::delete_dead_letters(c, workspace, subscription, limit))
            .await?
            == limit
        {}
        self.write(move |c| {
            deliveries::delete_dead_letters(c, workspace, subscription, usize::MAX)?;
            subscriptions::delete(c, workspace, subscription)
        })
        .await
    }

    async fn feed(&self, workspace: WorkspaceId, after: u64, limit: usize) -> Result<FeedPage> {
        self.read(move |c| feed::page(c, workspace, after, limit))
            .await
    }

    async fn position_events(&self) -> Result<Vec<(WorkspaceId, u64)>> {
        let writer = Arc::clone(&self.writer);
        self.read(move |c| writer.growth().take(c)).await
    }

    async fn backlog(&self, _now: Timestamp) -> Result<Backlog> {
        self.read(health::backlog).await
    }

    async fn key_by_hash(&self, hash: &KeyHash) -> Result<Option<ApiKey>> {
        let hash = *hash;
        self.read(move |c| query::key_by_hash(c, hash)).await
    }

    async fn keys(&self, workspace: WorkspaceId) -> Result<Vec<ApiKey>> {
        self.read(move |c| query::keys(c, workspace)).await
    }

    async fn reserve_ids(&self, kind: IdKind, count: u64) -> Result<u64> {
        self.write(move |c| admin::reserve_ids(c, kind, count))
            .await
    }

    async fn start_ids_at(&self, kind: IdKind, first: u64) -> Result<()> {
        self.write(move |c| admin::start_ids_at(c, kind, first))
            .await
    }

    async fn create_workspace(&self, workspace: &Workspace) -> Result<()> {
        let workspace = workspace.clone();
        self.write(move |c| admin::create_workspace(c, &workspace))
            .await
    }

    async fn create_first_workspace(&self, workspace: &Workspace) -> Result<bool> {
        let workspace = workspace.clone();
        self.write(move |c| admin::create_first_workspace(c, &workspace))
            .await
    }

    async fn workspaces(&self) -> Result<Vec<Workspace>> {
        self.read(query::workspaces).await
    }

    async fn create_campaign(&self, campaign: &Campaign) -> Result<()> {
        let campaign = campaign.clone();
        self.write(move |c| admin::create_campaign(c, &campaign))
            .await
    }

    async fn update_campaign(&self, campaign: &Campaign) -> Result<bool> {
        let campaign = campaign.clone();
        self.write(move |c| admin::update_campaign(c, &campaign))
            .await
    }

    async fn campaigns_to_empty(&self, limit: usize) -> Result<Vec<(WorkspaceId, CampaignId)>> {
        self.read(move |c| work::campaigns_to_empty(c, limit)).await
    }

    async fn delete_calls(&self, workspace: WorkspaceId, calls: &[CallId]) -> Result<usize> {
        let calls = calls.to_vec();
        self.write(move |c| admin::delete_calls(c, workspace, &calls))
            .await
    }

    async fn create_note(&self, note: &Note) -> Result<()> {
        let note = note.clone();
        self.write(move |c| notes::create(c, &note)).await
    }

    async fn update_note(&self, note: &Note) -> Result<bool> {
        let note = note.clone();
        self.write(move |c| notes::update(c, &note)).await
    }

    async fn create_tag(&self, workspace: WorkspaceId, tag: &Tag) -> Result<()> {
        let tag = tag.clone();
        self.write(move |c| admin::create_tag(c, workspace, &tag))
            .await
    }

    async fn create_user(&self, workspace: WorkspaceId, user: &User) -> Result<()> {
        let user = user.clone();
        self.write(move |c| admin::create_user(c, workspace, &user))
            .await
    }

    async fn create_field(&self, workspace: WorkspaceId, field: &FieldDefinition) -> Result<()> {
        let field = field.clone();
        self.write(move |c| admin::create_field(c, workspace, &field))
            .await
    }

    async fn create_key(&self, key: &ApiKey, hash: &KeyHash) -> Result<()> {
        let (key, hash) = (key.clone(), *hash);
        self.write(move |c| admin::create_key(c, &key, hash)).await
    }

    async fn revoke_key(
        &self,
        workspace: WorkspaceId,
        key: KeyId,
        revoked_at: Timestamp,
    ) -> Result<bool> {
        self.write(move |c| admin::revoke_key(c, workspace, key, revoked_at))
            .await
    }

    async fn create_campaign_alias(
        &self,
        workspace: WorkspaceId,
        dialect: Dialect,
        id: &str,
        campaign: CampaignId,
    ) -> Result<()> {
        let id = id.to_owned();
        self.write(move |c| admin::create_campaign_alias(c, workspace, dialect, &id, campaign))
            .await
    }

    async fn health(&self, now: Timestamp) -> Result<StoreHealth> {
        let path = self.path.clone();
        self.read(move |c| health::health(c, &path, now)).await
    }

    async fn close(&self) -> Result<()> {
        self.checkpointer.stop();
        self.readers.close().await;
        Ok(Arc::clone(&self.writer).close().await?)
    }
}
