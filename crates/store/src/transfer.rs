//! Moving a whole book from one store to another: every record as a value, read and written page by page.
//!
//! Apart from [`Store`](crate::Store), because only `leadbook copy` needs it. A store reads each kind in the order that is
//! cheapest for it, so nothing here promises an order; what has an order of its own (jobs, deferred edits,
//! deliveries) carries its number. What a store derives (queues of dialers, heads, chains of events) is no
//! record: the importing store makes it anew.

use async_trait::async_trait;
use domain::bulk::{Bulk, Chunk};
use domain::campaign::{Campaign, Workspace};
use domain::custom_field::{FieldDefinition, Tag, User};
use domain::event::{Dialect, Event};
use domain::note::Note;
use domain::state::{DeferredEdit, Job};
use domain::subscription::Subscription;
use domain::{IdKind, Lead, WorkspaceId};

use crate::{ApiKey, CallRecord, DeliveryRecord, KeyHash, Result};

/// The kinds of records, in the order in which they are written: what is derived from an earlier kind finds it there.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum RecordKind {
    IdBlock,
    Workspace,
    Key,
    Campaign,
    Tag,
    User,
    Field,
    Subscription,
    VendorId,
    /// Where each feed ends.
    Feed,
    Lead,
    Event,
    Call,
    Job,
    DeferredEdit,
    Note,
    /// Chunks of bulks that were accepted and are not made yet.
    Chunk,
    /// Also the dead letters. The attempt log is not copied.
    Delivery,
}

impl RecordKind {
    pub const ALL: [Self; 18] = [
        Self::IdBlock,
        Self::Workspace,
        Self::Key,
        Self::Campaign,
        Self::Tag,
        Self::User,
        Self::Field,
        Self::Subscription,
        Self::VendorId,
        Self::Feed,
        Self::Lead,
        Self::Event,
        Self::Call,
        Self::Job,
        Self::DeferredEdit,
        Self::Note,
        Self::Chunk,
        Self::Delivery,
    ];

    /// For a person.
    pub const fn name(self) -> &'static str {
        match self {
            Self::IdBlock => "id blocks",
            Self::Workspace => "workspaces",
            Self::Key => "keys",
            Self::Campaign => "campaigns",
            Self::Tag => "tags",
            Self::User => "users",
            Self::Field => "fields",
            Self::VendorId => "vendor ids",
            Self::Lead => "leads",
            Self::Event => "events",
            Self::Call => "calls",
            Self::Job => "jobs",
            Self::DeferredEdit => "deferred edits",
            Self::Note => "notes",
            Self::Chunk => "chunks of bulks",
            Self::Delivery => "deliveries",
            Self::Subscription => "subscriptions",
            Self::Feed => "feeds",
        }
    }
}

/// One thing that a book keeps.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Record {
    /// The next id of a kind that nobody was given.
    IdBlock(IdKind, u64),
    Workspace(Workspace),
    Key(ApiKey, KeyHash),
    Campaign(Campaign),
    Tag(WorkspaceId, Tag),
    User(WorkspaceId, User),
    Field(WorkspaceId, FieldDefinition),
    VendorId(VendorIdRecord),
    /// With its claim; its events are records of their own.
    Lead(Box<Lead>),
    Event(Box<Event>),
    Call(CallRecord),
    Job(JobRecord),
    DeferredEdit(DeferredEdit),
    Note(Note),
    /// With its bulk.
    Chunk(Box<(Bulk, Chunk)>),
    Delivery(DeliveryRecord),
    Subscription(Box<Subscription>),
    /// The position of a workspace's newest event. The events get new positions after it: who goes on with a cursor of the
    /// copied book hears some again and misses none.
    Feed(WorkspaceId, u64),
}

/// An id that an import brought along, or an alias of a campaign.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct VendorIdRecord {
    pub workspace_id: WorkspaceId,
    pub dialect: Dialect,
    pub target: VendorIdTarget,
    pub id: String,
    pub number: u64,
}

/// What a vendor id stands for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum VendorIdTarget {
    Lead,
    Campaign,
}

impl VendorIdTarget {
    /// The name under which a store keeps it.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Lead => "lead",
            Self::Campaign => "campaign",
        }
    }

    pub fn from_name(name: &str) -> Option<Self> {
        [Self::Lead, Self::Campaign]
            .into_iter()
            .find(|target| target.name() == name)
    }
}

/// A job and its place among all jobs.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct JobRecord {
    pub position: u64,
    pub job: Job,
}

/// Where a page ended: a store's own words, to be given back to that store and to no other.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Cursor {
    pub numbers: [i64; 4],
    pub texts: [String; 3],
}

/// Some records of one kind.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RecordPage {
    pub records: Vec<Record>,
    /// `None` after the last page.
    pub next: Option<Cursor>,
}

/// Who watches long work.
pub type Watch<'w> = &'w mut (dyn FnMut(u64) + Send);

/// A store whose whole book can be read, and that can be filled while it is empty and nobody serves it.
#[async_trait]
pub trait Transfer: Send + Sync + 'static {
    /// How many records of a kind there are, counted where they lie.
    async fn count(&self, kind: RecordKind) -> Result<u64>;

    /// The next records of a kind, about `limit` of them. Each is read once, and all are, as long as nobody writes.
    async fn export(
        &self,
        kind: RecordKind,
        after: Option<Cursor>,
        limit: usize,
    ) -> Result<RecordPage>;

    /// Marks the book as incomplete: until [`end_import`](Self::end_import) it cannot be opened again. `Conflict` if it is
    /// marked already.
    async fn begin_import(&self) -> Result<()>;

    /// Writes records of one kind in one transaction. The kinds come in the order of [`RecordKind::ALL`]; a kind's
    /// pages as [`export`](Self::export) gave them.
    async fn import(&self, kind: RecordKind, records: Vec<Record>) -> Result<()>;

    /// Makes what leads are searched by, if that must wait for the last of them, and sure that no number of an imported record is given
    /// out again; then takes the mark away. `watch` hears how many leads can be searched for.
    async fn end_import(&self, watch: Watch<'_>) -> Result<()>;
}
