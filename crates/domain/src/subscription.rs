//! Subscriptions: who is told of a workspace's events, of which of them, and in whose words.
//!
//! What a vendor's words are is `api`'s; when a failed delivery is tried again is [`crate::delivery`]'s.

mod audience;

use std::collections::BTreeSet;
use std::fmt;

use crate::event::{Dialect, EventKind};
use crate::ids::{CampaignId, SubscriptionId, WorkspaceId};
use crate::lead::LeadField;
use crate::time::Timestamp;

pub use audience::Audience;

/// A URL that is told of events.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Subscription {
    pub id: SubscriptionId,
    pub workspace_id: WorkspaceId,
    /// Counts what its owner changed, from 1. A change of its health is none.
    pub version: u64,
    pub created_at: Timestamp,
    pub description: Option<String>,
    pub url: String,
    pub filter: Filter,
    pub format: Format,
    pub auth: Auth,
    /// Newest first. The standard format signs with all of them, a vendor's with the newest.
    pub secrets: Vec<Secret>,
    pub cap: Cap,
    pub health: Health,
}

/// Which events a subscription hears. An empty set stands for all.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Filter {
    pub topics: BTreeSet<Topic>,
    /// The lead's campaign, before the event or after it: that a lead left is news too.
    pub campaigns: BTreeSet<CampaignId>,
    /// Only events that change one of these.
    pub fields: BTreeSet<LeadField>,
    /// In whose words the change came in.
    pub dialects: BTreeSet<Dialect>,
    /// Source tags whose changes it does not hear: its own, so that no echo comes back.
    pub except_sources: BTreeSet<String>,
}

/// What can be heard.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Topic {
    Event(EventKind),
    /// An update that was accepted to run later has ended, also if it changed nothing or was refused.
    UpdateFinished,
    /// Another subscription of the workspace was disabled by Leadbook.
    SubscriptionDisabled,
}

impl Topic {
    pub const ALL: [Self; 11] = [
        Self::Event(EventKind::Created),
        Self::Event(EventKind::Updated),
        Self::Event(EventKind::Reserved),
        Self::Event(EventKind::Claimed),
        Self::Event(EventKind::CallStarted),
        Self::Event(EventKind::CallEnded),
        Self::Event(EventKind::LeaseExpired),
        Self::Event(EventKind::DeferredRefused),
        Self::Event(EventKind::Deleted),
        Self::UpdateFinished,
        Self::SubscriptionDisabled,
    ];

    pub const fn name(self) -> &'static str {
        match self {
            Self::Event(EventKind::Created) => "lead.created",
            Self::Event(EventKind::Updated) => "lead.updated",
            Self::Event(EventKind::Reserved) => "lead.reserved",
            Self::Event(EventKind::Claimed) => "lead.claimed",
            Self::Event(EventKind::CallStarted) => "lead.call_started",
            Self::Event(EventKind::CallEnded) => "lead.call_ended",
            Self::Event(EventKind::LeaseExpired) => "lead.lease_expired",
            Self::Event(EventKind::DeferredRefused) => "lead.deferred_refused",
            Self::Event(EventKind::Deleted) => "lead.deleted",
            Self::UpdateFinished => "update.finished",
            Self::SubscriptionDisabled => "subscription.disabled",
        }
    }

    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|topic| topic.name() == name)
    }
}

/// In whose words a subscription is told, and signed in whose way.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Format {
    /// Standard Webhooks, with a body after CloudEvents.
    Standard,
    /// The call that ended.
    Autocalls,
    /// A lead whose status changed.
    NlPearlLead,
    /// A call that began or ended.
    NlPearlCall,
    JourneyBee,
    /// A call that began or ended.
    DialNexa,
    /// Results of updates, and what calls and updates did to a lead.
    UserVox,
}

impl Format {
    pub const ALL: [Self; 7] = [
        Self::Standard,
        Self::Autocalls,
        Self::NlPearlLead,
        Self::NlPearlCall,
        Self::JourneyBee,
        Self::DialNexa,
        Self::UserVox,
    ];

    pub const fn name(self) -> &'static str {
        match self {
            Self::Standard => "standard",
            Self::Autocalls => "autocalls",
            Self::NlPearlLead => "nlpearl_lead",
            Self::NlPearlCall => "nlpearl_call",
            Self::JourneyBee => "journeybee",
            Self::DialNexa => "dialnexa",
            Self::UserVox => "uservox",
        }
    }

    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|format| format.name() == name)
    }

    /// What the format has words for. A subscription that names no topic hears all of these.
    pub const fn topics(self) -> &'static [Topic] {
        use EventKind::{CallEnded, CallStarted, Claimed, Created, Deleted, LeaseExpired, Updated};
        match self {
            Self::Standard => &Topic::ALL,
            Self::Autocalls => &[Topic::Event(CallEnded)],
            Self::NlPearlLead => &[
                Topic::Event(Created),
                Topic::Event(Updated),
                Topic::Event(EventKind::Reserved),
                Topic::Event(Claimed),
                Topic::Event(CallStarted),
                Topic::Event(CallEnded),
                Topic::Event(LeaseExpired),
            ],
            Self::NlPearlCall | Self::DialNexa => &[
                Topic::Event(Claimed),
                Topic::Event(CallStarted),
                Topic::Event(CallEnded),
                Topic::Event(LeaseExpired),
            ],
            Self::JourneyBee => &[
                Topic::Event(Created),
                Topic::Event(Updated),
                Topic::Event(Deleted),
            ],
            Self::UserVox => &[
                Topic::UpdateFinished,
                Topic::Event(Updated),
                Topic::Event(CallEnded),
            ],
        }
    }
}

/// How Leadbook identifies itself, apart from a signature.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Auth {
    None,
    Bearer(Sealed),
    Header { name: String, value: Sealed },
}

/// A secret to sign with.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Secret {
    /// Within its subscription, from 1; never used again.
    pub number: u32,
    pub sealed: Sealed,
    pub created_at: Timestamp,
}

/// A secret text, encrypted under the operator's key.
#[derive(Clone, PartialEq, Eq)]
pub struct Sealed(pub String);

impl fmt::Debug for Sealed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Sealed(…)")
    }
}

/// How much one endpoint is asked to bear, by each server process.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Cap {
    /// Requests at the same time.
    pub at_once_max: u32,
    /// Requests that begin within a second; `None` is as many as there are.
    pub per_second_max: Option<u32>,
}

/// Whether an endpoint is called, and how it does.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Health {
    /// Since when every attempt has failed.
    pub failing_since: Option<Timestamp>,
    pub disabled: Option<Disabled>,
}

/// When and why an endpoint is called no longer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Disabled {
    pub at: Timestamp,
    pub reason: DisabledReason,
}

/// Who disabled a subscription.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum DisabledReason {
    /// Its owner.
    Owner,
    /// The endpoint answered 410 Gone.
    Gone,
    /// The endpoint failed for [`crate::limits::ENDPOINT_FAILING_MS_MAX`].
    Failing,
}

impl DisabledReason {
    pub const ALL: [Self; 3] = [Self::Owner, Self::Gone, Self::Failing];

    pub const fn name(self) -> &'static str {
        match self {
            Self::Owner => "owner",
            Self::Gone => "gone",
            Self::Failing => "failing",
        }
    }

    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|reason| reason.name() == name)
    }
}

/// What others are told when Leadbook disables a subscription.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Notice {
    pub subscription_id: SubscriptionId,
    pub url: String,
    pub disabled: Disabled,
}
