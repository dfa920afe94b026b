//! What a store keeps besides leads and configuration: keys, calls, and the work of the background loops.

use domain::campaign::Callback;
use domain::command::{Scope, VendorId};
use domain::event::Dialect;
use domain::state::JobResult;
use domain::status::DialStatus;
use domain::{CallId, CampaignId, JobId, KeyId, LeadId, Timestamp, WorkspaceId};

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
    pub campaign_id: CampaignId,
    pub started_at: Timestamp,
    pub ended_at: Option<Timestamp>,
    /// `None` while it lasts, or if its lease ran out.
    pub outcome: Option<DialStatus>,
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

/// A webhook to send.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DueDelivery {
    pub id: u64,
    pub workspace_id: WorkspaceId,
    /// As configured now: a corrected URL or secret counts for old deliveries too.
    pub callback: Callback,
    pub result: JobResult,
    /// Attempts made before this one.
    pub attempts: u32,
    /// Until when nobody else is given it.
    pub leased_until: Timestamp,
}

/// What became of one attempt.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum DeliveryOutcome {
    Delivered {
        at: Timestamp,
    },
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
    /// Claims whose lease has run out but which no sweep has ended.
    pub expired_claims: u64,
    /// Bytes of the database, its log included.
    pub bytes: u64,
}
