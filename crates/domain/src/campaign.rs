//! Workspaces, campaigns, their stages and the rules between stages. When a campaign may call is [`crate::dialing`].

use std::collections::BTreeMap;

use crate::dialing::Dialing;
use crate::ids::{CampaignId, WorkspaceId};
use crate::object::Object;
use crate::status::StageKind;
use crate::time::Timestamp;
use crate::time_zone::TimeZone;

/// A tenant.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Workspace {
    pub id: WorkspaceId,
    pub name: String,
    pub created_at: Timestamp,
    /// Two letters; numbers without `+` are read here. `None` refuses them.
    pub default_region: Option<String>,
    /// Used by leads without a campaign. Never empty.
    pub stages: Vec<Stage>,
    /// Whether a key that keeps submitting the same lead is blocked for an hour, as one vendor does (UserVox).
    pub blocks_repeats: bool,
}

/// A list of leads that is called together. A vendor may call it a pearl or a process.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Campaign {
    pub id: CampaignId,
    pub workspace_id: WorkspaceId,
    /// Counts its changes, from 1.
    pub version: u64,
    pub name: String,
    pub created_at: Timestamp,
    pub updated_at: Timestamp,
    pub state: CampaignState,
    /// Wins over the workspace's.
    pub default_region: Option<String>,
    pub time_zone: Option<TimeZone>,
    /// Never empty.
    pub stages: Vec<Stage>,
    pub transitions: Transitions,
    /// Empty: any text is a disposition.
    pub dispositions: Vec<String>,
    /// Who speaks on its calls: a reference into the dialer, of which Leadbook knows nothing more.
    pub agent: Option<String>,
    pub dialing: Dialing,
    /// What a vendor's client sets and reads again, and Leadbook does not act on.
    pub settings: Object,
}

/// Where a campaign stands.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum CampaignState {
    /// Made, and never started.
    Draft,
    /// Dialers may claim its leads.
    #[default]
    Running,
    Paused,
    /// Over: nothing starts it again.
    Completed,
    /// Over, before its end.
    Cancelled,
    /// Gone, but for its number: its leads are being deleted, or are.
    Deleted,
}

impl CampaignState {
    pub const ALL: [Self; 6] = [
        Self::Draft,
        Self::Running,
        Self::Paused,
        Self::Completed,
        Self::Cancelled,
        Self::Deleted,
    ];

    pub const fn name(self) -> &'static str {
        match self {
            Self::Draft => "draft",
            Self::Running => "running",
            Self::Paused => "paused",
            Self::Completed => "completed",
            Self::Cancelled => "cancelled",
            Self::Deleted => "deleted",
        }
    }

    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|state| state.name() == name)
    }

    /// Whether nothing may start it again.
    pub const fn is_over(self) -> bool {
        matches!(self, Self::Completed | Self::Cancelled | Self::Deleted)
    }
}

impl Campaign {
    /// Whether dialers may claim its leads.
    pub const fn is_running(&self) -> bool {
        matches!(self.state, CampaignState::Running)
    }

    pub const fn is_deleted(&self) -> bool {
        matches!(self.state, CampaignState::Deleted)
    }
}

/// Where a lead stands in the sale: the campaign's own name for it, and what it means.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Stage {
    pub name: String,
    pub kind: StageKind,
}

/// Which moves between stages a campaign allows to those who are bound by its rules.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum Transitions {
    /// Every move except out of a stage of kind `converted`.
    #[default]
    UntilConverted,
    /// From each stage only to the listed ones.
    Listed(BTreeMap<String, Vec<String>>),
}

impl Stage {
    pub fn new(name: &str, kind: StageKind) -> Self {
        Self {
            name: name.to_owned(),
            kind,
        }
    }

    /// One stage of each kind, named after it: what a workspace starts with.
    pub fn default_list() -> Vec<Self> {
        StageKind::ALL
            .into_iter()
            .map(|kind| Self::new(kind.name(), kind))
            .collect()
    }
}

/// The first stage of a kind in a list.
pub fn first_of_kind(stages: &[Stage], kind: StageKind) -> Option<&Stage> {
    stages.iter().find(|stage| stage.kind == kind)
}

impl Transitions {
    /// Whether a lead may move. Staying is always allowed.
    pub fn allow(&self, from: &Stage, to: &Stage) -> bool {
        from.name == to.name
            || match self {
                Self::UntilConverted => from.kind != StageKind::Converted,
                Self::Listed(moves) => moves
                    .get(&from.name)
                    .is_some_and(|targets| targets.contains(&to.name)),
            }
    }
}
