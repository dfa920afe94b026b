//! Who asks, in whose words, in which request: the first argument of every use case.

use domain::command::Scope;
use domain::event::{Actor, Dialect, Origin};
use domain::{CampaignId, WorkspaceId};

use crate::error::{AppError, Denial};

/// The asker of one request.
#[derive(Clone, Debug)]
pub struct Context {
    pub workspace_id: WorkspaceId,
    pub actor: Actor,
    pub scope: Scope,
    pub dialect: Dialect,
    pub request_id: String,
    /// The person the caller says it acts for. Recorded, never checked.
    pub on_behalf_of: Option<String>,
    /// The system that the caller says the change comes from.
    pub source: Option<String>,
    /// The key wants lists as bare arrays.
    pub has_bare_lists: bool,
}

impl Context {
    /// The operator at the command line, in one workspace.
    pub fn operator(workspace_id: WorkspaceId) -> Self {
        Self::own(workspace_id, Actor::Operator, "cli")
    }

    /// A background loop, in one workspace.
    pub fn system(workspace_id: WorkspaceId, task: &str) -> Self {
        Self::own(workspace_id, Actor::System, task)
    }

    fn own(workspace_id: WorkspaceId, actor: Actor, request_id: &str) -> Self {
        Self {
            workspace_id,
            actor,
            scope: Scope::Workspace,
            dialect: Dialect::Leadbook,
            request_id: request_id.to_owned(),
            on_behalf_of: None,
            source: None,
            has_bare_lists: false,
        }
    }

    /// Refuses keys that are limited to campaigns: what is asked for concerns leads of all.
    pub(crate) fn whole_workspace(&self) -> Result<(), AppError> {
        match self.scope {
            Scope::Workspace => Ok(()),
            Scope::Campaigns(_) => Err(AppError::Denied(Denial::Scope)),
        }
    }

    /// The campaigns that a list may show: those wanted, as far as the key may see them.
    pub(crate) fn visible(&self, wanted: Option<Vec<CampaignId>>) -> Option<Vec<CampaignId>> {
        match (&self.scope, wanted) {
            (Scope::Workspace, wanted) => wanted,
            (Scope::Campaigns(allowed), None) => Some(allowed.to_vec()),
            (Scope::Campaigns(allowed), Some(mut wanted)) => {
                wanted.retain(|id| allowed.contains(id));
                Some(wanted)
            }
        }
    }

    pub(crate) fn origin(&self) -> Origin {
        Origin {
            actor: self.actor,
            dialect: self.dialect,
            request_id: self.request_id.clone(),
            on_behalf_of: self.on_behalf_of.clone(),
            source: self.source.clone(),
        }
    }
}
