//! Lists: pages of leads and calls, and the short lists of what a workspace has set up.
//!
//! No call here loads more than it returns, and each is answered from an index. What a filter means is `domain::listing`'s.

use async_trait::async_trait;
use domain::campaign::Campaign;
use domain::custom_field::{Tag, User};
use domain::listing::{CallFilter, CallPage, LeadFilter, LeadList, LeadPage};
use domain::note::Note;
use domain::{CampaignId, LeadId, NoteId, WorkspaceId};

use crate::{CallList, LeadCounts, Result};

/// The lists of a book.
#[async_trait]
pub trait Lists {
    /// A page of the workspace's leads.
    async fn leads(
        &self,
        workspace: WorkspaceId,
        filter: &LeadFilter,
        page: &LeadPage,
    ) -> Result<LeadList>;

    /// How many leads of the campaign stand where.
    async fn lead_counts(&self, workspace: WorkspaceId, campaign: CampaignId)
    -> Result<LeadCounts>;

    /// A page of the call log, by when the calls started. Deleted calls are in no list.
    async fn calls(
        &self,
        workspace: WorkspaceId,
        filter: &CallFilter,
        page: CallPage,
    ) -> Result<CallList>;

    /// The workspace's campaigns that are not deleted, in the order of their ids; at most
    /// `limits::CAMPAIGNS_MAX`.
    async fn campaigns(&self, workspace: WorkspaceId) -> Result<Vec<Campaign>>;

    /// Every tag of the workspace, in the order of their ids; at most `limits::DEFINITIONS_MAX`.
    async fn tags_of_workspace(&self, workspace: WorkspaceId) -> Result<Vec<Tag>>;

    /// Every user of the workspace, in the order of their ids; at most `limits::DEFINITIONS_MAX`.
    async fn users_of_workspace(&self, workspace: WorkspaceId) -> Result<Vec<User>>;

    /// The notes on a lead, oldest first; at most `limits::NOTES_PER_LEAD_MAX`.
    async fn notes(&self, workspace: WorkspaceId, lead: LeadId) -> Result<Vec<Note>>;

    async fn note(&self, workspace: WorkspaceId, note: NoteId) -> Result<Option<Note>>;
}
