//! The lead: what Leadbook keeps of a person to call.
//!
//! Everything a decision needs about one lead is in this one value, its active claim included. The
//! list of its fields, for events and for folding them back, is [`LeadField`].

mod fields;

use std::collections::{BTreeMap, BTreeSet};

pub use fields::{CorruptField, LeadField};

use crate::campaign::Stage;
use crate::custom_field::CustomValue;
use crate::ids::{CallId, CampaignId, FieldId, LeadId, TagId, UserId, WorkspaceId};
use crate::object::Object;
use crate::phone::Phone;
use crate::status::{DialStatus, StageKind};
use crate::time::Timestamp;
use crate::time_zone::TimeZone;

/// A person to call.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Lead {
    pub id: LeadId,
    pub workspace_id: WorkspaceId,
    /// Counts the lead's events from 1.
    pub version: u64,
    pub created_at: Timestamp,
    pub updated_at: Timestamp,
    pub campaign_id: Option<CampaignId>,
    /// The caller's own reference. Indexed, never unique.
    pub external_id: Option<String>,
    pub phone: Option<Phone>,
    pub first_name: Option<String>,
    pub last_name: Option<String>,
    pub name: Option<String>,
    pub email: Option<String>,
    pub company_name: Option<String>,
    pub time_zone: Option<TimeZone>,
    /// What the agent may say or use on the call.
    pub variables: Object,
    /// What calls found out.
    pub collected: Object,
    pub custom_fields: BTreeMap<FieldId, CustomValue>,
    pub notes: Option<String>,
    pub tags: BTreeSet<TagId>,
    pub assigned_users: BTreeSet<UserId>,
    pub dial_status: DialStatus,
    pub stage: Stage,
    pub disposition: Option<String>,
    /// Attempts started, ever.
    pub attempts: u32,
    /// Not before this moment; `None` is now.
    pub next_attempt_at: Option<Timestamp>,
    pub last_call: Option<CallSummary>,
    /// The newest calls, oldest first; bounded by `limits::CALL_IDS_MAX`.
    pub call_ids: Vec<CallId>,
    pub claim: Option<Claim>,
    /// Others to try, in this order, when the lead itself does not answer.
    pub contacts: Vec<Contact>,
    /// When it was deleted: nobody finds it any more, and nothing but the end of a call changes it.
    pub deleted_at: Option<Timestamp>,
}

/// Another way to reach a lead, with a number of its own from the space of leads.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Contact {
    pub id: LeadId,
    pub phone: Phone,
    pub variables: Object,
    pub dial_status: DialStatus,
}

/// A dialer's hold on a lead. Active until it expires.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Claim {
    pub call_id: CallId,
    /// The lead's version at which the claim was made: no later claim has the same.
    pub fence_token: u64,
    /// When it was claimed, or for a reservation when the attempt started.
    pub started_at: Timestamp,
    pub expires_at: Timestamp,
    /// False while the claim is only a reservation.
    pub is_started: bool,
    /// Somebody set the status by hand during this claim; the outcome keeps it.
    pub keeps_status: bool,
}

/// What is remembered on the lead about its last call.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CallSummary {
    pub call_id: CallId,
    pub started_at: Timestamp,
    pub ended_at: Timestamp,
    pub outcome: DialStatus,
    /// Seconds of conversation.
    pub duration_seconds: Option<u32>,
    /// The number that was shown to the person called.
    pub from: Option<String>,
    pub summary: Option<String>,
    pub recording_url: Option<String>,
    /// What this call found out.
    pub collected: Object,
}

impl Lead {
    /// A lead with nothing in it: the state before its first event.
    pub fn blank(id: LeadId, workspace_id: WorkspaceId, created_at: Timestamp) -> Self {
        Self {
            id,
            workspace_id,
            version: 0,
            created_at,
            updated_at: created_at,
            campaign_id: None,
            external_id: None,
            phone: None,
            first_name: None,
            last_name: None,
            name: None,
            email: None,
            company_name: None,
            time_zone: None,
            variables: Object::default(),
            collected: Object::default(),
            custom_fields: BTreeMap::new(),
            notes: None,
            tags: BTreeSet::new(),
            assigned_users: BTreeSet::new(),
            dial_status: DialStatus::New,
            stage: Stage {
                name: String::new(),
                kind: StageKind::New,
            },
            disposition: None,
            attempts: 0,
            next_attempt_at: None,
            last_call: None,
            call_ids: Vec::new(),
            claim: None,
            contacts: Vec::new(),
            deleted_at: None,
        }
    }

    /// Whether a dialer holds the lead at `now`. A fact of its own, apart from the status.
    pub fn is_call_active(&self, now: Timestamp) -> bool {
        self.claim
            .as_ref()
            .is_some_and(|claim| now < claim.expires_at)
    }

    /// From when a dialer may claim the lead, as far as the lead itself says: the beginning of time if it
    /// names no moment, `None` if its state forbids it. What a store keeps an index on.
    pub fn claimable_at(&self) -> Option<Timestamp> {
        let is_claimable =
            self.dial_status.is_claimable() && self.claim.is_none() && self.phone.is_some();
        let is_claimable = is_claimable && self.deleted_at.is_none();
        is_claimable.then(|| self.next_attempt_at.unwrap_or(Timestamp::FIRST))
    }

    /// The name to show: `name`, or first and last name joined.
    pub fn display_name(&self) -> Option<String> {
        if self.name.is_some() {
            return self.name.clone();
        }
        match (&self.first_name, &self.last_name) {
            (Some(first), Some(last)) => Some(format!("{first} {last}")),
            (Some(one), None) | (None, Some(one)) => Some(one.clone()),
            (None, None) => None,
        }
    }
}
