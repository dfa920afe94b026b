//! The store on PostgreSQL and Citus: any number of Leadbook processes on one database.
//!
//! This file is the handle and the trait; each call is one line that names where it is done: `writer` decides and
//! persists batches (`load`, `persist`), `admin` and `work` hold the SQL of configuration and of the background
//! loops, `lists`, `bulks` and `notes` that of their names, `subscriptions`, `deliveries` and `feed` that of who is told what, `readers` the connections for reads, `pipeline`
//! sends statements, `rows` says what a row looks like, `transfer` reads and fills a whole book.
//! Replication, sharding and failing over are the server's. No rule of the domain is here, and no clock is read.

mod admin;
mod bulks;
mod connection;
mod counts;
mod deliveries;
mod errors;
mod feed;
mod health;
mod lists;
mod load;
mod migrations;
mod notes;
mod partitions;
mod persist;
mod pipeline;
mod query;
mod readers;
mod rows;
mod search;
mod subscriptions;
#[cfg(feature = "testing")]
pub mod testing;
mod transfer;
mod work;
mod writer;

use std::sync::Arc;

use async_trait::async_trait;
use deadpool_postgres::Pool;
use domain::campaign::{Campaign, Workspace};
use domain::command::{Command, LeadRef};
use domain::custom_field::{FieldDefinition, Tag, User};
use domain::event::{Dialect, Event};
use domain::limits::{DATABASE_LANES_MAX, DATABASE_READERS_MAX, DATABASE_WORKERS_MAX};
use domain::note::Note;
use domain::state::Delivery;
use domain::subscription::Subscription;
use domain::{
    CallId, CampaignId, IdKind, KeyId, Lead, LeadId, SubscriptionId, TagId, Timestamp, UserId,
    WorkspaceId,
};
use store::{
    ApiKey, AttemptFilter, AttemptRecord, Backlog, Batching, CallRecord, CampaignRef, Committed,
    DeliveryFilter, DeliveryRecord, DueDelivery, ExpiredClaim, FeedPage, FinishedDelivery,
    HistoryPage, JobHead, KeyHash, ListPage, Result, Store, StoreHealth,
};

use crate::connection::{Session, Target};
use crate::deliveries::due::{Leased, Search};
use crate::errors::Failure;
use crate::feed::Ends;
use crate::persist::Form;
use crate::readers::Readers;
use crate::rows::signed;
use crate::writer::{Known, Lane, Transaction};

/// An open database.
pub struct PostgresStore {
    lanes: Vec<Lane>,
    readers: Readers,
    /// For the background loops: what they do must not wait for readers.
    workers: Readers,
    /// For reading and filling a whole book; opened when that is wanted.
    copying: Pool,
    target: Target,
    feed_ends: Ends,
    is_distributed: bool,
}

impl PostgresStore {
    /// Connects to the database of a `postgres://` URL and brings its schema up to date.
    pub async fn open(url: &str) -> Result<Self> {
        Ok(Self::try_open(url, None).await?)
    }

    /// As [`open`](Self::open), but writes as to a Citus cluster, whatever the server is.
    #[cfg(feature = "testing")]
    pub async fn open_routed(url: &str) -> Result<Self> {
        Ok(Self::try_open(url, Some(true)).await?)
    }

    /// Brings the schema up to date and spreads its tables over the nodes of a Citus cluster.
    pub async fn migrate_citus(url: &str) -> Result<()> {
        let target = Target::parse(url)?;
        migrations::run(&target).await?;
        Ok(migrations::distribute(&target).await?)
    }

    async fn try_open(
        url: &str,
        is_distributed: Option<bool>,
    ) -> std::result::Result<Self, Failure> {
        let target = Target::parse(url)?;
        migrations::run(&target).await?;
        let readers = Readers::new(&target, Session::Pool, DATABASE_READERS_MAX)?;
        let workers = Readers::new(&target, Session::Worker, DATABASE_WORKERS_MAX)?;
        let is_distributed = match is_distributed {
            Some(told) => told,
            None => migrations::is_distributed(readers.borrow().await?.pipeline()?).await?,
        };
        let form = form(is_distributed);
        transfer::refuse_unfinished(readers.borrow().await?.pipeline()?, &target).await?;
        let known = Arc::new(Known::default());
        let lanes = (0..lanes()).map(|_| Lane::new(&target, form, &known));
        Ok(Self {
            lanes: lanes.collect::<std::result::Result<_, _>>()?,
            readers,
            workers,
            copying: target.pool(Session::Copy, transfer::CONNECTIONS)?,
            target,
            feed_ends: Ends::default(),
            is_distributed,
        })
    }

    /// Begins a transaction for a single write.
    async fn begin(&self) -> std::result::Result<Transaction, Failure> {
        let transaction = Transaction::begin(self.readers.pool()).await?;
        transaction.pipeline()?.begin().await?;
        Ok(transaction)
    }

    fn form(&self) -> Form {
        form(self.is_distributed)
    }
}

fn form(is_distributed: bool) -> Form {
    if is_distributed {
        Form::Routed
    } else {
        Form::Sets
    }
}

/// How often it is begun to record outcomes that a deadlock with somebody else's session prevented.
const FINISHES_MAX: usize = 3;

/// Two overlap the server's work with ours; more pay only where there are cores for them.
fn lanes() -> usize {
    let cores = std::thread::available_parallelism().map_or(1, std::num::NonZero::get);
    cores.clamp(2, DATABASE_LANES_MAX)
}

/// Ids as a statement takes them.
fn numbers(ids: impl Iterator<Item = u64>) -> Vec<i64> {
    ids.map(signed).collect()
}

#[async_trait]
impl Store for PostgresStore {
    fn batching(&self) -> Batching {
        Batching {
            lanes: self.lanes.len(),
            is_per_workspace: self.is_distributed,
        }
    }

    async fn transact(
        &self,
        lane: usize,
        batch: Vec<Command>,
        now: Timestamp,
    ) -> Result<Committed> {
        let lane = &self.lanes[lane % self.lanes.len()];
        Ok(Box::pin(lane.transact(batch, now)).await?)
    }

    async fn lead(&self, workspace: WorkspaceId, lead: &LeadRef) -> Result<Option<Lead>> {
        let loan = self.readers.borrow().await?;
        Ok(load::lead(loan.pipeline()?, workspace, lead).await?)
    }

    async fn history(
        &self,
        workspace: WorkspaceId,
        lead: LeadId,
        page: HistoryPage,
    ) -> Result<Vec<Event>> {
        let loan = self.readers.borrow().await?;
        Ok(query::history(loan.pipeline()?, workspace, lead, page).await?)
    }

    async fn workspace(&self, workspace: WorkspaceId) -> Result<Option<Workspace>> {
        let loan = self.readers.borrow().await?;
        Ok(query::workspace(loan.pipeline()?, workspace).await?)
    }

    async fn campaign(
        &self,
        workspace: WorkspaceId,
        campaign: &CampaignRef,
    ) -> Result<Option<Campaign>> {
        let loan = self.readers.borrow().await?;
        Ok(query::campaign_by_ref(loan.pipeline()?, workspace, campaign).await?)
    }

    async fn tags(&self, workspace: WorkspaceId, ids: &[TagId]) -> Result<Vec<Tag>> {
        let loan = self.readers.borrow().await?;
        let ids = numbers(ids.iter().map(|id| id.get()));
        Ok(query::tags(loan.pipeline()?, signed(workspace.get()), &ids).await?)
    }

    async fn users(&self, workspace: WorkspaceId, ids: &[UserId]) -> Result<Vec<User>> {
        let loan = self.readers.borrow().await?;
        let ids = numbers(ids.iter().map(|id| id.get()));
        Ok(query::users(loan.pipeline()?, signed(workspace.get()), &ids).await?)
    }

    async fn fields(&self, workspace: WorkspaceId) -> Result<Vec<FieldDefinition>> {
        let loan = self.readers.borrow().await?;
        Ok(query::fields(loan.pipeline()?, workspace).await?)
    }

    async fn call(&self, workspace: WorkspaceId, call: CallId) -> Result<Option<CallRecord>> {
        let loan = self.readers.borrow().await?;
        Ok(query::call(loan.pipeline()?, workspace, call).await?)
    }

    async fn claim_candidates(
        &self,
        workspace: WorkspaceId,
        campaign: CampaignId,
        now: Timestamp,
        limit: usize,
    ) -> Result<Vec<LeadId>> {
        let loan = self.readers.borrow().await?;
        Ok(work::claim_candidates(loan.pipeline()?, workspace, campaign, now, limit).await?)
    }

    async fn expired_claims(&self, now: Timestamp, limit: usize) -> Result<Vec<ExpiredClaim>> {
        let loan = self.workers.borrow().await?;
        Ok(work::expired_claims(loan.pipeline()?, now, limit).await?)
    }

    async fn lease_jobs(
        &self,
        now: Timestamp,
        lease_end: Timestamp,
        limit: usize,
    ) -> Result<Vec<JobHead>> {
        let loan = self.workers.borrow().await?;
        Ok(work::lease_jobs(loan.pipeline()?, now, lease_end, limit).await?)
    }

    async fn lease_deliveries(
        &self,
        now: Timestamp,
        lease_end: Timestamp,
        except: &[SubscriptionId],
        limit: usize,
    ) -> Result<Vec<DueDelivery>> {
        let search = Search { now, except, limit };
        let loan = self.workers.borrow().await?;
        let leased = deliveries::due::lease(loan.pipeline()?, self.form(), &search, lease_end);
        let Leased { due, gone } = leased.await?;
        if !gone.is_empty() {
            let gone = gone.into_iter();
            let gone: Vec<_> = gone.map(|key| deliveries::untellable(key, now)).collect();
            self.finish_deliveries(&gone).await?;
        }
        Ok(due)
    }

    async fn finish_deliveries(&self, finished: &[FinishedDelivery]) -> Result<()> {
        if finished.is_empty() {
            return Ok(());
        }
        let mut attempts = 1;
        loop {
            let transaction = Transaction::begin(self.workers.pool()).await?;
            let ended = deliveries::finish(transaction.pipeline()?, self.form(), finished).await;
            match ended {
                // Undone whole by the server.
                Err(failure) if failure.is_passing() && attempts < FINISHES_MAX => attempts += 1,
                ended => {
                    ended?;
                    transaction.ended();
                    return Ok(());
                }
            }
        }
    }

    async fn add_deliveries(&self, deliveries: &[Delivery]) -> Result<Vec<u64>> {
        let transaction = self.begin().await?;
        let ids = deliveries::add(transaction.pipeline()?, self.form(), deliveries).await?;
        transaction.commit().await?;
        Ok(ids)
    }

    async fn deliveries(
        &self,
        workspace: WorkspaceId,
        filter: &DeliveryFilter,
        page: ListPage,
    ) -> Result<Vec<DeliveryRecord>> {
        let loan = self.readers.borrow().await?;
        Ok(deliveries::waiting(loan.pipeline()?, workspace, filter, page).await?)
    }

    async fn dead_letters(
        &self,
        workspace: WorkspaceId,
        filter: &DeliveryFilter,
        page: ListPage,
    ) -> Result<Vec<DeliveryRecord>> {
        let loan = self.readers.borrow().await?;
        Ok(deliveries::dead_letters(loan.pipeline()?, workspace, filter, page).await?)
    }

    async fn replay_dead_letters(
        &self,
        workspace: WorkspaceId,
        filter: &DeliveryFilter,
        now: Timestamp,
        limit: usize,
    ) -> Result<usize> {
        let transaction = self.begin().await?;
        let count =
            deliveries::replay(transaction.pipeline()?, workspace, filter, now, limit).await?;
        transaction.commit().await?;
        Ok(count)
    }

    async fn attempts(
        &self,
        workspace: WorkspaceId,
        filter: AttemptFilter,
        page: ListPage,
    ) -> Result<Vec<AttemptRecord>> {
        let loan = self.readers.borrow().await?;
        Ok(deliveries::attempts(loan.pipeline()?, workspace, filter, page).await?)
    }

    async fn forget_attempts(&self, until: Timestamp, limit: usize) -> Result<usize> {
        let loan = self.workers.borrow().await?;
        Ok(deliveries::forget_attempts(loan.pipeline()?, until, limit).await?)
    }

    async fn create_subscription(&self, subscription: &Subscription) -> Result<()> {
        let transaction = self.begin().await?;
        subscriptions::create(transaction.pipeline()?, subscription).await?;
        Ok(transaction.commit().await?)
    }

    async fn subscription(
        &self,
        workspace: WorkspaceId,
        subscription: SubscriptionId,
    ) -> Result<Option<Subscription>> {
        let loan = self.readers.borrow().await?;
        Ok(subscriptions::subscription(loan.pipeline()?, workspace, subscription).await?)
    }

    async fn subscriptions(
        &self,
        workspace: WorkspaceId,
        page: ListPage,
    ) -> Result<Vec<Subscription>> {
        let loan = self.readers.borrow().await?;
        Ok(subscriptions::subscriptions(loan.pipeline()?, workspace, page).await?)
    }

    async fn count_subscriptions(&self, workspace: WorkspaceId) -> Result<u64> {
        let loan = self.readers.borrow().await?;
        Ok(subscriptions::count(loan.pipeline()?, workspace).await?)
    }

    async fn update_subscription(&self, subscription: &Subscription) -> Result<bool> {
        let transaction = self.begin().await?;
        let is_updated = subscriptions::update(transaction.pipeline()?, subscription).await?;
        transaction.commit().await?;
        Ok(is_updated)
    }

    async fn delete_subscription(
        &self,
        workspace: WorkspaceId,
        subscription: SubscriptionId,
    ) -> Result<bool> {
        let transaction = self.begin().await?;
        let is_deleted =
            subscriptions::delete(transaction.pipeline()?, workspace, subscription).await?;
        transaction.commit().await?;
        Ok(is_deleted)
    }

    async fn feed(&self, workspace: WorkspaceId, after: u64, limit: usize) -> Result<FeedPage> {
        let loan = self.readers.borrow().await?;
        Ok(feed::page(loan.pipeline()?, workspace, after, limit).await?)
    }

    async fn position_events(&self) -> Result<Vec<(WorkspaceId, u64)>> {
        let unpositioned = {
            let loan = self.workers.borrow().await?;
            feed::unpositioned(loan.pipeline()?).await?
        };
        for workspace in unpositioned {
            let mut is_more = true;
            while is_more {
                let transaction = Transaction::begin(self.workers.pool()).await?;
                is_more = feed::position(transaction.pipeline()?, self.form(), workspace).await?;
                transaction.ended();
            }
        }
        let loan = self.workers.borrow().await?;
        Ok(self.feed_ends.moved(loan.pipeline()?, self.form()).await?)
    }

    async fn backlog(&self, _now: Timestamp) -> Result<Backlog> {
        let loan = self.readers.borrow().await?;
        Ok(health::backlog(loan.pipeline()?).await?)
    }

    async fn key_by_hash(&self, hash: &KeyHash) -> Result<Option<ApiKey>> {
        let loan = self.readers.borrow().await?;
        Ok(query::key_by_hash(loan.pipeline()?, *hash).await?)
    }

    async fn keys(&self, workspace: WorkspaceId) -> Result<Vec<ApiKey>> {
        let loan = self.readers.borrow().await?;
        Ok(query::keys(loan.pipeline()?, workspace).await?)
    }

    async fn reserve_ids(&self, kind: IdKind, count: u64) -> Result<u64> {
        let loan = self.readers.borrow().await?;
        Ok(admin::reserve_ids(loan.pipeline()?, kind, count).await?)
    }

    async fn start_ids_at(&self, kind: IdKind, first: u64) -> Result<()> {
        let loan = self.readers.borrow().await?;
        Ok(admin::start_ids_at(loan.pipeline()?, kind, first).await?)
    }

    async fn create_workspace(&self, workspace: &Workspace) -> Result<()> {
        let loan = self.readers.borrow().await?;
        Ok(admin::create_workspace(loan.pipeline()?, workspace).await?)
    }

    async fn create_first_workspace(&self, workspace: &Workspace) -> Result<bool> {
        let transaction = self.begin().await?;
        let is_first = admin::create_first_workspace(transaction.pipeline()?, workspace).await?;
        transaction.commit().await?;
        Ok(is_first)
    }

    async fn workspaces(&self) -> Result<Vec<Workspace>> {
        let loan = self.readers.borrow().await?;
        Ok(query::workspaces(loan.pipeline()?).await?)
    }

    async fn create_campaign(&self, campaign: &Campaign) -> Result<()> {
        let loan = self.readers.borrow().await?;
        Ok(admin::create_campaign(loan.pipeline()?, campaign).await?)
    }

    async fn update_campaign(&self, campaign: &Campaign) -> Result<bool> {
        let loan = self.readers.borrow().await?;
        Ok(admin::update_campaign(loan.pipeline()?, campaign).await?)
    }

    async fn campaigns_to_empty(&self, limit: usize) -> Result<Vec<(WorkspaceId, CampaignId)>> {
        let loan = self.workers.borrow().await?;
        Ok(work::campaigns_to_empty(loan.pipeline()?, limit).await?)
    }

    async fn delete_calls(&self, workspace: WorkspaceId, calls: &[CallId]) -> Result<usize> {
        let loan = self.readers.borrow().await?;
        Ok(admin::delete_calls(loan.pipeline()?, workspace, calls).await?)
    }

    async fn create_note(&self, note: &Note) -> Result<()> {
        let loan = self.readers.borrow().await?;
        Ok(notes::create(loan.pipeline()?, note).await?)
    }

    async fn update_note(&self, note: &Note) -> Result<bool> {
        let loan = self.readers.borrow().await?;
        Ok(notes::update(loan.pipeline()?, note).await?)
    }

    async fn create_tag(&self, workspace: WorkspaceId, tag: &Tag) -> Result<()> {
        let loan = self.readers.borrow().await?;
        Ok(admin::create_tag(loan.pipeline()?, workspace, tag).await?)
    }

    async fn create_user(&self, workspace: WorkspaceId, user: &User) -> Result<()> {
        let loan = self.readers.borrow().await?;
        Ok(admin::create_user(loan.pipeline()?, workspace, user).await?)
    }

    async fn create_field(&self, workspace: WorkspaceId, field: &FieldDefinition) -> Result<()> {
        let loan = self.readers.borrow().await?;
        Ok(admin::create_field(loan.pipeline()?, workspace, field).await?)
    }

    async fn create_key(&self, key: &ApiKey, hash: &KeyHash) -> Result<()> {
        let loan = self.readers.borrow().await?;
        Ok(admin::create_key(loan.pipeline()?, key, *hash).await?)
    }

    async fn revoke_key(
        &self,
        workspace: WorkspaceId,
        key: KeyId,
        revoked_at: Timestamp,
    ) -> Result<bool> {
        let loan = self.readers.borrow().await?;
        Ok(admin::revoke_key(loan.pipeline()?, workspace, key, revoked_at).await?)
    }

    async fn create_campaign_alias(
        &self,
        workspace: WorkspaceId,
        dialect: Dialect,
        id: &str,
        campaign: CampaignId,
    ) -> Result<()> {
        let loan = self.readers.borrow().await?;
        let pipeline = loan.pipeline()?;
        Ok(admin::create_campaign_alias(pipeline, workspace, dialect, id, campaign).await?)
    }

    async fn health(&self, now: Timestamp) -> Result<StoreHealth> {
        let loan = self.readers.borrow().await?;
        Ok(health::health(loan.pipeline()?, &self.target.description(), now).await?)
    }

    async fn close(&self) -> Result<()> {
        for lane in &self.lanes {
            lane.close();
        }
        self.readers.close();
        self.workers.close();
        self.copying.close();
        Ok(())
    }
}
