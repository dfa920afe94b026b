//! The persistence port: the trait that SQLite and PostgreSQL implement, its errors, the stored form of
//! events, edits and results ([`codec`]), how a book moves to another store ([`transfer`]), and the suite that every
//! store must pass (`conformance`, behind a feature).
//!
//! There is no SQL here and no rule: `domain` decides, a store loads and persists. Every call names its
//! workspace, except those of the background loops, which serve all.

mod bulks;
pub mod codec;
#[cfg(feature = "conformance")]
pub mod conformance;
mod error;
mod lists;
mod records;
pub mod transfer;

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

pub use bulks::Bulks;
pub use error::StoreError;
pub use lists::Lists;
pub use records::{
    ApiKey, Attempt, AttemptFilter, AttemptRecord, Backlog, CallList, CallRecord, CampaignRef,
    Committed, DeliveryFilter, DeliveryKey, DeliveryOutcome, DeliveryRecord, DueDelivery,
    ExpiredClaim, FeedPage, FinishedDelivery, HistoryPage, JobHead, KeyHash, LeadCounts, ListPage,
    News, Permissions, StoreHealth,
};

/// The answer of every store call. "Not found" is `Ok(None)`.
pub type Result<T> = std::result::Result<T, StoreError>;

/// How the write queue is to make batches for a store.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Batching {
    /// Batches that may be under way at the same time. Within a lane they run one after the other.
    pub lanes: usize,
    /// Whether a batch may hold the commands of one workspace only.
    pub is_per_workspace: bool,
}

/// A durable book of leads.
#[async_trait]
pub trait Store: Lists + Bulks + Send + Sync + 'static {
    /// What [`transact`](Store::transact) takes.
    fn batching(&self) -> Batching;

    /// Decides and persists a batch in one transaction, durable before it returns. A rejected command leaves its neighbours alone. On an error nothing of the batch is
    /// stored, or, where a server was lost between commit and answer, all of it. Each lane, from 0, is
    /// called by one thread at a time, which it may block.
    async fn transact(&self, lane: usize, batch: Vec<Command>, now: Timestamp)
    -> Result<Committed>;

    /// The lead that the reference names in the workspace. A deleted one is found by its number ([`LeadRef::Number`]) and by
    /// nothing else: an older lead with the same external id or phone is found in its place.
    async fn lead(&self, workspace: WorkspaceId, lead: &LeadRef) -> Result<Option<Lead>>;

    /// A lead's events, newest first.
    async fn history(
        &self,
        workspace: WorkspaceId,
        lead: LeadId,
        page: HistoryPage,
    ) -> Result<Vec<Event>>;

    async fn workspace(&self, workspace: WorkspaceId) -> Result<Option<Workspace>>;

    async fn campaign(
        &self,
        workspace: WorkspaceId,
        campaign: &CampaignRef,
    ) -> Result<Option<Campaign>>;

    /// Those of the named tags that exist, in the order of their ids.
    async fn tags(&self, workspace: WorkspaceId, ids: &[TagId]) -> Result<Vec<Tag>>;

    /// Those of the named users that exist, in the order of their ids.
    async fn users(&self, workspace: WorkspaceId, ids: &[UserId]) -> Result<Vec<User>>;

    /// Every custom field definition of the workspace, in the order of their ids.
    async fn fields(&self, workspace: WorkspaceId) -> Result<Vec<FieldDefinition>>;

    /// A deleted call is not found.
    async fn call(&self, workspace: WorkspaceId, call: CallId) -> Result<Option<CallRecord>>;

    /// Leads of the campaign that look claimable and due at `now`, those due longest first; at most
    /// `limit`. Only a hint: the claim itself is decided in a transaction.
    async fn claim_candidates(
        &self,
        workspace: WorkspaceId,
        campaign: CampaignId,
        now: Timestamp,
        limit: usize,
    ) -> Result<Vec<LeadId>>;

    /// Claims of any workspace whose lease ended at or before `now`; at most `limit`.
    async fn expired_claims(&self, now: Timestamp, limit: usize) -> Result<Vec<ExpiredClaim>>;

    /// For each lead with unfinished jobs the one accepted first, oldest first; at most `limit`. Until
    /// `lease_end` no other process is given them; what a dead process held comes back then. A store that
    /// one process serves at a time may give them out again at once.
    async fn lease_jobs(
        &self,
        now: Timestamp,
        lease_end: Timestamp,
        limit: usize,
    ) -> Result<Vec<JobHead>>;

    /// Deliveries to attempt at `now`: due, and with no earlier unfinished delivery of the same lead to the same
    /// subscription; those due longest first; at most `limit`. Those to a subscription in `except` are left out: an
    /// endpoint's backlog must not hide what is due elsewhere. Those of a disabled or deleted subscription are given
    /// out too: it is for the caller to end them. Until `lease_end`, or until it is finished, a delivery is given to
    /// nobody again; what a dead process held comes back then (at once, where one process serves a store).
    async fn lease_deliveries(
        &self,
        now: Timestamp,
        lease_end: Timestamp,
        except: &[SubscriptionId],
        limit: usize,
    ) -> Result<Vec<DueDelivery>>;

    /// Records what became of deliveries, all in one transaction: ends their leases, writes the attempt log and the
    /// health of the subscriptions. Of a delivery that was finished meanwhile nothing is recorded; nor of an attempt that is
    /// not the delivery's next, unless it was taken: it was recorded already, though its caller heard no answer.
    async fn finish_deliveries(&self, finished: &[FinishedDelivery]) -> Result<()>;

    /// Adds deliveries that no batch made (tests and notices) behind those of their lines; their ids.
    async fn add_deliveries(&self, deliveries: &[Delivery]) -> Result<Vec<u64>>;

    /// Deliveries that wait, newest first.
    async fn deliveries(
        &self,
        workspace: WorkspaceId,
        filter: &DeliveryFilter,
        page: ListPage,
    ) -> Result<Vec<DeliveryRecord>>;

    /// Dead letters, newest first.
    async fn dead_letters(
        &self,
        workspace: WorkspaceId,
        filter: &DeliveryFilter,
        page: ListPage,
    ) -> Result<Vec<DeliveryRecord>>;

    /// Makes dead letters deliveries again, oldest first, at most `limit`: due at `now`, with no attempt made, and the
    /// same ids. Their places in their lines are the old ones, as far as nothing of the line is under way. Those of a
    /// disabled or deleted subscription stay. How many there were.
    async fn replay_dead_letters(
        &self,
        workspace: WorkspaceId,
        filter: &DeliveryFilter,
        now: Timestamp,
        limit: usize,
    ) -> Result<usize>;

    /// The attempt log, newest first.
    async fn attempts(
        &self,
        workspace: WorkspaceId,
        filter: AttemptFilter,
        page: ListPage,
    ) -> Result<Vec<AttemptRecord>>;

    /// Deletes the oldest attempts of before `until`, at most `limit`; how many there were.
    async fn forget_attempts(&self, until: Timestamp, limit: usize) -> Result<usize>;

    /// `Conflict` if the id exists.
    async fn create_subscription(&self, subscription: &Subscription) -> Result<()>;

    async fn subscription(
        &self,
        workspace: WorkspaceId,
        subscription: SubscriptionId,
    ) -> Result<Option<Subscription>>;

    /// The workspace's subscriptions, newest first.
    async fn subscriptions(
        &self,
        workspace: WorkspaceId,
        page: ListPage,
    ) -> Result<Vec<Subscription>>;

    async fn count_subscriptions(&self, workspace: WorkspaceId) -> Result<u64>;

    /// Replaces a subscription, its health included, by its next version. `false` if it is not of the version before
    /// any more.
    async fn update_subscription(&self, subscription: &Subscription) -> Result<bool>;

    /// Deletes it with its dead letters; what waits for it is dropped when it is due. `false` if there is none.
    async fn delete_subscription(
        &self,
        workspace: WorkspaceId,
        subscription: SubscriptionId,
    ) -> Result<bool>;

    /// Events of the workspace after a position, in an order that never changes and that no event joins in the middle:
    /// an event that is committed later has a higher position. Within a lead it is the order of versions.
    async fn feed(&self, workspace: WorkspaceId, after: u64, limit: usize) -> Result<FeedPage>;

    /// Gives committed events their positions in the feed, where a store does not do so as it commits. The workspaces
    /// whose feeds have grown since this process's last call, by whichever process, with the positions of their ends.
    async fn position_events(&self) -> Result<Vec<(WorkspaceId, u64)>>;

    /// What waits, counted.
    async fn backlog(&self, now: Timestamp) -> Result<Backlog>;

    /// The key with this hash, revoked or not.
    async fn key_by_hash(&self, hash: &KeyHash) -> Result<Option<ApiKey>>;

    /// The workspace's keys, in the order of their ids.
    async fn keys(&self, workspace: WorkspaceId) -> Result<Vec<ApiKey>>;

    /// Reserves `count` ids of a kind; returns the first. No two callers get the same.
    async fn reserve_ids(&self, kind: IdKind, count: u64) -> Result<u64>;

    /// Makes the next reserved id of a kind at least `first`: room for fixed ids below it.
    async fn start_ids_at(&self, kind: IdKind, first: u64) -> Result<()>;

    // Administration. Each call is a transaction of its own; an id that exists is `Conflict`.

    async fn create_workspace(&self, workspace: &Workspace) -> Result<()>;

    /// Creates the workspace if there is none at all, and says whether it did. Of several processes that
    /// find a book empty one wins.
    async fn create_first_workspace(&self, workspace: &Workspace) -> Result<bool>;

    async fn workspaces(&self) -> Result<Vec<Workspace>>;
    async fn create_campaign(&self, campaign: &Campaign) -> Result<()>;

    /// Replaces a campaign by its next version, and lets the next batch see it. `false` if it is not of the version
    /// before any more.
    async fn update_campaign(&self, campaign: &Campaign) -> Result<bool>;

    /// Campaigns of any workspace that are deleted while leads of theirs are not; at most `limit`.
    async fn campaigns_to_empty(&self, limit: usize) -> Result<Vec<(WorkspaceId, CampaignId)>>;

    /// Marks the calls deleted; how many there were. Active ones stay.
    async fn delete_calls(&self, workspace: WorkspaceId, calls: &[CallId]) -> Result<usize>;

    /// `Conflict` if the id exists.
    async fn create_note(&self, note: &Note) -> Result<()>;

    /// Replaces document, attachments, mentions and `updated_at`. `false` if there is no such note.
    async fn update_note(&self, note: &Note) -> Result<bool>;

    async fn create_tag(&self, workspace: WorkspaceId, tag: &Tag) -> Result<()>;
    async fn create_user(&self, workspace: WorkspaceId, user: &User) -> Result<()>;
    async fn create_field(&self, workspace: WorkspaceId, field: &FieldDefinition) -> Result<()>;
    async fn create_key(&self, key: &ApiKey, hash: &KeyHash) -> Result<()>;

    /// `false` if the workspace has no such key. Revoking twice keeps the first time.
    async fn revoke_key(
        &self,
        workspace: WorkspaceId,
        key: KeyId,
        revoked_at: Timestamp,
    ) -> Result<bool>;

    /// Maps a vendor's own campaign id to a campaign, looked up before any view of the number.
    async fn create_campaign_alias(
        &self,
        workspace: WorkspaceId,
        dialect: Dialect,
        id: &str,
        campaign: CampaignId,
    ) -> Result<()>;

    /// What `doctor` shows: sizes, counts, integrity.
    async fn health(&self, now: Timestamp) -> Result<StoreHealth>;

    /// Puts everything where a copy of the files would find it, and closes. Nothing is accepted after.
    async fn close(&self) -> Result<()>;
}
