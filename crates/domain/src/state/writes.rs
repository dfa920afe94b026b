//! What decided commands want stored, in one transaction.

use std::collections::{BTreeMap, BTreeSet};

use crate::edit::Edit;
use crate::event::{Dialect, Event, Origin};
use crate::guard::Guard;
use crate::ids::{CallId, CampaignId, JobId, LeadId, SubscriptionId, WorkspaceId};
use crate::lead::Lead;
use crate::object::Object;
use crate::status::{DialStatus, StageKind};
use crate::subscription::{Notice, Topic};
use crate::time::Timestamp;

/// Rows to write. Leads are named here and read from the state, so that each is written once.
#[derive(Debug, Default)]
pub struct Writes {
    /// New leads.
    pub created: BTreeSet<LeadId>,
    /// Changed leads that existed before the batch.
    pub updated: BTreeSet<LeadId>,
    /// Those of `updated` where what they are found by changed: campaign, external id, phone, e-mail.
    pub reindexed: BTreeSet<LeadId>,
    /// Those of `updated` whose place in the dialing queue changed: status, next attempt, claim. The
    /// leads in neither set may be written without touching an index.
    pub redialled: BTreeSet<LeadId>,
    /// Those of `created` and `updated` where what lists search in changed: phone, names, e-mail, company, external id,
    /// custom fields, tags, assigned users; or that were deleted.
    pub searched: BTreeSet<LeadId>,
    /// By how many the leads of each place became more or fewer.
    pub counts: BTreeMap<CountKey, i64>,
    /// In the order they happened.
    pub events: Vec<Event>,
    pub vendor_ids: Vec<(WorkspaceId, Dialect, String, LeadId)>,
    pub calls_started: Vec<CallStarted>,
    pub calls_ended: Vec<CallEnded>,
    pub jobs_queued: Vec<Job>,
    pub jobs_finished: Vec<(WorkspaceId, JobId)>,
    pub deliveries: Vec<Delivery>,
    /// A new deferred edit's `position` is 0; the store numbers it.
    pub deferred_added: Vec<DeferredEdit>,
    /// Leads whose deferred edits are done with.
    pub deferred_done: BTreeSet<(WorkspaceId, LeadId)>,
}

/// Leads that are counted together, so that neither the total of a list nor what comes before a page need be counted one by one.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct CountKey {
    pub workspace_id: WorkspaceId,
    pub campaign_id: Option<CampaignId>,
    pub created_at: Timestamp,
    pub dial_status: DialStatus,
    pub stage_kind: StageKind,
}

impl CountKey {
    /// Where a lead is counted; `None` if it is deleted.
    pub fn of(lead: &Lead) -> Option<Self> {
        lead.deleted_at.is_none().then_some(Self {
            workspace_id: lead.workspace_id,
            campaign_id: lead.campaign_id,
            created_at: lead.created_at,
            dial_status: lead.dial_status,
            stage_kind: lead.stage.kind,
        })
    }
}

/// An update accepted to run later. A store runs a lead's jobs in the order they were accepted.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Job {
    pub id: JobId,
    pub workspace_id: WorkspaceId,
    pub lead_id: LeadId,
    pub accepted_at: Timestamp,
    pub origin: Origin,
    pub edit: Edit,
    pub guard: Guard,
}

/// An edit that waits for a call to end.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DeferredEdit {
    pub position: u64,
    pub workspace_id: WorkspaceId,
    pub lead_id: LeadId,
    pub accepted_at: Timestamp,
    pub origin: Origin,
    pub edit: Edit,
}

/// A call that was claimed or reserved.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CallStarted {
    pub id: CallId,
    pub workspace_id: WorkspaceId,
    pub lead_id: LeadId,
    pub lead_created_at: Timestamp,
    pub campaign_id: CampaignId,
    pub started_at: Timestamp,
    /// The number called, E.164.
    pub to: Option<String>,
    /// The lead's name to show, then.
    pub name: Option<String>,
}

/// A call that ended, by its outcome or by its lease.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CallEnded {
    pub id: CallId,
    pub workspace_id: WorkspaceId,
    pub ended_at: Timestamp,
    /// `None` if the lease ran out.
    pub outcome: Option<DialStatus>,
    pub duration_seconds: Option<u32>,
    /// The number that was shown to the person called.
    pub from: Option<String>,
    pub summary: Option<String>,
    pub recording_url: Option<String>,
    /// What the call found out.
    pub collected: Object,
}

/// News on its way to one subscription. Within a lead and a subscription deliveries go in the order they were added.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Delivery {
    pub workspace_id: WorkspaceId,
    pub subscription_id: SubscriptionId,
    /// `None` for what is about no lead.
    pub lead_id: Option<LeadId>,
    /// When there was this news.
    pub at: Timestamp,
    pub content: Content,
}

/// What a subscription is told.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Content {
    /// The lead's event of this version.
    Event {
        version: u64,
        topic: Topic,
    },
    Result(JobResult),
    Notice(Notice),
    /// Its owner wants to see a delivery arrive.
    Test,
}

/// What became of a job: exactly one per job, also for a no-op.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct JobResult {
    pub job_id: JobId,
    pub accepted_at: Timestamp,
    pub finished_at: Timestamp,
    pub lead_id: LeadId,
    pub lead_created_at: Timestamp,
    pub external_id: Option<String>,
    /// The lead's variables after the update, or why it was refused.
    pub result: Result<Object, JobFailure>,
}

/// Why a job was refused when it ran.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum JobFailure {
    CallActive,
    UnknownStage(String),
    TransitionForbidden {
        from: String,
        to: String,
    },
    UnlistedDisposition(String),
    DispositionWithoutDecision,
    /// Anything else; the text names the fields.
    Invalid(String),
}
