//! What a store keeps besides leads and configuration: keys, calls, lists, and the work of the background loops.

use std::collections::BTreeMap;
use std::sync::Arc;

use domain::command::{Outcome, Scope, VendorId};
use domain::delivery::HealthChange;
use domain::event::{Dialect, Event};
use domain::listing::CallState;
use domain::object::Object;
use domain::state::{Delivery, JobResult};
use domain::status::DialStatus;
use domain::subscription::{Notice, Subscription};
use domain::{
    CallId, CampaignId, JobId, KeyId, Lead, LeadId, SubscriptionId, Timestamp, WorkspaceId,
};

/// What a batch came to.
#[derive(Debug)]
pub struct Committed {
    /// One for each command, in their order.
    pub outcomes: Vec<Outcome>,
    /// How many events it wrote.
    pub events: usize,
    /// How many deliveries it added.
    pub deliveries: usize,
}

/// SHA-256 of a key's text. The text itself is random enough that no salt is needed, and is not kept.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct KeyHash(pub [u8; 32]);

/// An API key, without its secret.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ApiKey {
    pub id: KeyId,
    pub workspace_id: WorkspaceId,
    pub label: String,
    /// The part before the colon, safe to show: enough to recognise the key.
    pub hint: String,
    pub permissions: Permissions,
    /// `None`: every dialect.
    pub dialects: Option<Vec<Dialect>>,
    pub scope: Scope,
    /// Lists come as bare arrays, for clients of a time when they did (Autocalls).
    pub has_bare_lists: bool,
    pub created_at: Timestamp,
    pub revoked_at: Option<Timestamp>,
}

/// What a key may do.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Permissions {
    pub read: bool,
    pub write: bool,
}

/// How a caller names a campaign.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum CampaignRef {
    Number(CampaignId),
    /// An alias of that dialect first, then the number the id is a view of.
    Vendor(VendorId),
}

/// A row of the call log.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CallRecord {
    pub id: CallId,
    pub workspace_id: WorkspaceId,
    pub lead_id: LeadId,
    pub lead_created_at: Timestamp,
    pub campaign_id: CampaignId,
    pub started_at: Timestamp,
    pub ended_at: Option<Timestamp>,
    /// `None` while it lasts, or if its lease ran out.
    pub outcome: Option<DialStatus>,
    /// The number called, E.164.
    pub to: Option<String>,
    /// The lead's name to show, when it was called.
    pub name: Option<String>,
    pub duration_seconds: Option<u32>,
    /// The number that was shown to the person called.
    pub from: Option<String>,
    pub summary: Option<String>,
    pub recording_url: Option<String>,
    /// What the call found out.
    pub collected: Object,
}

impl CallRecord {
    pub const fn state(&self) -> CallState {
        match (self.ended_at, self.outcome) {
            (None, _) => CallState::Active,
            (Some(_), None) => CallState::Expired,
            (Some(_), Some(outcome)) => CallState::Ended(outcome),
        }
    }
}

/// A part of the call log.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CallList {
    pub calls: Vec<CallRecord>,
    /// How many there are in all.
    pub total: u64,
}

/// How many leads of a campaign stand where.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct LeadCounts(pub BTreeMap<DialStatus, u64>);

impl LeadCounts {
    pub fn of(&self, status: DialStatus) -> u64 {
        self.0.get(&status).copied().unwrap_or_default()
    }

    pub fn all(&self) -> u64 {
        self.0.values().sum()
    }
}

/// Which part of a history.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct HistoryPage {
    /// Only events of lower versions.
    pub before_version: Option<u64>,
    pub limit: usize,
}

/// A claim whose lease ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ExpiredClaim {
    pub workspace_id: WorkspaceId,
    pub lead_id: LeadId,
    pub call_id: CallId,
}

/// The job of a lead that may run now.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct JobHead {
    pub workspace_id: WorkspaceId,
    pub lead_id: LeadId,
    pub job_id: JobId,
}

/// A delivery to attempt, with all it takes to tell of it.
#[derive(Clone, Debug, PartialEq)]
pub struct DueDelivery {
    pub key: DeliveryKey,
    /// As it is now: a corrected URL or secret counts for old deliveries too. `None` if it was deleted.
    pub subscription: Option<Arc<Subscription>>,
    pub at: Timestamp,
    pub news: News,
    /// Attempts made before this one.
    pub attempts: u32,
    /// Until when nobody else is given it.
    pub leased_until: Timestamp,
}

/// Which delivery, and the line it stands in.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct DeliveryKey {
    pub workspace_id: WorkspaceId,
    pub id: u64,
    pub subscription_id: SubscriptionId,
    pub lead_id: Option<LeadId>,
}

/// What is to be told, read out.
#[derive(Clone, Debug, PartialEq)]
pub enum News {
    Event {
        event: Box<Event>,
        /// As it was after the event.
        lead: Box<Lead>,
    },
    Result(JobResult),
    Notice(Notice),
    Test,
}

/// A delivery whose attempt has ended, or that ends without one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FinishedDelivery {
    pub key: DeliveryKey,
    pub outcome: DeliveryOutcome,
    pub health: HealthChange,
    /// `None` if nothing was sent.
    pub attempt: Option<Attempt>,
}

/// What becomes of a delivery.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum DeliveryOutcome {
    Delivered,
    /// Try again; `error` is for the operator.
    Retry {
        next_attempt_at: Timestamp,
        error: String,
    },
    /// Given up; kept as a dead letter.
    Dead {
        at: Timestamp,
        error: String,
    },
    /// Nobody is to be told any more, or the format has no words for it; nothing is kept.
    Dropped,
}

/// One request to an endpoint, for the attempt log.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Attempt {
    /// When it began.
    pub at: Timestamp,
    /// Counts the attempts of its delivery, from 1.
    pub number: u32,
    pub duration_ms: u32,
    /// `None` without an answer.
    pub status: Option<u16>,
    /// `None` if the endpoint took it.
    pub error: Option<String>,
    /// The first bytes of the answer, as text.
    pub answer: Option<String>,
}

/// A row of the attempt log.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AttemptRecord {
    pub id: u64,
    pub key: DeliveryKey,
    pub attempt: Attempt,
}

/// A delivery that waits, or a dead letter.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DeliveryRecord {
    /// Its place among all deliveries, too.
    pub id: u64,
    pub delivery: Delivery,
    pub attempts: u32,
    /// Of a dead letter: of the attempt that was its last.
    pub next_attempt_at: Timestamp,
    pub dead_at: Option<Timestamp>,
    /// Of the last attempt.
    pub error: Option<String>,
}

/// Which deliveries or dead letters. What is `None` leaves all.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct DeliveryFilter {
    pub id: Option<u64>,
    pub subscription: Option<SubscriptionId>,
    pub lead: Option<LeadId>,
    /// From this moment, of the news.
    pub from: Option<Timestamp>,
    /// To before this moment.
    pub until: Option<Timestamp>,
}

/// Which attempts. What is `None` leaves all.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct AttemptFilter {
    pub delivery: Option<u64>,
    pub subscription: Option<SubscriptionId>,
}

/// Which part of a list that is read newest first.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ListPage {
    /// Only ids below.
    pub before_id: Option<u64>,
    pub limit: usize,
}

/// A part of a workspace's change feed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FeedPage {
    /// Each with its position, in order.
    pub events: Vec<(u64, Event)>,
    /// The position of the newest event that has one; 0 if there is none.
    pub end: u64,
}

/// What waits to be told, for the metrics.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Backlog {
    pub deliveries_waiting: u64,
    pub deliveries_dead: u64,
    /// Of the oldest news that some active subscription has not taken.
    pub oldest_waiting_at: Option<Timestamp>,
    /// Of the oldest event that has no position in the feed yet.
    pub oldest_unpositioned_at: Option<Timestamp>,
    pub jobs_waiting: u64,
    pub subscriptions_active: u64,
    /// Of the active ones, those whose every attempt fails.
    pub subscriptions_failing: u64,
    pub subscriptions_disabled: u64,
}

/// What `doctor` shows.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StoreHealth {
    /// What it is and where, for a person: engine, version, file.
    pub description: String,
    pub schema_version: u32,
    /// Findings of the engine's own integrity check; empty is well.
    pub problems: Vec<String>,
    pub workspaces: u64,
    pub leads: u64,
    pub events: u64,
    pub jobs_waiting: u64,
    pub deliveries_waiting: u64,
    pub deliveries_dead: u64,
    /// Endpoints whose every attempt fails.
    pub subscriptions_failing: u64,
    /// Those that Leadbook disabled: gone, or failing for too long.
    pub subscriptions_disabled: u64,
    /// Claims whose lease has run out but which no sweep has ended.
    pub expired_claims: u64,
    /// Bytes of the database, its log included.
    pub bytes: u64,
}
