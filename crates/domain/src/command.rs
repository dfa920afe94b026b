//! Commands: who wants what of which lead. The write queue carries these, a store decides them.

use std::sync::Arc;

use crate::edit::Edit;
use crate::event::{Dialect, Origin};
use crate::fault::{Rejection, Unique};
use crate::guard::Guard;
use crate::ids::{CallId, CampaignId, JobId, LeadId, WorkspaceId};
use crate::lead::{Contact, Lead};
use crate::object::Object;
use crate::status::DialStatus;
use crate::time::Timestamp;

/// How a caller names a lead.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum LeadRef {
    /// By its number.
    Number(LeadId),
    /// By the id a vendor shows: an imported lead's own id is looked up first, then the number.
    Vendor(VendorId),
    /// The newest lead of the campaign with this external id.
    External {
        campaign: CampaignId,
        external_id: String,
    },
    /// The newest lead of the campaign with this number.
    Phone { campaign: CampaignId, e164: String },
}

/// An id as a vendor writes it, and the number it is a view of, if it is one.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct VendorId {
    pub dialect: Dialect,
    pub text: String,
    pub number: Option<u64>,
    /// Seconds since 1970 that the id claims as its creation time; another time is "not found".
    pub created_at_seconds: Option<i64>,
}

/// Which campaigns' leads a key may touch.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum Scope {
    #[default]
    Workspace,
    Campaigns(Arc<[CampaignId]>),
}

impl Scope {
    /// Whether a lead of this campaign (or of none) is inside.
    pub fn allows(&self, campaign: Option<CampaignId>) -> bool {
        match self {
            Self::Workspace => true,
            Self::Campaigns(allowed) => campaign.is_some_and(|id| allowed.contains(&id)),
        }
    }
}

/// One thing to decide.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Command {
    pub workspace_id: WorkspaceId,
    pub origin: Origin,
    pub scope: Scope,
    pub action: Action,
}

/// What is wanted.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Action {
    Create(Box<NewLead>),
    Update(Box<Update>),
    Delete(Box<Deletion>),
    /// A dialer takes the lead, or with `reserve` holds it before the attempt.
    Claim(Claiming),
    /// A reservation becomes an attempt.
    Start {
        lead: LeadId,
        call: CallId,
        fence_token: u64,
    },
    End(Box<CallEnd>),
    /// The lease of this call ran out. Nothing happens if the call is no longer active.
    Expire {
        lead: LeadId,
        call: CallId,
    },
    /// Accepts an update to run later, in order per lead.
    Queue(Box<QueuedUpdate>),
    /// Runs an accepted update and records its result, whatever it is.
    RunJob {
        lead: LeadId,
        job: JobId,
    },
}

impl Action {
    /// The lead it is about, as the caller names it; `None` for a creation.
    pub fn lead(&self) -> Option<LeadRef> {
        Some(match self {
            Self::Create(_) => return None,
            Self::Update(update) => update.lead.clone(),
            Self::Delete(deletion) => deletion.lead.clone(),
            Self::Queue(queued) => queued.lead.clone(),
            Self::Claim(claiming) => LeadRef::Number(claiming.lead),
            Self::Start { lead, .. } | Self::Expire { lead, .. } | Self::RunJob { lead, .. } => {
                LeadRef::Number(*lead)
            }
            Self::End(end) => LeadRef::Number(end.lead),
        })
    }
}

/// A lead to be made. Its edit is applied to a blank lead.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NewLead {
    pub id: LeadId,
    pub edit: Edit,
    /// What must not exist yet.
    pub unique: Vec<Unique>,
    /// The id an import brings along, to be looked up first from then on.
    pub vendor_id: Option<(Dialect, String)>,
    pub contacts: Vec<Contact>,
    /// Whether it may have been made already: then nothing happens (bulks, after a crash).
    pub is_repeatable: bool,
}

/// A lead to delete.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Deletion {
    pub lead: LeadRef,
    /// The lead must be in this campaign, or it is "not found".
    pub in_campaign: Option<CampaignId>,
    /// Refused if the lead's campaign is over.
    pub needs_open_campaign: bool,
}

/// An update of one lead.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Update {
    pub lead: LeadRef,
    /// The lead must be in this campaign, or it is "not found".
    pub in_campaign: Option<CampaignId>,
    pub edit: Edit,
    pub guard: Guard,
}

/// A claim of one lead.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Claiming {
    pub lead: LeadId,
    pub campaign: CampaignId,
    /// The call's id, should the claim succeed.
    pub call: CallId,
    pub lease_ms: i64,
    pub hold: Hold,
}

/// What a claim starts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Hold {
    /// The attempt itself: `on_call`.
    Attempt,
    /// Only a reservation: `queued`.
    Reservation,
}

/// How a call ended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CallEnd {
    pub lead: LeadId,
    pub call: CallId,
    pub fence_token: u64,
    /// One for which [`DialStatus::is_outcome`] holds.
    pub outcome: DialStatus,
    pub duration_seconds: Option<u32>,
    pub from: Option<String>,
    pub summary: Option<String>,
    pub recording_url: Option<String>,
    /// Merged into the lead's `collected`.
    pub collected: Object,
    pub next_attempt_at: Option<Timestamp>,
}

/// An update accepted for later.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct QueuedUpdate {
    pub job: JobId,
    pub lead: LeadRef,
    pub edit: Edit,
    pub guard: Guard,
}

/// What became of a command.
pub type Outcome = Result<Done, Rejection>;

/// The lead after a command that was not refused.
#[derive(Clone, Debug)]
pub struct Done {
    pub lead: Arc<Lead>,
    pub effect: Effect,
}

/// What the command did.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Effect {
    Changed,
    /// Nothing would change: no event, no new version.
    Unchanged,
    /// Kept until the call ends.
    Deferred,
    /// Accepted to run later, or a job that was finished.
    Queued,
}
